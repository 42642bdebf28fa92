"""A recipe: the numbers of one augmented copy, how they are drawn, and what they do to the sound."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields

import numpy as np

from augment import check, eq, filters, gain, low_pass, noise, pitch_tempo
from augment.errors import SettingError
from augment.settings import AugmentSettings

# The filters see this much more of the clip on each side than is returned, in samples, so that a copy's
# edges are filtered with their real neighbourhood.
_FILTER_CONTEXT = 2048


@dataclass(frozen=True)
class Recipe:
    """What is really done to one copy; the defaults do nothing.

    Parameters
    ----------
    pitch_semitones : float
        Pitch shift.
    tempo : float
        Factor on the speed; above 1 is faster.
    eq : tuple of (centre in Hz, gain in dB, Q), or empty
        First a low shelf, then peaks, last a high shelf.
    low_pass_hz : float, or 0 for none
        Cutoff.
    noise_color : str, or "" for none
    noise_snr_db : float
    noise_seed : int
    gain_db : float

    Examples
    --------
    >>> recipe = Recipe(tempo=1.05, gain_db=-3.0)
    >>> recipe.to_json()
    '{"tempo": 1.05, "gain_db": -3.0}'
    >>> Recipe.from_json(recipe.to_json()) == recipe
    True
    """

    pitch_semitones: float = 0.0
    tempo: float = 1.0
    eq: tuple[tuple[float, float, float], ...] = ()
    low_pass_hz: float = 0.0
    noise_color: str = ""
    noise_snr_db: float = 0.0
    noise_seed: int = 0
    gain_db: float = 0.0

    def to_json(self) -> str:
        """Return the numbers that differ from doing nothing, as one line of JSON."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return json.dumps({f.name: values[f.name] for f in fields(self) if values[f.name] != f.default})

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """Read what `to_json` wrote.

        Raises
        ------
        SettingError
            If it is not a JSON object or has a name that a recipe does not know.
        """
        try:
            values = json.loads(text)
        except json.JSONDecodeError as error:
            raise SettingError(f"recipe={text!r}: must be JSON ({error})") from error
        if not isinstance(values, dict):
            raise SettingError(f"recipe={text!r}: must be a JSON object")
        names = [f.name for f in fields(cls)]
        for name in values:
            if name not in names:
                raise SettingError(f"recipe {name}={values[name]!r}: must be one of {', '.join(names)}")
        if "eq" in values:
            values["eq"] = tuple(tuple(band) for band in values["eq"])
        return cls(**values)


def generator(seed: int, track_id: str, segment: int, copy: int) -> np.random.Generator:
    """Return the generator of one copy; nothing but these four decides what it gives."""
    key = json.dumps([int(seed), str(track_id), int(segment), int(copy)])
    return np.random.default_rng(int.from_bytes(hashlib.sha256(key.encode()).digest(), "big"))


def draw(settings: AugmentSettings, seed: int, track_id: str, segment: int, copy: int) -> Recipe:
    """Draw the recipe of one copy.

    Every number is drawn whether it is used or not, so changing one probability or range leaves the
    other effects of all copies as they were. Numbers are rounded to what the manifest shows.

    Parameters
    ----------
    settings : AugmentSettings
    seed : int
    track_id : str
    segment : int
        Number of the segment in its track.
    copy : int
        1 for the first copy; 0 is the original and always gets the recipe that does nothing.

    Returns
    -------
    Recipe

    Examples
    --------
    >>> draw(AugmentSettings(), 1, "blues.00000", 0, 1) == draw(AugmentSettings(), 1, "blues.00000", 0, 1)
    True
    """
    if copy == 0:
        return Recipe()
    rng = generator(seed, track_id, segment, copy)

    def happens(probability: float) -> bool:
        return bool(rng.random() < probability)

    def between(limits: tuple[float, float], digits: int) -> float:
        return round(float(rng.uniform(*limits)), digits)

    shifted, semitones = happens(settings.pitch_probability), between(settings.pitch_semitones, 3)
    faster, tempo = happens(settings.tempo_probability), between(settings.tempo, 4)
    equalised = happens(settings.eq_probability)
    bands = tuple(
        (between(centres, 1), between(settings.eq_gain_db, 2), between(eq.Q_RANGE, 3)) for centres in eq.BANDS_HZ
    )
    muffled, cutoff = happens(settings.low_pass_probability), between(settings.low_pass_hz, 1)
    noisy, snr_db = happens(settings.noise_probability), between(settings.noise_snr_db, 2)
    color = settings.noise_colors[int(rng.random() * len(settings.noise_colors))]
    noise_seed = int(rng.integers(2**32))
    scaled, gain_db = happens(settings.gain_probability), between(settings.gain_db, 2)
    return Recipe(
        pitch_semitones=semitones if shifted else 0.0,
        tempo=tempo if faster else 1.0,
        eq=bands if equalised else (),
        low_pass_hz=cutoff if muffled else 0.0,
        noise_color=color if noisy else "",
        noise_snr_db=snr_db if noisy else 0.0,
        noise_seed=noise_seed if noisy else 0,
        gain_db=gain_db if scaled else 0.0,
    )


def apply(recipe: Recipe, y: np.ndarray, start: int, length: int, margin: int, sample_rate: int) -> np.ndarray:
    """Make one copy of one segment of a clip.

    Pitch and tempo first, then equaliser and low-pass, then noise, then gain. Outside the clip the copy
    is exactly zero, as the original's neighbourhood is there; everywhere else it is stretched material.

    Parameters
    ----------
    recipe : Recipe
    y : np.ndarray [shape=(n,)]
        The whole clip, mono. One shorter than `length` is looped.
    start : int [0 .. max(0, n - length)]
        Where the segment starts in the clip.
    length : int
        Samples of the segment.
    margin : int
        Samples of neighbourhood to return on each side (half a frame of the feature engine).
    sample_rate : int
        In Hz.

    Returns
    -------
    np.ndarray [shape=(length + 2 * margin,), float32]

    Raises
    ------
    SignalError
        If the clip is empty, not mono, or not finite where it is used.
    SettingError
        If `start`, `length`, `margin` or a number of the recipe is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> clip = np.ones(1000, dtype=np.float32)
    >>> apply(Recipe(), clip, start=0, length=100, margin=2, sample_rate=22050)[:4]
    array([0., 0., 1., 1.], dtype=float32)
    """
    y = np.asarray(y, dtype=np.float32)
    if y.ndim != 1 or y.size == 0:
        check.signal(y)
    check.number("length", length, 1, float(2**40))
    check.number("margin", margin, 0, float(2**40))
    check.number("start", start, 0, max(0, len(y) - length))
    responses = []
    if recipe.eq:
        responses.append(eq.response(recipe.eq))
    if recipe.low_pass_hz:
        responses.append(low_pass.response(recipe.low_pass_hz))
    context = _FILTER_CONTEXT if responses else 0
    piece, inside_start, inside_stop = pitch_tempo.cut(
        y,
        start=start,
        length=length,
        margin=margin + context,
        semitones=recipe.pitch_semitones,
        tempo=recipe.tempo,
        sample_rate=sample_rate,
    )
    if responses:
        piece = filters.apply(piece, responses, sample_rate=sample_rate)[context : len(piece) - context]
        inside_start = max(0, inside_start - context)
        inside_stop = min(len(piece), inside_stop - context)
    inside = piece[inside_start:inside_stop]
    if recipe.noise_color:
        inside = noise.add(
            inside,
            snr_db=recipe.noise_snr_db,
            color=recipe.noise_color,
            seed=recipe.noise_seed,
            sample_rate=sample_rate,
        )
    if recipe.gain_db:
        inside = gain.apply(inside, recipe.gain_db)
    copy = np.zeros(length + 2 * margin, dtype=np.float32)
    copy[inside_start:inside_stop] = inside
    return copy
