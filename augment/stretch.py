"""Pitch and tempo, changed in one pass.

The work is done by Signalsmith Stretch through python-stretch, the library that audiomentations'
``PitchShift`` and ``TimeStretch`` call one after the other; it changes both in one pass at the price of
one. ``TimeStretch`` with unchanged length pads with zeros, which tells a classifier that it looks at a
copy; here a longer take is stretched and then cut.
"""

from __future__ import annotations

import math

import numpy as np

from augment import signals
from musiclassify.audio.segments import loop
from settings import number

TEMPO_LIMITS = (0.5, 2.0)
SEMITONE_LIMITS = (-12.0, 12.0)

# Blocks of 0.12 s as in the library's default preset, every 0.048 s instead of 0.03 s: a third faster, and a
# tone is within 20 cents and 0.7 dB (the cheaper preset: 40 cents).
BLOCK_S = 0.12
INTERVAL_S = 0.048
# The stretcher fades over half a block at the end of its input; this much more of the clip is given to it on
# both sides and cut off again.
CONTEXT_S = 0.125


def stretch(y: np.ndarray, *, semitones: float = 0.0, tempo: float = 1.0, sample_rate: int) -> np.ndarray:
    """Shift the pitch and change the tempo of a whole signal in one pass.

    Parameters
    ----------
    y : np.ndarray [n]
        Mono signal.
    semitones : float [-12 .. 12]
        Pitch shift; positive is up.
    tempo : float [0.5 .. 2]
        Factor on the speed; above 1 is faster and so shorter.
    sample_rate : int
        In Hz.

    Returns
    -------
    float32 [round(n / tempo)]

    Examples
    --------
    >>> import numpy as np
    >>> stretch(np.zeros(22050, dtype=np.float32), tempo=1.1, sample_rate=22050).shape
    (20045,)
    """
    y = signals.checked(y)
    length = max(1, round(len(y) / number("tempo", tempo, *TEMPO_LIMITS)))
    return _render(y, 0.0, length, semitones=semitones, tempo=tempo, sample_rate=sample_rate)


def cut(
    y: np.ndarray,
    *,
    start: int,
    length: int,
    margin: int,
    semitones: float = 0.0,
    tempo: float = 1.0,
    sample_rate: int,
) -> tuple[np.ndarray, int, int]:
    """Cut one segment, with its neighbourhood, out of a clip as if the whole clip had been stretched.

    A segment keeps its place in the clip: the first one still begins where the clip begins, the last one
    still ends where the clip ends, those between lie in proportion. So the neighbourhood of a copy is
    silent where, and only where, that of the original is. A clip that has too little material for the
    take, like one that is shorter than a segment, is looped.

    Parameters
    ----------
    y : np.ndarray [n]
        The whole clip.
    start : int
        First sample of the segment in the clip.
    length : int
        Samples of the segment.
    margin : int
        Samples of neighbourhood to return on each side.
    semitones, tempo, sample_rate
        See `stretch`.

    Returns
    -------
    piece : float32 [length + 2 * margin]
    inside_start, inside_stop : int
        The part of `piece` that comes from inside the clip; everything else is zero.
    """
    n = len(y)
    spare = max(0, n - length)  # samples by which the clip is longer than the segment
    take = length * tempo
    if n <= length or n < take:
        y = loop(y, math.ceil(take) + spare)
        available = take + spare
    else:
        available = float(n)
    position = start * (available - take) / spare if spare else 0.0

    inside_start = max(0, margin - math.floor(position / tempo))
    # 1e-6 samples: less than any real fraction here, more than the rounding of the divisions above.
    inside_stop = min(length + 2 * margin, margin + math.ceil((available - position) / tempo - 1e-6))
    piece = np.zeros(length + 2 * margin, dtype=np.float32)
    piece[inside_start:inside_stop] = _render(
        y,
        position + (inside_start - margin) * tempo,
        inside_stop - inside_start,
        semitones=semitones,
        tempo=tempo,
        sample_rate=sample_rate,
    )
    return piece, inside_start, inside_stop


def _render(
    y: np.ndarray, position: float, length: int, *, semitones: float, tempo: float, sample_rate: int
) -> np.ndarray:
    """Return `length` samples of the stretched signal, the first one from `position` in `y`."""
    semitones = number("semitones", semitones, *SEMITONE_LIMITS)
    tempo = number("tempo", tempo, *TEMPO_LIMITS)
    if semitones == 0 and tempo == 1:
        first = round(position)
        return signals.checked(y[first : first + length])
    context = round(CONTEXT_S * sample_rate)
    first = math.floor(position) - context
    stop = math.ceil(position + length * tempo) + context
    take = signals.checked(y[max(0, first) : stop])
    take = np.pad(take, (max(0, -first), max(0, stop - len(y))), mode="symmetric")

    import python_stretch

    stretcher = python_stretch.Signalsmith.Stretch(0)
    stretcher.configure(1, round(BLOCK_S * sample_rate), round(INTERVAL_S * sample_rate))
    stretcher.setTimeFactor(tempo)
    stretcher.setTransposeSemitones(semitones)
    stretched = stretcher.process(take[np.newaxis])[0]
    offset = round((position - first) / tempo)
    return stretched[offset : offset + length]
