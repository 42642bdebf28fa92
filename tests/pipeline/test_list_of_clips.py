"""A table of clips goes through the stages: its paths, its sides, what it excludes; and DVC is pointed at it."""

from __future__ import annotations

import importlib

import pandas as pd
import pytest
import yaml
from tiny_corpus import tiny

from corpora.split import SplitError
from features.store import open_store
from pipeline import extract
from pipeline import params as parameters
from pipeline.configure import configure
from pipeline.files import read_json
from pipeline.layout import Layout


@pytest.fixture
def listed(tmp_path, music):
    """A table beside no music at all: every clip by its absolute path, one that is not there, a side for each."""
    clips = sorted(path for path in music.rglob("*.wav"))
    rows = []
    for label, paths in pd.Series(clips).groupby([path.parent.name for path in clips]):
        for number, path in enumerate(paths):
            side = ("train", "train", "valid", "test")[number % 4]
            rows.append({"file": str(path), "Genre": label, "artist": f"{label} {number}", "split": side})
    rows.append({"file": "gone.wav", "Genre": rows[0]["Genre"], "artist": "", "split": "train"})
    table = tmp_path / "lists" / "mine; and yours.csv"
    table.parent.mkdir()
    pd.DataFrame(rows).to_csv(table, index=False)
    return table


@pytest.fixture
def place(tmp_path, monkeypatch, values, music):
    monkeypatch.setenv("MUSICLASSIFY_JOBS", "1")
    extract.engine.cache_clear()

    def run(table, protocol: str, *stages: str) -> Layout:
        given = tiny(values, music)
        given["corpus"] |= {"kind": "table", "path": str(table)}
        given["split"] |= {"protocol": protocol}
        (tmp_path / "params.yaml").write_text(yaml.safe_dump(given, allow_unicode=True), encoding="utf-8")
        checked, layout = parameters.load(tmp_path / "params.yaml"), Layout("tiny", tmp_path)
        for name in stages:
            module = importlib.import_module(f"pipeline.{name}")
            module.run(parameters.select(checked, module.READS), layout)
        return layout

    yield run
    extract.engine.cache_clear()


def test_a_table_is_prepared_split_as_it_says_and_extracted(place, listed):
    layout = place(listed, "given", "prepare", "split", "augment", "extract")
    told = pd.read_csv(layout.report("prepare") / "excluded.csv")
    assert told["reason"].str.contains("no such file").sum() == 1
    wanted = pd.read_csv(listed, keep_default_na=False).set_index("artist")["split"].rename(str.casefold)
    sides = {side: open_store(layout.features(side)).table for side in ("train", "valid", "test")}
    for side, found in sides.items():
        assert len(found)
        assert {wanted[name.removeprefix("artist:")] for name in found["group"]} == {side}
    assert "given split" in read_json(layout.report("split") / "metrics.json")["split"]


def test_a_list_that_parts_an_artist_is_refused_by_the_stage_unless_the_title_says_so(place, listed):
    rows = pd.read_csv(listed)
    rows["artist"] = rows["artist"].str.replace(r" [12]$", " same", regex=True)
    rows.to_csv(listed, index=False)
    with pytest.raises(SplitError, match="is on both sides"):
        place(listed, "given", "prepare", "split")
    layout = place(listed, "given_leaking", "split")
    assert "LEAKS" in read_json(layout.report("split") / "metrics.json")["split"]


def test_configure_points_at_the_table_itself(tmp_path, values, listed):
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    changed = configure("table", path=str(listed), name="mine", root=tmp_path)
    assert changed[-1].endswith(f"-> {listed}")
    assert Layout("mine", tmp_path).clips(str(listed)) == listed.parent
