"""`--write-tags` and `--undo-tags` of `musiclassify classify`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ._common import NOTHING, OK, SOME_FAILED, say

if TYPE_CHECKING:
    from musiclassify.released.song import Answer

__all__ = ["undo_tags", "write_tags"]


def write_tags(answers: Iterable[Answer], *, dry_run: bool) -> int:
    """Write the genres; give the number of files that could not be written."""
    from musiclassify import tags
    from musiclassify.tags.genres import says_already

    failed = uncertain = 0
    for answer in answers:
        if not answer.ok or answer.genre is None or answer.path == "-":
            continue
        if answer.uncertain:
            uncertain += 1
            continue
        try:
            before = tags.current(answer.path).genre
            if not says_already(before, answer.genre):
                _say_change(answer.path, before, (answer.genre,), dry_run)
                if not dry_run:
                    tags.write(answer.path, answer.genre)
        except tags.TagError as error:
            failed += 1
            say(str(error))
    if uncertain:
        say(f"tags left alone where the answer is uncertain: {uncertain}")
    return failed


def undo_tags(songs: Iterable[str], *, dry_run: bool) -> int:
    """Put back what stood there before; give the exit status."""
    from musiclassify import tags

    done = failed = 0
    for song in songs:
        try:
            before = tags.current(song)
            if before.ours:
                if not dry_run:
                    tags.undo(song)
                _say_change(song, before.genre, before.undone, dry_run)
            done += 1
        except tags.TagError as error:
            failed += 1
            say(str(error))
    return NOTHING if not done else SOME_FAILED if failed else OK


def _say_change(path: str, before: Sequence[str], after: Sequence[str], dry_run: bool) -> None:
    from musiclassify.audio.errors import printable

    old, new = (repr("; ".join(genre)) if genre else "none" for genre in (before, after))
    say(f"{printable(path)}: genre {old} {'would become' if dry_run else 'becomes'} {new}")
