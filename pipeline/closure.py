"""Which files of this repository some code runs: everything that it imports, and what that imports."""

from __future__ import annotations

import ast
import hashlib
import platform
import re
import sys
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_REGISTRY = re.compile(r"\bRegistry\(\s*__name__")
ROOMS = ("augment", "corpora", "features", "models", "musiclassify", "pipeline", "settings", "studies")


def closure(*modules: str) -> tuple[str, ...]:
    """The files that these modules run, sorted, relative to the repository.

    Imports inside functions count, imports for types alone do not. A folder that is a registry
    (`musiclassify.registry`) brings all its entries to whoever imports more of it than one of its files.

    >>> {"features/filters.py", "augment/transforms/gain.py"} <= set(closure("pipeline.extract"))
    True
    """
    waiting = [file for name in modules for file in _files(name)]
    seen: set[Path] = set()
    while waiting:
        file = waiting.pop()
        if file not in seen:
            seen.add(file)
            waiting += [found for name in _imports(file) for found in (*_files(name), *_entries(name))]
    return tuple(sorted(file.relative_to(ROOT).as_posix() for file in seen))


def digest(*modules: str) -> str:
    """One sha256 of all the code that these modules run."""
    whole = hashlib.sha256()
    for name in closure(*modules):
        whole.update(name.encode() + b"\0" + hashlib.sha256((ROOT / name).read_bytes()).digest())
    return whole.hexdigest()


def third_party(modules: Iterable[str]) -> set[str]:
    """Top-level names of what these modules import that is not of this repository."""
    names = {name.split(".")[0] for file in closure(*modules) for name in _imports(ROOT / file)}
    return names - set(ROOMS)


def versions(*modules: str) -> dict[str, str]:
    """Python and the distributions that these modules import, each with its version.

    >>> {"python", "scipy", "soxr"} <= set(versions("pipeline.extraction"))
    True
    """
    found = {}
    for name in sorted(third_party(modules) - sys.stdlib_module_names):
        for distribution in _distributions(name):
            found[distribution] = metadata.version(distribution)
    return {"python": platform.python_version(), **dict(sorted(found.items()))}


@cache
def _distributions(name: str) -> tuple[str, ...]:
    """The distributions that bring a top-level module, as the index spells them; none where it is not installed."""
    try:
        return (metadata.metadata(name)["Name"],)
    except metadata.PackageNotFoundError:
        return tuple(sorted(set(metadata.packages_distributions().get(name, ()))))


def _files(name: str) -> list[Path]:
    """The files of a dotted name: the packages on the way, and the module."""
    if name.split(".")[0] not in ROOMS:
        return []
    found, folder = [], ROOT
    for part in name.split("."):
        folder = folder / part
        for file in (folder / "__init__.py", folder.with_suffix(".py")):
            if file.is_file():
                found.append(file)
                break
    return found


def _entries(name: str) -> list[Path]:
    """All files of a registry, where a dotted name is none of its files but something that its face offers."""
    package, _, last = name.rpartition(".")
    face = next((file for file in reversed(_files(package)) if file.name == "__init__.py"), None) if package else None
    if face is None or face.parent != ROOT.joinpath(*package.split(".")) or (face.parent / f"{last}.py").exists():
        return []
    if (face.parent / last).is_dir() or not _REGISTRY.search(face.read_text(encoding="utf-8")):
        return []
    return [entry for entry in face.parent.glob("*.py") if not entry.name.startswith("_")]


@cache
def _imports(file: Path) -> frozenset[str]:
    """Dotted names that a file imports; of ``from a import b`` both a and a.b."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            node.body = []
    package = file.relative_to(ROOT).parent.parts
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            names |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return frozenset(names)
