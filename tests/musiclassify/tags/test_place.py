"""Files that are special: of several names, of others, write-protected, and what a kill leaves."""

from __future__ import annotations

import os
import time

import numpy as np
import pytest
import states

from musiclassify.tags import Care, TagError, current, place, undo, write


@pytest.fixture
def song(tmp_path, rng):
    return states.make_sound("flac", tmp_path, rng)


def test_a_file_of_two_names_is_refused_unless_told(song, tmp_path):
    other = tmp_path / "other.flac"
    os.link(song, other)
    before = other.read_bytes()
    with pytest.raises(TagError, match="2 names"):
        write(song, "jazz")
    assert song.samefile(other)
    assert write(song, "jazz", care=Care(split_links=True))
    assert (other.read_bytes(), current(song).genre, current(other).genre) == (before, ("jazz",), ())


def test_a_write_protected_file_is_refused_unless_told(song):
    song.chmod(0o444)
    before = song.read_bytes()
    with pytest.raises(TagError, match=r"write-protected \(mode 444\)"):
        write(song, "jazz")
    assert song.read_bytes() == before
    allowed = Care(write_protected=True)
    assert write(song, "jazz", care=allowed)
    assert song.stat().st_mode & 0o777 == 0o444
    with pytest.raises(TagError, match="write-protected"):
        undo(song)
    assert undo(song, care=allowed)
    assert song.read_bytes() == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_owner_and_mode_stay_when_root_writes(song):
    os.chown(song, 1234, 5678)
    song.chmod(0o620)
    write(song, "jazz")
    found = song.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (1234, 5678, 0o620)


def test_a_file_whose_owner_cannot_be_kept_is_refused(song, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    before, real = song.read_bytes(), os.stat_result
    monkeypatch.setattr(place.os, "chown", refuse)
    found = song.stat()
    other = real((found.st_mode, found.st_ino, found.st_dev, 1, found.st_uid + 1, *found[5:]))
    monkeypatch.setattr(place, "check", lambda path, care: other)
    with pytest.raises(TagError, match="owner"):
        write(song, "jazz")
    assert song.read_bytes() == before


def test_attributes_stay(song):
    try:
        os.setxattr(song, "user.rating", b"5")
    except (AttributeError, OSError):
        pytest.skip("this file system has no attributes")
    write(song, "jazz")
    assert os.getxattr(song, "user.rating") == b"5"


def test_what_a_killed_run_left_is_swept_and_what_a_running_one_works_on_is_not(song, monkeypatch):
    monkeypatch.setattr(place, "_swept", set())
    dead, fresh, running, theirs = (
        song.with_name(name)
        for name in (
            ".musiclassify-4194999-0.part",
            ".musiclassify-4194998-0.part",
            f".musiclassify-{os.getpid()}-99999.part",
            ".somebody-1-0.part",
        )
    )
    for path in (dead, fresh, running, theirs):
        path.write_bytes(b"x")
        if path != fresh:
            os.utime(path, (time.time() - 3600,) * 2)
    write(song, "jazz")
    assert [path.exists() for path in (dead, fresh, running, theirs)] == [False, True, True, True]


def test_a_full_disk_leaves_the_file_alone(song, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    before = song.read_bytes()
    monkeypatch.setattr(place.os, "fsync", full)
    with pytest.raises(TagError, match="No space left"):
        write(song, "jazz")
    assert song.read_bytes() == before
    assert [path.name for path in song.parent.iterdir()] == [song.name]


def test_a_file_that_changes_meanwhile_is_left_alone(song, monkeypatch):
    def change(descriptor):
        song.write_bytes(b"fLaC of somebody else")

    monkeypatch.setattr(place.os, "fsync", change)
    with pytest.raises(TagError, match="changed by somebody else"):
        write(song, "jazz")
    assert song.read_bytes() == b"fLaC of somebody else"


def test_a_picture_of_many_megabytes_costs_no_memory(tmp_path):
    import subprocess
    import sys

    sound = states.make_sound("mp3", tmp_path, np.random.default_rng(3)).read_bytes()
    song = tmp_path / "large.mp3"
    size = 250 << 20
    head = bytes((size + 10 + 14 >> 7 * i) & 0x7F for i in (3, 2, 1, 0))
    frame = b"APIC" + bytes((size + 14 >> 7 * i) & 0x7F for i in (3, 2, 1, 0)) + b"\0\0" + b"\0image/png\0\x03\0\0\0"
    with song.open("wb") as file:
        file.write(b"ID3\x04\0\0" + head + frame[:24])
        file.truncate(10 + size + 24)
        file.seek(0, os.SEEK_END)
        file.write(sound)
    code = (
        "import resource, sys\nfrom musiclassify.tags import current, undo, write\nimport av, numpy\n"
        "m = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024\nbefore = m()\n"
        "write(sys.argv[1], 'jazz'); assert current(sys.argv[1]).genre == ('jazz',); undo(sys.argv[1])\n"
        "print(m() - before)\n"
    )
    out = subprocess.run([sys.executable, "-c", code, song], capture_output=True, text=True, check=True).stdout
    assert int(out) < 60, f"{out} MB"
