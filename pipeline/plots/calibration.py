"""Whether probabilities mean what they say: the reliability diagram, and accuracy against coverage."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipeline import scores
from pipeline.plots import style


def reliability(
    before: np.ndarray, after: np.ndarray, actual: np.ndarray, path: str | Path, *, bins: int = 10, title: str = ""
) -> None:
    """Accuracy against confidence, before and after the temperature; the area of a dot is the share of tracks.

    Parameters
    ----------
    before, after : np.ndarray [tracks, genres]
    actual : int [tracks]
    path : path
        Where the SVG goes.
    bins : int
    title : str
    """
    drawn, axes = style.figure(style.WIDTH, 4.2)
    axes.plot([0, 1], [0, 1], color=style.FAINT, linewidth=1, linestyle=(0, (4, 3)))
    kinds = ((before, style.FAINT, "s", "before"), (after, "#0072B2", "o", "after"))
    for probabilities, colour, marker, words in kinds:
        rows = scores.reliability(probabilities, actual, bins)
        x, y = [row["confidence"] for row in rows], [row["accuracy"] for row in rows]
        sizes = [30 + 500 * row["share"] for row in rows]
        axes.plot(x, y, color=colour, linewidth=1.2)
        error = scores.ece(probabilities, actual, bins)
        label = f"{words}: ECE {error:.3f}"
        axes.scatter(x, y, s=sizes, color=colour, marker=marker, alpha=0.75, linewidths=0, label=label)
    axes.set_xlim(0, 1.02)
    axes.set_ylim(-0.03, 1.03)
    axes.set_xlabel("confidence")
    axes.set_ylabel("share that is right")
    axes.set_title(title or "Calibration")
    handles = axes.legend(loc="lower right", markerscale=0.5, fontsize=10).legend_handles
    for handle in handles:
        handle.set_sizes([40])
    style.save(drawn, path)


def coverage(
    probabilities: np.ndarray, actual: np.ndarray, path: str | Path, *, threshold: float, title: str = ""
) -> None:
    """Accuracy of the most confident share of the tracks, and where the "uncertain" threshold cuts.

    Parameters
    ----------
    probabilities : np.ndarray [tracks, genres]
    actual : int [tracks]
    path : path
        Where the SVG goes.
    threshold : float
        Confidence below which an answer is called uncertain.
    title : str
    """
    share, accuracy = scores.coverage(probabilities, actual)
    kept = float((probabilities.max(axis=1) >= threshold).mean())
    drawn, axes = style.figure(style.WIDTH, 4.2)
    axes.plot(share, accuracy, color="#0072B2")
    axes.axvline(kept, color=style.FAINT, linewidth=1, linestyle=(0, (4, 3)))
    right = kept > 0.6
    axes.annotate(
        f"{100 * kept:.0f} % answered,\nthe rest is uncertain",
        (kept, 0.04),
        xytext=(-5 if right else 5, 0),
        textcoords="offset points",
        ha="right" if right else "left",
        color=style.INK,
        fontsize=10,
    )
    axes.set_xlim(0, 1.02)
    axes.set_ylim(0, 1.03)
    axes.set_xlabel("most confident share of tracks")
    axes.set_ylabel("accuracy")
    axes.set_title(title or "Accuracy against coverage")
    style.save(drawn, path)
