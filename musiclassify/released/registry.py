"""Where released models lie, which one answers when none is named, and whether their files are whole.

A released model is a folder ``models/released/<corpus>-<kind>-v<major>.<minor>/``. What the pipeline trained
here has the same form under ``models/trained/<corpus>/<kind>/released/`` and is named ``<corpus>/<kind>``, or by its
kind alone: that of the corpus that params.yaml names. ``models/default`` holds the name of the model that answers when
none is named. In an installed package all of it lies inside the package. Standard library only.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from musiclassify.errors import MusiClassifyError
from musiclassify.files import write_whole

from .external import external_files
from .schema import CONFIG, FORMAT_VERSION, METADATA, problems

__all__ = [
    "KINDS",
    "ChangedFileError",
    "FormatError",
    "ModelError",
    "Release",
    "UnknownModelError",
    "choose",
    "default_name",
    "find",
    "names",
    "read",
    "verify",
]

_INSTALLED = Path(__file__).resolve().parents[1] / "models"
MODELS = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).resolve().parents[2] / "models"
"""The folder ``models``: inside the package where that was built for installing, else beside it in the checkout."""

KINDS = ("cnn", "svm", "xgb", "blend")
EMBEDDED_CORPUS = "demo"
"""Models of the embedded corpus show that everything works; they never answer by default."""


class ModelError(MusiClassifyError):
    """Root of what can be wrong with a released model: the model, the reason, what to do."""

    def __init__(self, model: object, reason: str, advice: str) -> None:
        self.model, self.reason, self.advice = str(model), reason, advice
        super().__init__(self.model, reason, advice)

    def __str__(self) -> str:
        return f"{self.model}: {self.reason}; {self.advice}"


class UnknownModelError(ModelError):
    """There is no such model."""


class FormatError(ModelError):
    """config.json or metadata.json is not in a form that this program reads."""


class ChangedFileError(ModelError):
    """A file is not the one that was released."""


@dataclass(frozen=True)
class Release:
    """A released model's folder and what is written about it.

    Attributes
    ----------
    folder : Path
    config : dict
        config.json, checked against `schema.CONFIG`.
    metadata : dict
        metadata.json, checked against `schema.METADATA`.
    """

    folder: Path
    config: dict[str, Any]
    metadata: dict[str, Any]

    @property
    def name(self) -> str:
        """The model's name, as it stands in every answer."""
        return self.config["name"]

    @property
    def digest(self) -> str:
        """sha256 of the graph that answers."""
        return self.metadata["files"][self.config["graphs"]["model"]]


def names(models: Path = MODELS) -> list[str]:
    """List the released models, sorted by name."""
    return sorted(p.parent.name for p in (models / "released").glob("*/config.json"))


def default_name(models: Path = MODELS) -> str | None:
    """Give the name (or the path below ``models/``) in ``models/default``; None where there is no such file."""
    try:
        return (models / "default").read_text("utf-8").strip() or None
    except FileNotFoundError:
        return None


def find(model: str | os.PathLike[str] | None = None, models: Path = MODELS) -> Path:
    """Find the folder of a model.

    Parameters
    ----------
    model : str or path, optional
        A released name, a kind trained here (``cnn``, ``svm``, ``xgb``, ``blend``) or ``<corpus>/<kind>`` (of a family
        beside it ``<corpus>/<kind>-<family>``), or a folder. None: the default.

    Raises
    ------
    UnknownModelError
        With the names that there are.
    """
    if model is None:
        chosen = default_name(models)
        if chosen is None:
            raise UnknownModelError("models/default", "names no model", _choose_one(models))
        for folder in (models / "released" / chosen, models / chosen):
            if (folder / "config.json").is_file():
                return folder
        raise UnknownModelError(chosen, "stands in models/default but is not there", _choose_one(models))
    text = os.fspath(model)
    if text in KINDS:
        return _trained(text, models)
    corpus, _, kind = text.partition("/")
    if re.fullmatch(rf"({'|'.join(KINDS)})(-\w+)?", kind) and corpus in _trained_corpora(models):
        return _of_corpus(corpus, kind, models)
    released = models / "released" / text
    if text in names(models):
        return released
    if (Path(text) / "config.json").is_file():
        return Path(text)
    if Path(text).is_dir():
        raise UnknownModelError(text, "is a folder without config.json", "name a released model's folder")
    raise UnknownModelError(text, "there is no such model", _choices(models))


def _trained(kind: str, models: Path) -> Path:
    """Find the kind of the corpus that params.yaml names, or of the only one that there is."""
    corpora = _trained_corpora(models)
    if not corpora:
        raise UnknownModelError(kind, "nothing has been trained here yet", "run `make repro` first")
    named = _named_corpus(models.parent / "params.yaml")
    if named is None and len(corpora) > 1:
        raise UnknownModelError(
            kind, "was trained on several corpora", f"name one: {', '.join(f'{corpus}/{kind}' for corpus in corpora)}"
        )
    return _of_corpus(named or corpora[0], kind, models)


def _of_corpus(corpus: str, kind: str, models: Path) -> Path:
    folder = models / "trained" / corpus / kind / "released"
    if (folder / "config.json").is_file():
        return folder
    others = [f"{other}/{kind}" for other in _trained_corpora(models) if other != corpus]
    advice = "run `make repro` first" + (f", or name {' or '.join(others)}" if others else "")
    raise UnknownModelError(kind, f"no such model was trained on the corpus {corpus}", advice)


def _trained_corpora(models: Path) -> list[str]:
    return sorted({path.parents[2].name for path in (models / "trained").glob("*/*/released/config.json")})


def _named_corpus(params: Path) -> str | None:
    """Read ``corpus.name`` of params.yaml, which DVC writes and people edit, without a library for YAML."""
    try:
        text = params.read_text("utf-8")
    except (OSError, ValueError):
        return None
    section = re.search(r"^corpus:[^\n{]*\n((?:[ \t]+[^\n]*\n|[ \t]*(?:#[^\n]*)?\n)*)", text + "\n", re.MULTILINE)
    name = section and re.search(r"""^[ \t]+name:[ \t]*["']?([^\s"'#]+)""", section[1], re.MULTILINE)
    return name[1] if name else None


def _choices(models: Path) -> str:
    released = ", ".join(names(models)) or "none"
    return f"released are {released}; trained here are {', '.join(KINDS)} or CORPUS/KIND; or give a model's folder"


def _choose_one(models: Path) -> str:
    return f"choose one with `musiclassify models choose NAME` or give --model NAME ({_choices(models)})"


def choose(model: str, models: Path = MODELS) -> str:
    """Make a model the default.

    Returns
    -------
    str
        What was written into ``models/default``: a released name, or a folder below ``models/``.

    Raises
    ------
    ModelError
        No such model, damaged, or one of the embedded corpus.
    """
    release = read(find(model, models))
    verify(release)
    if release.config["corpus"] == EMBEDDED_CORPUS:
        raise ModelError(
            release.name,
            "is a model of the embedded corpus, which is never the default",
            "choose one that learned from real music, or name this one with --model",
        )
    folder = release.folder.resolve()
    if folder.parent == models.resolve() / "released":
        text = folder.name
    elif models.resolve() in folder.parents:
        text = folder.relative_to(models.resolve()).as_posix()
    else:
        raise ModelError(release.name, "lies outside models/", f"copy its folder to models/released/{release.name}")
    write_whole(models / "default", text + "\n")
    return text


def read(folder: str | os.PathLike[str]) -> Release:
    """Read and check what is written about a model, without looking at its graphs.

    Raises
    ------
    FormatError
        Of a newer format, or not in the form of `schema`.
    """
    folder = Path(folder)
    config = _json(folder / "config.json")
    metadata = _json(folder / "metadata.json")
    for name, document, schema in (("config.json", config, CONFIG), ("metadata.json", metadata, METADATA)):
        version = document.get("format_version") if isinstance(document, dict) else None
        if isinstance(version, int) and version > FORMAT_VERSION:
            raise FormatError(
                folder.name,
                f"{name} is of format version {version}, this program reads up to {FORMAT_VERSION}",
                "update MusiClassify, or choose an older model",
            )
        if wrong := problems(document, schema):
            raise FormatError(folder.name, f"{name}: {', '.join(wrong[:3])}", "fetch or export the model again")
    unlisted = sorted(set(config["graphs"].values()) - set(metadata["files"]))
    if unlisted:
        raise FormatError(
            folder.name, f"metadata.json: files does not list {', '.join(unlisted)}", "export the model again"
        )
    return Release(folder, config, metadata)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise UnknownModelError(path.parent.name, f"has no {path.name}", "fetch or export the model again") from None
    except RecursionError:
        raise FormatError(path.parent.name, f"{path.name} is nested too deep", "export the model again") from None
    except (OSError, ValueError) as error:
        raise FormatError(
            path.parent.name, f"{path.name} cannot be read ({error})", "fetch or export the model again"
        ) from error


def verify(release: Release) -> list[str]:
    """Compare the sha256 of every file of a model with the one that was released.

    A graph whose tensors lie in other files is refused: a released model's graph is one file.

    Returns
    -------
    list of str
        The files that were checked.

    Raises
    ------
    ChangedFileError
        Naming the first file that is missing or is not the one that was released.
    FormatError
        A graph takes tensors from another file.
    """
    for name, expected in sorted(release.metadata["files"].items()):
        path = release.folder / name
        if Path(name).name != name:
            raise FormatError(
                release.name, f"metadata.json: files names {name!r}, not a file of its folder", "export the model again"
            )
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            raise ChangedFileError(release.name, f"{name} is missing", "fetch or export the model again") from None
        except OSError as error:
            raise ChangedFileError(release.name, f"{name} cannot be read ({error})", "check the disk") from error
        if found != expected:
            raise ChangedFileError(
                release.name,
                f"{name} is not the file that was released (sha256 {found[:12]}…, not {expected[:12]}…)",
                "fetch the model again (git checkout or git lfs pull), or export it again if you changed it",
            )
    for name in sorted(set(release.config["graphs"].values())):
        if others := external_files(release.folder / name):
            raise FormatError(
                release.name, f"{name} keeps tensors in other files ({others[0]!a})", "export it as one file"
            )
    return sorted(release.metadata["files"])
