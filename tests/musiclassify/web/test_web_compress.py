"""The page's files are sent compressed to who takes it, and only those."""

from __future__ import annotations

import gzip

import pytest

from musiclassify.web.build import build, kept
from musiclassify.web.site import LIBRARIES

GZIP = {"Accept-Encoding": "gzip, br"}


@pytest.mark.parametrize("path", ["/", "/static/js/app.js", "/static/app.css", "/site.json", "/static/icon.svg"])
def test_files_go_out_compressed_and_whole(client, path):
    plain, packed = client.get(path), client.get(path, headers=GZIP)
    assert "Content-Encoding" not in plain.headers
    if len(plain.data) < 1000:
        assert "Content-Encoding" not in packed.headers
        return
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert int(packed.headers["Content-Length"]) == len(packed.data) < 0.6 * len(plain.data)
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
        ("/models/toy-cnn-v1.0/model.onnx", GZIP),
        ("/static/examples/country.ogg", GZIP),
    ],
)
def test_what_is_not_asked_for_or_gains_nothing_is_sent_as_it_is(client, path, headers):
    answer = client.get(path, headers=headers)
    assert answer.status_code in (200, 206)
    assert "Content-Encoding" not in answer.headers


def test_the_first_visit_stays_within_its_budget(tmp_path):
    """With the released models: 6 MB beside the WebAssembly are the most, 200 kB until the page can be used."""
    if not all(path.is_file() for path in LIBRARIES.values()):
        pytest.skip("no JavaScript libraries: run `npm ci` in the folder musiclassify/web")
    from musiclassify.web.app import MODELS

    sizes = build(tmp_path / "page", MODELS)
    first = {name: sizes[name] for name in kept(tmp_path / "page") if not name.endswith(".wasm")}
    assert sum(first.values()) <= 6_000_000
    usable = [name for name in first if name.startswith("static/") and name.endswith((".js", ".css", ".json", ".svg"))]
    packed = [len(gzip.compress((tmp_path / "page" / name).read_bytes())) for name in usable]
    assert sum(packed) <= 200_000
