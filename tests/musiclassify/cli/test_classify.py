"""The command line: what goes in, what comes out, what is left when it is stopped."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from costs import STANDARD_LIBRARY, ratio
from sounds import write_av
from toy_model import LABELS, RATE, tone_for, write_toy_model

import musiclassify
from musiclassify.cli import classify
from musiclassify.cli.main import main
from musiclassify.released import registry
from musiclassify.tags import current, sound_digest

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "classify.py"


def rows(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


# --- forms


def test_a_folder_is_walked_in_order_and_dot_files_passed_over(ask, music):
    status, out, err = ask("--format", "jsonl", music)
    found = rows(out)
    assert (status, err) == (0, "")
    assert [(Path(r["path"]).name, r["genre"]) for r in found] == [
        ("C é.OGG", "pop"),
        ("z.flac", "rock"),
        ("b.wav", "jazz"),
    ]
    assert list(found[0]) == [
        "path", "status", "genre", "confidence", "uncertain", "probabilities", "excerpts", "duration_s", "model",
        "message", "effort", "heard_s",
    ]  # fmt: skip
    assert {r["model"] for r in found} == {"toy-cnn-v1.0"}
    assert all(list(r["probabilities"]) == list(LABELS) for r in found)
    assert all(sum(r["probabilities"].values()) == pytest.approx(1, abs=1e-4) for r in found)
    assert found[0]["excerpts"][0]["start_s"] == 0


def test_text_is_one_line_a_song_and_more_with_the_timeline(ask, music):
    status, out, err = ask(music / "b.wav")
    assert status == 0
    assert re.fullmatch(r".*/b\.wav: surely jazz \d+ %, \w+ \d+ %, \w+ \d+ %\n", out)
    assert err == "answered by toy-cnn-v1.0\n"
    _, out, _ = ask("--timeline", "--top", "1", music / "b.wav")
    assert re.fullmatch(r".*/b\.wav: surely jazz \d+ %\n    0:00 to 0:03: jazz \d+ %\n", out)


def test_json_is_one_array_and_top_shortens_it(ask, music):
    _, out, _ = ask("--format", "json", "--top", "2", music)
    found = json.loads(out)
    assert [len(r["probabilities"]) for r in found] == [2, 2, 2]
    assert [max(r["probabilities"], key=r["probabilities"].get) for r in found] == [r["genre"] for r in found]


def test_csv_has_a_column_a_genre_and_a_row_an_excerpt_when_asked(ask, sound_file):
    path = sound_file("a, b.wav", np.concatenate([tone_for("jazz", 30), tone_for("rock", 30)]))
    _, out, _ = ask("--format", "csv", path)
    (row,) = csv.DictReader(io.StringIO(out))
    assert (row["path"], row["status"], row["duration_s"]) == (str(path), "ok", "60.0")
    assert [k for k in row if k.startswith("p_")] == [f"p_{label}" for label in LABELS]
    _, out, _ = ask("--format", "csv", "--timeline", path)
    _song, first, second = csv.DictReader(io.StringIO(out))
    assert [(r["start_s"], r["end_s"], r["genre"]) for r in (first, second)] == [
        ("0.0", "30.0", "jazz"), ("30.0", "60.0", "rock"),
    ]  # fmt: skip


def test_skip_and_vote_change_the_rule(ask, sound_file):
    path = sound_file("a.flac", np.concatenate([tone_for("jazz", 60), tone_for("rock", 60)]))
    (row,) = rows(ask("--format", "jsonl", path)[1])
    assert [e["start_s"] for e in row["excerpts"]] == [30, 60, 90]
    (row,) = rows(ask("--format", "jsonl", "--skip", "0", "--vote", "majority", path)[1])
    assert [e["start_s"] for e in row["excerpts"]] == [0, 30, 60, 90]
    assert row["confidence"] == pytest.approx(0.5, abs=1e-5)


def test_an_effort_may_be_asked_for_and_the_row_says_how_much_was_heard(ask, sound_file):
    song = sound_file("long.wav", tone_for("jazz", 75))
    fast = json.loads(ask("--effort", "fast", "--format", "jsonl", song)[1])
    full = json.loads(ask("--effort", "full", "--format", "jsonl", song)[1])
    assert (fast["genre"], fast["effort"], fast["heard_s"]) == ("jazz", "fast", 5.0)
    assert (full["genre"], full["effort"], full["heard_s"]) == ("jazz", "full", 45.0)
    assert "heard 0:05 of 1:15" in ask("--effort", "fast", song)[1]
    assert "heard" not in ask("--effort", "full", song)[1]
    assert ask("--effort", "much", song)[0] == 2


def test_standard_input_is_a_song(toy_folder, music):
    with (music / "b.wav").open("rb") as file:
        done = subprocess.run(
            [sys.executable, SCRIPT, "--model", toy_folder, "--format", "jsonl", "-"],
            stdin=file, capture_output=True, text=True,
        )  # fmt: skip
    (row,) = rows(done.stdout)
    assert (done.returncode, row["path"], row["genre"]) == (0, "-", "jazz")


# --- bad input


def test_every_bad_song_gets_its_status_and_one_line_and_the_rest_goes_on(ask, bad):
    status, out, _ = ask("--format", "jsonl", bad)
    found = {Path(r["path"]).name: r for r in rows(out)}
    assert status == 1
    assert {name: r["status"] for name, r in found.items()} == {
        "good.wav": "ok",
        "short.wav": "too_short",
        "silent.wav": "silent",
        "nan.wav": "error",
        "flac inside.mp3": "ok",
        "eight channels.wav": "ok",
        "fast.wav": "ok",
        "\"quotes\" 'and'\n\x1b[31mcontrols.wav": "ok",
        "empty.mp3": "error",
        "text.mp3": "error",
        "link.mp3": "error",
        "truncated.mp3": "ok",
    }
    assert {found[n]["genre"] for n in ("eight channels.wav", "truncated.mp3")} == {"disco", "jazz"}
    assert all(r["message"] and "\n" not in r["message"] for r in found.values() if r["status"] != "ok")

    status, out, _ = ask(bad)
    assert status == 1
    assert len(out.splitlines()) == len(found)
    assert "\x1b" not in out
    assert re.search(r"short\.wav: too short: lasts 0\.20 s, less than 1 s; choose a longer file\n", out)


def test_nothing_answered_is_exit_2(ask, bad, tmp_path):
    (tmp_path / "no music").mkdir()
    status, out, _ = ask(bad / "empty.mp3", tmp_path / "no music", tmp_path / "none.mp3")
    assert status == 2
    assert [line.split(": ", 1)[1] for line in out.splitlines()] == [
        "error: is empty (0 bytes); copy or download the file again",
        "error: holds no sound files; name a folder with music",
        "error: does not exist; check the name (a link may point nowhere)",
    ]


def test_a_name_that_is_no_text_survives(ask, tmp_path, sound_file):
    path = os.fsencode(tmp_path) + b"/bytes \xff.wav"
    os.rename(sound_file("a.wav", tone_for("jazz", 2)), path)
    (row,) = rows(ask("--format", "jsonl", os.fsdecode(path))[1])
    assert os.fsencode(row["path"]) == path
    assert "bytes \\udcff.wav: surely jazz" in ask(os.fsdecode(path))[1]
    assert ask("--format", "csv", "--output", tmp_path / "o.csv", os.fsdecode(path))[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name a file, a folder, or -"),
        (["--top", "0", "a.wav"], "--top: 0 must be a whole number from 1"),
        (["--skip", "-3", "a.wav"], "--skip: -3 must be a number of seconds"),
        (["--skip", "x", "a.wav"], "--skip: invalid"),
        (["--vote", "loudest", "a.wav"], "choose from"),
        (["--format", "xml", "a.wav"], "choose from"),
        (["--write-tags", "--undo-tags", "a.wav"], "not allowed with"),
        (["--dry-run", "a.wav"], "--dry-run goes with --write-tags or --undo-tags"),
        (["--output", "/no/such/folder/a.csv", "a.wav"], "--output /no/such/folder/a.csv must be a file in a folder"),
        (["--output", "song.mp3", "a.wav"], "--output song.mp3 must not be named like a sound file"),
        (["--explain", "a.wav", "a.wav"], "--explain a.wav must end in .png"),
        (["-", "-"], "can be given once only"),
        (["--explain", "x.png", "a.wav", "b.wav"], "exactly one song"),
    ],
)
def test_wrong_usage_is_exit_2_and_named(arguments, message, ask):
    status, out, err = ask(*arguments)
    assert (status, out) == (2, "")
    assert message in err.splitlines()[-1]


def test_an_unknown_or_damaged_model_is_exit_2(music, tmp_path, capsys):
    assert classify.main(["--model", "nothing-v1.0", str(music)]) == 2
    assert "there is no such model" in capsys.readouterr().err
    folder = write_toy_model(tmp_path / "toy")
    (folder / "head.onnx").write_bytes(b"other")
    assert classify.main(["--model", str(folder), str(music)]) == 2
    assert "head.onnx is not the file that was released" in capsys.readouterr().err


def test_without_a_default_it_says_how_to_choose_one(music, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(registry.find, "__defaults__", (None, tmp_path))
    assert classify.main([str(music)]) == 2
    assert "musiclassify models choose NAME" in capsys.readouterr().err


# --- files


def test_an_output_is_whole_and_the_run_is_saved_beside_it(ask, music, tmp_path):
    goal = tmp_path / "result.csv"
    status, out, _ = ask("--output", goal, music)
    assert (status, out) == (0, "")
    assert [Path(r["path"]).name for r in csv.DictReader(goal.open())] == ["C é.OGG", "z.flac", "b.wav"]
    run = json.loads((tmp_path / "result.csv.run.json").read_text())
    assert (run["model"], run["songs"], run["statuses"]) == ("toy-cnn-v1.0", 3, {"ok": 3})
    assert run["rule"]["vote"] == "mean"
    assert run["arguments"]["paths"] == [str(music)]
    assert len(run["model_sha256"]) == 64
    assert sorted(p.name for p in tmp_path.iterdir()) == ["music", "result.csv", "result.csv.run.json"]


def test_an_output_that_cannot_be_written_leaves_the_old_one(ask, music, tmp_path, monkeypatch):
    goal = tmp_path / "result.jsonl"
    goal.write_text("old")

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    status, _, err = ask("--force", "--output", goal, music)
    assert (status, goal.read_text()) == (2, "old")
    assert "result.jsonl cannot be written (No space left on device)" in err


def test_a_stopped_run_goes_on_where_it_was(ask, music, tmp_path, monkeypatch):
    from musiclassify.released.song import Model

    goal = tmp_path / "result.jsonl"
    real, asked, stop_after = Model._classify, [], 1

    def classify_one(self, song, *rest):
        if stop_after is not None and len(asked) >= stop_after:
            raise KeyboardInterrupt
        asked.append(Path(song).name)
        return real(self, song, *rest)

    monkeypatch.setattr(Model, "_classify", classify_one)
    status, _, err = ask("--jobs", "1", "--output", goal, music)
    assert status == 130
    assert "stopped after 1 of 3 songs; run the same command again to go on" in err
    assert not goal.exists()
    assert (tmp_path / ".musiclassify-journal-result.jsonl.jsonl").exists()

    with (tmp_path / ".musiclassify-journal-result.jsonl.jsonl").open("a") as file:
        file.write('{"cut off')
    stop_after = None
    asked.clear()
    assert ask("--jobs", "1", "--output", goal, music)[0] == 0
    assert asked == ["z.flac", "b.wav"]
    continued = goal.read_text()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["music", "result.jsonl", "result.jsonl.run.json"]
    assert ask("--format", "jsonl", music)[1] == continued


def test_a_journal_counts_only_for_the_same_file_the_same_model_and_rule(ask, music, tmp_path, toy_folder):
    from musiclassify.audio.excerpts import Rule
    from musiclassify.released import load
    from musiclassify.released.journal import Journal

    model = load(toy_folder)
    song = str(music / "b.wav")
    path = tmp_path / "journal"
    with Journal(path, model, Rule()) as journal:
        journal.keep(model.classify(song))
        journal.keep(model.classify(str(music / "none.wav")))
    with Journal(path, model, Rule()) as journal:
        assert journal.find(song).genre == "jazz"
        assert journal.find(str(music / "none.wav")) is None
    with Journal(path, model, Rule(vote="majority")) as journal:
        assert journal.find(song) is None
    os.utime(song, (1, 1))
    with Journal(path, model, Rule()) as journal:
        assert journal.find(song) is None


def test_one_playlist_a_genre(ask, music, tmp_path, noise, sound_file):
    sound_file("music/hiss.wav", noise(3))
    assert ask("--playlists", tmp_path / "lists", music)[0] == 0
    lists = {p.name: p.read_text() for p in (tmp_path / "lists").iterdir()}
    assert sorted(lists) == ["jazz.m3u8", "pop.m3u8", "rock.m3u8", "uncertain.m3u8"]
    assert lists["pop.m3u8"] == "#EXTM3U\n# by musiclassify\n#EXTINF:3,C é\n../music/C é.OGG\n"


def test_explain_draws_a_picture(ask, music, tmp_path):
    pytest.importorskip("matplotlib")
    assert ask("--explain", tmp_path / "why.png", music / "b.wav")[0] == 0
    assert (tmp_path / "why.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_explain_says_what_it_does_and_what_it_found(ask, music, tmp_path):
    pytest.importorskip("matplotlib")
    _, _, err = ask("--explain", tmp_path / "why.png", music / "b.wav")
    *_, begin, end = err.splitlines()
    assert begin.startswith("looking what the answer rests on")
    assert re.fullmatch(r".*/why\.png: jazz rests most on 0:0\d to 0:0\d and on .+ Hz to .+ k?Hz", end)


def test_occlusion_asks_a_long_song_no_more_than_a_few_dozen_times(toy_folder):
    from musiclassify.released import load
    from musiclassify.released.explain import MOST_EXCERPTS, occlude

    model, told = load(toy_folder), []
    song = np.concatenate([tone_for("jazz", 60), tone_for("rock", 300)])
    found = occlude(model, song, genre="rock", progress=lambda done, total: told.append((done, total)))
    assert 1 < len(found.excerpts) <= MOST_EXCERPTS
    assert told[-1] == (len(told), len(told))
    assert len(told) <= 32
    assert len(found.band_drop) == len(found.band_hz) - 1
    assert list(found.starts_s) == sorted(found.starts_s)


def test_pieces_silenced_together_tell_what_each_tells_alone(toy_folder):
    from musiclassify.released import load
    from musiclassify.released.explain import _silenced, occlude

    model = load(toy_folder)
    song = np.concatenate([tone_for("jazz", 11), tone_for("rock", 19)])
    told = occlude(model, song, genre="jazz")
    whole = model.run(song)[0][LABELS.index("jazz")]
    alone = [
        whole - model.run(_silenced(song, [(2 * n * RATE, 2 * (n + 1) * RATE)], RATE))[0][LABELS.index("jazz")]
        for n in range(15)
    ]
    assert told.time_drop == pytest.approx(alone, abs=1e-3)


def test_occlusion_finds_the_second_and_the_band_that_count(toy_folder):
    from musiclassify.released import load
    from musiclassify.released.explain import occlude

    model = load(toy_folder)
    song = 0.05 * tone_for("blues", 20)
    song[8 * RATE : 10 * RATE] += tone_for("jazz", 2)
    told = occlude(model, song, genre="jazz")
    assert told.starts_s[told.time_drop.argmax()] == 8
    low = told.band_hz[told.band_drop.argmax()]
    assert low <= 1_100 <= told.band_hz[told.band_drop.argmax() + 1]
    with pytest.raises(ValueError, match="must be one of blues"):
        occlude(model, song, genre="polka")


# --- tags


@pytest.fixture
def tagged(sound_file, tmp_path) -> Path:
    sound_file("tagged/a.mp3", tone_for("jazz", 3))
    sound_file("tagged/b.flac", tone_for("rock", 3))
    sound_file("tagged/c.ogg", tone_for("pop", 3))
    write_av(tmp_path / "tagged/d.m4a", tone_for("metal", 3), RATE, codec="aac", container="ipod")
    return tmp_path / "tagged"


def test_tags_are_shown_written_and_taken_back_and_the_sound_stays(ask, tagged):
    songs = sorted(tagged.iterdir())
    before = [(sound_digest(s), s.read_bytes()) for s in songs]
    status, _, err = ask("--write-tags", "--dry-run", tagged)
    assert status == 0
    assert [line.split(": ", 1)[1] for line in err.splitlines()[1:]] == [
        f"genre none would become {genre!r}" for genre in ("jazz", "rock", "pop", "metal")
    ]
    assert [s.read_bytes() for s in songs] == [data for _, data in before]

    status, _, err = ask("--write-tags", tagged)
    assert status == 0
    assert err.count("genre none becomes") == 4
    assert [current(s).genre for s in songs] == [("jazz",), ("rock",), ("pop",), ("metal",)]
    assert [sound_digest(s) for s in songs] == [digest for digest, _ in before]
    assert ask("--write-tags", tagged)[2] == "answered by toy-cnn-v1.0\n"

    assert classify.main(["--undo-tags", "--dry-run", str(tagged)]) == 0
    assert current(songs[0]).genre == ("jazz",)
    assert classify.main(["--undo-tags", str(tagged)]) == 0
    assert [current(s).genre for s in songs] == [()] * 4
    assert [sound_digest(s) for s in songs] == [digest for digest, _ in before]


def test_uncertain_answers_write_no_tags_and_what_carries_none_is_told(ask, sound_file, noise):
    hiss = sound_file("hiss.flac", noise(3))
    plain = sound_file("a.au", tone_for("jazz", 3))
    status, _, err = ask("--write-tags", hiss, plain)
    assert status == 1
    assert current(hiss).genre == ()
    assert "a.au: is of a kind whose tags are not written; mp3, flac, ogg, opus, m4a, wav" in err
    assert "tags left alone where the answer is uncertain: 1" in err


# --- the process


def run(*arguments: object, **options) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, *map(str, arguments)], capture_output=True, text=True, **options)


def test_help_loads_nothing_heavy():
    code = (
        "import sys, classify\n"
        "try: classify.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = ('numpy', 'onnxruntime', 'soundfile', 'av', 'models', 'musiclassify.released')\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = run("-c", code, cwd=ROOT)
    assert "--write-tags" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_answers_at_once():
    assert ratio((str(SCRIPT), "--help"), STANDARD_LIBRARY) < 5


def test_the_version_is_that_of_the_project(capsys):
    for command in (main, classify.main):
        assert command(["--version"]) == 0
        name, version = re.match(r"(.+) (\S+) \(default model: .+\)", capsys.readouterr().out).groups()
        assert name.startswith("musiclassify")
        assert version == musiclassify.__version__


def test_answering_pulls_in_nothing_of_the_learning_side(toy_folder, music):
    heavy = ["tensorflow", "keras", "librosa", "numba", "sklearn", "xgboost", "pandas", "matplotlib", "scipy", "onnx"]
    code = (
        "import sys, classify\n"
        f"classify.main(['--model', {str(toy_folder)!r}, {str(music)!r}])\n"
        f"print([m for m in {heavy!r} if m in sys.modules])"
    )
    assert run("-c", code, cwd=ROOT).stdout.splitlines()[-1] == "[]"


def test_a_link_on_the_path_works_from_anywhere(toy_folder, music, tmp_path):
    link = tmp_path / "bin/classify"
    link.parent.mkdir()
    link.symlink_to(SCRIPT)
    assert os.access(SCRIPT, os.X_OK)
    (tmp_path / "audio").mkdir()  # a folder that must not be taken for ours
    done = run(link, "--model", toy_folder, "--format", "jsonl", music / "b.wav", cwd=tmp_path)
    assert (done.returncode, rows(done.stdout)[0]["genre"]) == (0, "jazz")


def test_a_python_without_the_libraries_hands_over_to_the_projects_own(monkeypatch, tmp_path, capsys):
    spec = importlib.util.spec_from_file_location("classify_script", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(script, "find_spec", lambda name: None)
    monkeypatch.setattr(script, "ROOT", tmp_path)
    assert script.main(["a.wav"]) == 2
    assert "numpy, soundfile, soxr, av, onnxruntime not installed; pip install" in capsys.readouterr().err

    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").touch()
    called = []
    monkeypatch.setattr("os.execv", lambda program, arguments: called.append((program, arguments)) or sys.exit(0))
    with pytest.raises(SystemExit):
        script.main(["a b.wav", "--top", "1"])
    own = tmp_path / ".venv/bin/python"
    assert called == [(own, [str(own), str(tmp_path / "classify.py"), "a b.wav", "--top", "1"])]


def test_a_reader_that_goes_away_ends_the_run_quietly(toy_folder, music):
    done = subprocess.run(
        f"{sys.executable} {SCRIPT} --model {toy_folder} --timeline --jobs 1 {music} {music} {music} | head -1",
        shell=True, capture_output=True, text=True,
    )  # fmt: skip
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_whole_rows_and_says_how_to_go_on(how, toy_folder, tmp_path):
    with sf.SoundFile(tmp_path / "long.flac", "w", RATE, 1) as file:  # long enough to be caught in it
        for _ in range(40):
            file.write(tone_for("rock", 30))
    sf.write(tmp_path / "a.wav", tone_for("jazz", 3), RATE)
    command = [sys.executable, SCRIPT, "--model", toy_folder, "--jobs", "1", "--format", "jsonl"]
    with subprocess.Popen(
        [*command, tmp_path / "a.wav", *[tmp_path / "long.flac"] * 9],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # tests in the background ignore the keyboard's signal, and so would what they start
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:  # fmt: skip
        first = process.stdout.readline()
        process.send_signal(how)
        out, err = process.stdout.read(), process.stderr.read()
    assert rows(first + out)[0]["genre"] == "jazz"
    assert process.returncode == 130
    assert re.fullmatch(r"stopped after \d of 10 songs; with --output FILE or --journal FILE .*\n", err)


def test_a_json_array_is_closed_when_the_run_is_stopped(ask, music, monkeypatch):
    from musiclassify.released.song import Model

    real = Model._classify

    def classify_one(self, song, *rest):
        if Path(song).name == "b.wav":
            raise KeyboardInterrupt
        return real(self, song, *rest)

    monkeypatch.setattr(Model, "_classify", classify_one)
    status, out, _ = ask("--jobs", "1", "--format", "json", music)
    assert status == 130
    assert [r["genre"] for r in json.loads(out)] == ["pop", "rock"]


def test_progress_is_for_terminals_only(toy_folder, music):
    pty = pytest.importorskip("pty")
    assert run(SCRIPT, "--model", toy_folder, music).stderr == "answered by toy-cnn-v1.0\n"
    master, slave = pty.openpty()
    with subprocess.Popen(
        [sys.executable, SCRIPT, "--model", toy_folder, music], stdout=subprocess.PIPE, stderr=slave
    ) as process:
        assert len(process.communicate()[0].splitlines()) == 3
    os.close(slave)
    assert b"1/3 songs" in os.read(master, 4096)
    os.close(master)


def test_real_songs_all_get_an_answer(ask, songs):
    status, out, _ = ask("--format", "jsonl", songs)
    assert status == 0
    assert {r["status"] for r in rows(out)} == {"ok"}


def test_memory_stays_below_300_mb_whatever_the_length(toy_folder, tmp_path):
    if not Path("/proc/self/status").exists():
        pytest.skip("reads the peak memory from /proc")
    with sf.SoundFile(tmp_path / "long.wav", "w", 8_000, 1) as file:
        for _ in range(80):
            file.write(tone_for("rock", 30)[: 30 * 8_000])  # 40 min: 212 MB if it were held whole
    # The peak of this program alone: getrusage would count what the process that started it had.
    code = (
        "import sys, pathlib, classify\n"
        f"classify.main(['--model', {str(toy_folder)!r}, {str(tmp_path / 'long.wav')!r}])\n"
        "print(pathlib.Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    kilobytes = int(run("-c", code, cwd=ROOT).stdout.splitlines()[-1])
    assert kilobytes / 1024 < 300


def test_large_blocks_go_back_where_glibc_is():
    import platform

    from musiclassify.released.memory import return_large_blocks

    assert return_large_blocks() == (platform.libc_ver()[0] == "glibc")
