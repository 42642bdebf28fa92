"""params.yaml is checked as a whole, and each refusal names the parameter."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml

from pipeline import params
from pipeline.errors import ParamsError

ROOT = Path(__file__).resolve().parents[2]


def refused(values: dict) -> str:
    with pytest.raises(ParamsError) as caught:
        params.check(values)
    return str(caught.value)


def test_the_file_fits_its_schema_section_by_section(values):
    assert list(values) == list(params.sections())
    for section in params.sections():
        assert list(values[section]) == params.names(section), section
    params.check(values)


@pytest.mark.parametrize("section", list(params.sections()))
def test_an_unknown_parameter_is_refused_with_its_nearest_name(values, section):
    first = next(iter(values[section]))
    values[section][first + "x"] = 1
    message = refused(values)
    assert f"{section}.{first}x: unknown parameter; did you mean {section}." in message


@pytest.mark.parametrize("section", list(params.sections()))
def test_a_missing_parameter_and_section_are_refused(values, section):
    without = copy.deepcopy(values)
    first = next(iter(without[section]))
    del without[section][first]
    assert refused(without) == f"{section}.{first}: missing parameter; add it"
    del values[section]
    assert refused(values) == f"{section}: missing section; add it"


@pytest.mark.parametrize(
    ("section", "name", "value", "words"),
    [
        ("base", "seed", -1, "base.seed=-1 must be a whole number"),
        ("base", "seed", True, "base.seed=True"),
        ("corpus", "name", "a/b", "corpus.name='a/b' must be letters, digits"),
        ("corpus", "kind", "gtzn", "corpus.kind='gtzn' must be one of demo, gtzan, folder"),
        ("corpus", "path", "", "corpus.path=''"),
        ("demo", "artists", 0, "demo.artists=0"),
        ("prepare", "min_duration_s", "1", "prepare.min_duration_s='1' must be a number from 0.1 to 3600"),
        ("prepare", "max_duration_s", 0.5, "prepare.max_duration_s=0.5 must be above min_duration_s"),
        ("prepare", "known_faults", "no", "prepare.known_faults='no'"),
        (
            "split",
            "protocol",
            "artists",
            "split.protocol='artists' must be one of artist, fault_filtered, given, track",
        ),
        ("split", "valid", 0.9, "split.valid=0.9, test=0.2 must sum to less than 1"),
        ("split", "folds", 1, "split.folds=1 must be 0"),
        ("split", "fold", 1, "split.fold=1 must be from 0 to 0"),
        ("segments", "segment_s", 0.2, "segments.segment_s=0.2"),
        ("features", "n_mfcc", 80, "features.n_mfcc=80"),
        ("augment", "copies", -1, "augment.copies=-1"),
        ("augment", "tempo", [1.1, 0.9], "augment.tempo=[1.1, 0.9] must be a section with probability, factor"),
        ("train", "weighting", "genre", "train.weighting='genre'"),
        ("cnn", "dropout", 1.5, "cnn.dropout=1.5"),
        ("svm", "C", 0, "svm.C=0"),
        ("xgb", "rounds", 0, "xgb.rounds=0"),
        ("blend", "toward_equal", -1, "blend.toward_equal=-1"),
        ("rule", "vote", "max", "rule.vote='max'"),
        ("evaluate", "bootstrap", 3, "evaluate.bootstrap=3"),
        ("compare", "choose_by", "luck", "compare.choose_by='luck'"),
        ("report", "audio", True, "report.audio=True"),
        ("release", "version", 1.0, "release.version=1.0"),
        ("release", "kinds", ["cnn", "rnn"], "release.kinds=['cnn', 'rnn'] must be a list of at least one: one of"),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(values, section, name, value, words):
    values[section][name] = value
    assert words in refused(values)


def test_segments_may_leave_gaps(values):
    values["segments"] = {"segment_s": 2.0, "segment_hop_s": 3.0}
    assert params.select(values, ("segments", "features")).features.segment_hop_samples == 66_150


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("base: {seed: 1, seed: 2}\n", "seed: stands twice"),
        ("base: [\n", "is no YAML"),
        ("", "must hold the sections base, corpus"),
        ("base: 3\n", "unknown"),
    ],
)
def test_a_file_that_is_no_parameter_file_is_refused_with_its_name(tmp_path, text, words):
    path = tmp_path / "params.yaml"
    path.write_text(text)
    with pytest.raises(ParamsError) as caught:
        params.load(path)
    assert str(caught.value).startswith(str(path))
    assert words in str(caught.value) or "missing section" in str(caught.value)


def test_a_missing_file_says_where_to_run(tmp_path):
    with pytest.raises(ParamsError, match="not found; run from the repository"):
        params.load(tmp_path / "params.yaml")


def test_a_stage_sees_only_what_it_declares(values):
    seen = params.select(values, ("base.seed", "corpus.name", "split"))
    assert seen.base.seed == values["base"]["seed"]
    assert seen.split.protocol == values["split"]["protocol"]
    with pytest.raises(AttributeError, match="reads the parameter path without declaring it"):
        _ = seen.corpus.path
    with pytest.raises(AttributeError, match="reads the parameter rule without declaring it"):
        _ = seen.rule


def test_the_segment_lengths_reach_the_features(values):
    values["segments"] = {"segment_s": 3.0, "segment_hop_s": 1.5}
    seen = params.select(values, ("segments", "features"))
    assert seen.features.segment_s == 3.0
    assert seen.features.segment_hop_s == 1.5


def test_the_file_explains_itself():
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(text)
    assert text.startswith("# ")
