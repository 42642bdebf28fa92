"""Genres in tags: written, taken back, the sound untouched."""

from __future__ import annotations

import os
from pathlib import Path

import mutagen
import numpy as np
import pytest
from mutagen.id3 import ID3, TALB, TCON, TIT2, TXXX
from sounds import write_av

from musiclassify.audio.decode import decode
from musiclassify.tags import Care, TagError, current, sound_digest, undo, write

KINDS = ["mp3", "flac", "ogg", "opus", "m4a"]


@pytest.fixture
def make(tone, sound_file, tmp_path):
    def make(kind: str) -> Path:
        y = tone(2, rate=48_000)
        if kind == "m4a":
            return write_av(tmp_path / "a.m4a", y, 48_000, codec="aac", container="ipod")
        options = {"format": "OGG", "subtype": "OPUS"} if kind == "opus" else {}
        return sound_file(f"a.{kind}", y, 48_000, **options)

    return make


def said(path: Path) -> tuple[tuple[str, ...], bool, tuple[str, ...]]:
    """What stands there, whether it is ours, what undo would leave."""
    tags = current(path)
    return tags.genre, tags.ours, tags.undone


def coded_sound(path: Path) -> bytes:
    """The bytes between the tags, found without mutagen or FFmpeg (mp3, flac, m4a)."""
    data = path.read_bytes()
    if path.suffix == ".mp3":
        if data[:3] == b"ID3":
            size = sum((byte & 0x7F) << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
            data = data[10 + size :]
        return data[:-128] if data[-128:-125] == b"TAG" else data
    if path.suffix == ".flac":
        at, last = 4, False
        while not last:
            last, size = bool(data[at] & 0x80), int.from_bytes(data[at + 1 : at + 4], "big")
            at += 4 + size
        return data[at:]
    at = 0
    while at < len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if kind == b"mdat":
            return data[at : at + size]
        at += size
    raise AssertionError("no mdat")


@pytest.mark.parametrize("kind", KINDS)
def test_a_genre_is_written_and_taken_back_and_the_sound_stays(kind, make):
    path = make(kind)
    bare = kind in ("mp3", "flac", "m4a")
    samples, packets, sound = decode(path), sound_digest(path), coded_sound(path) if bare else None
    assert current(path).genre == ()
    assert write(path, "jazz")
    assert said(path) == (("jazz",), True, ())
    assert not write(path, "jazz")
    assert undo(path)
    assert (current(path).genre, current(path).ours) == ((), False)
    assert not undo(path)
    write(path, "Drum & Bass é")
    assert current(path).genre == ("Drum & Bass é",)
    np.testing.assert_array_equal(decode(path), samples)
    assert sound_digest(path) == packets
    if bare:
        assert coded_sound(path) == sound
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("kind", KINDS)
def test_what_stood_there_first_comes_back_after_several_writes(kind, make):
    path = make(kind)
    write(path, "Polka")
    raw = mutagen.File(path)
    for key in [k for k in raw.tags.keys() if "MUSICLASSIFY" in k.upper()]:  # noqa: SIM118
        del raw.tags[key]
    raw.save()
    assert said(path) == (("Polka",), False, ("Polka",))

    write(path, "jazz")
    write(path, "rock")
    assert current(path).genre == ("rock",)
    undo(path)
    assert said(path) == (("Polka",), False, ("Polka",))


def test_a_genre_that_somebody_changed_since_is_left_alone(make):
    path = make("flac")
    write(path, "jazz")
    file = mutagen.File(path)
    file["genre"] = ["My own"]
    file.save()
    assert undo(path)
    assert said(path) == (("My own",), False, ("My own",))


@pytest.mark.parametrize("version", [3, 4])
def test_other_tags_and_the_version_of_an_mp3_stay(version, make):
    path = make("mp3")
    tags = ID3()
    for frame in (TIT2(encoding=1, text="Title"), TALB(encoding=1, text="Album"), TCON(encoding=1, text="(8)")):
        tags.add(frame)
    tags.save(path, v1=2, v2_version=version)
    assert path.read_bytes()[-128:-125] == b"TAG"
    sound = coded_sound(path)
    assert current(path).genre == ("Jazz",)
    write(path, "metal")
    after = ID3(path, translate=False)
    assert after.version[:2] == (2, version)
    assert (str(after["TIT2"]), str(after["TALB"])) == ("Title", "Album")
    undo(path)
    assert current(path).genre == ("Jazz",)
    assert coded_sound(path) == sound


def test_an_mp3_without_tags_is_the_very_same_file_after_undo(make):
    path = make("mp3")
    ID3().delete(path)
    before = path.read_bytes()
    write(path, "jazz")
    assert path.read_bytes() != before
    undo(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("keep_times", [True, False])
def test_mode_stays_and_the_time_on_wish_and_a_link_stays_a_link(keep_times, make, tmp_path):
    path = make("flac")
    path.chmod(0o640)
    os.utime(path, (1_000_000_000, 1_000_000_000))
    link = tmp_path / "link.flac"
    link.symlink_to(path)
    write(link, "jazz", care=Care(keep_times=keep_times))
    assert link.is_symlink()
    assert current(path).genre == ("jazz",)
    assert path.stat().st_mode & 0o777 == 0o640
    assert (path.stat().st_mtime == 1_000_000_000) is keep_times


def test_what_carries_no_tags_is_refused_and_left_alone(sound_file, tone, tmp_path):
    path = sound_file("a.au", tone())
    before = path.read_bytes()
    with pytest.raises(TagError, match=r"mp3, flac, ogg, opus, m4a, wav, aiff, wv, ape and wma"):
        write(path, "jazz")
    assert path.read_bytes() == before
    broken = tmp_path / "b.flac"
    broken.write_bytes(b"fLaC nonsense")
    with pytest.raises(TagError, match="breaks off inside its header"):
        write(broken, "jazz")
    with pytest.raises(TagError, match="cannot be read"):
        current(tmp_path / "none.mp3")


def test_a_failed_write_leaves_the_file_alone(make, monkeypatch):
    path = make("mp3")
    before = path.read_bytes()
    monkeypatch.setattr("musiclassify.tags.file.sound_digest", lambda p: str(p))
    with pytest.raises(TagError, match="would change the sound"):
        write(path, "jazz")
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_the_mark_of_version_1_is_undone(make):
    path = make("mp3")
    tags = ID3()
    tags.add(TCON(encoding=1, text="jazz"))
    mark = '{"written": "jazz", "before": ["Polka", "Ska"], "had_tags": true}'
    tags.add(TXXX(encoding=1, desc="MUSICLASSIFY_UNDO", text=[mark]))
    tags.save(path)
    assert said(path) == (("jazz",), True, ("Polka", "Ska"))
    assert undo(path)
    assert said(path) == (("Polka", "Ska"), False, ("Polka", "Ska"))


def test_a_second_write_is_undone_to_the_very_file_before_the_first(make):
    path = make("m4a")
    before = path.read_bytes()
    write(path, "jazz")
    write(path, ["rock", "Blues"], mood=["sad"])
    assert (current(path).genre, current(path).mood) == (("rock", "Blues"), ("sad",))
    undo(path)
    assert path.read_bytes() == before


def test_an_edit_by_somebody_else_stays_when_ours_is_undone(make):
    path = make("mp3")
    write(path, "Polka")
    undo(path)
    tags = ID3()
    tags.add(TCON(encoding=3, text=["Rock", "Jazz"]))
    tags.save(path, v2_version=4)
    write(path, ["metal", "pop"], mood=["sad"])
    theirs = ID3(path)
    theirs.add(TIT2(encoding=3, text="Title of another"))
    theirs.save(path)
    undo(path)
    after = ID3(path)
    assert (after["TCON"].genres, str(after["TIT2"])) == (["Rock", "Jazz"], "Title of another")
    assert "TMOO" not in after
    assert current(path).ours is False
