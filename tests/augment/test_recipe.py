"""The recipe: what is drawn depends on four numbers only, and what is applied leaves no trace of a copy."""

import json
import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from augment import AugmentSettings, Recipe, SettingError, SignalError, apply, draw, with_probability
from augment.transforms.eq import BANDS_HZ

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
RATE = 22050
SEGMENT = RATE  # 1 s, so that the tests are quick
MARGIN = 1024
EVERYTHING = Recipe(
    pitch_semitones=0.7,
    tempo=1.05,
    eq=tuple((low, 4.0 * (-1) ** k, 0.7) for k, (low, _) in enumerate(BANDS_HZ)),
    low_pass_hz=6000.0,
    noise_color="pink",
    noise_snr_db=20.0,
    noise_seed=3,
    gain_db=-3.0,
)
RECIPES = {
    "nothing": Recipe(),
    "pitch": Recipe(pitch_semitones=-0.8),
    "slower": Recipe(tempo=0.9),
    "faster": Recipe(tempo=1.1),
    "eq": Recipe(eq=EVERYTHING.eq),
    "low-pass": Recipe(low_pass_hz=3000.0),
    "everything": EVERYTHING,
}


@pytest.fixture(scope="module")
def clip():
    """3.1 s of chord and noise: never near silence."""
    t = np.arange(int(3.1 * RATE)) / RATE
    rng = np.random.default_rng(0)
    y = sum(np.sin(2 * np.pi * f * t + f) for f in (110.0, 277.0, 440.0, 1320.0, 4000.0))
    return (0.1 * y + 0.05 * rng.standard_normal(len(t))).astype(np.float32)


def copy_of(recipe, y, start):
    return apply(recipe, y, start=start, length=SEGMENT, margin=MARGIN, sample_rate=RATE)


def longest_run_of_near_zeros(y):
    quiet = np.flatnonzero(np.abs(np.concatenate([[1.0], y, [1.0]])) > 1e-6)
    return int(np.diff(quiet).max()) - 1


def _render(job):
    recipe, y, start = job
    return copy_of(recipe, y, start).tobytes()


# -- drawing --------------------------------------------------------------------------------------


def test_a_recipe_depends_on_seed_track_segment_and_copy_only():
    settings = AugmentSettings()
    base = draw(settings, 1, "blues.00000", 2, 1)
    assert draw(settings, 1, "blues.00000", 2, 1) == base
    others = [
        draw(settings, 2, "blues.00000", 2, 1),
        draw(settings, 1, "blues.00001", 2, 1),
        draw(settings, 1, "blues.00000", 3, 1),
        draw(settings, 1, "blues.00000", 2, 2),
    ]
    assert base not in others
    assert len(set(others)) == 4


def test_recipes_and_copies_are_those_of_every_version_so_far(clip):
    """A transform that is added or moved must not change them (recipes of 1.1; stretched samples since the vocoder)."""
    for case in json.loads((GOLDEN / "recipes.json").read_text(encoding="utf-8")):
        settings = AugmentSettings() if case["settings"] == "default" else with_probability(AugmentSettings(), 1.0)
        recipe = draw(settings, 7, case["track"], case["segment"], case["copy"])
        assert recipe.to_json() == case["recipe"]
        if "samples" in case:
            copy = copy_of(Recipe.from_json(case["recipe"]), clip, case["start"])
            np.testing.assert_allclose(copy[::800], case["samples"], atol=2e-6)  # float32 on other processors


def test_global_random_states_have_no_part_in_a_draw_or_a_copy(clip):
    import random

    results = []
    for seed in (1, 2):
        random.seed(seed)
        np.random.seed(seed)
        results.append((draw(AugmentSettings(), 0, "a", 0, 1), copy_of(EVERYTHING, clip, 0).tobytes()))
    assert results[0] == results[1]


def test_changing_one_probability_leaves_the_other_effects_as_they_were():
    with_noise = draw(AugmentSettings(noise={"probability": 1.0}), 5, "t", 0, 1)
    without = draw(AugmentSettings(noise={"probability": 0.0}), 5, "t", 0, 1)
    assert without.noise_color == ""
    assert with_noise.noise_color
    for name in ("pitch_semitones", "tempo", "eq", "low_pass_hz", "gain_db"):
        assert getattr(with_noise, name) == getattr(without, name)


def test_draws_fill_their_ranges_and_keep_their_probabilities():
    settings = AugmentSettings()
    recipes = [draw(settings, 0, f"track {k}", 0, 1) for k in range(1000)]
    tempos = [r.tempo for r in recipes if r.tempo != 1]
    assert 0.45 < len(tempos) / 1000 < 0.55
    assert 0.92 <= min(tempos) < 0.93
    assert 1.07 < max(tempos) <= 1.08
    assert {r.noise_color for r in recipes} == {"", *settings.noise.colors}
    assert {len(r.eq) for r in recipes} == {0, 7}


def test_copy_0_is_the_original():
    assert draw(AugmentSettings(), 1, "t", 0, 0) == Recipe()


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_recipe_survives_json(recipe):
    assert Recipe.from_json(recipe.to_json()) == recipe


def test_a_recipe_has_every_number_and_no_other_and_cannot_be_changed():
    recipe = Recipe(tempo=1.05, gain_db=0.0)
    assert (recipe.tempo, recipe.gain_db, recipe.eq, recipe.noise_color) == (1.05, 0.0, (), "")
    assert recipe == Recipe(tempo=1.05) == pickle.loads(pickle.dumps(recipe))
    assert recipe.uses("tempo")
    assert not recipe.uses("gain")
    assert EVERYTHING.only("noise") == Recipe(noise_color="pink", noise_snr_db=20.0, noise_seed=3)
    with pytest.raises(AttributeError, match="no tempi"):
        _ = recipe.tempi
    with pytest.raises(FrozenInstanceError):
        recipe.tempo = 1.0


def test_a_drawn_recipe_survives_json_exactly():
    for k in range(20):
        recipe = draw(AugmentSettings(), 3, "t", k, 1)
        assert Recipe.from_json(recipe.to_json()) == recipe


@pytest.mark.parametrize(
    ("text", "names"),
    [('{"tempi": 1}', "tempi.*pitch_semitones"), ("[1]", "JSON object"), ("{", "must be JSON")],
)
def test_a_recipe_that_is_none_is_refused(text, names):
    with pytest.raises(SettingError, match=names):
        Recipe.from_json(text)


# -- applying -------------------------------------------------------------------------------------


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
@pytest.mark.parametrize("start", [0, 7000, 2 * RATE])
def test_a_copy_is_finite_float32_of_the_asked_length(recipe, clip, start):
    copy = copy_of(recipe, clip, start)
    assert copy.shape == (SEGMENT + 2 * MARGIN,)
    assert copy.dtype == np.float32
    assert np.isfinite(copy).all()


def test_the_recipe_that_does_nothing_returns_the_segment_and_its_neighbourhood(clip):
    padded = np.pad(clip, MARGIN)
    last = len(clip) - SEGMENT
    for start in (0, 1, 5000, last):
        np.testing.assert_array_equal(copy_of(Recipe(), clip, start), padded[start : start + SEGMENT + 2 * MARGIN])


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_no_padding_gives_a_copy_away(recipe, clip):
    """Inside the clip there is sound everywhere; outside there are zeros just where the original has them."""
    last = len(clip) - SEGMENT
    for start in (0, 1500, RATE, last):
        copy = copy_of(recipe, clip, start)
        left, right = (MARGIN if start == 0 else 0), (MARGIN if start == last else 0)
        assert not copy[:left].any()
        assert not copy[len(copy) - right :].any()
        inside = copy[left : len(copy) - right]
        assert longest_run_of_near_zeros(inside) < 16
        loudness = np.sqrt(np.mean(inside**2))
        for edge in (inside[:256], inside[-256:]):
            assert 0.5 < np.sqrt(np.mean(edge**2)) / loudness < 2.0


@pytest.mark.parametrize("tempo", [0.9, 1.0, 1.1])
def test_a_copy_comes_from_its_place_in_the_clip(tempo):
    """A click at the middle of the clip lies at the middle of the middle segment's copy, within 1.5 ms."""
    clip = np.zeros(3 * RATE, dtype=np.float32)
    clip[3 * RATE // 2] = 1.0
    copy = copy_of(Recipe(tempo=tempo), clip, RATE)
    assert abs(int(np.argmax(np.abs(copy))) - len(copy) // 2) <= 32


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
@pytest.mark.parametrize("n", [1, 2, 300, SEGMENT - 1, SEGMENT, SEGMENT + 1, SEGMENT + 500])
def test_a_short_clip_is_looped_like_its_original(recipe, clip, n):
    copy = copy_of(recipe, clip[:n], 0)
    assert np.isfinite(copy).all()
    inside = copy[MARGIN : MARGIN + SEGMENT]
    assert not copy[:MARGIN].any()
    if n >= 300:
        assert longest_run_of_near_zeros(inside) < 32
    if n <= SEGMENT:
        assert not copy[MARGIN + SEGMENT :].any()


def test_silence_stays_silence():
    assert not copy_of(EVERYTHING, np.zeros(2 * RATE, dtype=np.float32), 100).any()


def test_clipped_input_gives_a_finite_copy(clip):
    copy = copy_of(EVERYTHING, np.clip(clip * 50, -1, 1), 3000)
    assert np.isfinite(copy).all()
    assert 0.1 < np.abs(copy).max() < 5


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_samples_that_are_no_numbers_are_refused(recipe, clip, bad):
    y = clip.copy()
    y[5000] = bad
    with pytest.raises(SignalError, match="NaN or infinite"):
        copy_of(recipe, y, 0)


@pytest.mark.parametrize("y", [np.zeros(0, np.float32), np.zeros((2, 100), np.float32)])
def test_empty_or_stereo_input_is_refused(y):
    with pytest.raises(SignalError):
        copy_of(Recipe(), y, 0)


@pytest.mark.parametrize("start", [-1, 3 * RATE])
def test_a_start_outside_the_clip_is_refused(clip, start):
    with pytest.raises(SettingError, match="start"):
        copy_of(Recipe(), clip, start)


def test_the_given_clip_is_not_changed(clip):
    before = clip.copy()
    copy_of(EVERYTHING, clip, 0)
    np.testing.assert_array_equal(clip, before)


def test_any_number_of_workers_gives_the_same_bytes(clip):
    settings = AugmentSettings(pitch={"probability": 1.0}, noise={"probability": 1.0})
    jobs = [(draw(settings, 1, "t", k, 1), clip, 5000 * k) for k in range(4)]
    alone = [_render(job) for job in jobs]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(_render, jobs)) == alone
    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
        assert list(pool.map(_render, reversed(jobs))) == alone[::-1]
