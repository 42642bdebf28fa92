"""Settings are checked by type, range and name, and say what would fit."""

from __future__ import annotations

import pickle

import pytest

from settings import Interval, SettingError, asdict, field, replace, rules, settings

COLORS = ["white", "pink"]


@settings
class Noise:
    """Coloured noise."""

    probability: float = field(0.25, "share of the copies", low=0, high=1)
    snr_db: Interval = field((20.0, 40.0), "dB", low=-20, high=100)
    colors: tuple[str, ...] = field(("white",), "drawn", choices=lambda: COLORS)
    kind: str = field("a", "which", choices=("a", "b"))
    n_fft: int = field(2048, "samples", low=1, high=65536)
    seed: int = field(0, "of it all", low=0)
    on: bool = field(True, "at all")
    name: str = field("n", "of a folder", low=1, high=40)
    widths: tuple[int, ...] = field((8,), "of layers", low=1, high=512, count=(1, 3))

    def __post_init__(self) -> None:
        if self.seed > self.n_fft:
            raise SettingError(f"seed={self.seed} must be at most n_fft={self.n_fft}")


def test_defaults_lists_and_whole_numbers_are_taken():
    made = Noise(probability=1, snr_db=[10, 20.0], colors=["pink", "white"])
    assert (made.probability, made.snr_db, made.colors) == (1, (10, 20.0), ("pink", "white"))
    assert asdict(Noise())["n_fft"] == 2048
    assert replace(Noise(), n_fft=64).n_fft == 64
    assert pickle.loads(pickle.dumps(made)) == made
    assert hash(made) == hash(replace(made))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"probability": 1.5}, r"^probability=1\.5 must be a number from 0 to 1$"),
        ({"probability": True}, r"^probability=True must be a number from 0 to 1$"),
        ({"probability": "0.5"}, r"^probability='0\.5' must be a number from 0 to 1$"),
        ({"probability": float("nan")}, r"^probability=nan must be a number from 0 to 1$"),
        ({"n_fft": 30.5}, r"^n_fft=30\.5 must be a whole number from 1 to 65536$"),
        ({"n_fft": 30.0}, r"^n_fft=30\.0 must be a whole number from 1 to 65536$"),
        ({"n_fft": 1_000_000}, r"^n_fft=1000000 must be a whole number from 1 to 65536$"),
        ({"seed": -1}, r"^seed=-1 must be a whole number of at least 0$"),
        ({"seed": 9999}, r"^seed=9999 must be at most n_fft=2048$"),
        ({"snr_db": [40.0, 20.0]}, r"^snr_db=\[40\.0, 20\.0\]: the lowest must not be above the highest$"),
        ({"snr_db": [1.0]}, r"^snr_db=\[1\.0\] must be two numbers from -20 to 100"),
        ({"snr_db": [0.0, 101.0]}, r"^snr_db=\[0\.0, 101\.0\] must be two numbers from -20 to 100"),
        ({"colors": []}, r"^colors=\[\] must be a list of at least one: one of white, pink$"),
        ({"colors": ["blue"]}, r"^colors=\['blue'\] must be a list of at least one: one of white, pink$"),
        ({"colors": ["pink", "pink"]}, r"^colors=\['pink', 'pink'\]: one of them stands twice$"),
        ({"colors": "white"}, r"^colors='white' must be a list"),
        ({"kind": "c"}, r"^kind='c' must be one of a, b$"),
        ({"kind": 3}, r"^kind=3 must be one of a, b$"),
        ({"on": 1}, r"^on=1 must be true or false$"),
        ({"name": ""}, r"^name='' must be text from 1 to 40 characters$"),
        ({"name": "x" * 300}, r"^name='x+\.\.\. \(302 characters\) must be text from 1 to 40 characters$"),
        ({"widths": []}, r"^widths=\[\] must be a list of 1 to 3, each a whole number from 1 to 512$"),
        ({"widths": [1, 2, 3, 4]}, r"^widths=\[1, 2, 3, 4\] must be a list of 1 to 3"),
        ({"widths": [513]}, r"^widths=\[513\] must be a list of 1 to 3, each a whole number from 1 to 512$"),
        ({"widths": [1.5]}, r"^widths=\[1\.5\] must be a list of 1 to 3, each a whole number"),
        ({"sead": 1}, r"^sead is unknown; did you mean seed\?$"),
    ],
)
def test_what_does_not_fit_is_refused_by_name_with_the_rule(given, words):
    with pytest.raises(SettingError, match=words):
        Noise(**given)


def test_a_field_without_a_default_must_be_given():
    @settings
    class Base:
        seed: int = field(help="everything random", low=0, high=9)

    assert Base(seed=3).seed == 3
    with pytest.raises(SettingError, match=r"^seed is missing: it must be a whole number from 0 to 9$"):
        Base()


def test_rules_tell_range_help_and_default():
    by_name = {rule.name: rule for rule in rules(Noise)}
    assert list(by_name) == ["probability", "snr_db", "colors", "kind", "n_fft", "seed", "on", "name", "widths"]
    assert by_name["snr_db"].words == "two numbers from -20 to 100, the lowest and the highest"
    assert by_name["probability"].help == "share of the copies"
    assert by_name["n_fft"].default == 2048


@settings
class Recipe:
    """Settings with a section of their own inside."""

    copies: int = field(1, "of each", low=0, high=20)
    noise: Noise = field(Noise(), "coloured noise")


def test_a_mapping_may_stand_for_settings_inside_others_and_is_checked_like_them():
    made = Recipe(noise={"probability": 0.5, "colors": ["pink"]})
    assert made.noise == Noise(probability=0.5, colors=("pink",))
    assert Recipe(**asdict(made)) == made
    assert replace(made, copies=3).noise is made.noise
    with pytest.raises(SettingError, match=r"^noise\.n_fft=30\.5 must be a whole number from 1 to 65536$"):
        Recipe(noise={"n_fft": 30.5})
    with pytest.raises(SettingError, match=r"^noise\.sead is unknown; did you mean seed\?$"):
        Recipe(noise={"sead": 1})
    with pytest.raises(SettingError, match=r"^noise=3 must be a section with probability, snr_db"):
        Recipe(noise=3)
    assert {rule.name: rule.inside for rule in rules(Recipe)} == {"copies": None, "noise": Noise}
