"""Models behind one interface, `models.base.Model`; ``models/kinds/`` holds a folder for each kind.

Importing this package is cheap: TensorFlow, scikit-learn and XGBoost are loaded by the model that needs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from musiclassify.registry import Registry

if TYPE_CHECKING:
    from pathlib import Path

    from .base import Model

__all__ = ["KINDS", "REGISTRY", "combining", "create", "kind_class", "label", "load", "names", "trained"]

REGISTRY = Registry("models.kinds", "model kind", needs=("MODEL",))
KINDS: tuple[str, ...]


def __getattr__(name: str) -> Any:
    if name == "KINDS":
        return names()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def names() -> tuple[str, ...]:
    """All kinds of model by name, in their order; none of them is imported."""
    return REGISTRY.names()


def trained() -> tuple[str, ...]:
    """The kinds that learn from features."""
    return tuple(kind for kind in names() if not kind_class(kind).combines)


def combining() -> tuple[str, ...]:
    """The kinds that are made of trained models."""
    return tuple(kind for kind in names() if kind_class(kind).combines)


def label(kind: str) -> str:
    """What a kind is called in pictures and tables; a name that is no kind stays as it is."""
    return kind_class(kind).label if kind in names() else kind


def kind_class(kind: str) -> type[Model]:
    """The class of a kind of model; an unknown kind is refused with the list of known ones."""
    from musiclassify.registry import RegistryError

    from .errors import ModelError

    try:
        return REGISTRY.get(kind).MODEL
    except RegistryError as error:
        raise ModelError(str(error)) from None


def create(
    kind: str,
    *,
    genres: list[str],
    seed: int = 0,
    settings: Any = None,
    members: dict[str, Model] | None = None,
    **given: Any,
) -> Model:
    """An untrained model.

    Parameters
    ----------
    kind : str
    genres : list of str
        Label order.
    seed : int
    settings : object, optional
        Of the kind's ``Settings``.
    members : dict of str to Model, optional
        The trained models that a combining kind is made of.
    given
        In place of `settings`: some of them, the others have their defaults.

    Raises
    ------
    ModelError
        If a setting is unknown or out of its range; the text names it.
    """
    cls = kind_class(kind)
    model = cls(genres, seed, cls.settings_from(given) if settings is None else settings)
    if members is not None:
        model.take(members)
    return model


def load(folder: str | Path) -> Model:
    """The model that was saved into a folder."""
    from pathlib import Path

    from .base import read_document

    folder = Path(folder)
    return kind_class(read_document(folder)["kind"]).load(folder)
