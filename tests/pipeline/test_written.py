"""params.yaml is written as the settings describe it."""

from __future__ import annotations

from pathlib import Path

import yaml

from pipeline import params, written

ROOT = Path(__file__).resolve().parents[2]


def test_every_comment_of_the_file_is_the_help_of_its_field(values):
    """If not: ``python -m pipeline.written > params.new && mv params.new params.yaml``."""
    assert (ROOT / "params.yaml").read_text(encoding="utf-8") == written.text(values)


def test_no_line_is_too_long_to_be_read(values):
    assert max(map(len, written.text(values).splitlines())) <= 120


def test_what_is_missing_gets_its_default_and_what_is_too_much_goes(values):
    for section in ("demo", "split", "features", "rule", "evaluate"):
        del values[section]
    del values["augment"]["noise"]
    del values["augment"]["gain"]["gain_db"]
    values["release"]["kind"] = "cnn"
    made = yaml.safe_load(written.text(values))
    params.check(made)
    assert made["augment"]["noise"]["colors"] == ["white", "pink", "brown"]
    assert made["augment"]["gain"] == {"probability": 1.0, "gain_db": [-4.0, 3.0]}
    assert made["features"]["n_mels"] == 64
    assert "kind" not in made["release"]


def test_odd_text_comes_back_as_it_was(values):
    for name in ("1.0", "yes", "a: b # c", "Müsik", "null"):
        values["corpus"]["path"] = name
        assert yaml.safe_load(written.text(values))["corpus"]["path"] == name
