"""Write the page with nothing behind it: ``python -m musiclassify.web.build [--out musiclassify/web/dist]``.

The folder can be put on any host that serves files. It holds the page, its libraries, the released models and
a service worker that keeps what the page needs, so that it works without a network after the first visit.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import sys
from pathlib import Path

from .csp import META_POLICY
from .library import FILES, Library
from .site import HERE, LIBRARIES, STATIC, fast_model, page_settings

__all__ = ["build", "kept"]

UNUSED = {"head.onnx", "frontend.onnx"}
"""Files of a model that the page needs only when there is a server."""


def build(out: Path, models: Path) -> dict[str, int]:
    """Write the static page; what was in ``out`` is replaced as a whole.

    Parameters
    ----------
    out : Path
        Folder to write.
    models : Path
        Folder of released models.

    Returns
    -------
    dict of str to int
        Bytes of each file, by its path in ``out``.

    Raises
    ------
    FileNotFoundError
        The JavaScript libraries are not installed.
    """
    missing = [name for name, path in LIBRARIES.items() if not path.is_file()]
    if missing:
        raise FileNotFoundError(f"{', '.join(missing)}: not installed; run `npm ci` in the folder musiclassify/web")
    library = Library(models)
    fresh = out.with_name(f".{out.name}.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        _write(fresh, library)
        shutil.rmtree(out, ignore_errors=True)
        os.replace(fresh, out)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return {path.relative_to(out).as_posix(): path.stat().st_size for path in _files(out)}


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _write(out: Path, library: Library) -> None:
    shutil.copytree(STATIC, out / "static", ignore=shutil.ignore_patterns("index.html", "sw.js", ".*"))
    (out / "static" / "vendor").mkdir()
    for name, path in LIBRARIES.items():
        shutil.copyfile(path, out / "static" / "vendor" / name)
    for name in library.names:
        target = out / "models" / name
        target.mkdir(parents=True)
        for file in FILES:
            source = library.get(name).folder / file
            if file not in UNUSED and source.is_file():
                shutil.copyfile(source, target / file)
    page = (STATIC / "index.html").read_text("utf-8")
    policy = f'<meta charset="utf-8">\n  <meta http-equiv="Content-Security-Policy" content="{META_POLICY}">'
    (out / "index.html").write_text(page.replace('<meta charset="utf-8">', policy), "utf-8")
    settings = page_settings(library, server=None)
    (out / "site.json").write_text(json.dumps(settings, separators=(",", ":")), "utf-8")
    (out / ".nojekyll").touch()
    _write_service_worker(out, library)


def _write_service_worker(out: Path, library: Library) -> None:
    """Fill in what is kept at the first visit, and a name for the store that changes with any of it."""
    first = fast_model(library)
    later = tuple(f"models/{name}/" for name in library.names if name != first)
    names, digest = ["./"], hashlib.sha256()
    for path in _files(out):
        name = path.relative_to(out).as_posix()
        digest.update(name.encode() + hashlib.sha256(path.read_bytes()).digest())
        if name not in ("index.html", ".nojekyll") and not name.startswith(later):
            names.append(name)
    script = (HERE / "service_worker.js").read_text("utf-8")
    script = script.replace("__VERSION__", digest.hexdigest()[:16]).replace('["__FILES__"]', json.dumps(names))
    (out / "sw.js").write_text(script, "utf-8")


def kept(out: Path) -> list[str]:
    """The files that a first visit fetches and keeps, by their paths in ``out``."""
    script = (out / "sw.js").read_text("utf-8")
    names = json.loads(re.search(r"^const FILES = (\[.*\]);$", script, re.MULTILINE)[1])
    return [name.replace("./", "index.html") for name in names]


def main(argv: list[str] | None = None) -> int:
    """Build; 2 when something it needs is not there."""
    from .app import MODELS

    parser = argparse.ArgumentParser(
        prog="python -m musiclassify.web.build",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description=__doc__,
    )
    parser.add_argument("--out", type=Path, default=HERE / "dist", help="folder to write")
    parser.add_argument("--models", type=Path, default=MODELS, help="folder of released models")
    options = parser.parse_args(argv)
    try:
        sizes = build(options.out, options.models)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    first = sum(sizes[name] for name in kept(options.out))
    wasm = sum(size for name, size in sizes.items() if name.endswith(".wasm"))
    print(
        f"{options.out}: {len(sizes)} files, {sum(sizes.values()) / 1e6:.1f} MB; "
        f"first visit {first / 1e6:.1f} MB, {(first - wasm) / 1e6:.1f} MB without wasm",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
