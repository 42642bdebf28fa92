"""Released models: found, checked, asked."""

from __future__ import annotations

import copy
import hashlib
import io
import json
import shutil
import subprocess
import sys
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import yaml
from toy_model import LABELS, RATE, tone_for, write_toy_model

from models.__main__ import main
from musiclassify import released
from musiclassify.audio import isolated
from musiclassify.audio.decode import stream
from musiclassify.audio.excerpts import Rule
from musiclassify.released import registry, schema
from musiclassify.released.registry import ChangedFileError, FormatError, ModelError, UnknownModelError
from musiclassify.released.song import Answer, Model

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def toy_folder(tmp_path_factory) -> Path:
    return write_toy_model(tmp_path_factory.mktemp("models") / "toy-cnn-v1.0")


@pytest.fixture(scope="module")
def toy(toy_folder) -> Model:
    return released.load(toy_folder)


@pytest.fixture
def models(tmp_path, monkeypatch) -> Path:
    """A models/ folder of its own with two released toys and one trained here."""
    root = tmp_path / "models"
    write_toy_model(root / "released/toy-cnn-v1.0")
    write_toy_model(root / "released/demo-svm-v1.2", corpus="demo", kind="svm", version="1.2")
    write_toy_model(root / "trained/mine/xgb/released", corpus="mine", kind="xgb")
    (tmp_path / "params.yaml").write_text("base:\n  name: x\n\ncorpus:   # ours\n  # a name\n  name: 'mine'  # it\n")
    for function in ("names", "default_name", "find", "choose"):
        original = getattr(registry, function)
        monkeypatch.setattr(original, "__defaults__", (*(original.__defaults__ or ())[:-1], root))
    return root


def edit(folder: Path, name: str, change) -> None:
    document = json.loads((folder / name).read_text())
    change(document)
    (folder / name).write_text(json.dumps(document))


# --- registry


def test_a_model_is_found_by_name_by_kind_by_folder_and_by_default(models):
    assert registry.names() == ["demo-svm-v1.2", "toy-cnn-v1.0"]
    assert registry.find("toy-cnn-v1.0") == models / "released/toy-cnn-v1.0"
    assert registry.find("xgb") == models / "trained/mine/xgb/released"
    assert registry.find(str(models / "released/demo-svm-v1.2")) == models / "released/demo-svm-v1.2"
    (models / "default").write_text("toy-cnn-v1.0\n")
    assert registry.find() == models / "released/toy-cnn-v1.0"
    (models / "default").write_text("trained/mine/xgb/released\n")
    assert registry.find() == models / "trained/mine/xgb/released"


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("gtzan-cnn-v9.9", "no such model; released are demo-svm-v1.2, toy-cnn-v1.0"),
        ("svm", r"svm: no such model was trained on the corpus mine; run `make repro` first"),
        (None, "names no model; choose one with `musiclassify models choose NAME`"),
        ("../toy-cnn-v1.0", "no such model"),
        ("/", "is a folder without config.json"),
    ],
)
def test_an_unknown_model_is_refused_with_what_there_is(models, model, message):
    with pytest.raises(UnknownModelError, match=message):
        registry.find(model)


def test_a_kind_before_any_training_says_so(models):
    shutil.rmtree(models / "trained")
    with pytest.raises(UnknownModelError, match="nothing has been trained here yet; run `make repro`"):
        registry.find("cnn")


def test_a_kind_is_that_of_the_corpus_in_params_whichever_was_trained_last(models, tmp_path):
    write_toy_model(models / "trained/other/xgb/released", corpus="other", kind="xgb")
    assert registry.find("xgb") == models / "trained/mine/xgb/released"
    assert registry.find("other/xgb") == models / "trained/other/xgb/released"
    (tmp_path / "params.yaml").write_text("corpus:\n  kind: folder\n  name: other\nsplit: {}\n")
    assert registry.find("xgb") == models / "trained/other/xgb/released"
    (tmp_path / "params.yaml").write_text("corpus:\n  name: gtzan\n")
    with pytest.raises(UnknownModelError, match=r"on the corpus gtzan; .*, or name mine/xgb or other/xgb"):
        registry.find("xgb")
    (tmp_path / "params.yaml").unlink()
    with pytest.raises(UnknownModelError, match="was trained on several corpora; name one: mine/xgb, other/xgb"):
        registry.find("xgb")


def test_the_repositorys_own_parameters_name_a_corpus():
    named = registry._named_corpus(ROOT / "params.yaml")
    assert named == yaml.safe_load((ROOT / "params.yaml").read_text("utf-8"))["corpus"]["name"]


def test_a_default_that_is_gone_says_so(models):
    (models / "default").write_text("gone-cnn-v1.0\n")
    with pytest.raises(UnknownModelError, match="stands in models/default but is not there"):
        registry.find()


def test_choose_writes_the_default_and_refuses_the_embedded_corpus(models, tmp_path):
    assert registry.choose("toy-cnn-v1.0") == registry.default_name() == "toy-cnn-v1.0"
    assert registry.choose("xgb") == registry.default_name() == "trained/mine/xgb/released"
    with pytest.raises(ModelError, match="embedded corpus, which is never the default"):
        registry.choose("demo-svm-v1.2")
    with pytest.raises(ModelError, match="lies outside models/"):
        registry.choose(str(write_toy_model(tmp_path / "elsewhere")))
    assert registry.default_name() == "trained/mine/xgb/released"


@pytest.mark.parametrize("name", ["model.onnx", "frontend.onnx", "head.onnx", "config.json", "README.md"])
def test_a_changed_file_is_refused_by_name(name, tmp_path):
    folder = write_toy_model(tmp_path / "toy")
    path = folder / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ChangedFileError, match=f"{name} is not the file that was released"):
        released.load(folder)
    path.unlink()
    with pytest.raises(ModelError, match=name):
        released.load(folder)


@pytest.mark.parametrize("name", ["config.json", "metadata.json"])
def test_a_newer_format_is_refused_with_what_to_do(name, tmp_path):
    folder = write_toy_model(tmp_path / "toy")
    edit(folder, name, lambda d: d.update(format_version=2))
    with pytest.raises(FormatError, match=f"{name} is of format version 2, .* up to 1; update MusiClassify"):
        released.load(folder)


def test_a_file_that_is_not_listed_or_lies_elsewhere_is_refused(tmp_path):
    folder = write_toy_model(tmp_path / "a")
    edit(folder, "metadata.json", lambda d: d["files"].pop("model.onnx"))
    with pytest.raises(FormatError, match=r"does not list model\.onnx"):
        released.load(folder)
    folder = write_toy_model(tmp_path / "b")
    edit(folder, "metadata.json", lambda d: d["files"].update({"../x": "0" * 64}))
    with pytest.raises(FormatError, match="not a file of its folder"):
        released.load(folder)


@pytest.mark.parametrize("inside", ["graph", "branch", "attribute"])
def test_a_graph_with_tensors_in_other_files_is_refused_before_they_are_read(inside, tmp_path):
    onnx = pytest.importorskip("onnx")
    folder = write_toy_model(tmp_path / "toy")
    path = folder / "model.onnx"
    model = onnx.load(path)
    tensor = onnx.helper.make_tensor("outside", onnx.TensorProto.FLOAT, [1], b"\0" * 4, raw=True)
    onnx.external_data_helper.set_external_data(tensor, "weights.bin")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    if inside == "graph":
        model.graph.initializer.append(tensor)
    elif inside == "attribute":
        model.graph.node.append(onnx.helper.make_node("Constant", [], ["never"], value=tensor))
    else:
        branch = onnx.helper.make_graph([], "branch", [], [], [tensor])
        model.graph.node.append(onnx.helper.make_node("If", ["x"], ["never"], then_branch=branch))
    path.write_bytes(model.SerializeToString())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    edit(folder, "metadata.json", lambda d: d["files"].update({"model.onnx": digest}))
    with pytest.raises(FormatError, match=r"model\.onnx keeps tensors in other files \('weights\.bin'\)"):
        released.load(folder)


@pytest.mark.parametrize("labels", [LABELS[:-1], [*LABELS, "polka"]])
def test_labels_that_do_not_fit_the_graph_are_refused(labels, tmp_path):
    folder = write_toy_model(tmp_path / "toy")
    edit(folder, "config.json", lambda d: d.update(labels=list(labels)))
    digest = hashlib.sha256((folder / "config.json").read_bytes()).hexdigest()
    edit(folder, "metadata.json", lambda d: d["files"].update({"config.json": digest}))
    with pytest.raises(FormatError, match=rf"config\.json has {len(labels)} labels, .* gives {len(LABELS)} genres"):
        released.load(folder).classify(tone_for("jazz", 3))


@pytest.mark.parametrize("name", ["config.json", "metadata.json"])
def test_json_that_is_nested_too_deep_is_refused(name, tmp_path):
    folder = write_toy_model(tmp_path / "toy")
    (folder / name).write_text('{"name": ' + "[" * 200_000)
    with pytest.raises(FormatError, match=rf"{name} (is nested too deep|cannot be read)"):
        released.load(folder)


def test_every_error_has_one_root():
    import musiclassify
    from musiclassify.audio.errors import AudioError
    from musiclassify.errors import TargetError, UsageError
    from musiclassify.registry import RegistryError
    from musiclassify.tags import TagError

    for error in (ModelError, AudioError, TagError, TargetError, UsageError, RegistryError):
        assert issubclass(error, musiclassify.MusiClassifyError)


def test_what_is_no_json_or_no_graph_is_refused(tmp_path):
    folder = write_toy_model(tmp_path / "a")
    (folder / "config.json").write_text("{")
    with pytest.raises(FormatError, match=r"config\.json cannot be read"):
        released.load(folder)
    folder = write_toy_model(tmp_path / "b")
    edit(folder, "config.json", lambda d: d["graphs"].update(model="head.onnx"))
    edit(folder, "metadata.json", lambda d: d["files"].pop("config.json"))
    with pytest.raises(FormatError, match=r"must name config\.json"):
        released.load(folder)
    with pytest.raises(FormatError, match=r"head\.onnx takes \['mfcc'\]"):
        Model(
            registry.Release(folder, *(json.loads((folder / n).read_text()) for n in ("config.json", "metadata.json")))
        )


def paths(rules, inside=()):
    for key, rule in rules.items():
        yield (*inside, key)
        if isinstance(rule, dict):
            yield from paths(rule, (*inside, key))


@pytest.mark.parametrize(
    ("name", "rules", "path"),
    [("config.json", schema.CONFIG, p) for p in paths(schema.CONFIG)]
    + [("metadata.json", schema.METADATA, p) for p in paths(schema.METADATA)],
    ids=lambda value: ".".join(value) if isinstance(value, tuple) else "",
)
def test_every_key_is_missed_and_checked(name, rules, path, toy_folder):
    whole = json.loads((toy_folder / name).read_text())
    assert schema.problems(whole, rules) == []
    broken = copy.deepcopy(whole)
    place = broken
    optional = path[-1].endswith("?")
    path = tuple(key.removesuffix("?") for key in path)
    for key in path[:-1]:
        place = place.setdefault(key, {"names": ["music", "speech"], "music_below": 0.5})
    place[path[-1]] = object()
    if path != ("trained_on",):
        assert any(".".join(path) in problem for problem in schema.problems(broken, rules))
    del place[path[-1]]
    assert schema.problems(broken, rules) == ([] if optional else [f"{'.'.join(path)} is missing"])


@pytest.mark.parametrize(
    "folder", sorted((ROOT / "models/released").glob("*/config.json")), ids=lambda p: p.parent.name
)
def test_every_model_in_the_repository_is_whole(folder):
    release = registry.read(folder.parent)
    assert release.name == folder.parent.name
    registry.verify(release)


# --- answers


@pytest.mark.parametrize("label", LABELS)
def test_a_tone_gets_its_genre(label, toy):
    answer = toy.classify(tone_for(label))
    assert (answer.status, answer.genre, answer.model) == ("ok", label, "toy-cnn-v1.0")
    assert answer.confidence == max(answer.probabilities.values()) == answer.probabilities[label]
    assert tuple(answer.probabilities) == LABELS
    assert sum(answer.probabilities.values()) == pytest.approx(1)
    assert not answer.uncertain


def test_a_long_song_skips_its_start_and_says_where_its_excerpts_lie(toy, sound_file):
    song = np.concatenate([tone_for("rock", 30), tone_for("jazz", 60), tone_for("blues", 35)])
    answer = toy.classify(sound_file("song.flac", song))
    assert [(e.start_s, e.end_s, e.genre) for e in answer.excerpts] == [
        (30, 60, "jazz"), (60, 90, "jazz"), (90, 120, "blues"),
    ]  # fmt: skip
    assert answer.duration_s == 125
    assert answer.genre == "jazz"
    expected = np.mean([list(e.probabilities.values()) for e in answer.excerpts], axis=0)
    np.testing.assert_allclose(list(answer.probabilities.values()), expected)
    majority = toy.classify(song, rule=Rule(vote="majority"))
    assert majority.confidence == pytest.approx(2 / 3, abs=1e-5)
    assert toy.classify(song, rule=Rule(skip_s=0)).excerpts[0].genre == "rock"


def test_a_path_an_object_and_samples_get_the_same_answer(toy, sound_file):
    song = tone_for("metal", 7)
    path = sound_file("a.wav", song, subtype="FLOAT")
    by_path = toy.classify(path)
    for other in (str(path), io.BytesIO(path.read_bytes()), song):
        assert toy.classify(other, path=str(path)) == by_path
    twice = np.repeat(song, 2)
    assert toy.classify(twice, sample_rate=2 * RATE).genre == "metal"


def test_an_unsure_answer_is_marked(toy, noise):
    answer = toy.classify(noise(5))
    assert answer.ok
    assert answer.uncertain
    assert answer.confidence < 0.3


def test_bad_sounds_get_a_status_and_a_message(toy, sound_file, silence, tone, tmp_path):
    (tmp_path / "no.mp3").write_bytes(b"no")
    (tmp_path / "empty.mp3").touch()
    for path, status, message in [
        (tmp_path / "no.mp3", "error", "cannot be decoded"),
        (tmp_path / "empty.mp3", "error", "is empty"),
        (tmp_path / "none.mp3", "error", "does not exist"),
        (sound_file("short.wav", tone(0.2)), "too_short", "lasts 0.20 s, less than 1 s; choose a longer"),
        (sound_file("silent.wav", silence(5)), "silent", "is silent; "),
    ]:
        answer = toy.classify(path)
        assert (answer.status, answer.genre, answer.confidence, answer.probabilities) == (status, None, None, {})
        assert message in answer.message
        assert (answer.path, answer.model) == (str(path), "toy-cnn-v1.0")


def test_silent_excerpts_have_no_vote(toy, silence):
    answer = toy.classify(np.concatenate([silence(30), tone_for("pop", 30)]))
    assert [(e.start_s, e.genre) for e in answer.excerpts] == [(30, "pop")]
    assert answer.duration_s == 60


def test_wrong_samples_are_named(toy):
    with pytest.raises(ValueError, match=r"shape \(2, 9\) must be mono"):
        toy.classify(np.zeros((2, 9), np.float32))
    with pytest.raises(ValueError, match="must be numbers"):
        toy.classify(np.full(9, np.nan, np.float32))
    with pytest.raises(ValueError, match="for samples only"):
        toy.classify("a.wav", sample_rate=8_000)
    with pytest.raises(ValueError, match="threads=9"):
        Model(toy.release, threads=9)


def test_answers_come_while_the_sound_comes_in(toy, sound_file):
    path = sound_file("a.wav", np.concatenate([tone_for("jazz", 30), tone_for("pop", 60)]))
    given = 0

    def watched():
        nonlocal given
        for block in stream(path, block_s=1.0):
            given += 1
            yield block

    first = next(toy.follow(watched(), rule=Rule(skip_s=0)))
    assert (first.genre, first.end_s) == ("jazz", 30)
    assert given <= 31
    rest = list(toy.follow(stream(path), rule=Rule(skip_s=0)))
    assert [e.genre for e in rest] == ["jazz", "pop", "pop"]
    assert max(toy.decide(rest), key=toy.decide(rest).get) == "pop"


def test_many_songs_are_answered_in_order_in_parallel_and_alike(toy, sound_file):
    songs = [sound_file(f"{k}.wav", tone_for(LABELS[k % 10], 2 + k % 3)) for k in range(24)]
    alone = [toy.classify(song) for song in songs]
    assert list(toy.classify_many(songs, jobs=4)) == alone
    assert list(toy.classify_many(songs, jobs=1)) == alone
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(toy.classify, songs)) == alone


def test_an_answer_for_a_part_of_a_song_says_so(toy, tmp_path):
    path = tmp_path / "a.wav"
    sf.write(path, tone_for("jazz", 40), RATE)
    assert toy.classify(path).message == ""
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 10])
    answers = [toy.classify(path), *toy.classify_many([path])]
    assert {(answer.status, answer.message) for answer in answers} == {("ok", "only 0:12 of 0:40 could be decoded")}


def test_a_song_that_crashes_its_decoder_costs_its_row(toy, tmp_path, monkeypatch):
    worker = (
        "import sys, ctypes; sys.path.insert(0, sys.argv[1])\n"
        "from musiclassify.audio import worker; inner = worker.stream\n"
        "worker.stream = lambda path, **o: ctypes.string_at(0) if path.endswith('bad.wav') else inner(path, **o)\n"
        "worker.main()"
    )
    isolated.close()
    monkeypatch.setattr(isolated, "_START", worker)
    songs = [tmp_path / f"{k}.wav" for k in range(4)]
    songs.insert(2, tmp_path / "bad.wav")
    for path in songs:
        sf.write(path, tone_for("jazz", 10), RATE)
    answers = list(toy.classify_many(songs, jobs=2))
    isolated.close()
    assert [answer.status for answer in answers] == ["ok", "ok", "error", "ok", "ok"]
    assert answers[2].message == (
        "brings its decoder down (SIGSEGV) after 0 s; convert it to wav with another program, or leave it out"
    )


def test_stopping_early_leaves_no_thread_behind(toy, sound_file):
    songs = [sound_file(f"{k}.wav", tone_for("jazz", 2)) for k in range(30)]
    answers = toy.classify_many(songs, jobs=3)
    assert next(answers).genre == "jazz"
    answers.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("classify")]


def test_songs_are_taken_only_as_fast_as_they_are_worked_off(toy):
    taken = 0

    def endless():
        nonlocal taken
        while True:
            taken += 1
            yield tone_for("rock", 1)

    answers = toy.classify_many(endless(), jobs=2)
    for _ in range(3):
        next(answers)
    answers.close()
    assert taken <= 9


def test_a_long_song_needs_no_more_memory(toy):
    tracemalloc.start()
    try:
        blocks = (tone_for("disco", 10) for _ in range(360))
        assert len(list(toy.follow(blocks))) == 119
        assert tracemalloc.get_traced_memory()[1] < 25e6  # the whole would be 318 MB
    finally:
        tracemalloc.stop()


def test_an_answer_survives_its_json_form(toy):
    answer = toy.classify(tone_for("country", 40))
    again = Answer.from_dict(json.loads(json.dumps(answer.to_dict())))
    assert again.to_dict() == answer.to_dict()
    assert list(answer.to_dict()) == [
        "path", "status", "genre", "confidence", "uncertain", "probabilities", "excerpts", "duration_s", "model",
        "message", "effort", "heard_s",
    ]  # fmt: skip
    assert set(answer.to_dict(top=2)["probabilities"]) == {genre for genre, _ in answer.ranked()[:2]}


def test_the_answering_side_pulls_in_nothing_of_the_learning_side(toy_folder, sound_file):
    song = sound_file("a.mp3", tone_for("jazz", 5))
    heavy = ["tensorflow", "keras", "librosa", "numba", "sklearn", "xgboost", "pandas", "matplotlib", "scipy", "onnx"]
    code = (
        "import sys; from musiclassify import released\n"
        f"assert released.load({str(toy_folder)!r}).classify({str(song)!r}).genre == 'jazz'\n"
        f"print([m for m in {heavy!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


# --- python -m models


def test_list_show_verify_and_choose(models, capsys):
    assert main(["choose", "toy-cnn-v1.0"]) == 0
    assert main(["list"]) == 0
    assert "* toy-cnn-v1.0" in capsys.readouterr().out
    assert main(["show"]) == 0
    shown = capsys.readouterr().out
    assert "accuracy: 1.000 (1.000 to 1.000)" in shown
    assert "the label whose bands" in shown
    assert main(["verify"]) == 0
    assert capsys.readouterr().out.count("whole: ") == 2
    (models / "released/toy-cnn-v1.0/head.onnx").write_bytes(b"other")
    assert main(["verify"]) == 1
    got = capsys.readouterr()
    assert "refused: toy-cnn-v1.0: head.onnx is not the file" in got.err
    assert "whole: demo-svm-v1.2" in got.out
    assert main(["show", "nothing"]) == 2
    assert main(["choose", "demo-svm-v1.2"]) == 2
    assert main(["choose", "toy-cnn-v1.0"]) == 2  # damaged
