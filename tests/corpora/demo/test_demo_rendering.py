import dataclasses
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from corpora.demo import DemoError, DemoSettings, find, render, rendering
from corpora.demo import __main__ as command
from corpora.demo.settings import SIZES
from musiclassify.audio import write
from settings import SettingError

ROOT = Path(__file__).parents[3]
SMALL = DemoSettings(genres=("blues", "metal"), artists=2, clips_per_artist=2, duration_s=2.0, seed=5)


def contents(folder):
    """Every file of a folder with the hash of its bytes."""
    files = sorted(p for p in Path(folder).rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A small corpus by the default synthesiser, rendered once."""
    folder = tmp_path_factory.mktemp("demo") / "clips"
    return folder, render(folder, settings=SMALL)


def test_clips_are_called_as_gtzan_calls_its_own(real):
    folder, table = real
    assert list(table["path"]) == [f"{g}/{g}.0000{n}.ogg" for g in ("blues", "metal") for n in range(4)]
    assert list(table["artist"].unique()) == ["blues.a00", "blues.a01", "metal.a00", "metal.a01"]
    assert set(table["family"]) == {"blues.chicago_shuffle", "blues.slow_blues", "metal.heavy", "metal.thrash"}
    assert set(table["seed"]) == {5}
    assert sorted(contents(folder)) == sorted([*table["path"], "clips.csv", "render.json"])


def test_every_clip_is_mono_starts_at_once_and_does_not_clip(real):
    folder, table = real
    for path in table["path"]:
        samples, rate = soundfile.read(folder / path, dtype="float32")
        assert (rate, samples.shape) == (22050, (2 * 22050,))
        assert np.max(np.abs(samples)) < 0.999
        assert np.max(np.abs(samples[:2205])) > 0.005
        assert np.std(samples) > 0.01


def test_no_clip_repeats_another(real):
    folder, table = real
    sounds = [soundfile.read(folder / path, dtype="float32")[0] for path in table["path"]]
    for i, first in enumerate(sounds):
        for second in sounds[i + 1 :]:
            assert np.corrcoef(first, second)[0, 1] < 0.9


def test_find_gives_the_tracks_with_the_artist_as_group(real):
    folder, table = real
    tracks = find(folder)
    assert list(tracks.columns) == ["track_id", "path", "genre", "group", "family"]
    assert list(tracks["group"]) == list(table["artist"])
    assert tracks["track_id"].is_unique


def test_the_same_seed_is_the_same_bytes_on_two_workers(real, tmp_path):
    folder, _ = real
    render(tmp_path / "two", settings=SMALL, jobs=2)
    assert contents(tmp_path / "two") == contents(folder)


def test_a_clip_does_not_depend_on_how_many_others_there_are(beeps, tmp_path):
    render(tmp_path / "few", settings=SMALL, synthesiser=beeps)
    more = dataclasses.replace(SMALL, genres=("metal", "jazz", "blues"), artists=3)
    render(tmp_path / "more", settings=more, synthesiser=beeps)
    few, many = contents(tmp_path / "few"), contents(tmp_path / "more")
    assert all(many[path] == digest for path, digest in few.items() if path.endswith(".ogg"))


def test_another_seed_is_another_corpus(beeps, tmp_path):
    render(tmp_path / "a", settings=SMALL, synthesiser=beeps)
    render(tmp_path / "b", settings=dataclasses.replace(SMALL, seed=6), synthesiser=beeps)
    a, b = contents(tmp_path / "a"), contents(tmp_path / "b")
    assert not {a[p] for p in a} & {b[p] for p in b}


class Counting:
    """Counts what it renders; breaks at a number of clips."""

    name = "beeps"

    def __init__(self, beeps, breaks_at=99):
        self.beeps, self.breaks_at, self.count = beeps, breaks_at, 0

    def render(self, score, players):
        self.count += 1
        if self.count == self.breaks_at:
            raise KeyboardInterrupt
        return self.beeps.render(score, players)


def test_an_interrupted_rendering_leaves_whole_files_and_is_continued(beeps, tmp_path):
    render(tmp_path / "whole", settings=SMALL, synthesiser=beeps)
    with pytest.raises(KeyboardInterrupt):
        render(tmp_path / "clips", settings=SMALL, synthesiser=Counting(beeps, breaks_at=4))
    whole, part = contents(tmp_path / "whole"), contents(tmp_path / "clips")
    assert sum(path.endswith(".ogg") for path in part) == 3
    assert all(whole[path] == digest for path, digest in part.items())
    with pytest.raises(DemoError, match=r"clips\.csv: missing; run python -m corpora\.demo render --out"):
        find(tmp_path / "clips")
    (tmp_path / "clips/blues/.blues.00003.ogg.123.partial").write_bytes(b"OggS")  # as after a kill
    again = Counting(beeps)
    render(tmp_path / "clips", settings=SMALL, synthesiser=again)
    assert again.count == SMALL.clips - 3
    assert contents(tmp_path / "clips") == whole


def test_other_settings_replace_what_stood_there(beeps, tmp_path):
    render(tmp_path / "clips", settings=SMALL, synthesiser=beeps)
    fewer = dataclasses.replace(SMALL, genres=("metal",))
    render(tmp_path / "clips", settings=fewer, synthesiser=beeps)
    render(tmp_path / "fresh", settings=fewer, synthesiser=beeps)
    assert contents(tmp_path / "clips") == contents(tmp_path / "fresh")


def test_a_folder_with_other_things_in_it_is_left_alone(beeps, tmp_path):
    (tmp_path / "song.mp3").write_bytes(b"mine")
    with pytest.raises(DemoError, match="no rendering of this corpus"):
        render(tmp_path, settings=SMALL, synthesiser=beeps)
    assert contents(tmp_path) == {"song.mp3": hashlib.sha256(b"mine").hexdigest()}


def test_a_missing_clip_is_told_with_its_name(beeps, tmp_path):
    render(tmp_path / "clips", settings=SMALL, synthesiser=beeps)
    (tmp_path / "clips/blues/blues.00002.ogg").unlink()
    with pytest.raises(DemoError, match=r"blues\.00002\.ogg: listed in clips\.csv but missing \(1 of 8\)"):
        find(tmp_path / "clips")


def test_two_clips_with_the_same_sound_are_refused(beeps, tmp_path, monkeypatch):
    monkeypatch.setattr(write, "ogg", lambda samples, rate: b"always the same")
    with pytest.raises(DemoError, match=r"blues\.00000\.ogg and blues/blues\.00001\.ogg: the same sound twice"):
        render(tmp_path / "clips", settings=SMALL, synthesiser=beeps)


@pytest.mark.parametrize("jobs", [0, -1, 1.5, True])
def test_a_bad_number_of_jobs_is_refused(tmp_path, jobs):
    with pytest.raises(DemoError, match="jobs="):
        render(tmp_path / "clips", settings=SMALL, jobs=jobs)


def test_an_unknown_genre_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(SettingError, match=r"genres=\['blues', 'polka'\] must be .* one of blues, classical"):
        render(tmp_path / "clips", settings=dataclasses.replace(SMALL, genres=("blues", "polka")))
    assert not (tmp_path / "clips").exists()


def test_the_record_tells_settings_and_synthesiser(real):
    folder, _ = real
    record = json.loads((folder / "render.json").read_text())
    assert DemoSettings.from_dict(record["settings"]) == SMALL
    assert record["synthesiser"].startswith("TimGM6mb.sf2 sha256:")
    assert len(record["fingerprint"]) == 64


def test_the_command_renders_a_size(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(SIZES, "tiny", SMALL)
    out = tmp_path / "clips"
    assert command.main(["render", "--out", str(out), "--size", "tiny", "--jobs", "1", "--genres", "jazz"]) == 0
    assert capsys.readouterr().out == f"4 clips in {out}\n"
    assert len(find(out)) == 4


def test_the_command_writes_one_example(tmp_path, capsys):
    out = tmp_path / "example.ogg"
    assert command.main(["--listen", "reggae", "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    assert soundfile.info(str(out)).duration == 30.0


@pytest.mark.parametrize("arguments", [[], ["render"], ["render", "--out", "x", "--jobs", "0"], ["--seed", "-1"]])
def test_wrong_usage_ends_with_two(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert ended.value.code == 2


def test_an_unknown_genre_ends_the_command_with_one(capsys):
    assert command.main(["--listen", "polka"]) == 1
    assert "genres=['polka'] must be a list of at least one: one of blues, classical" in capsys.readouterr().err


def test_the_help_needs_neither_scipy_nor_the_synthesiser():
    code = "import sys, corpora.demo; sys.exit(any(m in sys.modules for m in ('scipy', 'soxr', 'librosa')))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 0


def test_a_clip_s_number_is_artist_times_clips_plus_clip():
    _, _, row = rendering.score_clip("blues", artist=2, clip=1, settings=DemoSettings(duration_s=2))
    assert row["track_id"] == "blues.00007"
    assert row["artist"] == "blues.a02"
