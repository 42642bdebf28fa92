"""Pictures of the studies: the price of a leak, ablation, robustness, importance."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import models
from features import FeatureSettings
from features.filters import hz_to_mel
from pipeline.plots import style

NAMES = {**{kind: models.label(kind) for kind in models.names()}, "original": "Original"}
COLOURS = {**style.MODEL_COLOURS, "original": "#CC79A7"}
PROTOCOL_COLOURS = {"segment": "#D55E00", "track": "#E69F00", "artist": "#0072B2", "fault_filtered": "#009E73"}
PROTOCOL_WORDS = {
    "segment": "segments dealt at random (LEAKS)",
    "track": "tracks dealt at random (LEAKS)",
    "artist": "artists apart",
    "fault_filtered": "published fault-filtered lists",
}
TARGET_DROP = 0.05
_PERCENT = ([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])


def leak_price(table: pd.DataFrame, path: str | Path, *, title: str = "") -> None:
    """Scores of each model under each protocol, and the gap between the most leaking and the honest one.

    Parameters
    ----------
    table : DataFrame
        ``model, protocol`` and ``accuracy, macro_recall`` with their ``_low`` and ``_high``.
    path : path
        Where the SVG goes.
    title : str
    """
    kinds = list(dict.fromkeys(table["model"]))
    protocols = [name for name in PROTOCOL_COLOURS if name in set(table["protocol"])]
    step = 0.66 / max(len(protocols), 1)
    drawn, grid = style.figure(9, 1.6 + len(kinds) * (0.35 + 0.28 * len(protocols)), ncols=2, sharey=True)
    for axes, (name, words) in zip(grid, (("accuracy", "accuracy"), ("macro_recall", "macro recall")), strict=True):
        for place, kind in enumerate(kinds):
            part = table[table["model"] == kind].set_index("protocol")
            for number, protocol in enumerate(p for p in protocols if p in part.index):
                row, at = part.loc[protocol], place - 0.24 + step * (number + 0.5)
                colour = PROTOCOL_COLOURS[protocol]
                low, high = row[f"{name}_low"], row[f"{name}_high"]
                axes.plot([low, high], [at, at], color=colour, linewidth=3, solid_capstyle="round", alpha=0.45)
                axes.scatter([row[name]], [at], color=colour, s=48, zorder=3)
                axes.annotate(
                    f"{100 * row[name]:.0f} %",
                    (high, at),
                    xytext=(6, 0),
                    textcoords="offset points",
                    va="center",
                    color=style.INK,
                    fontsize=8,
                )
            if {"segment", "artist"} <= set(part.index):
                _gap(axes, part.at["artist", name], part.at["segment", name], place - 0.3)
        axes.set_xlim(0, 1.1)
        axes.set_ylim(len(kinds) - 0.5, -0.58)
        axes.set_title(words, fontsize=10)
        axes.grid(axis="y", visible=False)
        axes.set_xticks(*_PERCENT)
    grid[0].set_yticks(range(len(kinds)), [NAMES.get(kind, kind) for kind in kinds])
    handles = [
        grid[0].scatter([], [], color=PROTOCOL_COLOURS[name], s=48, label=PROTOCOL_WORDS[name]) for name in protocols
    ]
    drawn.legend(handles=handles, loc="outside lower left", ncols=2, fontsize=9)
    drawn.suptitle(title, x=0.02, ha="left", fontsize=11, fontweight="bold", color=style.INK)
    style.save(drawn, path)


def _gap(axes: Any, honest: float, leaking: float, at: float) -> None:
    axes.annotate(
        "", (leaking, at), (honest, at), arrowprops={"arrowstyle": "<->", "color": style.FAINT, "linewidth": 1}
    )
    axes.annotate(
        f"{100 * (leaking - honest):+.0f} points",
        ((honest + leaking) / 2, at),
        xytext=(0, 2),
        textcoords="offset points",
        ha="center",
        va="bottom",
        color=style.INK,
        fontsize=8,
    )


def ablation(table: pd.DataFrame, path: str | Path, *, title: str = "") -> None:
    """Each variant's accuracy, and its paired difference from the whole, a block a model.

    Parameters
    ----------
    table : DataFrame
        ``model, variant, accuracy…, difference, difference_low, difference_high``; a model's first row is the whole.
    path : path
        Where the SVG goes.
    title : str
    """
    drawn, grid = style.figure(9, 1.3 + 0.32 * len(table), ncols=2, sharey=True)
    left, right = grid
    places = np.arange(len(table))
    for place, row in zip(places, table.to_dict("records"), strict=True):
        colour = COLOURS.get(row["model"], style.FAINT)
        for axes, name in ((left, "accuracy"), (right, "difference")):
            ends = [row[f"{name}_low"], row[f"{name}_high"]]
            axes.plot(ends, [place, place], color=colour, linewidth=3, solid_capstyle="round", alpha=0.45)
            axes.scatter([row[name]], [place], color=colour, s=48, zorder=3)
        left.annotate(
            f"{100 * row['accuracy']:.1f} %",
            (row["accuracy_high"], place),
            xytext=(6, 0),
            va="center",
            textcoords="offset points",
            fontsize=8,
            color=style.INK,
        )
        right.annotate(
            f"{100 * row['difference']:+.1f}",
            (row["difference_high"], place),
            xytext=(6, 0),
            va="center",
            textcoords="offset points",
            fontsize=8,
            color=style.INK,
        )
    left.set_yticks(places, [f"{NAMES.get(r.model, r.model)}: {r.variant}" for r in table.itertuples()])
    left.set_ylim(len(table) - 0.5, -0.6)
    left.set_xlim(0, 1.12)
    left.set_xticks(*_PERCENT)
    left.set_title("accuracy", fontsize=10)
    reach = 1.25 * max(0.02, float(table[["difference_low", "difference_high"]].abs().to_numpy().max()))
    right.axvline(0, color=style.FAINT, linewidth=1)
    right.set_xlim(-reach, reach)
    right.xaxis.set_major_formatter(_points)
    right.set_title("difference from the whole, points", fontsize=10)
    for axes in grid:
        axes.grid(axis="y", visible=False)
    drawn.suptitle(title, x=0.02, ha="left", fontsize=11, fontweight="bold", color=style.INK)
    style.save(drawn, path)


def _points(value: float, _place: int) -> str:
    points = round(100 * value, 1)
    return f"{points:+g}" if points else "0"


def _lost(value: float, _place: int) -> str:
    return f"{round(100 * value, 1) + 0.0:g}"


def robustness(table: pd.DataFrame, path: str | Path, *, clean: str, title: str = "") -> None:
    """Points of accuracy lost by each degradation: a panel a model, filled with augmentation, hollow without.

    Parameters
    ----------
    table : DataFrame
        ``model, augmented, degradation, accuracy, drop, drop_low, drop_high``.
    path : path
        Where the SVG goes.
    clean : str
        Name of the undegraded rows.
    title : str
    """
    kinds = list(dict.fromkeys(table["model"]))
    names = [name for name in dict.fromkeys(table["degradation"]) if name != clean]
    drawn, grid = style.figure(
        2.0 + 2.4 * len(kinds), 1.9 + 0.34 * len(names), ncols=len(kinds), sharey=True, sharex=True, squeeze=False
    )
    for axes, kind in zip(grid[0], kinds, strict=True):
        colour = COLOURS.get(kind, style.FAINT)
        axes.axvspan(-1, TARGET_DROP, color=style.GRID, alpha=0.45, linewidth=0)
        axes.axvline(0, color=style.FAINT, linewidth=1)
        told = []
        for augmented, shift in ((True, -0.14), (False, 0.14)):
            part = table[(table["model"] == kind) & (table["augmented"] == augmented)].set_index("degradation")
            if part.empty:
                continue
            places = np.arange(len(names)) + shift
            rows = part.loc[names]
            axes.hlines(places, rows["drop_low"], rows["drop_high"], color=colour, linewidth=2, alpha=0.35)
            fill = colour if augmented else "white"
            axes.scatter(rows["drop"], places, s=40, color=fill, edgecolor=colour, linewidth=1.5, zorder=3)
            told.append(f"{100 * part.at[clean, 'accuracy']:.0f} % {'with' if augmented else 'without'}")
        axes.set_title(NAMES.get(kind, kind) + "\n" + ", ".join(told), fontsize=9)
        axes.grid(axis="y", visible=False)
        axes.xaxis.set_major_formatter(_lost)
    reach = table[["drop_low", "drop_high"]].to_numpy()
    grid[0][0].set_xlim(min(-0.04, float(reach.min())) - 0.02, max(0.12, float(reach.max())) + 0.02)
    grid[0][0].set_yticks(range(len(names)), names)
    grid[0][0].set_ylim(len(names) - 0.4, -0.6)
    grid[0][0].set_xlabel("points of accuracy lost (grey: up to 5)", fontsize=9)
    handles = [
        grid[0][0].scatter([], [], s=40, color=fill, edgecolor=style.INK, linewidth=1.5, label=words)
        for fill, words in ((style.INK, "learned with augmentation"), ("white", "learned without"))
    ]
    drawn.legend(handles=handles, loc="outside lower left", ncols=2, fontsize=9)
    drawn.suptitle(title, x=0.02, ha="left", fontsize=11, fontweight="bold", color=style.INK)
    style.save(drawn, path)


def families(found: dict[str, pd.DataFrame], path: str | Path, *, title: str = "") -> None:
    """What families of statistics are worth: a panel for XGBoost's gain, and one a model for shuffling.

    Parameters
    ----------
    found : dict of str to DataFrame
        By model: ``family, accuracy_drop, accuracy_drop_sd``, for XGBoost also ``gain_share``.
    path : path
        Where the SVG goes.
    title : str
    """
    first = next(iter(found.values()))
    order = list(first["family"])
    panels = [(kind, "gain_share") for kind, t in found.items() if "gain_share" in t]
    panels += [(kind, "accuracy_drop") for kind in found]
    drawn, grid = style.figure(
        2.0 + 3.0 * len(panels), 1.3 + 0.32 * len(order), ncols=len(panels), sharey=True, squeeze=False
    )
    places = np.arange(len(order))
    for axes, (kind, column) in zip(grid[0], panels, strict=True):
        rows = found[kind].set_index("family").loc[order]
        gain = column == "gain_share"
        spread = None if gain else rows["accuracy_drop_sd"]
        axes.barh(
            places,
            rows[column],
            xerr=spread,
            color=COLOURS.get(kind, style.FAINT),
            error_kw={"ecolor": style.INK, "elinewidth": 1, "capsize": 2},
        )
        axes.set_title(
            f"{NAMES.get(kind, kind)}: {'share of the gain' if gain else 'points lost when shuffled'}", fontsize=9
        )
        axes.xaxis.set_major_formatter((lambda value, _: f"{100 * value:.0f} %") if gain else _lost)
        axes.grid(axis="y", visible=False)
        if not gain:
            axes.axvline(0, color=style.FAINT, linewidth=1)
    grid[0][0].set_yticks(places, [f"{row.family} ({row.statistics})" for row in first.itertuples()])
    grid[0][0].invert_yaxis()
    drawn.suptitle(title, x=0.02, ha="left", fontsize=11, fontweight="bold", color=style.INK)
    style.save(drawn, path)


@dataclass(frozen=True)
class Map:
    """An occlusion map of one clip.

    Parameters
    ----------
    title : str
        The clip and its genre.
    answer : str
        The genre that is explained.
    probability : float
        Of that answer for the track.
    start_s, seconds : float
        Which part of the clip.
    bands : np.ndarray [frames, bands]
        Log-mel, dB.
    heat : np.ndarray [columns, rows]
        Fall of the probability.
    """

    title: str
    answer: str
    probability: float
    start_s: float
    seconds: float
    bands: np.ndarray
    heat: np.ndarray


def maps(drawn_maps: list[Map], path: str | Path, *, settings: FeatureSettings) -> None:
    """Spectrogram and occlusion map of each clip side by side, all maps on one scale.

    Parameters
    ----------
    drawn_maps : list of Map
    path : path
        Where the picture goes (.png).
    settings : FeatureSettings
        For the frequency axis.
    """
    drawn, grid = style.figure(11, 0.7 + 1.45 * len(drawn_maps), nrows=len(drawn_maps), ncols=2, squeeze=False)
    high = max(1e-3, max(float(np.abs(m.heat).max()) for m in drawn_maps))
    top = float(hz_to_mel(settings.sample_rate / 2))
    ticks = [200, 1000, 4000]
    for row, m in enumerate(drawn_maps):
        extent = (m.start_s, m.start_s + m.seconds, 0, top)
        sound, heat = grid[row]
        sound.imshow(m.bands.T, origin="lower", aspect="auto", extent=extent, cmap="magma")
        shown = heat.imshow(m.heat.T, origin="lower", aspect="auto", extent=extent, cmap="RdBu", vmin=-high, vmax=high)
        sound.set_title(m.title, fontsize=9)
        heat.set_title(f"for {m.answer} ({100 * m.probability:.0f} %)", fontsize=9)
        for axes in (sound, heat):
            axes.grid(visible=False)
            axes.tick_params(labelsize=7)
            axes.set_yticks([float(hz_to_mel(hz)) for hz in ticks], ["200 Hz", "1 kHz", "4 kHz"])
            if row < len(drawn_maps) - 1:
                axes.set_xticklabels([])
            else:
                axes.set_xlabel("s", fontsize=8)
    bar = drawn.colorbar(shown, ax=list(grid[:, 1]), shrink=0.6, aspect=30)
    bar.set_label("fall of the probability without this patch", fontsize=8)
    bar.ax.tick_params(labelsize=7)
    style.save(drawn, path)
