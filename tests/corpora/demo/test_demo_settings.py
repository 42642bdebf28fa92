import dataclasses
import json

import pytest

from corpora.demo import GENRES, SIZES, DemoSettings, patterns
from settings import SettingError


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("artists", 0),
        ("artists", 1000),
        ("artists", 2.0),
        ("artists", True),
        ("clips_per_artist", 0),
        ("clips_per_artist", "3"),
        ("duration_s", 0.5),
        ("duration_s", 121),
        ("duration_s", float("nan")),
        ("duration_s", "30"),
        ("seed", -1),
        ("seed", 1.5),
        ("genres", ()),
        ("genres", "blues"),
        ("genres", ("blues", "blues")),
        ("genres", (1, 2)),
        ("genres", ("blues", "polka")),
    ],
)
def test_a_bad_value_is_refused_by_the_setting_s_name(name, value):
    with pytest.raises(SettingError, match=rf"^{name}="):
        DemoSettings(**{name: value})


def test_an_unknown_setting_is_refused_with_the_known_ones():
    with pytest.raises(SettingError, match=r"clip_count is unknown.*clips_per_artist"):
        DemoSettings.from_dict({"clip_count": 3})


def test_more_music_than_a_disk_should_hold_is_refused():
    with pytest.raises(SettingError, match=r"artists=999, clips_per_artist=99, .*8242 hours .* may be 200"):
        DemoSettings(artists=999, clips_per_artist=99)


def test_settings_go_through_json_unchanged():
    settings = DemoSettings(genres=("jazz", "rock"), artists=4, duration_s=12)
    assert DemoSettings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


def test_settings_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        DemoSettings().seed = 2


def test_the_default_size_is_sixty_clips_a_genre_by_twenty_artists():
    settings = SIZES["default"]
    assert settings.clips == 600
    assert (settings.artists, settings.clips_per_artist, settings.duration_s) == (20, 3, 30.0)
    assert SIZES["full"].clips == 1000
    assert SIZES["tiny"].clips <= 40


def test_every_genre_of_gtzan_has_a_pattern_file():
    assert patterns.genre_names() == GENRES
