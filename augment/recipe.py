"""A recipe: the numbers of one augmented copy, how they are drawn, and what they do to the sound."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from augment import filters, signals, stretch
from augment.draws import Draws, generator
from augment.transforms import TRANSFORMS
from settings import SettingError, number

if TYPE_CHECKING:
    from augment.settings import AugmentSettings

# The filters see this much more of the clip on each side than is returned, in samples, so that a copy's
# edges are filtered with their real neighbourhood.
_FILTER_CONTEXT = 2048


@cache
def _nothing(names: tuple[str, ...]) -> dict[str, Any]:
    """The numbers of all transforms, at the values at which they do nothing."""
    return {number: value for name in names for number, value in TRANSFORMS.get(name).NOTHING.items()}


@dataclass(frozen=True, init=False)
class Recipe:
    """What is really done to one copy: the numbers that its transforms were given; the others do nothing.

    Each number is an attribute, whether it was given or not.

    Attributes
    ----------
    numbers : tuple of (str, object)
        Those that do something, in the order of the transforms.

    Raises
    ------
    SettingError
        If a name is none of a transform's.

    Examples
    --------
    >>> recipe = Recipe(tempo=1.05, gain_db=-3.0)
    >>> recipe.to_json()
    '{"tempo": 1.05, "gain_db": -3.0}'
    >>> Recipe.from_json(recipe.to_json()) == recipe
    True
    >>> recipe.pitch_semitones
    0.0
    """

    numbers: tuple[tuple[str, Any], ...]

    def __init__(self, **numbers: Any) -> None:
        known = _nothing(TRANSFORMS.names())
        for name in numbers:
            if name not in known:
                raise SettingError(f"recipe {name}={numbers[name]!r}: must be one of {', '.join(known)}")
        given = ((name, _frozen(numbers[name])) for name in known if name in numbers)
        object.__setattr__(self, "numbers", tuple((name, value) for name, value in given if value != known[name]))

    def __getattr__(self, name: str) -> Any:
        known = _nothing(TRANSFORMS.names())
        if name not in known:
            raise AttributeError(f"a recipe has no {name}")
        return dict(self.numbers).get(name, known[name])

    def uses(self, transform: str) -> bool:
        """Whether it does what a transform of this name does."""
        return any(name in TRANSFORMS.get(transform).NOTHING for name, _ in self.numbers)

    def only(self, transform: str) -> Recipe:
        """What it has of one transform."""
        return Recipe(**{name: value for name, value in self.numbers if name in TRANSFORMS.get(transform).NOTHING})

    def to_json(self) -> str:
        """Return the numbers that differ from doing nothing, as one line of JSON."""
        return json.dumps(dict(self.numbers))

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
        return cls(**values)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(inner) for inner in value) if isinstance(value, list | tuple) else value


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
    draws, numbers = Draws(generator(seed, track_id, segment, copy)), {}
    for name, transform in TRANSFORMS.all().items():
        own = getattr(settings, name)
        happens = draws.happens(own.probability)
        drawn = transform.draw(own, draws)
        if happens:
            numbers |= drawn
    return Recipe(**numbers)


def apply(recipe: Recipe, y: np.ndarray, start: int, length: int, margin: int, sample_rate: int) -> np.ndarray:
    """Make one copy of one segment of a clip.

    Stretches (pitch, tempo) first, in one pass, then responses (equaliser, low-pass), in one filter, then the other
    transforms (noise, gain) one after the other. Outside the clip the copy is exactly zero, as the original's
    neighbourhood is there; everywhere else it is stretched material.

    Parameters
    ----------
    recipe : Recipe
    y : np.ndarray [n]
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
    float32 [length + 2 * margin]

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
        signals.checked(y)
    number("length", length, 1, 2**40)
    number("margin", margin, 0, 2**40)
    number("start", start, 0, max(0, len(y) - length))
    piece, inside_start, inside_stop = _filtered(recipe, y, start, length, margin, sample_rate)
    inside = piece[inside_start:inside_stop]
    for transform in _active(recipe):
        if hasattr(transform, "apply"):
            inside = transform.apply(inside, recipe, sample_rate)
    copy = np.zeros(length + 2 * margin, dtype=np.float32)
    copy[inside_start:inside_stop] = inside
    return copy


def _active(recipe: Recipe) -> list[Any]:
    """The transforms that a recipe uses, in their order."""
    return [transform for name, transform in TRANSFORMS.all().items() if recipe.uses(name)]


def _filtered(
    recipe: Recipe, y: np.ndarray, start: int, length: int, margin: int, sample_rate: int
) -> tuple[np.ndarray, int, int]:
    """The segment with its neighbourhood, stretched and filtered, and where in it the clip begins and ends."""
    active = _active(recipe)
    responses = [transform.response(recipe) for transform in active if hasattr(transform, "response")]
    stretched: dict[str, float] = {}
    for transform in active:
        stretched |= transform.stretch(recipe) if hasattr(transform, "stretch") else {}
    context = _FILTER_CONTEXT if responses else 0
    piece, inside_start, inside_stop = stretch.cut(
        y, start=start, length=length, margin=margin + context, sample_rate=sample_rate, **stretched
    )
    if responses:
        piece = filters.apply(piece, responses, sample_rate=sample_rate)[context : len(piece) - context]
        inside_start = max(0, inside_start - context)
        inside_stop = min(len(piece), inside_stop - context)
    return piece, inside_start, inside_stop
