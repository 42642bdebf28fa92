"""Settings are refused by name before anything is drawn from them; each transform owns its part."""

from types import SimpleNamespace

import pytest

import augment
from augment import TRANSFORMS, AugmentSettings, SettingError, used, with_probability
from augment.transforms import gain


def test_lists_as_yaml_gives_them_are_taken():
    settings = AugmentSettings(tempo={"factor": [0.9, 1]}, noise={"colors": ["pink"]})
    assert settings.tempo.factor == (0.9, 1.0)
    assert settings.noise.colors == ("pink",)


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("copies", -1, "a whole number from 0 to 100"),
        ("copies", 1.5, "a whole number"),
        ("copies", True, "a whole number"),
        ("pitch.probability", 1.1, "from 0 to 1"),
        ("eq.probability", "half", "a number from 0 to 1"),
        ("tempo.factor", [1.1, 0.9], "lowest must not be above"),
        ("tempo.factor", [0.1, 1.0], "two numbers from 0.5 to 2"),
        ("tempo.factor", 1.0, "two numbers"),
        ("tempo.factor", "ab", "two numbers"),
        ("low_pass.cutoff_hz", [100, 4000], "from 500"),
        ("noise.snr_db", [float("nan"), 3], "from -20"),
        ("noise.colors", [], "at least one"),
        ("noise.colors", ["pink", "green"], "one of white"),
        ("noise.colors", "pink", "a list"),
        ("gain", 3, "a section with probability, gain_db"),
    ],
)
def test_a_wrong_value_is_refused_by_name_with_its_rule(name, value, rule):
    section, _, inner = name.partition(".")
    with pytest.raises(SettingError, match=rf"^{name}=.*{rule}"):
        AugmentSettings(**{section: {inner: value} if inner else value})


def test_an_unknown_name_is_refused():
    with pytest.raises(SettingError, match="tempi is unknown; did you mean tempo"):
        AugmentSettings(tempi=[1, 1])
    with pytest.raises(SettingError, match=r"noise\.color is unknown; did you mean colors"):
        AugmentSettings(noise={"color": ["pink"]})


def test_probabilities_are_changed_by_the_transform_s_name():
    settings = with_probability(AugmentSettings(), 0.0, "pitch", "eq")
    assert used(settings) == ("tempo", "low_pass", "noise", "gain")
    assert used(with_probability(settings, 1.0)) == TRANSFORMS.names()
    assert settings.tempo == AugmentSettings().tempo


def test_the_order_of_the_transforms_is_that_of_all_recipes_so_far():
    assert TRANSFORMS.names() == ("pitch", "tempo", "eq", "low_pass", "noise", "gain")


def test_a_transform_more_has_its_section_and_goes_again():
    lent = SimpleNamespace(**{name: getattr(gain, name) for name in TRANSFORMS.needs} | {"NOTHING": {"lent_db": 0.0}})
    with TRANSFORMS.also(lent=lent):
        assert augment.AugmentSettings(lent={"gain_db": [1, 2]}).lent.gain_db == (1, 2)
        assert augment.Recipe(lent_db=1.0).uses("lent")
    with pytest.raises(SettingError, match="lent is unknown"):
        augment.AugmentSettings(lent={})
    with pytest.raises(SettingError, match="lent_db"):
        augment.Recipe(lent_db=1.0)
