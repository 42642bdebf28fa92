import numpy as np
import pytest

from corpora.demo import DemoError, mix, patterns

RATE = 48000


@pytest.fixture
def sound():
    """The middle of every production range, without noise."""
    values = {name: (low + high) / 2 for name, (low, high) in patterns.production().items()}
    return {**values, "noise_db": -200.0, "crackle": -1.0, "speed": 0.0}


@pytest.fixture
def stems():
    """Two seconds of silence, then a pulse on the left over a chord on the right."""
    time = np.arange(8 * RATE) / RATE
    left = np.sin(2 * np.pi * 80 * time) * np.exp(-8 * (time % 0.5))
    right = sum(np.sin(2 * np.pi * hz * time) for hz in (262, 330, 392, 1200)) / 8
    out = np.stack([left, right], axis=1).astype(np.float32)
    out[: 2 * RATE] = 0
    return out


def mixed(stems, sound, duration_s=4.0, seed=0):
    return mix.mix(stems, RATE, sound, duration_s=duration_s, rng=np.random.default_rng(seed))


def band(y, low, high):
    """Energy of a band."""
    power = np.abs(np.fft.rfft(y)) ** 2
    hz = np.fft.rfftfreq(len(y), 1 / 22050)
    return power[(hz >= low) & (hz < high)].sum()


def test_a_clip_has_its_length_its_peak_and_no_bad_sample(stems, sound):
    y = mixed(stems, sound)
    assert y.dtype == np.float32
    assert y.shape == (4 * 22050,)
    assert np.isfinite(y).all()
    assert np.max(np.abs(y)) == pytest.approx(sound["peak"], abs=1e-6)


def test_a_clip_begins_at_its_first_sound(stems, sound):
    y = mixed(stems, {**sound, "wet": 0.3})
    assert np.max(np.abs(y[:1102])) > 0.05


def test_too_little_music_is_refused_with_the_setting(stems, sound):
    with pytest.raises(DemoError, match=r"duration_s=20: only [56]\.\d+ s"):
        mixed(stems, sound, duration_s=20.0)


def test_silence_is_refused(stems, sound):
    with pytest.raises(DemoError, match="silent"):
        mixed(np.zeros_like(stems), sound)


@pytest.mark.parametrize(
    ("field", "value", "low", "high", "up"),
    [
        ("low_db", 12.0, 60, 110, True),
        ("low_db", -12.0, 60, 110, False),
        ("high_db", -20.0, 5000, 8000, False),
        ("mid_db", 9.0, 1100, 1300, True),
        ("noise_db", -20.0, 6000, 9000, True),
        ("highpass_hz", 200.0, 60, 110, False),
        ("rhythm_db", 10.0, 60, 110, True),
    ],
)
def test_each_control_moves_its_band_its_way(stems, sound, field, value, low, high, up):
    stems = stems + np.random.default_rng(1).normal(0, 0.01, stems.shape).astype(np.float32)
    neutral = {**sound, "low_db": 0.0, "mid_db": 0.0, "high_db": 0.0, "mid_hz": 1200.0, "squeeze": 0.0, "peak": 0.5}
    before, after = mixed(stems, neutral), mixed(stems, {**neutral, field: value})
    share = [band(y, low, high) / band(y, 0, 11025) for y in (before, after)]
    assert (share[1] > 1.2 * share[0]) if up else (share[1] < 0.8 * share[0])


def test_saturation_keeps_the_loudness_and_adds_harmonics():
    y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    bent = mix._saturate(y, 0.8)
    assert np.sqrt(np.mean(bent**2)) == pytest.approx(np.sqrt(0.5), rel=1e-6)
    assert band(bent, 1300, 1340) > 1e3 * max(band(y, 1300, 1340), 1e-9)
    assert np.array_equal(mix._saturate(y, 0.0), y)


def test_squeezing_brings_loud_and_soft_together():
    y = np.random.default_rng(0).normal(0, 0.1, 8 * 22050)
    y[4 * 22050 :] *= 0.1
    ratio = [np.std(z[: 3 * 22050]) / np.std(z[5 * 22050 :]) for z in (y, mix._squeeze(y, 0.8))]
    assert ratio[0] == pytest.approx(10, rel=0.05)
    assert ratio[1] < 5


def test_tape_that_runs_fast_sounds_higher(stems, sound):
    peaks = []
    for speed in (0.0, 0.03):
        y = mixed(stems, {**sound, "speed": speed, "wet": 0.0})
        power = np.abs(np.fft.rfft(y)) ** 2
        hz = np.fft.rfftfreq(len(y), 1 / 22050)
        window = (hz > 1100) & (hz < 1300)
        peaks.append(hz[window][np.argmax(power[window])])
    assert peaks[1] / peaks[0] == pytest.approx(1.03, rel=1e-3)
