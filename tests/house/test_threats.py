"""The page of threats names tests that exist; nothing that the program reads can run code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from drawing import ROOT, files

PAGE = ROOT / "docs/explanation/threats.md"
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE.read_text(encoding="utf-8"))

UNPICKLERS = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal"}
SAFE = {"load_model": ("safe_mode", True), "load": ("allow_pickle", False)}


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_test_that_the_page_names_exists(file, name):
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_script_that_the_page_names_exists():
    for script in re.findall(r"`python (tests/\S+\.py)", PAGE.read_text(encoding="utf-8")):
        assert (ROOT / script).is_file(), script


def dangers(text: str) -> list[str]:
    """Imports and calls that could run what was read.

    >>> dangers("import pickle")
    ['1: imports pickle']
    """
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            found += [f"{node.lineno}: imports {name}" for name in names if name.split(".")[0] in UNPICKLERS]
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        given = {word.arg: getattr(word.value, "value", None) for word in node.keywords}
        if called in ("eval", "exec", "os.system", "joblib.load", "pd.read_pickle") or given.get("shell") is True:
            found.append(f"{node.lineno}: calls {called}")
        if called in ("np.load", "numpy.load") and given.get("allow_pickle") is not False:
            found.append(f"{node.lineno}: {called} without allow_pickle=False")
        if called.endswith("models.load_model") and given.get("safe_mode") is not True:
            found.append(f"{node.lineno}: {called} without safe_mode=True")
        if called == "yaml.load" and not any(
            word in ast.unparse(node)
            for word in ("SafeLoader", "_UniqueKeys")  # a SafeLoader that wants single keys
        ):
            found.append(f"{node.lineno}: yaml.load without a safe loader")
    return found


def test_nothing_that_is_read_can_run_code():
    wrong = [f"{path.relative_to(ROOT)}:{said}" for path in files() for said in dangers(path.read_text("utf-8"))]
    assert wrong == []


@pytest.mark.parametrize(
    "text",
    ["import pickle", "from dill import load", "np.load(f)", "eval(x)", "run(c, shell=True)", "yaml.load(t, Loader=L)",
     "keras.models.load_model(f)", "joblib.load(f)", "np.load(f, allow_pickle=True)"],
)  # fmt: skip
def test_what_could_run_code_is_seen(text):
    assert dangers(text)


def test_the_loader_of_parameters_is_a_safe_one():
    import yaml

    from pipeline.params import _UniqueKeys

    assert issubclass(_UniqueKeys, yaml.SafeLoader | getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    assert Path(PAGE).is_file()
