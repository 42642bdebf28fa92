"""One key for all that the studies keep: what is asked, the bytes that are read, the code that makes it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features import FeatureSettings
from pipeline import closure
from studies.keys import key

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def code(tmp_path, monkeypatch):
    """A copy of the code that may be changed, in the place of the repository."""
    for file in closure.closure("models.kinds.svm", "models.kinds.xgb", "studies.mixed_lengths"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    monkeypatch.setattr(closure, "ROOT", tmp_path)
    yield tmp_path
    closure._imports.cache_clear()


def test_a_byte_of_the_code_anywhere_behind_a_result_changes_its_key(code):
    modules = ["models.kinds.svm", "studies.mixed_lengths"]
    before = key("svm", code=modules)
    assert key("svm", code=reversed(modules)) == before
    for name in ("features/filters.py", "musiclassify/audio/decode.py", "augment/transforms/gain.py", "models/base.py"):
        with open(code / name, "a", encoding="utf-8") as file:
            file.write("#\n")
        after = key("svm", code=modules)
        assert after != before, name
        before = after
    (code / "models/kinds/xgb/__init__.py").write_text("", encoding="utf-8")  # it takes no part
    assert key("svm", code=modules) == before


def test_another_version_of_a_library_changes_it(monkeypatch):
    before = key("svm", code=["models.kinds.svm"])
    real = closure.metadata.version
    monkeypatch.setattr(closure.metadata, "version", lambda name: "9.9" if name == "scikit-learn" else real(name))
    assert key("svm", code=["models.kinds.svm"]) != before


def test_a_byte_of_a_clip_changes_it_and_its_name_does_not(tmp_path):
    clip, moved = tmp_path / "a.wav", tmp_path / "b.wav"
    clip.write_bytes(b"\0" * 100)
    shutil.copy(clip, moved)
    before = key(files=[clip])
    assert key(files=[moved]) == before
    clip.write_bytes(b"\0" * 99 + b"\1")
    assert key(files=[clip]) != before


def test_settings_tables_and_numbers_are_told_by_value():
    table = pd.DataFrame({"track_id": ["a"], "start": [0]})
    settings = FeatureSettings()
    assert key(settings, table, np.float32(2)) == key(FeatureSettings(), table.copy(), np.float32(2))
    assert key(settings, table) != key(FeatureSettings(top_db=60.0), table)
    assert key(settings, table) != key(settings, table.assign(start=1))
    assert key("a", "b") != key("ab") != key(["a", "b"])


def test_what_has_no_words_of_its_own_is_refused():
    with pytest.raises(TypeError, match="object: cannot be told in a key"):
        key(object())
