"""The picture of the growth."""

from __future__ import annotations

import os
from pathlib import Path

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#4D4D4D")
MARKS = "osD^vPX"


def draw(stages: dict[str, dict], path: Path) -> None:
    """Processor time and peak memory of every stage over the size of the corpus, on logarithmic scales."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 5), layout="constrained")
    for number, (name, told) in enumerate(stages.items()):
        first = told["runs"][0]["size"]
        size = [run["size"] / first for run in told["runs"]]
        given = {"color": COLOURS[number % 7], "marker": MARKS[number % 7], "markersize": 5}
        words = f"{name}, up to {told['runs'][-1]['size']:,} {told['of']}"
        for axes, value, slope in ((left, "cpu_s", "cpu_exponent"), (right, "peak_mib", "peak_exponent")):
            label = f"{words}: exponent {told[slope]:.2f}"
            axes.plot(size, [run[value] for run in told["runs"]], label=label, **given)
    for axes, title, unit in ((left, "Processor time", "s, one thread"), (right, "Peak memory", "MiB resident")):
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        axes.set_xticks([1, 4, 16], ["1", "4", "16"])
        axes.set_xlabel("size of the corpus, times the smallest")
        axes.set_ylabel(unit)
        axes.set_title(title)
        axes.legend(fontsize=7, loc="upper left")
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
        low, high = axes.get_ylim()
        axes.set_ylim(low, high * (high / low) ** 0.7)  # room for the legend
    temporary = path.with_suffix(".tmp.png")
    figure.savefig(temporary, dpi=110)
    plt.close(figure)
    os.replace(temporary, path)
