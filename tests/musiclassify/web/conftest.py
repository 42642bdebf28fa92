"""A server with toy models, and a browser to look at it."""

from __future__ import annotations

import contextlib
import io
import socketserver
import threading
import wave
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from looking import Look
from sounds import write_av
from toy_model import LABELS, tone_for, write_toy_model

from musiclassify.web import create_app
from musiclassify.web.app import close
from musiclassify.web.serving import make_server

RATE = 22_050


def _wav_bytes(samples: np.ndarray, rate: int = RATE) -> bytes:
    table = samples if samples.ndim == 2 else samples[:, None]
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(table.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(table, -1, 1) * 32767).astype("<i2").tobytes())
    return buffer.getvalue()


@pytest.fixture(scope="session")
def toy_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two released toy models; the CNN is the default."""
    folder = tmp_path_factory.mktemp("released")
    write_toy_model(
        folder / "toy-blend-v1.0", kind="blend", head_inputs=("mfcc", "summary"), temperature=1.6, heard=True
    )
    write_toy_model(folder / "toy-cnn-v1.0", uncertain_below=0.2)
    (folder / "default").write_text("toy-cnn-v1.0\n")
    return folder


@pytest.fixture
def config(toy_models: Path, tmp_path: Path) -> dict[str, object]:
    """Settings of the tests' server: one upload folder that is looked into afterwards."""
    return {"MODELS": toy_models, "UPLOADS": tmp_path / "uploads", "DECODERS": 2, "TESTING": True}


@pytest.fixture
def app(config):
    """The application; no upload may be left when it goes."""
    app = create_app(config)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    yield app
    assert _songs_left(config["UPLOADS"]) == []
    close(app)
    assert list(Path(config["UPLOADS"]).iterdir()) == []


def _songs_left(uploads: str | Path) -> list[Path]:
    return [path for path in Path(uploads).rglob("*") if path.is_file() and path.name != "owner"]


@pytest.fixture
def songs_left() -> Callable[[str | Path], list[Path]]:
    """``songs_left(uploads)``: what of visitors lies in a folder of uploads."""
    return _songs_left


@pytest.fixture
def client(app):
    """A client of the application."""
    return app.test_client()


@pytest.fixture(scope="session")
def song_bytes() -> bytes:
    """A wav of 12 s that the toy models take for jazz."""
    return _wav_bytes(tone_for("jazz", 12))


@pytest.fixture(scope="session")
def wav_bytes() -> Callable[..., bytes]:
    """``wav_bytes(samples, rate=22050)``: 16-bit wav of mono [n] or multichannel [n, channels] samples."""
    return _wav_bytes


@pytest.fixture(scope="session")
def pieces() -> Callable[..., np.ndarray]:
    """``pieces(("jazz", 30), ("rock", 35))`` -> float32 [n]: tones one after the other."""

    def make(*parts: tuple[str, float]) -> np.ndarray:
        assert all(label in LABELS for label, _ in parts)
        return np.concatenate([tone_for(label, seconds) for label, seconds in parts])

    return make


class Served:
    """A server in a thread."""

    def __init__(self, app, **options) -> None:
        self.app = app
        self._server = make_server(app, host="127.0.0.1", port=0, **options)
        self.url = f"http://127.0.0.1:{self._server.effective_port}"
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        with contextlib.suppress(OSError):  # its sockets are closed under it when the test ends
            self._server.run()

    def close(self) -> None:
        self._server.close()
        self._server.task_dispatcher.shutdown(timeout=2)
        close(self.app)


@pytest.fixture(scope="session")
def served(toy_models, tmp_path_factory) -> Iterator[Served]:
    """The real server (waitress) with the toy models."""
    uploads = tmp_path_factory.mktemp("uploads")
    served = Served(create_app({"MODELS": toy_models, "UPLOADS": uploads, "DECODERS": 2}))
    yield served
    served.close()
    assert list(uploads.iterdir()) == []


@pytest.fixture
def serve(toy_models, tmp_path) -> Iterator[Callable[..., Served]]:
    """``serve(WAITING=0)`` starts a server with these settings."""
    running = []

    def start(**settings) -> Served:
        defaults = {"MODELS": toy_models, "UPLOADS": tmp_path / f"uploads-{len(running)}", "DECODERS": 2}
        running.append(Served(create_app(defaults | settings)))
        return running[-1]

    yield start
    for served in running:
        served.close()


class _Quiet(SimpleHTTPRequestHandler):
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".wasm": "application/wasm", ".js": "text/javascript"}
    extensions_map |= {".mjs": "text/javascript"}
    protocol_version = "HTTP/1.1"

    def log_message(self, *args) -> None:
        pass


@pytest.fixture
def static_host() -> Iterator[Callable[[Path], tuple[str, Callable[[], None]]]]:
    """``static_host(folder)`` -> its address and a function that takes it off the net."""
    running = []

    def start(folder: Path) -> tuple[str, Callable[[], None]]:
        class Threads(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        server = Threads(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)

        def stop() -> None:
            if server in running:
                running.remove(server)
                server.shutdown()
                server.server_close()

        return f"http://127.0.0.1:{server.server_address[1]}", stop

    yield start
    for server in list(running):
        server.shutdown()
        server.server_close()


@pytest.fixture
def look(browser):
    """``look(url, **options)`` opens a page; at the end it must have been quiet and have asked its own host only."""
    from musiclassify.web.site import LIBRARIES

    if not all(path.is_file() for path in LIBRARIES.values()):
        pytest.skip("no JavaScript libraries: run `npm ci` in the folder musiclassify/web")
    opened: list[Look] = []

    def start(url: str, **options) -> Look:
        opened.append(Look(browser, url, **options))
        return opened[-1]

    yield start
    for seen in opened:
        seen.context.close()
    for seen in opened:
        assert seen.errors == []
        others = {r.url for r in seen.requests if not r.url.startswith((seen.url, "blob:", "data:"))}
        assert others == set()


@pytest.fixture(scope="session")
def song_files(tmp_path_factory) -> dict[str, Path]:
    """Stereo songs of 71 s at 44.1 kHz: a start that does not count, then jazz, then some rock."""
    folder = tmp_path_factory.mktemp("songs")
    t = np.arange(71 * 44_100) / 44_100
    where = np.searchsorted([30, 55], t, side="right")
    hz = np.array([2500.0, 700.0, 5200.0])[where]
    left = 0.3 * np.sin(2 * np.pi * np.cumsum(hz) / 44_100)
    right = 0.1 * np.sin(2 * np.pi * 900 * t) + 0.01 * np.random.default_rng(5).standard_normal(len(t))
    stereo = np.stack([left, right], axis=1).astype(np.float32)
    sf.write(folder / "song.wav", stereo, 44_100)
    sf.write(folder / "song.mp3", stereo, 44_100)
    sf.write(folder / "song.flac", stereo, 44_100)
    write_av(folder / "song.m4a", stereo.mean(axis=1), 44_100, codec="aac", container="ipod")
    return {path.suffix[1:]: path for path in folder.iterdir()}
