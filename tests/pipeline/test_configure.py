"""`configure` edits the corpus section of params.yaml and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from corpora.tracks import CorpusError
from pipeline.configure import configure
from pipeline.errors import ParamsError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def root(tmp_path):
    shutil.copy(ROOT / "params.yaml", tmp_path / "params.yaml")
    return tmp_path


def changed_lines(root: Path) -> list[str]:
    before = (ROOT / "params.yaml").read_text(encoding="utf-8").splitlines()
    after = (root / "params.yaml").read_text(encoding="utf-8").splitlines()
    assert len(before) == len(after)
    return [b for a, b in zip(before, after, strict=True) if a != b]


@pytest.mark.parametrize("name", ["plain", "with space & 'quote' \"two\" #x: y", "Musik für später"])
def test_any_folder_name_survives_and_comments_stay(root, music, name):
    where = root / name
    shutil.copytree(music, where)
    told = configure("folder", path=str(where), root=root)
    assert len(told) == 3
    values = yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))
    assert values["corpus"] == {"name": "folder", "kind": "folder", "path": str(where)}
    lines = changed_lines(root)
    assert len(lines) == 3
    assert "# names data/, models/trained/ and reports/ folders" in lines[0]
    assert configure("folder", path=str(where), root=root) == []
    configure("demo", root=root)
    assert changed_lines(root) == []


def test_gtzan_is_configured_with_its_whole_path(root, monkeypatch):
    (root / "g" / "genres" / "blues").mkdir(parents=True)
    (root / "g" / "genres" / "blues" / "blues.00000.au").touch()
    monkeypatch.chdir(root)
    configure("gtzan", path="g", root=root, name="mini")
    values = yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))
    assert values["corpus"] == {"name": "mini", "kind": "gtzan", "path": str(root / "g")}


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        ("gtzan", "make gtzan GTZAN=DIR"),
        ("folder", "make folder MUSIC=DIR"),
        ("table", r"make table TABLE=FILE\.csv"),
    ],
)
def test_a_wrong_folder_changes_nothing(root, kind, command):
    with pytest.raises(CorpusError, match=r"nowhere: no such (folder|table);"):
        configure(kind, path=str(root / "nowhere"), root=root)
    with pytest.raises(ParamsError, match=command):
        configure(kind, root=root)
    assert changed_lines(root) == []


def test_a_typo_elsewhere_is_told_before_anything_is_edited(root, music):
    path = root / "params.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("weighting:", "weightin:"), encoding="utf-8")
    with pytest.raises(ParamsError, match=r"train\.weightin: unknown parameter; did you mean train.weighting"):
        configure("folder", path=str(music), root=root)
