"""Connections that owe something, hosts and origins, and what a killed server leaves."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from misdeeds import misbehave
from toy_model import tone_for

from musiclassify.web import create_app
from musiclassify.web.guard import ANSWER, BODY, HEAD, Limits, late, surplus
from musiclassify.web.settings import checked
from musiclassify.web.strangers import is_own_host, is_own_page
from musiclassify.web.uploads import Uploads, sweep

ROOT = Path(__file__).resolve().parents[3]
LIMITS = Limits(connections=6, per_client=3, head_s=10, idle_s=60, body_s=900, least_rate=1000)


def connect(url: str) -> socket.socket:
    """A bare connection to a running server."""
    at = urlsplit(url)
    return socket.create_connection((at.hostname, at.port), timeout=10)


def health(url: str) -> bytes:
    """What the server says of its health, on a connection of its own."""
    with connect(url) as own:
        own.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return own.recv(100)


# ---- connections -----------------------------------------------------------------------------------------


def test_half_open_connections_of_one_client_keep_nobody_out(serve):
    served = serve()
    with ExitStack() as held:
        for number in range(260):
            held.enter_context(connect(served.url)).sendall(b"GET / HTTP/1.1\r\nHost:" if number % 2 else b"")
        begun = time.monotonic()
        assert health(served.url).startswith(b"HTTP/1.1 200")
        assert time.monotonic() - begun < 5


def test_half_open_connections_of_many_clients_keep_nobody_out(serve):
    served = serve(CONNECTIONS=40, PER_CLIENT=0)
    with ExitStack() as held:
        for _ in range(120):
            held.enter_context(connect(served.url))
        assert health(served.url).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("settings", "said", "drop"),
    [
        ({"HEAD_S": 0.5}, b"GET / HTTP/1.1\r\n", b"X: 1\r\n"),
        ({"HEAD_S": 0.5}, b"", b"\r\n"),
        ({"HEAD_S": 0.5}, b"POST /api/v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999\r\n\r\n", b"x"),
        ({"BODY_S": 0.5, "LEAST_RATE": 0}, b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999\r\n\r\n", b"x"),
        ({"IDLE_S": 0.5}, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", b""),
    ],
    ids=["slow head", "empty lines", "slow body", "long body", "idle"],
)
def test_what_comes_too_slowly_is_closed(serve, settings, said, drop):
    served = serve(**settings)
    with connect(served.url) as slow:
        slow.sendall(said)
        slow.settimeout(0.2)
        begun = time.monotonic()
        while time.monotonic() - begun < 8:
            try:
                slow.sendall(drop)
                if slow.recv(4096) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        assert time.monotonic() - begun < 6, "the connection was left open"


def channel(host="a", stage=HEAD, since=0.0, **fields) -> SimpleNamespace:
    request = SimpleNamespace(body_bytes_received=fields.pop("body", 0)) if stage == BODY else None
    plain = {"total_outbufs_len": 0, "last_activity": since, "served": False, "will_close": False}
    return SimpleNamespace(addr=(host, 1), stage=stage, since=since, request=request, **plain | fields)


def test_room_is_made_by_those_who_owe_a_head_then_a_body_never_by_those_who_wait_for_an_answer():
    newest = channel(since=9)
    body, old, young = channel(stage=BODY, since=1), channel(since=2), channel(since=3)
    answer = channel(stage=ANSWER)
    assert surplus([old, young, newest], newest, LIMITS) is None
    assert surplus([answer, body, young, old, newest], newest, LIMITS) is old
    assert surplus([answer, answer, body, newest], newest, LIMITS) is body
    assert surplus([answer, answer, answer, newest], newest, LIMITS) is newest
    crowd = [channel("b", since=5), channel("b", since=4), channel("c", since=1), channel("d"), channel("e"), newest]
    assert surplus(crowd, newest, LIMITS) is None
    assert surplus([*crowd, channel("f")], newest, LIMITS) is crowd[1], "of the address that has most"
    assert surplus([answer] * 9 + [newest], newest, Limits(20, 0, 1, 1, 1, 1)) is None, "no limit of one address"


def test_who_does_not_take_its_answer_in_is_closed_and_a_fast_body_is_not():
    assert late(channel(stage=ANSWER, total_outbufs_len=9), LIMITS, 61)
    assert not late(channel(stage=ANSWER), LIMITS, 1e6)
    assert not late(channel(stage=BODY, body=20_000), LIMITS, 15)
    assert late(channel(stage=BODY, body=10_000), LIMITS, 15)
    assert late(channel(stage=BODY, body=10**9), LIMITS, 901)


def test_a_good_client_is_served_within_five_seconds_among_visitors_who_misbehave(serve, wav_bytes, songs_left):
    served = serve()
    report = misbehave(served.url, wav_bytes(tone_for("jazz", 6)), visitors=200, seconds=6)
    assert report.failures == []
    assert max(report.slowest().values()) < 5
    assert {403, 413, 421} <= set(report.statuses)
    assert len(report.visitors) == 10
    assert songs_left(served.app.extensions["uploads"].folder) == []


# ---- hosts and origins -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("localhost:5000", True),
        ("127.0.0.1:5000", True),
        ("[::1]:5000", True),
        ("192.168.1.7", True),
        ("Music.Example.org.", True),
        ("music.example.org:8080", True),
        ("elsewhere.example", False),
        ("music.example.org.elsewhere.example", False),
        ("localhost.elsewhere.example", False),
        ("", False),
        ("[", False),
    ],
)
def test_hosts(host, own):
    assert is_own_host(host, ["music.example.org"]) is own
    assert is_own_host(host, ["*"])


@pytest.mark.parametrize(
    ("site", "origin", "own"),
    [
        (None, None, True),
        ("same-origin", "http://music.example.org", True),
        ("none", None, True),
        ("same-site", "http://music.example.org", False),
        ("cross-site", None, False),
        (None, "https://music.example.org", True),
        (None, "https://music.example.org:444", False),
        (None, "https://elsewhere.example", False),
        (None, "null", False),
        (None, "http://[", False),
    ],
)
def test_origins(site, origin, own):
    assert is_own_page("music.example.org", site, origin) is own


def test_other_hosts_and_pages_are_refused_before_the_song_is_looked_at(client, song_bytes, songs_left, config):
    form = {"data": {"file": (io.BytesIO(song_bytes), "a.wav")}}
    other = client.post("/api/v1/classify", headers={"Origin": "https://elsewhere.example"}, **form)
    assert (other.status_code, other.get_json()["code"]) == (403, "other-origin")
    features = client.post("/api/v1/classify-features", json={}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (features.status_code, features.get_json()["code"]) == (403, "other-origin")
    for path in ("/", "/api/v1/models", "/healthz"):
        rebound = client.get(path, headers={"Host": "elsewhere.example"})
        assert rebound.status_code == 421
        assert "--host-name" in rebound.text
    assert client.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200, "a link may lead here"
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    form = {"data": {"file": (io.BytesIO(song_bytes), "a.wav")}}
    assert client.post("/api/v1/classify", headers=own, **form).status_code == 200
    assert songs_left(config["UPLOADS"]) == []


def test_the_server_answers_to_the_names_it_is_told(config):
    client = create_app(config | {"HOST_NAMES": ["music.example.org"]}).test_client()
    assert client.get("/healthz", headers={"Host": "music.example.org"}).status_code == 200
    assert client.get("/healthz", headers={"Host": "example.org"}).status_code == 421


@pytest.mark.parametrize("name", ["CONNECTIONS", "HEAD_S", "IDLE_S", "BODY_S"])
def test_limits_of_connections_are_above_nought(name):
    with pytest.raises(ValueError, match=f"{name}=0 must be above 0"):
        checked({name: 0})


# ---- what a server leaves --------------------------------------------------------------------------------


def test_a_start_sweeps_what_a_killed_server_left_and_nothing_else(tmp_path):
    first, second = Uploads(tmp_path), Uploads(tmp_path)
    with first.file() as song:
        song.write(b"music")
        assert sweep(tmp_path) == 0, "both live"
        assert Path(song.name).read_bytes() in (b"", b"music")
    assert [path.name for path in first.folder.iterdir()] == ["owner"]
    (first.folder / "song-left").write_bytes(b"music")
    first._owner.close()  # as when its process ends
    (tmp_path / "of-somebody").mkdir()
    (tmp_path / "musiclassify-uploads-link").symlink_to(tmp_path / "of-somebody")
    assert sweep(tmp_path) == 1
    assert not first.folder.exists()
    assert (tmp_path / "of-somebody").is_dir()
    second.close()
    second.close()
    assert not second.folder.exists()


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_server_that_is_ended_during_an_upload_leaves_no_song(how, toy_models, tmp_path, song_bytes):
    """It is ended in the moment in which the song lies in its folder."""
    environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "musiclassify.web", "--port", str(port), "--models", str(toy_models)]
    children = []

    def start() -> subprocess.Popen:
        children.append(subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.DEVNULL))
        until(lambda: reachable(port))
        return children[-1]

    try:
        server = start()
        head = b"POST /api/v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        body = (
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + song_bytes + b"\r\n--b--\r\n"
        )
        with connect(f"http://127.0.0.1:{port}") as visitor:
            visitor.sendall(head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
            until(lambda: list(tmp_path.rglob("song-*")), every=0.001)
            server.send_signal(how)
            server.wait(20)
        if how == signal.SIGKILL:
            start()
            assert len(list(tmp_path.glob("musiclassify-uploads-*"))) == 1
        else:
            assert server.returncode == 0
            assert list(tmp_path.glob("musiclassify-uploads-*")) == []
        assert list(tmp_path.rglob("song-*")) == []
    finally:
        for child in children:
            child.kill()
            child.wait()


def reachable(port: int) -> bool:
    try:
        return health(f"http://127.0.0.1:{port}").startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def until(true, seconds: float = 30.0, every: float = 0.05) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(every)


def test_documents_of_many_lists_are_refused_before_they_are_parsed(client):
    deep = b'{"mfcc": ' + b"[" * 500 + b"]" * 500 + b"}"
    wide = b'{"mfcc": [' + b"[]," * 300_000 + b"[]]}"
    for body in (b"[" * 900 + b"]" * 900, deep, wide):
        response = client.post("/api/v1/classify-features", data=body, content_type="application/json")
        assert response.status_code in (400, 422), response.text
    assert "lists" in response.get_json()["detail"]
