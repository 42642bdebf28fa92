"""Tables of what the default model hears beside the genre."""

from __future__ import annotations

from pathlib import Path

from docs import tables

__all__ = ["alike", "duplicates", "moods"]


def moods(root: Path) -> str:
    """How often the tags that say a genre are named for it."""
    rows = _hearing(root, "tags")
    if not rows:
        return tables.missing("What tags are worth", "python -m studies hearing --clips GTZAN")
    body = [
        [
            row["genre"],
            row["clips"],
            row["says_it"] or "none of the fifty",
            *(tables.percent(row[name]) for name in ("leads", "named", "right", "named_at_0.1", "right_at_0.1")),
            row["most_named"],
        ]
        for row in rows
    ]
    head = [
        "genre",
        "clips",
        "tags that say it",
        "leads",
        "named",
        "right",
        "named at 0.1",
        "right at 0.1",
        "most named",
    ]
    words = (
        "Leads: of a genre's clips, those whose first tag says it. Named: those for which any tag says it. Right: of "
        "all clips for which one is named, those of the genre, genres counting equally. Levels found on half of the "
        "artists, counted on the other; at 0.1: with one level for all tags."
    )
    return f"{tables.table(head, body)}\n{words}\n"


def alike(root: Path) -> str:
    """How often the nearest clips are of the same artist or genre."""
    rows = _hearing(root, "alike")
    if not rows:
        return tables.missing("Songs that are alike", "python -m studies hearing --clips GTZAN")
    body = [
        [
            row["compared_by"],
            f"{tables.percent(row['artist_or_genre'])} "
            f"({100 * float(row['low']):.1f} to {100 * float(row['high']):.1f})",
            *(tables.percent(row[name]) for name in ("first_is", "artist_among_ten", "genre_without_the_artist")),
        ]
        for row in rows
    ]
    head = ["compared by", "of the ten nearest", "the nearest", "artist among ten", "without the artist's own"]
    words = (
        "Of the nearest clips, those of the same artist or genre (95 % interval over clips); how often one of the ten "
        "is by the same artist, where there is another clip of theirs; and the genre's share when the artist's own "
        "clips are left out."
    )
    return f"{tables.table(head, body)}\n{words}\n"


def duplicates(root: Path) -> str:
    """Which pairs are named as nearly the same."""
    rows = _hearing(root, "duplicates")
    if not rows:
        return tables.missing("Duplicates", "python -m studies hearing --clips GTZAN")
    body = [
        [row["pairs_of"], row["pairs"], row["count_named"], *(_cosine(row[n]) for n in ("median_alike", "least_alike"))]
        for row in rows
    ]
    return tables.table(["pairs of", "pairs", "named", "median likeness", "least"], body)


def _hearing(root: Path, name: str) -> list[dict[str, str]]:
    """A table of the study of what the default model hears."""
    chosen = root / "models" / "default"
    default = chosen.read_text("utf-8").strip() if chosen.is_file() else "none"
    return tables.rows(root / "reports" / "released" / "hearing" / default / f"{name}.csv")


def _cosine(value: str) -> str:
    return f"{float(value):.3f}" if value else "–"
