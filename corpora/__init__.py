"""Where labelled clips come from, a kind of corpus a file: those with a ``RANK`` in this folder are kinds.

A kind defines ``find(folder)``, a table of the clips below a folder (`corpora.tracks`); ``HELP``, a few words;
``MADE_BY``, the command that learns on it; ``LICENCE``, a sentence for the cards of models. It may define
``mark_faults(table, policy)``, faults that are known of it, and ``published()``, the side that a published split gives
each track. `corpora.check` decodes every clip and says which can be used; `corpora.split` gives each track its side.
Nothing here knows params.yaml or DVC.
"""

from __future__ import annotations

from typing import Any

from musiclassify.registry import Registry

__all__ = ["KINDS", "CorpusError", "published"]

KINDS = Registry(__name__, "corpus.kind", needs=("HELP", "LICENCE", "MADE_BY", "find"), ranked=True)


def published(kind: str) -> dict[str, str] | None:
    """The side that a published split gives each track of a kind of corpus; None where there is none."""
    entry = KINDS.get(kind)
    return entry.published() if hasattr(entry, "published") else None


def __getattr__(name: str) -> Any:
    """`CorpusError`, when it is asked for: the list of kinds is light."""
    if name != "CorpusError":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from corpora.tracks import CorpusError

    return CorpusError
