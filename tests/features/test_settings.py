"""Settings of the features are checked by name."""

import pytest

from features import FeatureError, FeatureSettings


def test_defaults_give_216_frames_of_5_s():
    settings = FeatureSettings()
    assert (settings.segment_samples, settings.segment_frames) == (110_250, 216)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_fft", 0),
        ("hop_length", 500),
        ("n_mfcc", 65),
        ("n_mfcc", 12),
        ("n_mels", 70),
        ("top_db", 5.0),
        ("segment_s", 0.5),
        ("segment_hop_s", 6.0),
        ("sample_rate", 8000),
    ],
)
def test_value_out_of_range_is_refused_by_name(name, value):
    with pytest.raises(FeatureError, match=f"{name}={value}"):
        FeatureSettings(**{name: value})


def test_round_trip_and_unknown_name():
    settings = FeatureSettings(n_mels=80)
    assert FeatureSettings.from_dict(settings.to_dict()) == settings
    with pytest.raises(FeatureError, match="n_mel"):
        FeatureSettings.from_dict({"n_mel": 64})
