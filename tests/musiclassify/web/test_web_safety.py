"""Limits, and what strangers send."""

from __future__ import annotations

import http.client
import io
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import numpy as np
import pytest
from toy_model import LABELS, tone_for

from musiclassify.web import create_app
from musiclassify.web.decoding import Decoders, Gate
from musiclassify.web.problems import ProblemError


def send(url: str, data: bytes, name: str = "song.wav", **fields: str) -> tuple[int, dict, dict]:
    """POST a song to a running server: status, headers, document."""
    boundary = "----form"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    body = b"".join(parts) + head + data + f"\r\n--{boundary}--\r\n".encode()
    return request(url, body, f"multipart/form-data; boundary={boundary}")


def request(url: str, body: bytes, kind: str, path: str = "/api/v1/classify") -> tuple[int, dict, dict]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        connection.request("POST", path, body, {"Content-Type": kind})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), json.loads(response.read())
    finally:
        connection.close()


def test_too_large_uploads_are_refused_by_the_application(config):
    client = create_app(config | {"MAX_CONTENT_LENGTH": 2**20}).test_client()
    response = client.post("/api/v1/classify", data={"file": (io.BytesIO(bytes(2**20 + 1)), "a.wav")})
    assert response.status_code == 413
    assert response.get_json()["code"] == "too-large"
    assert "1 MB" in response.get_json()["detail"]
    page = client.post("/", data={"file": (io.BytesIO(bytes(2**20 + 1)), "a.wav")})
    assert page.status_code in (405, 413)


def test_much_too_large_uploads_are_refused_before_they_are_read(serve):
    served = serve(MAX_CONTENT_LENGTH=2**20)
    connection = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=10)
    connection.putrequest("POST", "/api/v1/classify")
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", str(5 * 2**30))
    connection.endheaders()
    response = connection.getresponse()
    assert response.status == 413
    assert response.getheader("Content-Type") == "application/problem+json"
    assert json.loads(response.read())["code"] == "too-large"
    connection.close()


def test_features_have_a_limit_of_their_own(config):
    client = create_app(config | {"MAX_FEATURES_LENGTH": 1000}).test_client()
    response = client.post("/api/v1/classify-features", json={"mfcc": [0] * 1000})
    assert response.status_code == 413
    assert response.get_json()["code"] == "too-large"


def test_long_songs_are_refused(config, wav_bytes):
    client = create_app(config | {"MAX_DURATION_S": 20}).test_client()
    response = client.post("/api/v1/classify", data={"file": (io.BytesIO(wav_bytes(tone_for("jazz", 31))), "a.wav")})
    assert response.status_code == 422
    assert response.get_json()["code"] == "too-long"


def test_beyond_the_queue_stands_503_with_retry_after(serve, song_bytes):
    served = serve(DECODERS=1, WAITING=0)
    with served.app.extensions["decoders"].gate.enter():
        status, headers, document = send(served.url, song_bytes)
    assert status == 503
    assert int(headers["Retry-After"]) >= 1
    assert document["code"] == "busy"
    assert send(served.url, song_bytes)[0] == 200


def test_a_gate_lets_in_as_many_as_it_says():
    gate = Gate(2, 1, wait_s=0.2)
    inside, most, refused = [0], [0], []
    lock = threading.Lock()

    def visit(_):
        try:
            with gate.enter():
                with lock:
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                time.sleep(0.05)
                with lock:
                    inside[0] -= 1
        except ProblemError as error:
            with lock:
                refused.append((error.code, error.retry_after >= 1))

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(visit, range(12)))
    assert most[0] == 2
    assert len(refused) >= 6
    assert set(refused) == {("busy", True)}
    assert gate.inside == 0
    with gate.enter(), gate.enter(), pytest.raises(ProblemError, match="Try again"), gate.enter():
        pass


def test_those_who_wait_too_long_are_told():
    gate = Gate(1, 5, wait_s=0.05)
    with gate.enter(), pytest.raises(ProblemError), gate.enter():
        pass


def test_a_song_that_takes_too_long_is_given_up(config, song_bytes, songs_left):
    app = create_app(config | {"SONG_LIMIT_S": 0.0001})
    response = app.test_client().post("/api/v1/classify", data={"file": (io.BytesIO(song_bytes), "a.wav")})
    assert response.status_code == 422
    assert response.get_json()["code"] == "time-limit"
    assert songs_left(config["UPLOADS"]) == []


def test_a_decoder_that_crashes_takes_nothing_along(config, song_bytes, monkeypatch, songs_left):
    app = create_app(config)
    client = app.test_client()

    def crash(self, task):
        self.kill()
        raise BrokenPipeError

    with monkeypatch.context() as patch:
        patch.setattr("musiclassify.web.decoding._Process.ask", crash)
        response = client.post("/api/v1/classify", data={"file": (io.BytesIO(song_bytes), "a.wav")})
        assert response.get_json()["code"] == "not-audio"
    assert client.post("/api/v1/classify", data={"file": (io.BytesIO(song_bytes), "a.wav")}).status_code == 200
    assert songs_left(config["UPLOADS"]) == []
    decoders: Decoders = app.extensions["decoders"]
    decoders._idle[0].kill()  # one that dies while it is idle is replaced
    decoders._idle[0]._child.wait()
    assert client.post("/api/v1/classify", data={"file": (io.BytesIO(song_bytes), "a.wav")}).status_code == 200
    decoders.close()


def test_an_upload_goes_even_when_the_server_fails(config, song_bytes, monkeypatch, songs_left):
    app = create_app(config | {"TESTING": False})
    monkeypatch.setattr("musiclassify.web.library.Model.run", lambda *_: 1 / 0)
    response = app.test_client().post("/api/v1/classify", data={"file": (io.BytesIO(song_bytes), "a.wav")})
    assert response.status_code == 500
    assert songs_left(config["UPLOADS"]) == []


def test_nobody_sees_anothers_answer(served, wav_bytes):
    """24 songs at once from 8 clients, each of its own genre and length."""
    songs = [(LABELS[k % 10], 6 + k % 5) for k in range(24)]

    def ask(song):
        label, seconds = song
        for _ in range(20):
            status, headers, document = send(served.url, wav_bytes(tone_for(label, seconds)), name=f"{label}.wav")
            if status != 503:
                return status, document
            time.sleep(int(headers["Retry-After"]))
        return status, document

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, songs))
    for (label, seconds), (status, answer) in zip(songs, answers, strict=True):
        assert status == 200
        assert answer["genre"] == label
        assert answer["duration_s"] == pytest.approx(seconds)
        assert label + ".wav" not in json.dumps(answer)


def _mutate(data: bytes, rng: np.random.Generator) -> bytes:
    """Flip, cut, insert, repeat: whatever a broken transfer or a mean mind may do."""
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 6))):
        kind = rng.integers(5)
        at = int(rng.integers(0, max(1, min(len(changed), 400 if rng.random() < 0.7 else len(changed)))))
        if kind == 0:
            for place in range(at, min(at + int(rng.integers(1, 9)), len(changed))):
                changed[place] = int(rng.integers(256))
        elif kind == 1:
            del changed[at:]
        elif kind == 2:
            changed[at:at] = rng.bytes(int(rng.integers(1, 60)))
        elif kind == 3:
            changed[at : at + 4] = int(rng.choice([0, 1, 2**31 - 1, 2**32 - 1])).to_bytes(4, "little")
        else:
            del changed[at : at + int(rng.integers(1, 60))]
    return bytes(changed)


@pytest.fixture(scope="module")
def seeds(tmp_path_factory, wav_bytes) -> list[bytes]:
    """Small songs of several formats, and whole request bodies around them."""
    import soundfile as sf
    from sounds import write_av

    folder = tmp_path_factory.mktemp("seeds")
    y = tone_for("jazz", 1.5)
    sf.write(folder / "a.flac", y, 22_050)
    sf.write(folder / "a.ogg", y, 22_050)
    sf.write(folder / "a.mp3", y, 22_050)
    write_av(folder / "a.m4a", y, 22_050, codec="aac", container="ipod")
    return [wav_bytes(y), *(path.read_bytes() for path in sorted(folder.iterdir()))]


def test_500_mutated_uploads(config, seeds, rng, songs_left):
    app = create_app(config)
    client = app.test_client()
    statuses = []
    for k in range(500):
        song = seeds[k % len(seeds)]
        if k % 4 == 3:  # the form itself is broken
            head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
            body = _mutate(head, rng) + song + b"\r\n--b--\r\n"
            response = client.post("/api/v1/classify", data=body, content_type="multipart/form-data; boundary=b")
        else:
            response = client.post("/api/v1/classify", data={"file": (io.BytesIO(_mutate(song, rng)), "x")})
        statuses.append(response.status_code)
        assert response.status_code in (200, 400, 413, 422, 503), response.text
    assert {200, 422} <= set(statuses)
    assert songs_left(config["UPLOADS"]) == []
    app.extensions["decoders"].close()


def _spoil(value, rng: np.random.Generator):
    """Put something wrong somewhere into a JSON document."""
    odd = [None, True, "x", "", -1, 0, 1e300, 10**30, [], {}, [[]], "mean", {"a": 1}, [1, "2"], "9" * 99]
    if rng.random() < 0.15 or not isinstance(value, dict | list) or not value:
        return odd[int(rng.integers(len(odd)))]
    if isinstance(value, dict):
        changed = dict(value)
        key = list(changed)[int(rng.integers(len(changed)))]
        action = rng.integers(3)
        if action == 0:
            del changed[key]
        elif action == 1:
            changed[key] = _spoil(changed[key], rng)
        else:
            changed[str(rng.integers(99))] = changed[key]
        return changed
    changed = list(value)
    place = int(rng.integers(len(changed)))
    if rng.random() < 0.2:
        del changed[place]
    else:
        changed[place] = _spoil(changed[place], rng)
    return changed


def test_500_mutated_feature_documents(client, rng):
    mfcc = np.zeros((1, 216, 40)).tolist()
    summary = np.zeros((1, 80)).tolist()
    whole = {
        "model": "toy-blend-v1.0",
        "vote": "mean",
        "duration_s": 5.0,
        "excerpts": [{"start_s": 0, "end_s": 5, "mfcc": mfcc, "summary": summary}],
    }
    short = {"mfcc": mfcc[0], "vote": "majority"}
    assert client.post("/api/v1/classify-features", json=whole).status_code == 200
    statuses = []
    for k in range(500):
        document = _spoil(whole if k % 2 else short, rng)
        body = json.dumps(document).encode()
        if k % 5 == 4:
            body = _mutate(body, rng)
        response = client.post("/api/v1/classify-features", data=body, content_type="application/json")
        statuses.append(response.status_code)
        assert response.status_code in (200, 400, 413, 422, 503), response.text
    assert {200, 400, 422} <= set(statuses)
