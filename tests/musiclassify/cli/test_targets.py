"""Nothing of the user's is replaced or removed by what is written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from toy_model import tone_for

from musiclassify.cli.main import main
from musiclassify.files import whole
from musiclassify.released import journal as journals


@pytest.fixture
def song(sound_file) -> Path:
    return sound_file("b.wav", tone_for("jazz", 3))


def refused(asked: tuple[int, str, str], what: str) -> None:
    """One line, nothing on standard output, exit status 2."""
    status, out, err = asked
    assert (status, out) == (2, "")
    assert what in err
    assert err.count("\n") == 1


# --- journals


@pytest.mark.parametrize("content", [b"Dear diary\n", b'{"file": "x"}\n', b"", journals.HEADER[:-1] + b" "])
def test_a_journal_never_takes_or_removes_what_is_no_journal(ask, song, tmp_path, content):
    diary = tmp_path / "diary.txt"
    diary.write_bytes(content)
    refused(ask("--journal", diary, song), "diary.txt is there and is no journal of this program")
    assert diary.read_bytes() == content


def test_a_song_given_as_journal_stays(ask, song, tmp_path):
    before = song.read_bytes()
    refused(ask("--journal", song, song), "is no journal")
    assert song.read_bytes() == before
    refused(ask("--journal", tmp_path, song), "must be a file")
    refused(ask("--journal", "/dev/null", song), "is no journal")


@pytest.mark.parametrize(
    ("output", "journal"), [("same.csv", "same.csv"), ("same.csv", "./x/../same.csv"), ("a.csv", "a.csv.run.json")]
)
def test_output_and_journal_are_two_files(ask, song, tmp_path, output, journal):
    (tmp_path / "x").mkdir()
    refused(ask("--output", tmp_path / output, "--journal", f"{tmp_path}/{journal}", song), "name two files")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.wav", "x"]


def test_a_journal_of_our_own_is_gone_on_with_and_removed(ask, song, tmp_path):
    path = tmp_path / "j"
    path.write_bytes(journals.HEADER)
    assert ask("--journal", path, song)[0] == 0
    assert not path.exists()


def test_a_journal_nested_too_deep_is_passed_over(ask, song, tmp_path):
    path = tmp_path / "j"
    path.write_bytes(journals.HEADER + b'{"asked": ' + b"[" * 200_000 + b"\n")
    assert ask("--journal", path, song)[0] == 0


def test_an_answer_is_kept_before_those_of_earlier_songs_are_there(ask, toy_folder, sound_file, tmp_path, monkeypatch):
    """What was worked out when the process is killed is not worked out again."""
    import threading

    from musiclassify.released.song import Model

    first, others = (
        sound_file("m/0.wav", tone_for("jazz", 2)),
        [sound_file(f"m/{n}.wav", tone_for("rock", 2)) for n in (1, 2, 3)],
    )
    journal, kept, real = tmp_path / "j", threading.Event(), Model._classify

    def classify(self, song, *rest):
        if Path(song) == first:
            assert kept.wait(20)
        return real(self, song, *rest)

    keep = journals.Journal.keep

    def count(self, answer):
        keep(self, answer)
        if journal.read_bytes().count(b"\n") == 1 + len(others):
            kept.set()

    monkeypatch.setattr(Model, "_classify", classify)
    monkeypatch.setattr(journals.Journal, "keep", count)
    status, out, _ = ask("--jobs", "2", "--format", "jsonl", "--journal", journal, tmp_path / "m")
    assert status == 0
    assert [Path(json.loads(line)["path"]).name for line in out.splitlines()] == ["0.wav", "1.wav", "2.wav", "3.wav"]


# --- outputs


def test_an_output_is_never_an_input(ask, song, tmp_path):
    recording = tmp_path / "recording"
    song.rename(recording)
    before = recording.read_bytes()
    (tmp_path / "link").symlink_to(recording)
    os.link(recording, tmp_path / "hard")
    for output in ("recording", "link", "hard"):
        refused(ask("--force", "--output", tmp_path / output, recording), "is one of the files to read")
    assert recording.read_bytes() == before


def test_an_output_is_never_what_comes_in_on_standard_input(toy_folder, song, tmp_path):
    recording = tmp_path / "recording"
    song.rename(recording)
    before = recording.read_bytes()
    with recording.open("rb") as file:
        done = subprocess.run(
            [sys.executable, "-m", "musiclassify", "classify", "--model", toy_folder, "--output", recording, "-"],
            stdin=file, capture_output=True, text=True, cwd=Path(__file__).parents[3],
        )  # fmt: skip
    assert done.returncode == 2
    assert recording.read_bytes() == before


@pytest.mark.parametrize("option", ["--output", "--explain"])
def test_an_output_is_never_a_device_a_pipe_or_a_folder(ask, song, tmp_path, option):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "null.png").symlink_to("/dev/null")
    for name in ("pipe.png", "null.png"):
        refused(ask("--force", option, tmp_path / name, song), "it is a device, a pipe or a socket")
    refused(ask("--force", option, tmp_path / "folder.png", song), "must be a file in a folder that is there")
    assert (tmp_path / "pipe.png").is_fifo()
    assert (tmp_path / "null.png").is_symlink()


def test_links_are_followed_and_stay(ask, song, tmp_path):
    (tmp_path / "far").mkdir()
    link = tmp_path / "out.csv"
    link.symlink_to("far/real.csv")
    assert ask("--output", link, song)[0] == 0
    assert link.is_symlink()
    assert (tmp_path / "far/real.csv").read_text().startswith("path,")
    assert [p.name for p in (tmp_path / "far").iterdir()] == ["real.csv"]
    assert ask("--output", link, song)[0] == 0


def test_a_file_of_other_origin_needs_force_and_a_former_output_does_not(ask, song, tmp_path):
    goal = tmp_path / "notes.csv"
    goal.write_text("mine")
    refused(ask("--output", goal, song), "no earlier run wrote it as it is; name another, or replace it with --force")
    assert goal.read_text() == "mine"
    goal.chmod(0o600)
    assert ask("--force", "--output", goal, song)[0] == 0
    assert goal.stat().st_mode & 0o777 == 0o600
    assert ask("--output", goal, song)[0] == 0
    with goal.open("a") as file:
        file.write("edited since\n")
    refused(ask("--output", goal, song), "no earlier run wrote it as it is")
    assert goal.read_text().endswith("edited since\n")


def test_outputs_of_version_1_1_and_empty_files_are_replaced(ask, song, tmp_path):
    goal = tmp_path / "a.csv"
    goal.write_text("path,status\n")
    run = {"program": "classify.py 1.1.0", "model_sha256": "0" * 64, "arguments": {"output": "elsewhere/a.csv"}}
    (tmp_path / "a.csv.run.json").write_text(json.dumps(run))
    assert ask("--output", goal, song)[0] == 0
    (tmp_path / "empty.csv").touch()
    assert ask("--output", tmp_path / "empty.csv", song)[0] == 0


@pytest.mark.parametrize("content", ['{"name": "my own run"}', "[" * 100_000, "text", ""])
def test_a_run_file_of_other_origin_is_not_overwritten(ask, song, tmp_path, content):
    other = tmp_path / "a.csv.run.json"
    other.write_text(content)
    refused(ask("--force", "--output", tmp_path / "a.csv", song), "was not written by an earlier run")
    assert other.read_text() == content


def test_an_explanation_and_playlists_replace_only_their_like(ask, song, tmp_path):
    pytest.importorskip("matplotlib")
    picture, lists = tmp_path / "why.png", tmp_path / "lists"
    picture.write_bytes(b"\x89PNG holiday")
    refused(ask("--explain", picture, song), "no earlier run wrote it")
    picture.unlink()
    for _ in range(2):
        assert ask("--explain", picture, song)[0] == 0
    lists.mkdir()
    (lists / "jazz.m3u8").write_text("#EXTM3U\nmy favourites.mp3\n")
    status, _, err = ask("--playlists", lists, song)
    assert status == 2
    assert "no earlier run wrote it" in err
    assert "favourites" in (lists / "jazz.m3u8").read_text()
    assert ask("--force", "--playlists", lists, song)[0] == 0
    assert ask("--playlists", lists, song)[0] == 0


@pytest.mark.parametrize("tool", ["convert", "trim"])
def test_convert_and_trim_replace_nothing_unasked(tool, song, tmp_path, sound_file, capsys):
    source, other = sound_file("c.flac", tone_for("jazz", 3)), tmp_path / "c.wav"
    other.write_text("mine")
    assert main([tool, str(source), str(other)]) == 2
    assert "replace it with --force" in capsys.readouterr().err
    assert other.read_text() == "mine"
    assert main([tool, "--force", str(source), str(other)]) == 0
    assert main([tool, "--force", str(source), str(source)]) == 2


# --- leftovers


def test_what_a_killed_process_left_is_swept_and_what_another_writes_is_not(ask, song, tmp_path):
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    left = tmp_path / f".a.csv.{gone.pid}.part"
    at_work = tmp_path / f".a.csv.{os.getppid()}.part"
    others = tmp_path / f".b.csv.{gone.pid}.part"
    for path in (left, at_work, others):
        path.write_text("half")
    assert ask("--output", tmp_path / "a.csv", song)[0] == 0
    assert [path.exists() for path in (left, at_work, others)] == [False, True, True]


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    def fail() -> None:
        with whole(tmp_path / "a") as unfinished:
            unfinished.write_text("half")
            raise KeyError("stopped")

    with pytest.raises(KeyError):
        fail()
    assert list(tmp_path.iterdir()) == []


# --- folders that cannot be read


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_a_row_and_exit_1(ask, song, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    status, out, _ = ask(tmp_path)
    assert status == 1
    assert "closed: error: is a folder that may not be read; change its permissions" in out


def test_a_folder_that_cannot_be_read_is_a_row_and_exit_1(ask, song, tmp_path, monkeypatch):
    (tmp_path / "closed").mkdir()
    real = os.scandir

    def scandir(path):
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr("os.scandir", scandir)
    status, out, _ = ask(tmp_path)
    assert status == 1
    assert "closed: error: is a folder that may not be read; change its permissions" in out


# --- closed files


def shell(command: str, *words: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["sh", "-c", command, "sh", sys.executable, *map(str, words)],
        capture_output=True, text=True, cwd=Path(__file__).parents[3],
    )  # fmt: skip


def test_standard_output_that_is_closed_is_told_in_a_line(toy_folder, song, tmp_path):
    ask = '"$1" -m musiclassify --model "$2"'
    done = shell(f'{ask} "$3" >&-', toy_folder, song)
    assert done.returncode == 2
    assert done.stderr == "musiclassify classify: standard output is closed; name a file with --output FILE\n"
    done = shell(f'{ask} --output "$4" "$3" >&- 2>&-', toy_folder, song, tmp_path / "o.csv")
    assert done.returncode == 0
    assert (tmp_path / "o.csv").read_text().startswith("path,")
    assert shell('"$1" -m musiclassify --help >&-').stderr == ""
    assert shell(f'{ask} --format xml "$3" 2>&-', toy_folder, song).returncode == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_standard_output_is_told_in_a_line(toy_folder, song):
    done = shell('"$1" -m musiclassify --model "$2" "$3" > /dev/full', toy_folder, song)
    assert done.returncode == 2
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
