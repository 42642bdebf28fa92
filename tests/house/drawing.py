"""The drawing of the rooms: which may import which, and what the code really imports, read from its text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: Room -> rooms that it may import. Nothing downstream of a room stands here, so nothing can be imported upward.
ALLOWED: dict[str, set[str]] = {
    # What answers: nothing of the repository's other rooms.
    "musiclassify": set(),
    # What learns.
    "settings": set(),
    "corpora": {"musiclassify", "settings"},
    "augment": {"musiclassify", "settings"},
    "features": {"musiclassify", "settings"},
    "models": {"musiclassify", "settings", "features"},
    "pipeline": {"musiclassify", "settings", "corpora", "augment", "features", "models"},
    "studies": {"musiclassify", "settings", "corpora", "augment", "features", "models", "pipeline"},
    # The fronts and what surrounds them.
    "classify": {"musiclassify"},
    "integrations": {"musiclassify"},
    "benchmarks": {"musiclassify", "settings", "corpora", "augment", "features", "models", "pipeline"},
    "notebooks": {"musiclassify", "settings", "corpora", "augment", "features", "models", "pipeline", "studies"},
    "docs": {
        *("musiclassify", "settings", "corpora", "augment", "features", "models", "pipeline", "studies"),
        *("benchmarks", "notebooks"),
    },
}

#: Inside what answers: room -> rooms that it may import. The package's own files may import all of them.
ANSWERING: dict[str, set[str]] = {
    "registry": set(),
    "cluster": set(),
    "audio": set(),
    "released": {"registry", "audio"},
    "tags": {"registry", "audio"},
    "formats": {"registry", "audio", "released", "tags"},
    "learn": {"registry", "audio", "released", "tags"},
    "library": {"registry", "cluster", "audio", "released", "tags", "formats"},
    "web": {"registry", "audio", "released", "tags", "formats", "library"},
    "cli": {"registry", "audio", "released", "tags", "formats", "learn", "library", "web"},
}

#: Libraries that learn; what answers never imports them, not even late.
LEARNING = {"keras", "librosa", "pandas", "pydantic", "scipy", "sklearn", "tensorflow", "xgboost"}


def room_of(path: Path) -> str:
    """Room of a file of the repository."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@cache
def files() -> tuple[Path, ...]:
    """All Python outside tests, sorted."""
    found = [path for room in ALLOWED for path in (ROOT / room).rglob("*.py")]
    found += [path for room in ALLOWED if (path := ROOT / f"{room}.py").is_file()]
    return tuple(sorted(path for path in found if "node_modules" not in path.parts))


def module_of(path: Path) -> str:
    """Dotted name of a file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(path: Path, *, late: bool = True) -> Iterator[tuple[str, int]]:
    """Dotted names that a file imports, with their lines; those for type checkers alone are left out.

    Parameters
    ----------
    late : bool
        Those inside functions too.
    """
    package = module_of(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in _nodes(tree(path), late):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            name = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((f"{name}.{alias.name}", node.lineno) for alias in node.names)


def _nodes(node: ast.AST, late: bool) -> Iterator[ast.AST]:
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.If) and "TYPE_CHECKING" in ast.unparse(inner.test):
            continue
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and not late:
            continue
        yield inner
        yield from _nodes(inner, late)
