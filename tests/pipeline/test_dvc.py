"""dvc.yaml declares what the stages read and write."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
import yaml

import models
from pipeline import families, provenance, roster
from pipeline.closure import closure

ROOT = Path(__file__).resolve().parents[2]
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]


def expanded() -> list[tuple[str, str, dict]]:
    """Each stage as it is run, with all families: its module, its model, its text with kind and family filled in."""
    found = []
    for name, stage in STAGES.items():
        several = stage.get("matrix", {})
        of_families = families.FAMILIES if several.get("family") == "${families.beside}" else [""]
        for family, kind in product(of_families, several.get("kind", [""])):
            text = yaml.safe_dump(stage).replace("${item.kind}", kind).replace("${item.family}", family)
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


#: What a stage runs and need not watch: it can refuse, find or name, but it changes no output. What is set stands among
#: the stage's parameters; where things lie stands in dvc.yaml itself.
UNWATCHED = {
    "corpora/__init__.py",
    "musiclassify/__init__.py",
    "models/errors.py",
    "musiclassify/errors.py",
    "musiclassify/registry.py",
    "musiclassify/released/__init__.py",
    "pipeline/errors.py",
    "pipeline/layout.py",
    "settings/__init__.py",
}


def says_nothing(file: str) -> bool:
    """Whether a file is the face of a package: text, imports and the list of its names."""
    body = ast.parse((ROOT / file).read_text(encoding="utf-8")).body
    names = [node for node in body if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"]
    rest = [node for node in body if not isinstance(node, ast.Import | ast.ImportFrom) and not _is_text(node)]
    return Path(file).name == "__init__.py" and rest == names


@pytest.mark.parametrize(("module", "kind", "stage"), expanded())
def test_every_stage_depends_on_all_the_code_that_it_runs(module, kind, stage):
    kind = families.parted(kind)[0]
    kinds = [kind] if kind in models.trained() and module == "train" else models.names()
    starts = [f"models.kinds.{name}" for name in kinds] if kind else []
    watched = paths(stage, "deps")
    for file in closure(f"pipeline.{module}", *starts):
        below = [file, *(parent.as_posix() for parent in Path(file).parents)]
        assert set(below) & set(watched) or file in UNWATCHED or says_nothing(file), f"{stage['name']} runs {file}"


@pytest.mark.parametrize(("module", "kind", "stage"), expanded())
def test_every_stage_depends_on_code_that_exists_and_that_it_runs(module, kind, stage):
    run = closure(f"pipeline.{module}", *(f"models.kinds.{name}" for name in models.names()))
    for path in paths(stage, "deps"):
        if path.startswith(("${corpus", "data/", "reports/", "models/trained")):
            continue
        assert (ROOT / path).exists(), path
        assert any(file == path or file.startswith(f"{path}/") for file in run), f"{stage['name']}: {path} is not run"


def test_a_change_of_one_kind_of_model_does_not_train_the_others():
    for module, model, stage in expanded():
        kind = families.parted(model)[0]
        if module == "train" and kind in models.trained():
            assert [p for p in paths(stage, "deps") if p.startswith("models/kinds")] == [f"models/kinds/{kind}"]


def test_more_draws_of_the_bootstrap_and_another_version_train_nothing():
    for module, _, stage in expanded():
        if module in ("extract", "train"):
            assert not any(name.startswith(("evaluate", "release", "compare")) for name in stage["params"])


def test_the_kinds_of_the_stages_are_those_of_the_registry():
    assert tuple(STAGES["train"]["matrix"]["kind"]) == models.trained()
    assert tuple(STAGES["evaluate"]["matrix"]["kind"]) == models.names()
    trained = {f"models/trained/${{corpus.name}}/{kind}" for kind in models.trained()}
    assert {p for p in paths(STAGES["blend"], "deps") if p.startswith("models/trained")} == trained
    assert set(models.combining()) <= set(STAGES)


def test_a_family_has_the_stages_of_the_models_that_the_sections_describe():
    """The same commands, dependencies and parameters, under names of the family's own."""

    def plain(stage: dict, family: str) -> str:
        kept = {key: value for key, value in stage.items() if key not in ("desc", "name", "matrix")}
        return yaml.safe_dump(kept).replace(f"-{family}", "") if family else yaml.safe_dump(kept)

    by_model = {(module, model): stage for module, model, stage in expanded() if model}
    assert {model for _, model in by_model} == set(roster.every(families.FAMILIES))
    for (module, model), stage in by_model.items():
        kind, family = families.parted(model)
        assert plain(stage, family) == plain(by_model[module, kind], "")
        if module == "train":
            at, _, item = provenance.stage_name(model).partition("@")
            assert at in (stage["name"], model)
            assert item in ("", kind, family, f"{family}-{kind}")


def test_no_stage_imports_another():
    stages = {module for module, _, _ in expanded()}
    for stage in stages:
        others = {f"pipeline/{other}.py" for other in stages - {stage}}
        assert not others & set(closure(f"pipeline.{stage}")), stage


@pytest.mark.parametrize("file", [f"pipeline/{stage['cmd'].split()[3]}.py" for stage in STAGES.values()])
def test_stages_are_thin(file):
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    code = [node for node in ast.walk(tree) if isinstance(node, ast.stmt) and not _is_text(node)]
    lines = {line for node in code for line in range(node.lineno, node.end_lineno + 1)}
    words = {line for node in ast.walk(tree) if _is_text(node) for line in range(node.lineno, node.end_lineno + 1)}
    assert len(lines - words) <= 80


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(getattr(node, "value", None), ast.Constant)


def test_the_test_subset_is_read_by_evaluate_alone():
    readers = {stage["name"] for _, _, stage in expanded() if any("features/test" in p for p in paths(stage, "deps"))}
    assert readers == {"evaluate", "family_evaluate"}
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


def test_one_small_file_of_scores_is_what_runs_are_compared_by():
    document = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
    assert document["metrics"] == ["reports/${corpus.name}/compare/scores.json"]
    assert not any("metrics" in stage for stage in STAGES.values())
    outs = [path for _, _, stage in expanded() for path in paths(stage, "outs")]
    for path in document["plots"]:
        assert any(out == path or out.startswith(f"{path}/") or path.startswith(f"{out}/") for out in outs), path


def test_what_python_compiled_is_no_part_of_the_code_that_stages_depend_on():
    """Folders of code are dependencies; a run that compiled them must not find them changed the next time."""
    compiled = ["pipeline/__pycache__/split.cpython-311.pyc", "features/families/__pycache__/mfcc.cpython-311.pyc"]
    asked = [sys.executable, "-m", "dvc", "check-ignore", *compiled, "pipeline/split.py"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.split() == compiled, done.stderr
