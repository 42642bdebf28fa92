"""How loud a signal is, and whether there is anything to hear at all."""

from __future__ import annotations

import numpy as np

from .errors import SilentAudioError

__all__ = ["SILENCE_PEAK", "check_audible", "is_silent", "peak"]

SILENCE_PEAK = 1e-4
"""A signal whose peak stays under this (-80 dB of full scale) counts as silent."""


def peak(y: np.ndarray) -> float:
    """Give the largest absolute sample of ``y`` [n]; 0 for none."""
    return float(max(y.max(), -y.min())) if y.size else 0.0


def is_silent(y: np.ndarray, silence_peak: float = SILENCE_PEAK) -> bool:
    """Tell whether no sample of ``y`` [n] reaches ``silence_peak``."""
    return peak(y) < silence_peak


def check_audible(y: np.ndarray, path: object, silence_peak: float = SILENCE_PEAK) -> None:
    """Raise `SilentAudioError` naming ``path`` when ``y`` [n] is silent."""
    if is_silent(y, silence_peak):
        raise SilentAudioError(path, f"is silent (no sample reaches {silence_peak:g} of full scale)")
