"""The command line: help at once, one clear line for what cannot be done, and the tools of the original."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from costs import STANDARD_LIBRARY, ratio

from pipeline import __main__ as cli
from pipeline import tools
from pipeline.errors import PipelineError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def here(tmp_path, monkeypatch, values, music):
    """An empty repository with a params.yaml for the tiny corpus; ``here(**sections)`` changes it."""
    monkeypatch.chdir(tmp_path)

    def write(**sections):
        for section, changes in sections.items():
            values[section] |= changes
        (tmp_path / "params.yaml").write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
        return tmp_path

    write(corpus={"name": "tiny", "kind": "folder", "path": str(music)})
    return write


def failed(capsys, *arguments: str) -> str:
    """The one line that a failing command prints."""
    assert cli.main(list(arguments)) != 0
    err = capsys.readouterr().err
    assert "Traceback" not in err
    return err.strip().splitlines()[-1]


def test_help_answers_at_once_and_imports_nothing_heavy():
    code = (
        "import sys; from pipeline import __main__ as m; m.parser().format_help(); "
        "heavy = {'numpy', 'pandas', 'tensorflow', 'sklearn', 'matplotlib', 'librosa'} & set(sys.modules); "
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert ratio(("-m", "pipeline", "--help"), STANDARD_LIBRARY) < 5


def test_every_stage_of_dvc_yaml_is_a_command():
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    for stage in stages.values():
        words = stage["cmd"].replace("${item.kind}", "cnn").replace("${item.family}", "clean").split()
        assert words[:3] == ["python", "-m", "pipeline"]
        cli.parser().parse_args(words[3:])


def test_a_typo_in_the_parameters_is_told_with_exit_2(here, capsys):
    here(train={"wieghting": "track"})
    assert cli.main(["prepare"]) == 2
    assert "params.yaml: train.wieghting: unknown parameter; did you mean train.weighting?" in capsys.readouterr().err


def test_no_clips_one_label_and_a_missing_folder_are_told(here, capsys, tmp_path):
    empty = tmp_path / "empty folder é"
    empty.mkdir()
    here(corpus={"path": str(empty)})
    assert "no clips found" in failed(capsys, "prepare")
    (empty / "jazz").mkdir()
    (empty / "jazz" / "a.wav").touch()
    assert "one label only (jazz)" in failed(capsys, "prepare")
    here(corpus={"path": str(tmp_path / "gone")})
    assert "no such folder" in failed(capsys, "prepare")


def test_a_corpus_of_which_nothing_can_be_used_is_told_with_reasons(here, capsys, tmp_path):
    for label in "ab":
        (tmp_path / "m" / label).mkdir(parents=True)
        (tmp_path / "m" / label / "x.mp3").write_bytes(b"")
    here(corpus={"path": str(tmp_path / "m")})
    assert cli.main(["prepare"]) == 1
    err = capsys.readouterr().err
    assert "a/x.mp3: excluded: empty file (0 bytes)" in err
    assert "none of the 2 clips can be used" in err


def test_a_label_with_too_few_groups_is_told(here, capsys, tmp_path, sound_file, noise):
    for label in "ab":
        for k in range(2):
            sound_file(f"m/{label}/{k}.wav", noise(1.5))
    here(corpus={"path": str(tmp_path / "m")})
    assert cli.main(["prepare"]) == 0
    assert "too few artists or other groups to split" in failed(capsys, "split")


def test_a_stage_without_its_input_names_the_missing_file(here, capsys):
    assert "tracks.csv" in failed(capsys, "split")


def test_a_full_disk_is_told_in_one_line(here, capsys, monkeypatch):
    from pipeline import prepare

    def full(*args):
        raise OSError(28, "No space left on device", "data/tiny/tracks.csv")

    monkeypatch.setattr(prepare, "run", full)
    assert failed(capsys, "prepare") == (
        "prepare: data/tiny/tracks.csv: No space left on device; the disk is full: free some space and start again"
    )


def test_an_interrupt_is_told(here, capsys, monkeypatch):
    from pipeline import prepare

    def stopped(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(prepare, "run", stopped)
    assert cli.main(["prepare"]) == 130
    assert "nothing half-made is kept" in capsys.readouterr().err


def test_a_defect_is_not_dressed_up_as_a_refusal(here, monkeypatch):
    from pipeline import prepare

    def broken(*args):
        raise ValueError("a defect")

    monkeypatch.setattr(prepare, "run", broken)
    with pytest.raises(ValueError, match="a defect"):
        cli.main(["prepare"])


def test_most_common():
    assert tools.most_common(["b", "a", "a"]) == "a"
    assert tools.most_common(["b", "a"]) == "b"
    with pytest.raises(PipelineError, match="none given"):
        tools.most_common([])


def test_the_tools_work_on_what_a_run_wrote(finished, monkeypatch, tmp_path, capsys):
    root, _, layout = finished
    monkeypatch.chdir(root)
    assert cli.main(["check"]) == 0
    assert cli.main(["where", "report"]) == 0
    assert cli.main(["quick-test", "--n", "4", "--kind", "svm"]) == 0
    assert "of 4 right" in capsys.readouterr().out
    assert "n=9999" in failed(capsys, "quick-test", "--n", "9999", "--kind", "svm")

    exported, arrays = tmp_path / "valid.json", tmp_path / "valid.npz"
    assert cli.main(["features", "export", "valid", str(exported)]) == 0
    document = json.loads(exported.read_text(encoding="utf-8"))
    assert document["mapping"] == ["hum", "noise", "Ö rhythm"]
    assert len(document["mfcc"]) == len(document["labels"])
    assert cli.main(["features", "import", str(exported), str(arrays)]) == 0
    assert np.load(arrays)["mfcc"].shape == np.array(document["mfcc"]).shape

    capsys.readouterr()
    released = next(layout.release.glob("tiny-cnn-*"))
    assert cli.main(["predict", str(exported), "--model", str(released)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(document["labels"])
    svm = next(layout.release.glob("tiny-svm-*"))
    assert "not MFCCs alone" in failed(capsys, "predict", str(exported), "--model", str(svm))

    where = layout.report("train", "cnn")
    assert cli.main(["plot-history", str(where / "history.csv"), str(tmp_path / "h.png")]) == 0
    rows = layout.report("evaluate", "cnn") / "confusion.csv"
    assert cli.main(["plot-confusion", str(rows), str(tmp_path / "c.svg")]) == 0
    assert (tmp_path / "h.png").read_bytes().startswith(b"\x89PNG")
    assert "has no column step" in failed(capsys, "plot-history", str(rows), str(tmp_path / "x.svg"))
    assert "must end in .svg, .jpg or .png" in failed(capsys, "plot-confusion", str(rows), str(tmp_path / "x.gif"))


def test_the_original_architecture_has_its_2_986_250_weights(capsys):
    assert cli.main(["build-model", "--architecture", "original", "--frames", "220", "--coefficients", "25"]) == 0
    assert "2,986,250" in capsys.readouterr().out


def test_publishing_copies_the_released_models(finished, tmp_path):
    from pipeline import release
    from pipeline.layout import Layout

    _, _, layout = finished
    (tmp_path / "models").mkdir()
    copy = Layout("tiny", tmp_path)
    shutil.copytree(layout.release, copy.release)
    names = release.publish(copy)
    assert names == sorted(f"tiny-{kind}-v1.0" for kind in ("blend", "cnn", "svm", "xgb"))
    assert (tmp_path / "models" / "released" / "tiny-cnn-v1.0" / "model.onnx").exists()
