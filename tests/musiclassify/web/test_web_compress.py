"""The page's files are sent compressed to who takes it, and only those."""

from __future__ import annotations

import gzip
import posixpath
import re
from collections.abc import Callable

import pytest

from musiclassify.web.app import MODELS, close, create_app
from musiclassify.web.build import build, kept
from musiclassify.web.site import LIBRARIES, STATIC, fast_model

needs_libraries = pytest.mark.skipif(
    not all(path.is_file() for path in LIBRARIES.values()),
    reason="no JavaScript libraries: run `npm ci` in the folder musiclassify/web",
)
GZIP = {"Accept-Encoding": "gzip, br"}


FILES = [
    *("/", "/static/js/app.js", "/static/app.css", "/site.json", "/static/icon.svg"),
    *("/models/toy-cnn-v1.0/model.onnx", "/models/toy-cnn-v1.0/config.json", "/models/toy-cnn-v1.0/README.md"),
]


@pytest.mark.parametrize("path", FILES)
def test_files_go_out_compressed_and_whole(client, path):
    plain, packed = client.get(path), client.get(path, headers=GZIP)
    assert "Content-Encoding" not in plain.headers
    if len(plain.data) < 1000:
        assert "Content-Encoding" not in packed.headers
        return
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    share = (
        1 if path.endswith(".onnx") else 0.6
    )  # the toy's numbers are drawn; those of a released model are half as many
    assert int(packed.headers["Content-Length"]) == len(packed.data) < share * len(plain.data)
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_a_file_that_is_known_is_not_sent_again(client):
    first = client.get("/static/app.css", headers=GZIP)
    again = client.get("/static/app.css", headers=GZIP | {"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/static/app.css", headers=GZIP).data == first.data


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/static/app.css", {"Accept-Encoding": "gzip;q=0"}),
        ("/static/app.css", GZIP | {"Range": "bytes=0-9"}),
        ("/api/v1/models", GZIP),
        ("/models/toy-cnn-v1.0/model.onnx", {}),
        ("/static/examples/country.ogg", GZIP),
    ],
)
def test_what_is_not_asked_for_or_gains_nothing_is_sent_as_it_is(client, path, headers):
    answer = client.get(path, headers=headers)
    assert answer.status_code in (200, 206)
    assert "Content-Encoding" not in answer.headers


MODULE = re.compile(r'^import [^;]*?from "([^"]+)";', re.MULTILINE)


def modules(entry: str) -> list[str]:
    """All modules that one of the page's imports, itself and those of others included, by their paths in static/."""
    found = [entry]
    for name in found:
        source = STATIC / name
        imported = MODULE.findall(source.read_text("utf-8")) if source.is_file() else []  # libraries import nothing
        paths = [posixpath.normpath(posixpath.join(posixpath.dirname(name), other)) for other in imported]
        found += [path for path in dict.fromkeys(paths) if path not in found]
    return found


def hints(kind: str) -> list[str]:
    """What index.html says it will need: ``modulepreload`` or ``preload``."""
    page = (STATIC / "index.html").read_text("utf-8")
    return re.findall(rf'<link rel="{kind}"[^>]* ?href="([^"]+)"', page)


def test_the_page_is_told_at_once_of_all_that_it_needs():
    """No module is found out about only when another has come: that would be a round trip a level."""
    assert [name.removeprefix("static/") for name in hints("modulepreload")] == modules("js/app.js")
    begin = (STATIC / "js" / "app.js").read_text("utf-8")
    assert {"site.json", "static/examples/examples.json"} <= set(hints("preload"))
    assert all(f'"{path}"' in begin for path in ("site.json", "static/examples/examples.json"))


def sent_by(app) -> Callable[[str], int]:
    """``size(path)``: bytes that the server sends for a file."""
    client = app.test_client()

    def size(path: str) -> int:
        answer = client.get(path, headers=GZIP)
        assert answer.status_code == 200, path
        return len(answer.data)

    return size


@needs_libraries
def test_the_first_visit_of_a_server_stays_within_its_budget(tmp_path):
    """150 kB until the page can be used, and 6 MB beside the WebAssembly with both models that are made ready."""
    app = create_app({"UPLOADS": tmp_path})
    try:
        size = sent_by(app)
        library = app.extensions["library"]
        shown = ["static/js/theme.js", "static/app.css", "static/icon.svg", *hints("modulepreload"), *hints("preload")]
        usable = sum(map(size, ["/", *(f"/{path}" for path in shown)]))
        worker = [f"/static/{name}" for name in modules("js/worker.js")]
        made_ready = {library.default, fast_model(library)}
        models = [f"/models/{name}/{file}" for name in made_ready for file in ("config.json", "model.onnx")]
        assert usable <= 150_000
        assert usable + sum(map(size, [*worker, *models])) <= 6_000_000
    finally:
        close(app)


@needs_libraries
def test_the_first_visit_of_a_host_of_files_stays_within_its_budget(tmp_path):
    """It compresses nothing, perhaps, and the service worker keeps all that the page needs: 6 MB beside the wasm."""
    sizes = build(tmp_path / "page", MODELS)
    first = {name: sizes[name] for name in kept(tmp_path / "page") if not name.endswith(".wasm")}
    assert sum(first.values()) <= 6_000_000
