"""What the API answers, and what it refuses."""

from __future__ import annotations

import io
import json

import numpy as np
import onnxruntime as ort
import pytest
from toy_model import FRAMES, LABELS, tone_for

from musiclassify import released
from musiclassify.web.answers import excerpt_answer, song_answer
from musiclassify.web.library import Library
from musiclassify.web.problems import PROBLEMS


def post(client, data: bytes, name="song.wav", **fields):
    return client.post("/api/v1/classify", data={"file": (io.BytesIO(data), name), **fields})


def problem(response, code):
    assert response.mimetype == "application/problem+json"
    document = response.get_json()
    assert document["code"] == code
    assert document["type"] == f"urn:musiclassify:problem:{code}"
    assert response.status_code == document["status"] == PROBLEMS[code][0]
    assert document["title"]
    assert document["detail"].endswith(".")
    return document


def test_a_song_is_classified(client, song_bytes):
    answer = post(client, song_bytes).get_json()
    assert answer["genre"] == "jazz"
    assert list(answer["probabilities"]) == list(LABELS)
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert answer["confidence"] == answer["probabilities"]["jazz"]
    assert answer["duration_s"] == pytest.approx(12)
    assert answer["skipped_s"] == 0
    (excerpt,) = answer["excerpts"]
    assert [segment["start_s"] for segment in excerpt["segments"]] == pytest.approx([0, 5, 7])


def test_the_answer_is_that_of_the_released_model(client, toy_models, wav_bytes, pieces, tmp_path):
    """94 s: the start is left out, two excerpts and a remainder too short."""
    data = wav_bytes(pieces(("metal", 30), ("jazz", 35), ("rock", 29)))
    (tmp_path / "song.wav").write_bytes(data)
    expected = released.load(toy_models / "toy-blend-v1.0").classify(tmp_path / "song.wav")
    answer = post(client, data, model="toy-blend-v1.0").get_json()
    assert answer["model"] == expected.model == "toy-blend-v1.0"
    assert answer["genre"] == expected.genre
    assert answer["uncertain"] is expected.uncertain
    assert answer["duration_s"] == expected.duration_s
    assert answer["probabilities"] == pytest.approx(expected.probabilities, abs=1e-6)
    assert [(e["start_s"], e["end_s"], e["genre"]) for e in answer["excerpts"]] == [
        (e.start_s, e.end_s, e.genre) for e in expected.excerpts
    ]
    assert answer["skipped_s"] == 30
    assert len(answer["excerpts"]) == 2


def test_majority_counts_excerpts(client, wav_bytes, pieces):
    data = wav_bytes(pieces(("blues", 30), ("jazz", 60), ("rock", 30)))
    answer = post(client, data, vote="majority").get_json()
    assert answer["vote"] == "majority"
    assert answer["probabilities"]["jazz"] == pytest.approx(2 / 3, abs=1e-4)


def test_silent_excerpts_are_passed_over(client, wav_bytes, pieces):
    data = wav_bytes(np.concatenate([np.zeros(30 * 22_050, np.float32), pieces(("jazz", 15))]))
    answer = post(client, data).get_json()
    assert [e["start_s"] for e in answer["excerpts"]] == [30]
    assert answer["genre"] == "jazz"


def test_half_a_file_is_answered_with_a_word_of_warning(client, tmp_path):
    import soundfile as sf

    sf.write(
        tmp_path / "a.flac", tone_for("jazz", 20) + 0.01 * np.random.default_rng(0).standard_normal(441_000), 22_050
    )
    whole = (tmp_path / "a.flac").read_bytes()
    answer = post(client, whole[: len(whole) // 2]).get_json()
    assert answer["genre"] == "jazz"
    assert 8 < answer["duration_s"] < 12
    assert answer["declared_s"] == pytest.approx(20)
    assert answer["warning"].startswith("only 0:")
    complete = post(client, whole).get_json()
    assert (complete["declared_s"], complete["warning"]) == (None, "")


def test_other_formats_by_content(client, tmp_path):
    import soundfile as sf
    from sounds import write_av

    y = tone_for("jazz", 8)
    sf.write(tmp_path / "a.flac", y, 22_050)
    sf.write(tmp_path / "a.ogg", y[: 5 * 22_050], 22_050)
    write_av(tmp_path / "a.m4a", y, 22_050, codec="aac", container="ipod")
    for path in tmp_path.glob("a.*"):
        response = post(client, path.read_bytes(), name="music.txt")
        assert response.get_json().get("genre") == "jazz", path.name


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda wav: b"", "empty"),
        (lambda wav: b"not music at all" * 50, "not-audio"),
        (lambda wav: wav(np.zeros(0, np.float32)), "empty"),
        (lambda wav: wav(np.zeros(22_050 * 3, np.float32)), "silent"),
        (lambda wav: wav(tone_for("jazz", 0.5)), "too-short"),
    ],
)
def test_songs_that_cannot_be_answered_say_why(client, wav_bytes, make, code):
    problem(post(client, make(wav_bytes)), code)


def test_a_decoder_that_refused_a_song_takes_the_next(client, song_bytes):
    for _ in range(3):
        problem(post(client, b"junk" * 100), "not-audio")
        assert post(client, song_bytes).get_json()["genre"] == "jazz"


@pytest.mark.parametrize("name", ["../../etc/passwd", "<img src=x onerror=alert(1)>.mp3", "a\r\nb.wav", "", "x" * 3000])
def test_names_of_uploads_go_nowhere(client, song_bytes, name, caplog):
    with caplog.at_level("INFO"):
        for data in (song_bytes, b"junk" * 9):
            response = post(client, data, name=name or "x.wav")
            assert response.status_code in (200, 413, 422)  # 413: a broken name makes the song a text field
            assert "passwd" not in response.text
            assert "onerror" not in response.text
    assert "passwd" not in caplog.text
    assert "onerror" not in caplog.text


def test_unknown_models_and_votes_are_refused_with_the_choices(client, song_bytes):
    for name in ("nonesuch", "../toy-cnn-v1.0", "/etc", "toy-cnn-v1.0/", "cnn"):
        assert "toy-blend-v1.0" in problem(post(client, song_bytes, model=name), "unknown-model")["detail"]
    assert "majority" in problem(post(client, song_bytes, vote="loud"), "unknown-vote")["detail"]
    assert "normal" in problem(post(client, song_bytes, effort="much"), "unknown-effort")["detail"]


def test_an_effort_is_taken_and_the_answer_says_how_much_was_heard(client, song_bytes):
    full, fast = (post(client, song_bytes, effort=name).get_json() for name in ("full", "fast"))
    assert (full["effort"], fast["effort"]) == ("full", "fast")
    assert full["genre"] == fast["genre"]
    assert full["skipped_s"] == fast["skipped_s"]
    assert full["heard_s"] == pytest.approx(sum(e["end_s"] - e["start_s"] for e in full["excerpts"]))
    assert fast["heard_s"] < full["heard_s"]
    assert all(len(excerpt["segments"]) == 1 for excerpt in fast["excerpts"])


def test_a_form_without_a_song(client):
    problem(client.post("/api/v1/classify", data={"model": "x"}, content_type="multipart/form-data"), "unknown-model")
    problem(client.post("/api/v1/classify", data={"a": "x"}, content_type="multipart/form-data"), "no-file")
    problem(client.post("/api/v1/classify", json={}), "unsupported-media-type")
    problem(client.post("/api/v1/classify", data=b"x", content_type="multipart/form-data"), "no-file")


def test_what_is_no_music_is_said_to_be_none(toy_models):
    model = Library(toy_models).get("toy-cnn-v1.0")
    model.config = model.config | {"sounds": {"names": ["music", "speech", "noise"], "music_below": 0.5}}
    p = np.eye(len(LABELS))[0]

    def excerpt(*heard):
        return excerpt_answer(model, 0.0, 5.0, p, p[None], dict(zip(("music", "speech", "noise"), heard, strict=True)))

    answer = song_answer(model, model.rule(), [excerpt(0.2, 0.7, 0.1), excerpt(0.4, 0.1, 0.5)], 10.0)
    assert (answer["sound"], answer["uncertain"]) == ("speech", True)
    assert song_answer(model, model.rule(), [excerpt(0.5, 0.4, 0.1)], 5.0)["sound"] == ""
    assert song_answer(model, model.rule(), [excerpt_answer(model, 0.0, 5.0, p, p[None])], 5.0)["sound"] == ""


def test_moods_genres_and_the_embedding_come_with_the_answer(client, toy_models, wav_bytes, pieces, tmp_path):
    data = wav_bytes(pieces(("jazz", 10), ("rock", 10)))
    (tmp_path / "song.wav").write_bytes(data)
    expected = released.load(toy_models / "toy-blend-v1.0").classify(tmp_path / "song.wav")
    assert len(expected.moods) == 5
    answer = post(client, data, model="toy-blend-v1.0", with_embedding="true").get_json()
    assert answer["moods"] == pytest.approx(expected.moods, abs=1e-6)
    assert answer["embedding"] == pytest.approx(expected.embedding.tolist(), abs=1e-5)
    assert answer["genres"] == ["jazz"], "no other reaches 0.2"
    halves = post(client, wav_bytes(pieces(("metal", 30), ("jazz", 30), ("rock", 30))), vote="majority").get_json()
    assert set(halves["genres"]) == {"jazz", "rock"}, "further genres as tags get them"
    plain = post(client, data, model="toy-blend-v1.0", with_embedding="false").get_json()
    assert "embedding" not in plain
    assert plain["moods"] == answer["moods"]
    other = post(client, data, model="toy-cnn-v1.0", with_embedding="true").get_json()
    assert (other["moods"], other["embedding"]) == ({}, None), "this model tells none"
    problem(post(client, data, with_embedding="perhaps"), "bad-request")


# ---- features --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def features(toy_models):
    """Of 8 s: mfcc [2, 216, 40] and summary [2, statistics]."""
    session = ort.InferenceSession(toy_models / "toy-blend-v1.0" / "frontend.onnx")
    segments, summary = session.run(["segments", "summary"], {"samples": tone_for("jazz", 8)[None]})
    return {"mfcc": segments.tolist(), "summary": summary.tolist()}


def test_features_give_the_answer_that_the_sound_gives(client, features, wav_bytes):
    sound = post(client, wav_bytes(tone_for("jazz", 8)), model="toy-blend-v1.0").get_json()
    for lies in ({"duration_s": 8}, {"start_s": 0, "end_s": 8}):
        document = {"model": "toy-blend-v1.0", "excerpts": [lies | features]}
        answer = client.post("/api/v1/classify-features", json=document).get_json()
        assert answer["probabilities"] == pytest.approx(sound["probabilities"], abs=1e-3)  # the wav has 16 bits
        assert [s["start_s"] for s in answer["excerpts"][0]["segments"]] == pytest.approx([0, 3])
        assert answer["duration_s"] == 8


def test_the_short_form_is_taken_with_one_matrix_or_several(client, features):
    for mfcc in (features["mfcc"], features["mfcc"][0]):
        answer = client.post("/api/v1/classify-features", json={"mfcc": mfcc}).get_json()
        assert answer["genre"] == "jazz"
    assert answer["duration_s"] == 5


def _changed(features, **changes):
    return {**features, **changes}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"mfcc": []}, "mfcc must be numbers of K x 216 x 40"),
        ({"mfcc": [[1, 2], [3]]}, "mfcc must be"),
        ({"mfcc": "loud"}, "mfcc must be"),
        ({"mfcc": [[["1"] * 40] * FRAMES]}, "mfcc must be"),
        ({"mfcc": [[[None] * 40] * FRAMES]}, "mfcc must be"),
        ({"mfcc": [[[1e9] * 40] * FRAMES] * 2}, "between"),
        ({"mfcc": [[[10**400] * 40] * FRAMES] * 2}, "mfcc must be"),
        ({"summary": [[1.0]]}, "summary must be"),
        ({"summary": None}, "summary must be"),
        ({"mfcc": [[[0.0] * 40] * FRAMES]}, "same number of segments"),
        ({"end_s": -1}, "end_s must be"),
        ({"start_s": 9, "end_s": 3}, "later"),
        ({"excerpts": []}, "excerpts must be 1 to"),
        ({"excerpts": [1]}, "list of objects"),
        ({"duration_s": "long"}, "duration_s must be"),
        ({"duration_s": 0}, "duration_s must be"),
        ({"mfcc": [[[0] * 40] * FRAMES] * 601}, "at most 600"),
    ],
)
def test_bad_features_are_refused_by_name(client, features, changes, says):
    document = {"model": "toy-blend-v1.0", **features, **changes}
    response = client.post(
        "/api/v1/classify-features", data=json.dumps(document, separators=(",", ":")), content_type="application/json"
    )
    assert says in problem(response, "bad-features")["detail"]


def test_missing_features_are_named(client, features):
    response = client.post("/api/v1/classify-features", json={"model": "toy-blend-v1.0", "mfcc": features["mfcc"]})
    assert "summary is missing" in problem(response, "bad-features")["detail"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1]", b'{"mfcc": NaN}', b'{"mfcc": Infinity}', b"[" * 100_000, b"\xff\xfe"]
)
def test_what_is_not_json_is_refused(client, body):
    problem(client.post("/api/v1/classify-features", data=body, content_type="application/json"), "bad-request")


def test_features_need_the_right_type(client):
    problem(client.post("/api/v1/classify-features", data={"mfcc": "1"}), "unsupported-media-type")
    problem(client.post("/api/v1/classify-features", json={"model": 3, "mfcc": []}), "unknown-model")


# ---- the rest --------------------------------------------------------------------------------------------


def test_models_are_listed_with_their_scores(client):
    listed = client.get("/api/v1/models").get_json()
    assert listed["default"] == "toy-cnn-v1.0"
    assert [model["name"] for model in listed["models"]] == ["toy-blend-v1.0", "toy-cnn-v1.0"]
    model = listed["models"][0]
    assert model["scores"]["accuracy"]["value"] == 1.0
    assert len(model["scores"]["confusion"]) == len(LABELS)
    assert model["sizes"]["model.onnx"] > 1000


def test_health(client):
    assert client.get("/healthz").get_json() == {"status": "ok", "models": 2, "decoding": 0}


def test_addresses_and_methods_that_are_not_there(client):
    problem(client.get("/api/v1/nothing"), "not-found")
    response = client.get("/api/v1/classify")
    problem(response, "method-not-allowed")
    assert "POST" in response.headers["Allow"]


def test_answers_are_not_kept(client, song_bytes):
    assert post(client, song_bytes).headers["Cache-Control"] == "no-store"
