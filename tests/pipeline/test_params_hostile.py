"""About 60 params.yaml that would fail late, fill the memory or mean something else: refused at once, in one line."""

from __future__ import annotations

import tracemalloc

import pytest
import yaml

from pipeline import __main__ as cli
from pipeline import memory, params
from pipeline.errors import ParamsError

NAN, INF = float("nan"), float("inf")

#: Path of the value, value, words of the refusal.
CASES = [
    # Whole numbers are whole.
    ("base.seed", 20.5, "must be a whole number"),
    ("base.seed", 2**32, "must be a whole number from 0 to 4294967295"),
    ("features.n_fft", 2048.0, "must be a whole number"),
    ("augment.copies", 1.5, "must be a whole number from 0 to 100"),
    ("demo.artists", 2.5, "must be a whole number"),
    ("split.folds", 2.0, "must be a whole number"),
    ("evaluate.bootstrap", 2000.5, "must be a whole number"),
    # Models.
    ("cnn.epochs", 30.5, "must be a whole number from 1 to"),
    ("cnn.epochs", "30", "must be a whole number"),
    ("cnn.epochs", True, "must be a whole number"),
    ("cnn.batch_size", 32.0, "must be a whole number"),
    ("xgb.rounds", 1e3, "must be a whole number"),
    ("cnn.filters", [2048] * 5, "from 1 to 512"),
    ("cnn.filters", [8] * 50, "must be a list of 1 to 5"),
    ("cnn.filters", [], "must be a list of 1 to 5"),
    ("cnn.batch_size", 10**6, "must be a whole number from 1 to 1024"),
    ("cnn.samples_per_epoch", 10**12, "must be a whole number"),
    ("xgb.max_depth", 60, "must be a whole number from 1 to 12"),
    ("xgb.threads", 10**5, "must be a whole number from 1 to 256"),
    ("svm.leave_out", "mfcc", "must be a list"),
    # Numbers are numbers, and finite.
    ("cnn.dropout", NAN, "must be a number from 0 to 0.9"),
    ("svm.C", INF, "must be a number"),
    ("features.top_db", -INF, "must be a number from 20 to 200"),
    ("rule.skip_s", NAN, "must be a number from 0 to 3600"),
    ("segments.segment_s", None, "must be a number from 1 to 30"),
    ("prepare.silence_peak", [0.1], "must be a number"),
    ("augment.noise.snr_db", [20.0, NAN], "two numbers"),
    ("augment.gain.gain_db", [3.0, -3.0], "the lowest must not be above the highest"),
    ("augment.tempo.factor", [0.0, 1.0], "two numbers from 0.5 to 2"),
    ("augment.pitch.semitones", [-1.0, 0.0, 1.0], "two numbers"),
    ("augment.eq.probability", 1.01, "must be a number from 0 to 1"),
    ("augment.noise.colors", ["pink", "pink"], "stands twice"),
    ("augment.noise", None, "must be a section with probability, snr_db, colors"),
    # What memory and patience hold.
    ("features.n_mels", 1_000_000, "must be a whole number from 32 to 512"),
    ("features.n_mels", 512, "must be at most n_fft / 8 = 256"),
    ("features.n_mfcc", 65, "must be at most n_mels=64"),
    ("features.n_fft", 2**24, "must be a whole number from 512 to 16384"),
    ("features.hop_length", 1, "must be a whole number from 64 to 8192"),
    ("features.hop_length", 500, "must divide n_fft / 2"),
    ("features.sample_rate", 10**9, "must be a whole number from 16000 to 96000"),
    ("segments.segment_hop_s", 1e-6, "must be a number from 0.1 to 30"),
    ("segments.segment_hop_s", 31.0, "must be a number from 0.1 to 30"),
    ("rule.excerpt_s", 1e9, "must be a number from 1 to 600"),
    ("evaluate.bootstrap", 10**9, "must be a whole number from 100 to 20000"),
    ("evaluate.bins", 10**7, "must be a whole number from 2 to 50"),
    ("augment.copies", 10**6, "must be a whole number from 0 to 100"),
    # Names.
    ("corpus.name", "x" * 300, "must be text from 1 to 64 characters"),
    ("corpus.name", "", "must be text from 1 to 64 characters"),
    ("corpus.name", "../..", "must be letters, digits"),
    ("corpus.name", "a\nb", "must be letters, digits"),
    ("corpus.name", 7, "must be text"),
    ("corpus.kind", "Demo", "must be one of demo, gtzan, folder"),
    ("corpus.path", "a\0b", "zero byte"),
    ("corpus.path", "x" * 5000, "must be text from 1 to 4096 characters"),
    ("demo.genres", ["blues", "polka"], "must be a list of at least one: one of blues, classical"),
    ("demo.genres", ["blues"], "must be a list of at least two genres to tell apart"),
    ("demo.genres", [], "must be a list of at least one"),
    ("demo.genres", ["blues", "blues"], "stands twice"),
    ("demo.artists", 999, "make 250 hours of music; there may be 200"),
    ("release.version", "1.0.0", 'must be "major.minor"'),
    ("release.version", "1." + "9" * 300, "must be text from 3 to 11 characters"),
    ("release.kinds", [], "must be a list of at least one"),
    ("release.kinds", ["cnn", "cnn"], "stands twice"),
    ("features.tagger", "vggish", "must be one of none, msd-musicnn"),
    ("cnn.taught", 2.0, "needs features.tagger, which is none"),
    ("cnn.taught", -1.0, "cnn.taught=-1"),
    ("cnn.architecture", "pretrained", "needs features.tagger, which is none"),
    # Shares and folds that leave nothing.
    ("split.test", 0.8, "must sum to less than 1"),
    ("split.valid", 0.0, "must be a number from 0.01"),
    ("split.fold", 3, "must be from 0 to 0"),
]


def changed(values: dict, path: str, value: object) -> dict:
    """The values with one of them replaced."""
    *sections, name = path.split(".")
    part = values
    for section in sections:
        part = part[section]
    assert name in part, path
    part[name] = value
    return values


@pytest.mark.parametrize(
    ("path", "value", "words"), [pytest.param(*case, id=f"{case[0]}-{k}") for k, case in enumerate(CASES)]
)
def test_hostile_parameters_are_refused_before_anything_runs(values, tmp_path, monkeypatch, capsys, path, value, words):
    monkeypatch.chdir(tmp_path)
    text = yaml.safe_dump(changed(values, path, value), allow_unicode=True)
    (tmp_path / "params.yaml").write_text(text, encoding="utf-8")
    tracemalloc.start()
    try:
        assert cli.main(["check"]) == 2
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("check: params.yaml: " + (path if path != "split.test" else "split.valid=0.2, test=0.8"))
    assert words in line
    assert len(line) < 500
    assert sorted(tmp_path.iterdir()) == [tmp_path / "params.yaml"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"features": {"hop_length": 64}, "segments": {"segment_s": 30.0}}, "in each process"),
        ({"rule": {"excerpt_s": 600.0}, "segments": {"segment_hop_s": 0.1}}, "in each process"),
        ({"features": {"n_fft": 16384, "n_mels": 512, "hop_length": 64}, "segments": {"segment_s": 20.0}}, "in each"),
        ({"cnn": {"batch_size": 1024, "filters": [512, 512]}}, "a training step would need about"),
        ({"cnn": {"batch_size": 1024, "architecture": "original"}}, "a training step would need about"),
    ],
)
def test_what_is_too_much_only_together_is_refused_with_its_estimate(values, changes, words):
    for section, change in changes.items():
        values[section] |= change
        for name in change:
            params.build(section, values[section])
            assert name in values[section]
    with pytest.raises(ParamsError, match=r"GiB .*may have \d") as caught:
        params.check(values)
    assert words in str(caught.value)


def test_what_people_use_fits(values):
    for changes in (
        {},
        {"features": {"hop_length": 128}},
        {"segments": {"segment_s": 30.0, "segment_hop_s": 30.0}},
        {"segments": {"segment_hop_s": 0.5}},
        {"features": {"sample_rate": 44100, "n_fft": 4096, "hop_length": 1024, "n_mels": 128}},
        {"rule": {"excerpt_s": 300.0}},
        {"cnn": {"batch_size": 128}},
    ):
        made = {name: values[name] | changes.get(name, {}) for name in values}
        params.check(made)


def test_the_estimate_is_above_half_of_what_an_extraction_holds():
    """Peak of all numpy arrays, traced, beside the estimate."""
    import numpy as np

    from features import Engine, FeatureSettings

    settings = FeatureSettings(segment_hop_s=0.5)
    y = np.random.default_rng(0).standard_normal(40 * settings.sample_rate).astype(np.float32)
    Engine(settings).extract(y[: 10 * settings.sample_rate])
    tracemalloc.start()
    try:
        Engine(settings).extract(y)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 0.4 < peak / memory.extract_bytes(settings, 40.0) < 1.1
