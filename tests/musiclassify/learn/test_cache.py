"""What was heard is found again by content; what is no cache is refused and left as it is."""

from __future__ import annotations

import os
import sqlite3

import numpy as np
import pytest

from musiclassify.learn.cache import Cache, content_digest
from musiclassify.learn.errors import LearnError

SEGMENTS = np.arange(12, dtype=np.float32).reshape(3, 4)


def test_what_was_kept_is_found_for_the_same_question_only(tmp_path):
    path = tmp_path / "new folder" / "c.sqlite"
    with Cache(path, "asked", 4) as cache:
        assert cache.find("abc") is None
        cache.keep("abc", SEGMENTS, [2, 1])
    with Cache(path, "asked", 4) as cache:
        segments, excerpts = cache.find("abc")
    assert np.array_equal(segments, SEGMENTS)
    assert excerpts == [2, 1]
    with Cache(path, "asked otherwise", 4) as cache:
        assert cache.find("abc") is None
    with Cache(path, "asked", 5) as cache:
        assert cache.find("abc") is None


def test_a_file_is_read_again_only_when_its_size_or_time_changed(tmp_path, monkeypatch):
    song, read = tmp_path / "a", []
    song.write_bytes(b"one")
    monkeypatch.setattr("musiclassify.learn.cache.content_digest", lambda p: read.append(p) or content_digest(p))
    with Cache(tmp_path / "c.sqlite", "", 1) as cache:
        first = cache.digest(song)
        assert cache.digest(song) == first == content_digest(song)
        assert len(read) == 1
        song.write_bytes(b"two")
        os.utime(song, ns=(1, 1))
        assert cache.digest(song) == content_digest(song) != first
    assert len(read) == 2


@pytest.mark.parametrize("content", [b"plain text, long enough to be no database at all" * 9, b"SQLite"])
def test_something_else_is_refused_and_stays_as_it_was(tmp_path, content):
    path = tmp_path / "c.sqlite"
    path.write_bytes(content)
    with pytest.raises(LearnError, match="name another --cache, or remove it"):
        Cache(path, "", 1)
    assert path.read_bytes() == content


def test_another_database_and_a_newer_cache_are_refused(tmp_path):
    for name, statement in (("other", "CREATE TABLE mine (a)"), ("newer", "PRAGMA user_version = 9")):
        base = sqlite3.connect(tmp_path / name)
        base.execute(statement)
        base.commit()
        base.close()
        with pytest.raises(LearnError, match="is no cache that this program knows"):
            Cache(tmp_path / name, "", 1)


def test_a_place_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(LearnError, match=r"c\.sqlite cannot be made .*name another --cache"):
        Cache(tmp_path / "file" / "c.sqlite", "", 1)
