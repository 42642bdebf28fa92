"""The drawing of imports has no circles and nothing upward; files are small; warnings are errors."""

from __future__ import annotations

import ast

import pytest
from drawing import ALLOWED, ANSWERING, LEARNING, ROOT, files, imported, module_of, room_of, tree


def test_the_table_of_rooms_has_no_circle_and_every_room_is_in_it():
    for table in (ALLOWED, ANSWERING):
        done: list[str] = []
        while len(done) < len(table):
            free = [room for room in table if room not in done and table[room] <= set(done)]
            assert free, f"a circle among {sorted(set(table) - set(done))}"
            done += free
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages <= set(ALLOWED), "a new room: say in tests/house/drawing.py what it may import"
    inside = {path.parent.name for path in (ROOT / "musiclassify").glob("*/__init__.py")}
    assert inside <= set(ANSWERING), "a new room of what answers: say in tests/house/drawing.py what it may import"


@pytest.mark.parametrize("room", ALLOWED)
def test_a_room_imports_only_what_lies_upstream(room):
    wrong = []
    for path in files():
        if room_of(path) == room:
            for name, line in imported(path):
                other = name.split(".")[0]
                if other in ALLOWED and other != room and other not in ALLOWED[room]:
                    wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("room", ANSWERING)
def test_a_room_of_what_answers_imports_only_what_lies_upstream(room):
    wrong = []
    for path in files():
        parts = module_of(path).split(".")
        if parts[:2] == ["musiclassify", room]:
            for name, line in imported(path):
                other = [*name.split("."), ""][1]
                known = name.startswith("musiclassify.") and other in ANSWERING and other != room
                if known and other not in ANSWERING[room]:
                    wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_what_answers_imports_no_library_that_learns():
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in files()
        if room_of(path) in ("musiclassify", "classify", "integrations")
        for name, line in imported(path)
        if name.split(".")[0] in LEARNING
    ]
    assert not wrong, "\n".join(wrong)


def test_no_file_imports_itself_round_a_circle():
    """Among imports at the heads of files; one inside a function is no circle, for it comes later."""
    modules = {module_of(path): path for path in files()}
    reached = {name: _modules(path, modules) for name, path in modules.items()}
    done: set[str] = set()
    while len(done) < len(modules):
        free = {name for name in modules if name not in done and reached[name] <= done}
        assert free, f"a circle among {_circle(reached, done)}"
        done |= free


def test_no_two_files_import_each_other_not_even_late():
    modules = {module_of(path): path for path in files()}
    reached = {name: _modules(path, modules, late=True) for name, path in modules.items()}
    pairs = [f"{a} and {b}" for a, others in reached.items() for b in others if a < b and a in reached[b]]
    assert not pairs, "\n".join(pairs)


def _modules(path, modules, *, late=False) -> set[str]:
    found = set()
    for name, _ in imported(path, late=late):
        other = name if name in modules else name.rpartition(".")[0]
        if other in modules and other != module_of(path):
            found.add(other)
    return found


def _circle(reached, done) -> list[str]:
    at, way = next(name for name in sorted(reached) if name not in done), []
    while at not in way:
        way.append(at)
        at = min(other for other in reached[at] if other not in done)
    return way[way.index(at) :]


def test_no_file_is_longer_than_400_lines():
    long = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in files()}
    assert not {name: n for name, n in long.items() if n > 400}


def test_no_function_is_longer_than_60_lines():
    """Docstrings count; those of the tests are held to it too."""
    long = []
    for path in (*files(), *sorted((ROOT / "tests").rglob("*.py"))):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno - node.lineno >= 60:
                long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {node.end_lineno - node.lineno + 1}")
    assert not long, "\n".join(long)


def test_a_warning_of_our_own_rooms_is_an_error():
    code = compile("import warnings; warnings.warn('odd', stacklevel=1)", "features/odd.py", "exec")
    with pytest.raises(UserWarning, match="odd"):
        exec(code, {"__name__": "features.odd"})
    with pytest.warns(UserWarning, match="odd"):
        exec(code, {"__name__": "elsewhere.odd"})
