"""What the released models hear beside the genre, and what that is worth: tags, songs that are alike, duplicates.

Nobody has labelled GTZAN's clips with moods. What can be counted is whether the tags that say a genre come with it.
The levels from which a tag is named are the tag's own: so high in one of ten songs, genres counting equally, or one
half. They are found on some artists and counted on the others; those that are shipped come from all clips.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile as sf

from corpora import gtzan
from corpora.split import folds
from musiclassify.audio.decode import decode
from musiclassify.library.duplicates import ALIKE, SECONDS, near_pairs
from musiclassify.library.vectors import Vectors, of_arrays
from musiclassify.released.heard import LEAST, MOODS, readable
from musiclassify.released.song import Model, load
from pipeline.files import fresh_folder, read_json, write_csv, write_json, write_text
from studies.heard_clips import Clips, hear

OUT = Path("reports/released/hearing")
SHARE, SURE = 0.9, 0.5
SEED, DRAWS = 1, 2000
NEAREST = 10
CODINGS = (("mp3", "MP3", None), ("ogg", "OGG", None), ("ogg at 11 kHz", "OGG", 11_025))
#: The tags that say a genre. No tag says classical or disco; "reggae" is none of the fifty either.
SAYS = {
    "blues": ("blues",),
    "classical": ("instrumental", "classical", "classic"),
    "country": ("country",),
    "disco": ("dance",),
    "hiphop": ("hip_hop",),
    "jazz": ("jazz",),
    "metal": ("metal", "heavy_metal", "hard_rock"),
    "pop": ("pop",),
    "rock": ("rock", "classic_rock", "alternative_rock", "indie_rock", "progressive_rock", "hard_rock"),
}


SHIPPED = Path("musiclassify/released/tags.json")


def run(
    folders: list[Path], model: str | None = None, out: Path = OUT, *, ship: bool = False
) -> dict[str, pd.DataFrame]:
    """Hear the clips, write the tables; with `ship` also the levels that answers use."""
    released = load(model)
    clips = hear(folders, released)
    tables = {"tags": tags(clips), "alike": alike(clips), "duplicates": duplicates(clips, released)}
    with fresh_folder(out / released.name) as folder:
        for name, table in tables.items():
            write_csv(folder / f"{name}.csv", table, digits=4)
        write_json(folder / "levels.json", _rounded(levels(clips)))
        write_text(folder / "README.md", _words(released.name, clips, tables))
    if ship:
        known = read_json(SHIPPED) if SHIPPED.exists() else {}
        write_json(SHIPPED, known | {clips.network: _rounded(levels(clips))})
    return tables


def _rounded(given: dict[str, float]) -> dict[str, float]:
    return {tag: round(level, 4) for tag, level in given.items()}


# --- tags


def levels(clips: Clips, rows: np.ndarray | None = None) -> dict[str, float]:
    """How probable each tag must be to be named."""
    rows = np.arange(len(clips.table)) if rows is None else rows
    genres = clips.table["genre"].to_numpy()[rows]
    counts = Counter(genres)
    weights = np.array([1 / counts[genre] for genre in genres])
    return {
        tag: min(SURE, _quantile(clips.tags[rows, i], weights, SHARE)) for i, tag in enumerate(clips.names)
    }  # fmt: skip


def named(clips: Clips, given: dict[str, float], rows: np.ndarray) -> list[list[str]]:
    """The tags of each clip that an answer names, the most probable first."""
    level = np.array([given[tag] for tag in clips.names])
    found = []
    for heard in clips.tags[rows]:
        order = [i for i in np.argsort(-heard, kind="stable") if heard[i] >= level[i]]
        found.append([clips.names[i] for i in order[:MOODS]])
    return found


def tags(clips: Clips) -> pd.DataFrame:
    """How often the tags that say a genre are named for its clips, and the genre's clips among those so named."""
    halves = folds(clips.table, 2, SEED)
    own: list[list[str]] = [[] for _ in range(len(clips.table))]
    for half in (0, 1):
        there, other = np.flatnonzero(halves == half), np.flatnonzero(halves != half)
        for row, found in zip(there, named(clips, levels(clips, other), there), strict=True):
            own[row] = found
    flat = named(clips, dict.fromkeys(clips.names, LEAST), np.arange(len(clips.table)))
    genres = clips.table["genre"].to_numpy()
    rows = []
    for genre in sorted(set(genres)):
        here = genres == genre
        says = set(SAYS.get(genre, ())) & set(clips.names)
        most = Counter(tag for at in np.flatnonzero(here) for tag in own[at]).most_common(5)
        row = {"genre": genre, "clips": int(here.sum()), "says_it": ", ".join(map(readable, sorted(says)))}
        if says:
            row |= {"leads": _share([bool(found) and found[0] in says for found in own], here)}
            row |= _counted(own, says, genres, genre) | {
                f"{name}_at_{LEAST:g}": value for name, value in _counted(flat, says, genres, genre).items()
            }
        rows.append(row | {"most_named": ", ".join(f"{readable(t)} {100 * n / here.sum():.0f} %" for t, n in most)})
    return pd.DataFrame(rows)


def _counted(found: list[list[str]], says: set[str], genres: np.ndarray, genre: str) -> dict[str, float]:
    hit = np.array([bool(says & set(tags)) for tags in found])
    counts = Counter(genres)
    weights = np.array([1 / counts[one] for one in genres])
    right = (weights * hit * (genres == genre)).sum() / max((weights * hit).sum(), 1e-9)
    return {"named": _share(hit, genres == genre), "right": float(right)}


def _share(hit: object, rows: np.ndarray) -> float:
    return float(np.asarray(hit)[rows].mean())


def _quantile(values: np.ndarray, weights: np.ndarray, share: float) -> float:
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][min(int(np.searchsorted(reached, share)), len(values) - 1)])


# --- songs that are alike


def alike(clips: Clips) -> pd.DataFrame:
    """Of the ten clips that are nearest to a clip, how many are of its artist or genre."""
    genres, groups = (clips.table[name].to_numpy() for name in ("genre", "group"))
    rng = np.random.default_rng(SEED)
    rows = []
    for name, likeness in (
        ("embedding, standardised (`like`)", _cosine(clips.embedding)),
        ("embedding as it is", _plain_cosine(clips.embedding)),
        ("statistics from scratch as they are", _distance(clips.scratch)),
        ("statistics from scratch, standardised", _cosine(clips.scratch)),
        ("by chance", rng.random((len(genres), len(genres)))),
    ):
        np.fill_diagonal(likeness, -np.inf)
        near = np.argsort(-likeness, axis=1, kind="stable")[:, :NEAREST]
        genre, artist = genres[near] == genres[:, None], groups[near] == groups[:, None]
        others = np.where(groups[None] == groups[:, None], -np.inf, likeness)
        far = np.argsort(-others, axis=1, kind="stable")[:, :NEAREST]
        has = np.array([(groups == group).sum() > 1 for group in groups])
        by_clip = (genre | artist).mean(axis=1)
        low, high = _interval(by_clip, rng)
        rows.append(
            {
                "compared_by": name,
                "artist_or_genre": by_clip.mean(),
                "low": low,
                "high": high,
                "first_is": (genre | artist)[:, 0].mean(),
                "artist_among_ten": artist.any(axis=1)[has].mean(),
                "genre_without_the_artist": (genres[far] == genres[:, None]).mean(),
            }
        )
    return pd.DataFrame(rows)


def _cosine(table: np.ndarray) -> np.ndarray:
    matrix = of_arrays(np.arange(len(table)), np.zeros(len(table)), table).matrix
    return matrix @ matrix.T


def _plain_cosine(table: np.ndarray) -> np.ndarray:
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    return unit @ unit.T


def _distance(table: np.ndarray) -> np.ndarray:
    wide = table.astype(np.float64)
    square = (wide**2).sum(axis=1)
    return -(square[:, None] + square[None] - 2 * wide @ wide.T)


def _interval(values: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    drawn = values[rng.integers(0, len(values), (DRAWS, len(values)))].mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


# --- duplicates


def duplicates(clips: Clips, model: Model, each: int = 3) -> pd.DataFrame:
    """How alike two codings of a clip are, known replicas, and clips that are neither."""
    vectors = of_arrays(np.arange(len(clips.table)), np.full(len(clips.table), 30.0), clips.embedding)
    place = {track: row for row, track in enumerate(clips.table["track_id"])}
    facts = gtzan.index()["replica_of"]
    replicas = {
        frozenset((place[track], place[other])) for track, other in facts.items() if track in place and other in place
    }
    pairs = [frozenset(pair) for *pair, _ in near_pairs(vectors, ALIKE, SECONDS)]
    strangers = sum(pair not in replicas for pair in pairs)
    total = len(place) * (len(place) - 1) // 2 - len(replicas)
    known = [float(vectors.matrix[min(pair)] @ vectors.matrix[max(pair)]) for pair in replicas]
    rows = [
        _row("known replicas", len(known), known),
        {"pairs_of": "other clips", "pairs": total, "named": strangers / total, "count_named": strangers},
    ]  # fmt: skip
    some = clips.table.groupby("genre", sort=True).head(each).index.to_numpy()
    for words, container, rate in CODINGS:
        found = _recoded(clips, model, vectors, some, container, rate)
        rows.append(_row(f"a clip and itself as {words}", len(found), found))
    return pd.DataFrame(rows)


def _row(words: str, pairs: int, found: list[float]) -> dict[str, object]:
    hit = np.array(found) >= ALIKE
    return {
        "pairs_of": words, "pairs": pairs, "named": float(hit.mean()) if found else float("nan"),
        "count_named": int(hit.sum()), "least_alike": min(found, default=float("nan")),
        "median_alike": float(np.median(found)) if found else float("nan"),
    }  # fmt: skip


def _recoded(
    clips: Clips, model: Model, vectors: Vectors, rows: np.ndarray, container: str, rate: int | None
) -> list[float]:
    """The cosine of clips with themselves, written anew in another coding."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for row in rows:
            source = clips.table["file"].iloc[row]
            given = rate or model.sample_rate
            path = Path(folder) / f"clip.{container.lower()}"
            sf.write(path, decode(source, sample_rate=given), given, format=container)
            answer = model.classify(path)
            if answer.embedding is not None:
                found.append(float(vectors.standardised(answer.embedding) @ vectors.matrix[row]))
    return found


def _words(name: str, clips: Clips, tables: dict[str, pd.DataFrame]) -> str:
    by = tables["alike"].set_index("compared_by")["artist_or_genre"]
    mine, plain = by["embedding, standardised (`like`)"], by["statistics from scratch as they are"]
    standard = by["statistics from scratch, standardised"]
    return (
        f"# What {name} hears beside the genre\n\n"
        f"{len(clips.table)} clips of GTZAN. `tags.csv`: levels found on half of the artists, counted on the other. "
        "*named*: of a genre's clips, those for which a tag that says it is named; *right*: of the clips for which it "
        f"is named, those of the genre (genres counting equally); *at {LEAST:g}*: the same with one level for all.\n\n"
        f"`alike.csv`: of the ten nearest clips {100 * mine:.1f} % are of the same artist or genre by embeddings, "
        f"{mine / plain:.2f} times as many as by the statistics from scratch as they are, {mine / standard:.2f} times "
        "as many as by those standardised.\n\n"
        f"`duplicates.csv`: pairs that `musiclassify duplicates` names (cosine {ALIKE:g} and more, durations within "
        f"{SECONDS:g} s; all clips last as long, which a library's songs do not).\n\n"
        f"`levels.json`: how probable a tag must be to be named, from all clips: so in one of ten, at most {SURE:g}.\n"
    )
