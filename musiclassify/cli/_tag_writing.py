"""What the options of `_tag_options` ask for, and tags written answer by answer."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ._common import say

if TYPE_CHECKING:
    from musiclassify.released.song import Answer
    from musiclassify.tags import Care
    from musiclassify.tags.plan import Wish

__all__ = ["Writer", "care_of", "wish_of"]


def care_of(options: argparse.Namespace) -> Care:
    """How files are changed."""
    from musiclassify.tags import Care

    return Care(options.keep_times, options.write_protected, options.split_links)


def wish_of(options: argparse.Namespace, labels: Iterable[str]) -> Wish:
    """What is written; ``--map`` is read, for a model's genres."""
    from musiclassify.tags.names import read_names
    from musiclassify.tags.plan import Wish

    names = read_names(options.map, labels) if options.map else {}
    return Wish(options.min_confidence, options.max_genres, names, options.only_missing, options.replace, options.mood)


class Writer:
    """Write the tags of answers as they come; what cannot be written is said, and the next one is written.

    Parameters
    ----------
    options : argparse.Namespace
    labels : iterable of str
        The model's genres.
    """

    def __init__(self, options: argparse.Namespace, labels: Iterable[str]) -> None:
        from musiclassify.tags.journal import Journal

        self._wish, self._care = wish_of(options, labels), care_of(options)
        self._journal = Journal(options.journal) if options.journal else None

    def __call__(self, answer: Answer) -> None:
        """Write an answer's tags, where it is one."""
        from musiclassify.tags import TagError
        from musiclassify.tags.plan import carry_out, plan

        if answer.ok:
            try:
                carry_out(plan(answer, self._wish), self._care, self._journal.keep if self._journal else None)
            except TagError as error:
                say(str(error))
