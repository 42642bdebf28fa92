"""Settings of the features are checked by name."""

import numpy as np
import pytest

from features import Engine, FeatureSettings
from settings import SettingError


def test_defaults_give_216_frames_of_5_s():
    settings = FeatureSettings()
    assert (settings.segment_samples, settings.segment_frames) == (110_250, 216)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_fft", 0),
        ("n_fft", 1_000_000),
        ("hop_length", 500),
        ("hop_length", 512.0),
        ("n_mfcc", 65),
        ("n_mfcc", 12),
        ("n_mels", 70),
        ("n_mels", 1_000_000),
        ("n_mels", 512),
        ("top_db", 5.0),
        ("segment_s", 0.5),
        ("segment_hop_s", 31.0),
        ("sample_rate", 8000),
        ("sample_rate", 96000.5),
        ("tagger", "vggish"),
    ],
)
def test_value_out_of_range_is_refused_by_name(name, value):
    with pytest.raises(SettingError, match=f"{name}={value!r}"):
        FeatureSettings(**{name: value})


def test_round_trip_and_unknown_name():
    settings = FeatureSettings(n_mels=80)
    assert FeatureSettings.from_dict(settings.to_dict()) == settings
    with pytest.raises(SettingError, match="n_mel"):
        FeatureSettings.from_dict({"n_mel": 64})


def test_what_does_not_fit_together_is_refused_before_a_band_or_a_segment_is_empty():
    with pytest.raises(SettingError, match="n_fft=512 must be at least sample_rate / 60 = 1600"):
        FeatureSettings(sample_rate=96000, n_fft=512, hop_length=256)
    with pytest.raises(SettingError, match="hop_length=4096 leaves 6 frames in a segment of 1"):
        FeatureSettings(n_fft=8192, hop_length=4096, segment_s=1.0, segment_hop_s=1.0)


@pytest.mark.parametrize(
    "changed",
    [
        {"sample_rate": 16000, "n_fft": 512, "hop_length": 256, "n_mels": 64},
        {"sample_rate": 96000, "n_fft": 16384, "hop_length": 4096, "n_mels": 512},
        {"sample_rate": 48000, "n_fft": 1024, "hop_length": 512, "n_mels": 128},
    ],
)
def test_what_is_allowed_at_its_ends_gives_finite_features(changed):
    settings = FeatureSettings(**changed)
    y = np.random.default_rng(0).standard_normal(settings.segment_samples).astype(np.float32)
    made = Engine(settings).extract(y)
    assert np.isfinite(made.summary).all()
    assert made.summary.shape[1] == len(Engine(settings).statistics)
