"""The whole pipeline over a tiny corpus: what each stage writes, and that it says something."""

from __future__ import annotations

import copy
import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest

from features.store import open_store
from pipeline import cards, evaluate, extract, extraction, train
from pipeline import params as parameters
from pipeline.errors import PipelineError
from pipeline.files import read_json
from pipeline.layout import Layout
from studies import importance

KINDS = ("cnn", "svm", "xgb", "blend")


def test_prepare_lists_every_clip_and_says_what_is_excluded(finished):
    _, _, layout = finished
    table = pd.read_csv(layout.tracks, keep_default_na=False)
    assert len(table) == 19
    bad = table[table["status"] == "excluded"]
    assert bad["path"].tolist() == ["hum/broken.mp3"]
    assert bad["reason"].str.startswith("cannot be decoded").all()
    assert read_json(layout.report("prepare") / "metrics.json")["genres"] == {"hum": 6, "noise": 6, "Ö rhythm": 6}


def test_only_training_tracks_have_copies_and_the_manifest_holds_their_recipes(finished):
    _, _, layout = finished
    segments = pd.read_csv(layout.segments, keep_default_na=False)
    copies = segments[segments["copy"] > 0]
    assert set(copies["split"]) == {"train"}
    assert len(copies) == (segments["copy"] == 0)[segments["split"] == "train"].sum()
    assert all(json.loads(text) for text in copies["recipe"])
    assert (segments.loc[segments["copy"] == 0, "recipe"] == "").all()


def test_features_of_an_original_are_those_of_the_answering_side(finished):
    from features import Engine
    from musiclassify.audio.decode import decode
    from pipeline.workers import one_thread_each

    _, values, layout = finished
    store = open_store(layout.features("valid"))
    name = store.table["track_id"].iloc[0]
    rows = np.flatnonzero(store.table["track_id"] == name)
    path = f"{values['corpus']['path']}/{name}.wav"
    with one_thread_each():  # more threads of the linear algebra add in another order
        made = Engine(store.settings).extract(decode(path))
    np.testing.assert_array_equal(store.mfcc[rows], made.segments)
    np.testing.assert_array_equal(store.summary[rows], made.summary)


def test_extraction_does_not_depend_on_the_number_of_workers(finished, monkeypatch):
    _, values, layout = finished
    from corpora import tracks
    from pipeline.tables import read_segments

    every, segments = tracks.read(layout.tracks), read_segments(layout.segments)
    some = segments[segments["track_id"].isin(sorted(set(segments["track_id"]))[:3])].reset_index(drop=True)
    seen = parameters.select(values, extract.READS)
    made = []
    for jobs in ("1", "2"):
        monkeypatch.setenv("MUSICLASSIFY_JOBS", jobs)
        blocks = extraction.features_of(
            some, every, layout.clips(seen.corpus.path), settings=seen.features, rule=seen.rule, words=""
        )
        made.append(np.concatenate([mfcc for mfcc, _ in blocks]))
    np.testing.assert_array_equal(*made)


def test_a_table_of_another_run_is_refused(finished):
    _, values, _ = finished
    seen = parameters.select(values, extract.READS)
    rows = pd.DataFrame([{"segment": 99, "excerpt": 0, "start": 12345678, "copy": 0, "recipe": ""}])
    path = f"{values['corpus']['path']}/hum/clip 0.wav"
    with pytest.raises(PipelineError, match="has no segment at sample 12345678; run augment again"):
        extraction.extract_track(path, rows, seen.features, seen.rule)
    with pytest.raises(PipelineError, match="lie past its end"):
        extraction.extract_track(path, rows.assign(excerpt=7), seen.features, seen.rule)


@pytest.mark.parametrize("kind", KINDS)
def test_training_writes_model_calibration_release_and_report(finished, kind):
    _, _, layout = finished
    learned = read_json(layout.model(kind) / "calibration.json")
    assert learned["temperature"] > 0
    assert 0 <= learned["uncertain_below"] <= 1
    assert (layout.model(kind) / "released" / "model.onnx").exists()
    history = pd.read_csv(layout.report("train", kind) / "history.csv")
    assert "step" in history
    assert len(history.columns) > 1
    held = pd.read_csv(layout.report("train", kind) / "validation.csv")
    valid = open_store(layout.features("valid")).table["track_id"].unique()
    assert set(held["track_id"]) == set(valid)
    assert [path.name for path in layout.trained.parent.iterdir()] == ["tiny"]  # nothing undeclared beside it


@pytest.mark.parametrize("kind", KINDS)
def test_evaluation_scores_the_test_side_and_only_it(finished, kind):
    _, _, layout = finished
    where = layout.report("evaluate", kind)
    metrics = read_json(where / "metrics.json")
    assert metrics["split"] == "artist split, test subset"
    answers = pd.read_csv(where / "predictions.csv")
    table = open_store(layout.features("test")).table
    assert set(answers["track_id"]) == set(table["track_id"])
    assert metrics["tracks"] == len(answers)
    p = answers[[c for c in answers if c.startswith("p_")]].to_numpy()
    np.testing.assert_allclose(p.sum(axis=1), 1.0, atol=1e-5)
    assert metrics["track"]["accuracy"] == pytest.approx((answers["genre"] == answers["predicted"]).mean(), abs=1e-6)
    for level in ("track", "segment"):
        scored = metrics[level]
        assert scored["accuracy_low"] <= scored["accuracy"] <= scored["accuracy_high"]
        assert set(scored["recall"]) == {"hum", "noise", "Ö rhythm"}
    rows = pd.read_csv(where / "confusion.csv")
    assert list(rows.columns) == ["actual", "predicted"]
    for picture in ("confusion", "reliability", "coverage"):
        assert "<svg" in (where / f"{picture}.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_the_released_model_gives_the_evaluated_answer(finished, kind):
    """The evaluation's track probabilities are those of the one ONNX file that hears the whole, to float accuracy."""
    from musiclassify import released

    _, values, layout = finished
    answers = pd.read_csv(layout.report("evaluate", kind) / "predictions.csv")
    model = released.load(str(next(layout.release.glob(f"tiny-{kind}-*"))))
    for row in answers.head(2).to_dict("records"):
        answer = model.classify(f"{values['corpus']['path']}/{row['track_id']}.wav", effort="full")
        said = np.array([answer.probabilities[g] for g in ("hum", "noise", "Ö rhythm")])
        expected = np.array([row[f"p_{g}"] for g in ("hum", "noise", "Ö rhythm")])
        np.testing.assert_allclose(said, expected, atol=2e-3)


def test_the_models_of_this_easy_corpus_are_better_than_guessing(finished):
    _, _, layout = finished
    for kind in ("svm", "xgb", "blend"):
        assert read_json(layout.report("evaluate", kind) / "metrics.json")["track"]["accuracy"] > 0.5


def test_the_chosen_model_is_the_best_on_validation_not_on_test(finished):
    _, _, layout = finished
    compared = read_json(layout.report("compare") / "metrics.json")
    held = {k: read_json(layout.report("train", k) / "metrics.json")["macro_recall"] for k in KINDS}
    assert held[compared["chosen"]] == max(held.values())
    table = pd.read_csv(layout.report("compare") / "table.csv")
    assert table["model"].tolist() == list(KINDS)
    assert table["chosen"].sum() == 1
    pairs = pd.read_csv(layout.report("compare") / "pairs.csv")
    assert len(pairs) == 6
    assert pairs["mcnemar_p"].between(0, 1).all()


def test_released_models_are_whole_and_carry_their_test_scores_and_card(finished):
    from musiclassify import released

    _, _, layout = finished
    for kind in KINDS:
        folder = next(layout.release.glob(f"tiny-{kind}-v1.0"))
        release = released.read(folder)
        released.verify(release)
        scored = release.metadata["scores"]
        tested = read_json(layout.report("evaluate", kind) / "metrics.json")
        assert scored["split"] == "artist split, test subset"
        assert scored["accuracy"]["value"] == pytest.approx(tested["track"]["accuracy"], abs=1e-6)
        card = (folder / "README.md").read_text(encoding="utf-8")
        assert "artist split, test subset" in card
        assert "Ö rhythm" in card
        assert "## Limits" in card


def test_the_page_holds_everything_in_itself(finished):
    root, _, layout = finished
    page = (layout.reports / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"""(?:src|href)=["'](?!data:|#)""", page)
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"|http://www\.w3\.org\S*', "", page).replace(
        "https://matplotlib", ""
    )
    for words in ("The result", "The corpus", "The models compared", "The most confident mistakes", "my müsic"):
        assert (words in page) == (words != "my müsic"), words
    assert "<audio" in page
    assert str(root) not in page
    assert page.count("<svg") >= 10
    identifiers = re.findall(r'\bid="([^"]+)"', page)
    assert len(identifiers) == len(set(identifiers))


def test_what_was_measured_beside_the_stages_becomes_a_section(finished, tmp_path):
    from pipeline import report

    root, values, _ = finished
    copy = Layout("tiny", tmp_path)
    shutil.copytree(root, tmp_path, dirs_exist_ok=True)
    extra = copy.reports / "leak-price"
    extra.mkdir()
    (extra / "section.json").write_text('{"title": "The price", "text": "of a <leak>"}')
    (extra / "nothing.csv").write_text("\n")
    (extra / "table.csv").write_text("protocol,accuracy\nsegment,0.9\n")
    page = report.build(parameters.select(values, report.READS), copy)
    assert "<h2>The price</h2>" in page
    assert "of a &lt;leak&gt;" in page
    assert "<td>segment</td>" in page


@pytest.mark.parametrize(("protocol", "leaks"), [("artist", False), ("track", True), ("segment", True)])
def test_a_leaking_split_is_told_in_every_title(values, protocol, leaks):
    from pipeline.naming import title

    values["split"]["protocol"] = protocol
    seen = parameters.select(values, ("split",))
    assert ("LEAKS" in title("x", "gtzan", seen.split)) == leaks
    assert "no scores on music" in title("demo", "demo", seen.split)


@pytest.mark.parametrize("protocol", ["track", "segment"])
def test_the_leaking_protocols_run_through_to_the_features(finished, tmp_path, protocol):
    import importlib

    root, values, _ = finished
    shutil.copytree(root / "data", tmp_path / "data")
    values = {**values, "split": {**values["split"], "protocol": protocol}}
    layout = Layout("tiny", tmp_path)
    for name in ("split", "augment", "extract"):
        module = importlib.import_module(f"pipeline.{name}")
        module.run(parameters.select(values, module.READS), layout)
    assert "LEAKS" in read_json(layout.report("split") / "metrics.json")["split"]
    assert all(len(open_store(layout.features(side))) for side in ("train", "valid", "test"))


def test_a_split_that_was_tampered_with_is_refused_by_the_next_stage(finished, tmp_path):
    from corpora.split import SplitError

    root, values, _ = finished
    shutil.copytree(root / "data", tmp_path / "data")
    layout = Layout("tiny", tmp_path)
    table = pd.read_csv(layout.split)
    twin = table.iloc[[0]].assign(split="test" if table["split"].iloc[0] != "test" else "train", segment=0)
    pd.concat([table, twin]).to_csv(layout.split, index=False)
    with pytest.raises(SplitError, match="is on both sides"):
        extract.run(parameters.select(values, extract.READS), layout)


def test_a_disk_that_fills_up_leaves_the_features_as_they_were(finished, tmp_path, monkeypatch):
    root, values, _ = finished
    shutil.copytree(root / "data", tmp_path / "data")
    layout = Layout("tiny", tmp_path)
    before = (layout.features("train") / "mfcc-00000.npy").read_bytes()

    def full(*args, **more):
        raise OSError(28, "No space left on device")
        yield

    monkeypatch.setattr(extract, "features_of", full)
    with pytest.raises(OSError, match="No space left"):
        extract.run(parameters.select(values, extract.READS), layout)
    assert (layout.features("train") / "mfcc-00000.npy").read_bytes() == before
    assert sorted(p.name for p in layout.features("train").parent.iterdir()) == ["test", "train", "valid"]


def test_a_network_that_reads_the_tagger_goes_through_the_stages(finished, tmp_path):
    """`features.tagger` and `cnn.architecture: pretrained`: extracted, trained, scored, looked into, released."""
    root, values, done = finished
    values = copy.deepcopy(values)
    values["features"]["tagger"] = "msd-musicnn"
    values["cnn"]["architecture"] = "pretrained"
    layout = Layout("tiny", tmp_path)
    layout.data.mkdir(parents=True)
    shutil.copy(root / "params.yaml", tmp_path)
    for path in (done.tracks, done.split, done.segments):
        shutil.copy(path, layout.data / path.name)
    extract.run(parameters.select(values, extract.READS), layout)
    train.run(parameters.select(values, train.READS("cnn")), layout, "cnn")
    evaluate.run(parameters.select(values, evaluate.READS), layout, "cnn")
    config = json.loads((layout.model("cnn") / "released" / "config.json").read_text())
    assert config["features"]["tagger"] == "msd-musicnn"
    assert config["head_inputs"] == ["embedding"]
    assert json.loads((layout.report("evaluate", "cnn") / "metrics.json").read_text())["tracks"] > 0
    found = importance.run(parameters.select(values, importance.READS), layout, kinds=["cnn"], repeats=1, clips=1)
    drops = found["cnn"].set_index("family")["log_probability_drop"]
    assert drops.drop("what the tagger hears").abs().max() < 1e-9 < abs(drops["what the tagger hears"])

    values["cnn"] |= {"architecture": "two_view", "taught": 2.0}
    train.run(parameters.select(values, train.READS("cnn")), layout, "cnn")
    evaluate.run(parameters.select(values, evaluate.READS), layout, "cnn")
    config = json.loads((layout.model("cnn") / "released" / "config.json").read_text())
    assert (config["features"]["tagger"], config["taught_by"]) == ("none", "msd-musicnn")
    assert config["head_inputs"] == ["mfcc"]
    assert "val_taught" in pd.read_csv(layout.report("train", "cnn") / "history.csv")
    metadata = json.loads((layout.model("cnn") / "released" / "metadata.json").read_text())
    words = cards.card(config, metadata, data="", tagger=config["taught_by"])
    assert "That network is no part of it: it answers alone." in words
    assert "201 680 songs" in words
