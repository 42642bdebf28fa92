"""What the augmentation really did: how often each transform, and with which strengths."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from pipeline.plots import style

_STRENGTHS = {
    "pitch_semitones": "pitch, semitones",
    "tempo": "tempo, factor",
    "noise_snr_db": "noise, SNR in dB",
    "low_pass_hz": "low-pass, Hz",
    "gain_db": "gain, dB",
    "eq": "equaliser, dB a band",
}


def strengths(recipes: list[dict], path: str | Path) -> None:
    """A histogram of the strength of each transform over all copies that have it.

    Parameters
    ----------
    recipes : list of dict
        The recipes of all copies as plain values; a name that is missing was not applied.
    path : path
        Where the SVG goes.
    """
    drawn, grid = style.figure(9, 4.6, nrows=2, ncols=3)
    for axes, (name, title) in zip(grid.flat, _STRENGTHS.items(), strict=True):
        having = [recipe[name] for recipe in recipes if name in recipe]
        values = [band[1] for bands in having for band in bands] if name == "eq" else having
        axes.hist(pd.Series(values, dtype=float), bins=24, color=style.SIDE_COLOURS["train"])
        share = 100 * len(having) / max(1, len(recipes))
        axes.set_title(f"{title}: {share:.0f} % of copies", fontsize=9)
        axes.tick_params(labelsize=8)
    style.save(drawn, path)
