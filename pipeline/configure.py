"""Point the pipeline at another corpus: edit the ``corpus`` section of params.yaml and nothing else in it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from corpora import KINDS
from pipeline import params as parameters
from pipeline.compose import CLIPS
from pipeline.errors import ParamsError
from pipeline.files import write_text


def _edit(text: str, section: str, name: str, value: str) -> str:
    """Replace one plain value, keeping its line's comment."""
    pattern = re.compile(
        rf"(?ms)(^{section}:[^\n]*\n(?:[ #][^\n]*\n|\n)*?[ ]+{name}:[ ]*)"
        r"(\"(?:[^\"\\]|\\.)*\"|'[^']*'|[^\s#][^#\n]*?)([ ]*(?:#[^\n]*)?\n)"
    )
    written = value if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_./-]*", value) else json.dumps(value, ensure_ascii=False)
    edited, count = pattern.subn(lambda m: m[1] + written + m[3], text, count=1)
    if count != 1:
        raise ParamsError(f"params.yaml: cannot find {section}.{name} to change it; set it by hand to {written}")
    return edited


def configure(kind: str, *, path: str = "", name: str = "", root: Path = Path(".")) -> list[str]:
    """Set ``corpus.name``, ``corpus.kind`` and ``corpus.path`` in params.yaml; its comments stay.

    The folder is looked at first, so that a wrong one changes nothing.

    Parameters
    ----------
    kind : str
    path : str
        The corpus folder (demo has its own).
    name : str
        Name for folders and titles; the kind where none is given.
    root : path
        The repository.

    Returns
    -------
    list of str
        What was changed, a line each; empty when all was so already.
    """
    if kind not in KINDS.names():
        raise ParamsError(f"corpus={kind!r}: must be one of {', '.join(KINDS.names())}")
    if kind == "demo":
        path = CLIPS.as_posix()
    else:
        if not path:
            raise ParamsError(f"path is empty: say `{KINDS.get(kind).MADE_BY}`")
        where = Path(path).expanduser()
        KINDS.get(kind).find(where)
        path = where.resolve().as_posix()
    wanted = {"name": name or kind, "kind": kind, "path": path}
    file = root / parameters.PARAMS_FILE
    values = parameters.load(file)
    before = values["corpus"]
    parameters.check(values | {"corpus": wanted})
    text = file.read_text(encoding="utf-8")
    changed = []
    for key, value in wanted.items():
        if before[key] != value:
            text = _edit(text, "corpus", key, value)
            changed.append(f"corpus.{key}: {before[key]} -> {value}")
    if changed:
        write_text(file, text)
        if parameters.load(file)["corpus"] != wanted:
            raise ParamsError(f"{file}: could not be edited; set the corpus section by hand to {wanted}")
    return changed
