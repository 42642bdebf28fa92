"""Settings are refused by name before anything is drawn from them."""

import pytest

from augment import AugmentSettings, SettingError


def test_lists_as_yaml_gives_them_are_taken():
    settings = AugmentSettings(tempo=[0.9, 1], noise_colors=["pink"])
    assert settings.tempo == (0.9, 1.0)
    assert settings.noise_colors == ("pink",)


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("copies", -1, "at least 0"),
        ("copies", 1.5, "whole number"),
        ("copies", True, "whole number"),
        ("pitch_probability", 1.1, "between 0 and 1"),
        ("eq_probability", "half", "number from 0 to 1"),
        ("tempo", [1.1, 0.9], "lowest must not be above"),
        ("tempo", [0.1, 1.0], "between 0.5 and 2"),
        ("tempo", 1.0, "two numbers"),
        ("tempo", "ab", "two numbers"),
        ("low_pass_hz", [100, 4000], "between 500"),
        ("noise_snr_db", [float("nan"), 3], "between -20"),
        ("noise_colors", [], "at least one"),
        ("noise_colors", ["pink", "green"], "one of white"),
        ("noise_colors", "pink", "a list"),
    ],
)
def test_a_wrong_value_is_refused_by_name_with_its_rule(name, value, rule):
    with pytest.raises(SettingError, match=f"{name}.*{rule}"):
        AugmentSettings(**{name: value})


def test_an_unknown_name_is_refused():
    with pytest.raises(TypeError, match="tempi"):
        AugmentSettings(tempi=[1, 1])
