"""`musiclassify like`: songs of a library that sound like one; nothing is heard but a song that it does not know."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ._common import OK, SOME_FAILED, bounded, carry_out, hold_closed, say
from ._library import add_database, model_of, relative

if TYPE_CHECKING:
    import numpy as np

    from musiclassify.library import Library

__all__ = ["HELP", "build_parser", "main", "run"]

HELP = "find songs of a library that sound like one"


def build_parser(prog: str = "musiclassify like") -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description="List the songs of a library whose embeddings are nearest to a song's. The song may be one of the "
        "library or any other file. Files with the same sound are one song.",
    )
    parser.add_argument("song", metavar="SONG")
    add_database(parser)
    parser.add_argument("-n", type=bounded(1, 1_000_000), default=20, help="so many songs (default: %(default)s)")
    parser.add_argument("--model", metavar="NAME|PATH", help="of a song that the library does not know")
    parser.add_argument("--json", action="store_true", help="tell them as a JSON array")
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "musiclassify like") -> int:
    """Carry out a command line; give the exit status."""
    hold_closed()
    return carry_out(run, build_parser(prog).parse_args(arguments), prog)


def run(options: argparse.Namespace) -> int:
    """List the songs; 1 where there is no other song."""
    from musiclassify.library import open_library
    from musiclassify.library.vectors import load

    with open_library(options.db) as library:
        digest, embedding, answer = embedding_of(options.song, library, options.model)
        vectors = load(library, digest)
        own = None if answer is None else vectors.row_of(answer)
        found = vectors.nearest(vectors.standardised(embedding), options.n, without=own)
        songs = library.songs_of(int(vectors.ids[at]) for at, _ in found)
    rows = [(likeness, songs[int(vectors.ids[at])]) for at, likeness in found]
    if options.json:
        told = [
            {
                "path": song.name, "likeness": round(likeness, 6), "genre": song.answer.genre,
                "title": song.look.title, "artist": song.look.artist, "copies": [other.name for other in others],
            }
            for likeness, (song, *others) in rows
        ]  # fmt: skip
        print(json.dumps(told, ensure_ascii=True))
    elif rows:
        from ._table import table

        lines = [[f"{likeness:.2f}", str(song.answer.genre), relative(song.name)] for likeness, (song, *_) in rows]
        print(table(["alike", "genre", "song"], lines), end="")
    else:
        say("the library has no other song to compare with")
    return OK if rows else SOME_FAILED


def embedding_of(path: str, library: Library, model: str | None) -> tuple[str, np.ndarray, int | None]:
    """Give digest, embedding and answer of a song: from the library, or by hearing it."""
    from musiclassify.errors import UsageError

    song = library.song(path)
    if song is not None and song.answer_id is not None:
        known = library.embedding(song.answer_id)
        if known is not None:
            return song.digest, known, song.answer_id
    _, digest, load = model_of(model)
    models = library.models()
    if models and digest not in {known for _, known, _ in models}:
        raise UsageError(f"the library was heard by {models[0][0]}; name that one with --model, or scan it --again")
    answer = load().classify(path)
    if not answer.ok or answer.embedding is None:
        reason = answer.message or f"{answer.model} gives no embeddings; name a model that hears tags"
        raise UsageError(f"{path}: cannot be compared: {reason}")
    return digest, answer.embedding, None
