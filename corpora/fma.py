"""``python -m corpora.fma tracks.csv fma_small -o fma.csv``: the Free Music Archive's list as a table of clips.

``tracks.csv`` is that of FMA's metadata (Defferrard, Benzi, Vandergheynst and Bresson, "FMA: a dataset for music
analysis", ISMIR 2017, arXiv:1612.01840): two lines name each column (``track,genre_top``), a third the number's, and a
clip lies in ``000/000002.mp3`` below the folder of its subset. What comes out is a table for ``corpus.kind: table``
with FMA's own sides, which keep artists apart, and the licence of each track, which is its artist's choice.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from corpora.tracks import CorpusError

#: A subset holds those before it.
SUBSETS = ("small", "medium", "large")
SIDES = {"training": "train", "validation": "valid", "test": "test"}
WANTED = {
    "split": ("set", "split"),
    "subset": ("set", "subset"),
    "label": ("track", "genre_top"),
    "artist": ("artist", "name"),
    "artist_id": ("artist", "id"),
    "album": ("album", "title"),
    "title": ("track", "title"),
    "licence": ("track", "license"),
}
HEAD = ("path", "label", "artist", "album", "split", "title", "licence")
_LONGEST = 2**24  # characters of a field: artists tell their lives


def convert(listed: str | Path, clips: str | Path, out: str | Path, *, subset: str = "small") -> dict[str, Counter]:
    """Write the table of one subset.

    Parameters
    ----------
    listed : path
        FMA's ``tracks.csv``.
    clips : path
        Folder with ``000/000002.mp3``; it need not hold all of them.
    out : path
        The table; paths in it start at its folder.
    subset : {"small", "medium", "large"}

    Returns
    -------
    dict of Counter
        How many tracks have each ``label``, ``split`` and ``licence``, and under ``left out`` those without a genre.

    Raises
    ------
    CorpusError
        If the list is not FMA's or names no track of the subset, or there is no folder of clips.
    """
    listed, clips, out = Path(listed), Path(clips), Path(out)
    if not clips.is_dir():
        raise CorpusError(f"{clips}: no such folder; give the one that holds 000/, 001/ and so on")
    within = SUBSETS[: SUBSETS.index(subset) + 1]
    start = os.path.relpath(clips.resolve(), out.resolve().parent)
    counts = {name: Counter() for name in ("label", "split", "licence", "left out")}
    rows = []
    for number, row in _tracks(listed):
        if row["subset"] not in within:
            continue
        if not row["label"]:
            counts["left out"]["no genre"] += 1
            continue
        for name in ("label", "split", "licence"):
            counts[name][row[name]] += 1
        artist = f"{row['artist']} #{row['artist_id']}"  # two may have one name
        path = Path(start, f"{number:06d}"[:3], f"{number:06d}.mp3").as_posix()
        rows.append([path, row["label"], artist, row["album"], row["split"], row["title"], row["licence"]])
    if not rows:
        raise CorpusError(f"{listed}: has no track with a genre in the subset {subset}; is it FMA's tracks.csv?")
    partial = out.with_name(f".{out.name}.partial")
    with partial.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([HEAD, *rows])
    os.replace(partial, out)
    return counts


def _tracks(listed: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Number and wanted fields of each track of FMA's list."""
    before = csv.field_size_limit(_LONGEST)
    try:
        with listed.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            names = list(zip(next(reader, []), next(reader, []), strict=False))
            absent = [f"{group},{name}" for group, name in WANTED.values() if (group, name) not in names]
            if absent:
                raise CorpusError(f"{listed}: has no column {absent[0]}; give tracks.csv of FMA's metadata")
            places = {name: names.index(column) for name, column in WANTED.items()}
            for fields in reader:
                if fields and fields[0].isdecimal():
                    if len(fields) != len(names):
                        raise CorpusError(f"{listed}, line {reader.line_num}: {len(fields)} fields of {len(names)}")
                    row = {name: fields[place].strip() for name, place in places.items()}
                    yield int(fields[0]), row | {"split": SIDES.get(row["split"], "")}
    except FileNotFoundError:
        raise CorpusError(f"{listed}: no such file; it is in FMA's fma_metadata.zip") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise CorpusError(f"{listed}: cannot be read as FMA's tracks.csv ({error})") from None
    finally:
        csv.field_size_limit(before)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m corpora.fma", description=__doc__.split("\n\n")[0])
    made.add_argument("tracks", type=Path, help="tracks.csv of FMA's metadata")
    made.add_argument("clips", type=Path, help="folder that holds 000/000002.mp3 and so on")
    made.add_argument("-o", "--output", type=Path, required=True, help="the table that is written")
    made.add_argument("--subset", choices=SUBSETS, default="small", help="whose tracks (default: small)")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Write the table; 0 when it was written, 1 when it could not be, 2 when it was called wrongly."""
    options = parser().parse_args(arguments)
    try:
        counts = convert(options.tracks, options.clips, options.output, subset=options.subset)
    except (CorpusError, OSError) as error:
        print(f"fma: {error}", file=sys.stderr)
        return 1
    for name in ("label", "split", "licence", "left out"):
        told = (f"{value or '(none)'} {count}" for value, count in counts[name].most_common())
        if counts[name]:
            print(f"{name}: {', '.join(told)}")
    print(f"wrote {options.output}; learn on it: make table TABLE={options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
