"""dvc.yaml declares what the stages read and write."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]


def expanded() -> list[tuple[str, str, dict]]:
    """Each stage as it is run: its module, its kind, its text with the kind filled in."""
    found = []
    for name, stage in STAGES.items():
        for kind in stage.get("matrix", {}).get("kind", [""]):
            text = yaml.safe_dump(stage).replace("${item.kind}", kind)
            filled = yaml.safe_load(text)
            words = filled["cmd"].split()
            found.append((words[3], words[4] if len(words) > 4 else "", filled | {"name": name}))
    return found


def paths(stage: dict, *keys: str) -> list[str]:
    listed = [item for key in keys for item in stage.get(key, [])]
    return [item if isinstance(item, str) else next(iter(item)) for item in listed]


@pytest.mark.parametrize(("module", "kind", "stage"), expanded())
def test_every_parameter_that_a_stage_reads_is_declared_and_no_other(module, kind, stage):
    reads = importlib.import_module(f"pipeline.{module}").READS
    reads = reads(kind) if callable(reads) else reads
    assert sorted(stage["params"]) == sorted(reads)


@pytest.mark.parametrize(("module", "kind", "stage"), expanded())
def test_every_stage_depends_on_its_own_module_and_on_files_that_exist(module, kind, stage):
    code = [
        path
        for path in paths(stage, "deps")
        if not path.startswith(("${corpus", "data/", "reports/", "models/trained"))
    ]
    assert f"pipeline/{module}.py" in code
    for path in code:
        assert (ROOT / path).exists(), path


def test_the_test_side_is_read_by_evaluate_alone():
    readers = {stage["name"] for _, _, stage in expanded() if any("features/test" in p for p in paths(stage, "deps"))}
    assert readers == {"evaluate"}
    whole = [
        p for _, _, stage in expanded() for p in paths(stage, "deps") if re.fullmatch(r"data/[^/]+(/features)?/?", p)
    ]
    assert whole == []
    opened = {
        path.name
        for path in (ROOT / "pipeline").rglob("*.py")
        if re.search(r"""features\(["']test["']\)""", path.read_text(encoding="utf-8"))
    }
    assert opened == {"evaluate.py", "tools.py"}


def test_reports_are_kept_by_git_and_data_by_dvc():
    for _, _, stage in expanded():
        for key in ("outs", "metrics", "plots"):
            for item in stage.get(key, []):
                path, flags = (item, {}) if isinstance(item, str) else next(iter(item.items()))
                assert (flags.get("cache", True) is False) == path.startswith("reports/"), path


def test_every_output_belongs_to_the_corpus_that_it_was_made_of():
    for _, _, stage in expanded():
        for path in paths(stage, "outs", "metrics", "plots"):
            assert "${corpus.name}" in path or stage["name"] == "compose", path


def test_scores_and_pictures_are_declared_as_metrics_and_plots():
    for module, _, stage in expanded():
        if module in ("compose", "report", "release"):
            continue
        assert any(p.endswith("/metrics.json") for p in paths(stage, "metrics"))
        assert any(p.endswith((".svg", ".jpg")) for p in paths(stage, "plots"))
