"""Pitch and tempo, changed in one pass by a phase vocoder.

Blocks of the sound are transformed; a block of another length is transformed back, which moves the pitch, and laid
where the tempo wants it. What a partial has turned by from one block to the next is measured, not guessed: a second
transform, as far back in the sound as the last block lies back in what is made, shows it. Each peak of a spectrum turns
by that much, and the bins around it with it, so that what sounds together stays together (J. Laroche and M. Dolson,
"Improved phase vocoder time-scale modification of audio", IEEE Trans. Speech and Audio Processing 7(3), 1999).
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view

from augment import signals
from musiclassify.audio.segments import loop
from settings import number

TEMPO_LIMITS = (0.5, 2.0)
SEMITONE_LIMITS = (-12.0, 12.0)

BLOCK_S = 0.08  # of a block, s: longer ones smear beginnings, shorter ones run low notes together
OVERLAP = 3  # blocks that lie over each sample; a Hann window squared adds up to a constant
PEAK = 4  # a peak is higher than so many bins on both sides
BEGIN = 2.0  # a peak that has grown by this since the block before begins anew, in its own place
CHUNK = 20  # blocks at a time: their spectra stay in the cache
NEAR = 0.0017  # of a pitch ratio, 3 cents: nearer ones are as good
NOISE = np.float32(1e-15)  # added to products of spectra, so that silence has a direction too


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
    taken, made = _sizes(sample_rate, 2 ** (semitones / 12))
    hop = made // OVERLAP
    number_of = np.arange(-(made // 2) // hop, (length + made // 2) // hop + 1)  # blocks, by their middles; 0 is at 0
    starts = np.rint(position + number_of * (hop * tempo)).astype(np.int64) - taken // 2
    first, stop = int(starts[0]) - taken // OVERLAP, int(starts[-1]) + taken
    take = signals.checked(y[max(0, first) : max(1, stop)])
    take = np.pad(take, (max(0, -first), max(0, stop - len(y))), mode="symmetric")
    offset = made // 2 - int(number_of[0]) * hop
    return _vocoded(take, starts - first, taken, made)[offset : offset + length]


@cache
def _sizes(sample_rate: int, ratio: float) -> tuple[int, int]:
    """Samples of a block that is taken and of the one that is made: their quotient is the pitch ratio, to 5 cents.

    Both lie about `BLOCK_S` and are products of 2, 3, 5 and at most one 7, which are transformed fast.
    """
    middle = BLOCK_S * sample_rate
    fast = [n for n in range(2 * OVERLAP, int(2.1 * middle), 2 * OVERLAP) if 7 % _rest(n) == 0]
    pairs = [(a, b) for a in fast for b in fast if 0.7 < math.sqrt(a * b) / middle < 1.42]
    apart = [abs(math.log(a / b / ratio)) for a, b in pairs]
    enough = max(NEAR, min(apart))
    near = [pair for pair, error in zip(pairs, apart, strict=True) if error <= enough]
    return min(near, key=lambda pair: abs(math.log(pair[0] * pair[1] / middle**2)))


def _rest(n: int) -> int:
    """What is left of a number without its factors 2, 3 and 5."""
    for prime in (2, 3, 5):
        while n % prime == 0:
            n //= prime
    return n


def _vocoded(y: np.ndarray, starts: np.ndarray, taken: int, made: int) -> np.ndarray:
    """Lay blocks of `y` that begin at `starts`, each `taken` samples made `made`, `made // OVERLAP` apart."""
    hop = made // OVERLAP
    blocks, window = sliding_window_view(y, taken), _hann(taken)
    fade = _hann(made) * np.float32(made / taken / (0.375 * OVERLAP))  # 0.375: mean of a Hann window squared
    total = np.zeros((len(starts) + OVERLAP - 1, hop), np.float32)
    last = np.zeros(taken // 2 + 1, np.complex64)
    for at in range(0, len(starts), CHUNK):
        here = starts[at : at + CHUNK]
        now = scipy.fft.rfft(blocks[here] * window, axis=1)
        before = scipy.fft.rfft(blocks[here - taken // OVERLAP] * window, axis=1)
        last = _turn(now, before, last)
        out = scipy.fft.irfft(now, made, axis=1)
        out *= fade
        for k in range(OVERLAP):
            total[at + k : at + k + len(here)] += out[:, k * hop : (k + 1) * hop]
    return total.ravel()


def _turn(now: np.ndarray, before: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Turn spectra, in place, so that each follows on the one before it; give the last of them.

    Parameters
    ----------
    now, before : complex64 [blocks, bins]
        Spectra of blocks, and of blocks one hop earlier in the same sound.
    last : complex64 [bins]
        What was made of the block before these.
    """
    bins = now.shape[1]
    level = np.abs(now)
    at = np.flatnonzero(_peaks(level))
    borders = np.concatenate(([0], (at[1:] + at[:-1] + 1) // 2, [level.size]))  # of the bins that belong to each peak
    widths = borders[1:] - borders[:-1]
    owner = np.repeat(np.arange(len(at)), widths)
    first, *rest = np.searchsorted(at, np.arange(1, len(now) + 1) * bins).tolist()
    above = at[first:] - bins  # the same bins in the block before
    earlier = before.ravel()[at]
    angle = np.concatenate((last[at[:first]], now.ravel()[above], np.zeros(1, np.complex64)))
    angle[:-1] *= np.conj(earlier)
    angle += NOISE
    angle /= np.abs(angle)  # from the block before, as it was, to this one ...
    began = level.ravel()[at] > BEGIN * np.abs(earlier)
    angle[:-1][began] = 1
    parents = owner[above]
    parents[began[first:]] = len(at)  # where there is 1
    for begin, end in zip([first, *rest], rest, strict=False):
        angle[begin:end] *= angle[parents[begin - first : end - first]]  # ... and as it was turned
    now *= np.repeat(angle[:-1], widths).reshape(now.shape)
    return now[-1].copy()


def _peaks(level: np.ndarray) -> np.ndarray:
    """Whether a bin is a peak, bool [blocks, bins]; the first and the last of each block count as such."""
    bins = level.shape[1]
    peaks = np.zeros(level.shape, bool)
    peaks[:, 0] = peaks[:, -1] = True
    inner, middle = peaks[:, PEAK : bins - PEAK], level[:, PEAK : bins - PEAK]
    np.greater(middle, level[:, PEAK - 1 : bins - PEAK - 1], out=inner)
    for k in range(1, PEAK + 1):
        inner &= middle >= level[:, PEAK - k : bins - PEAK - k]
        inner &= middle >= level[:, PEAK + k : bins - PEAK + k]
    return peaks


def _hann(n: int) -> np.ndarray:
    """Periodic Hann window, float32 [n]."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)).astype(np.float32)
