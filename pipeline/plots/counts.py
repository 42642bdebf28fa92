"""How many tracks, how long, on which side."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from pipeline.plots import style


def by_genre(tracks: pd.DataFrame, path: str | Path) -> None:
    """Bars of usable and excluded tracks of each genre, with the numbers on them.

    Parameters
    ----------
    tracks : DataFrame
        ``genre, status``.
    path : path
        Where the SVG goes.
    """
    genres = sorted(tracks["genre"].unique())
    tints = style.colours(genres)
    ok = tracks[tracks["status"] == "ok"]["genre"].value_counts().reindex(genres, fill_value=0)
    out = tracks[tracks["status"] != "ok"]["genre"].value_counts().reindex(genres, fill_value=0)
    drawn, axes = style.figure(style.WIDTH, 0.6 + 0.32 * len(genres))
    places = range(len(genres))
    axes.barh(places, ok, color=[tints[g] for g in genres])
    axes.barh(places, out, left=ok, color="none", edgecolor=style.FAINT, hatch="////", linewidth=0.8)
    for place, genre in zip(places, genres, strict=True):
        words = f" {ok[genre]}" + (f" (and {out[genre]} excluded)" if out[genre] else "")
        axes.text(ok[genre] + out[genre], place, words, va="center", color=style.INK)
    axes.set_yticks(places, genres)
    axes.invert_yaxis()
    axes.set_title("Usable tracks")
    axes.set_xlim(0, 1.5 * (ok + out).max() if out.any() else 1.15 * ok.max())
    axes.grid(visible=False)  # each bar has its number, which a line would touch
    style.save(drawn, path)


def durations(tracks: pd.DataFrame, path: str | Path) -> None:
    """Histogram of the durations of the usable tracks, s."""
    lengths = tracks.loc[tracks["status"] == "ok", "duration_s"]
    drawn, axes = style.figure(style.WIDTH, 2.8)
    axes.hist(lengths, bins=40, color=style.SIDE_COLOURS["train"])
    axes.set_title(f"{lengths.min():.2f} to {lengths.max():.2f} s, median {lengths.median():.2f} s")
    axes.set_xlabel("seconds")
    axes.set_ylabel("tracks")
    style.save(drawn, path)


def sides(table: pd.DataFrame, path: str | Path, *, title: str, what: str = "tracks") -> None:
    """Stacked bars of each genre's train, valid and test part.

    Parameters
    ----------
    table : DataFrame
        One row a track (or segment): ``genre, split``.
    path : path
    title, what : str
        Title, and what is counted.
    """
    counts = pd.crosstab(table["genre"], table["split"]).reindex(columns=list(style.SIDE_COLOURS), fill_value=0)
    drawn, axes = style.figure(style.WIDTH, 1.2 + 0.32 * len(counts))
    places = range(len(counts))
    left = pd.Series(0, index=counts.index)
    for side, colour in style.SIDE_COLOURS.items():
        axes.barh(places, counts[side], left=left, color=colour, label=side)
        for place, genre in zip(places, counts.index, strict=True):
            if counts.at[genre, side]:
                ink = "white" if style.dark(colour) else "black"
                centre = left[genre] + counts.at[genre, side] / 2
                axes.text(centre, place, counts.at[genre, side], ha="center", va="center", color=ink, fontsize=10)
        left = left + counts[side]
    axes.set_yticks(places, counts.index)
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.set_xlabel(what)
    axes.set_title(title)
    drawn.legend(loc="outside lower left", ncols=3)
    style.save(drawn, path)
