"""The augmentation beside audiomentations, and the cost of three augmented copies with their features."""

from __future__ import annotations

from collections.abc import Iterator

import audiomentations as am
import numpy as np

from augment import AugmentSettings, Recipe, apply, draw, with_probability
from augment.transforms.eq import BANDS_HZ
from benchmarks.clips import RATE, Clips
from benchmarks.features import floor
from benchmarks.report import target
from benchmarks.timing import Row, interleave, ms
from features import Engine
from musiclassify.audio import segments

COPIES = 3
_OURS = f"{COPIES} copies ours, augment and extract"
_THEIRS = f"{COPIES} copies audiomentations, pitch, stretch, noise"


def run(clips: Clips, *, rounds: int) -> Iterator[list[Row]]:
    """Time everything; the first row is the floor of features.csv."""
    engine = Engine()
    length, margin = engine.settings.segment_samples, engine.settings.n_fft // 2
    starts = [int(at) for at in segments.starts(round(30 * RATE))]
    every = with_probability(AugmentSettings(), 1, "pitch", "tempo", "noise")
    usual = AugmentSettings()

    def copy(recipe: Recipe, y: np.ndarray, start: int) -> np.ndarray:
        return apply(recipe, y, start=start, length=length, margin=margin, sample_rate=RATE)

    def one(recipe: Recipe):
        return lambda y: [copy(recipe, y, start) for start in starts]

    def copies(settings: AugmentSettings, *, extract: bool):
        recipes = [
            (start, draw(settings, 1, "track", segment, number))
            for segment, start in enumerate(starts)
            for number in range(1, COPIES + 1)
        ]

        def work(y: np.ndarray) -> None:
            for start, recipe in recipes:
                made = copy(recipe, y, start)
                if extract:
                    engine.extract_segment(made)

        return work

    def theirs(*transforms: am.core.transforms_interface.BaseWaveformTransform, times: int = 1):
        def work(y: np.ndarray) -> None:
            for _ in range(times):
                z = y
                for transform in transforms:
                    z = transform(z, RATE)

        return work

    transform = floor()
    for y in clips.signals:
        transform.prepare(y)  # type: ignore[attr-defined]
    bands = tuple((low, 6.0 * (-1) ** k, 0.7) for k, (low, _) in enumerate(BANDS_HZ))
    pitch, stretch, noise = am.PitchShift(p=1), am.TimeStretch(p=1), am.AddGaussianSNR(p=1)
    tasks = {
        "fft floor": transform,
        "pitch and tempo in one pass ours": one(Recipe(pitch_semitones=0.7, tempo=1.05)),
        "pitch shift audiomentations": theirs(pitch),
        "time stretch audiomentations": theirs(stretch),
        "gaussian noise ours": one(Recipe(noise_color="white", noise_snr_db=20)),
        "gaussian noise audiomentations": theirs(noise),
        "pink noise ours": one(Recipe(noise_color="pink", noise_snr_db=20)),
        "coloured noise audiomentations": theirs(am.AddColorNoise(p=1)),
        "seven-band EQ and low-pass ours": one(Recipe(eq=bands, low_pass_hz=5000)),
        "seven-band EQ audiomentations": theirs(am.SevenBandParametricEQ(p=1)),
        f"{COPIES} copies ours, every effect": copies(every, extract=False),
        _OURS: copies(every, extract=True),
        f"{COPIES} copies ours, default settings, augment and extract": copies(usual, extract=True),
        _THEIRS: theirs(pitch, stretch, noise, times=COPIES),
    }
    yield from interleave(tasks, clips.signals, rounds)


def targets(rows: list[Row]) -> list[dict]:
    """The target, as a ratio in this run."""
    name = "audiomentations' pitch, stretch and noise / augment and extract, three copies"
    return [target(name, ms(rows, _THEIRS) / ms(rows, _OURS), at_least=3)]
