"""The page's files, its safety headers, and the page that errors are to people."""

from __future__ import annotations

import json
import re

import pytest

from musiclassify import released
from musiclassify.released import heard, words
from musiclassify.web import create_app, library
from musiclassify.web.csp import HEADERS
from musiclassify.web.site import EXAMPLES, HERE, LIBRARIES, STATIC


def test_the_page_and_what_it_loads_is_there(client):
    page = client.get("/")
    assert page.status_code == 200
    for address in re.findall(r'(?:src|href)="([^"#]+)"', page.text):
        if address not in ("./",):
            assert client.get(f"/{address}").status_code == 200, address


def test_no_inline_script_or_style_and_nothing_from_elsewhere():
    page = (STATIC / "index.html").read_text("utf-8")
    assert not re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", page)
    assert not re.findall(r"\son\w+=|\sstyle=|<style|javascript:|https?://", page)
    for path in STATIC.rglob("*.js"):
        text = path.read_text("utf-8")
        assert "innerHTML" not in text, path.name
        assert not re.findall(r"https?://(?!www\.w3\.org)[a-z]", text), path.name
    assert "http" not in re.sub(r"http://www\.w3\.org\S*", "", (STATIC / "app.css").read_text("utf-8"))


@pytest.mark.parametrize("address", ["/", "/healthz", "/nothing", "/api/v1/nothing", "/static/app.css"])
def test_safety_headers_stand_on_every_answer(client, address):
    headers = client.get(address).headers
    for name, value in HEADERS.items():
        assert headers[name] == value
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self' 'wasm-unsafe-eval';" in policy
    assert "unsafe-inline" not in policy


def test_errors_are_a_page_for_people(client):
    response = client.get("/nothing/<script>alert(1)</script>")
    assert response.status_code == 404
    assert response.mimetype == "text/html"
    assert "There is nothing here" in response.text
    assert "alert(1)" not in response.text
    assert client.get("/nothing", headers={"Accept": "application/json"}).get_json()["code"] == "not-found"


def test_unexpected_failures_tell_nothing_of_the_inside(app, monkeypatch):
    def fail(*_):
        raise RuntimeError("a secret")

    monkeypatch.setattr(app.extensions["library"], "describe", fail)
    app.config["TESTING"] = False
    response = app.test_client().get("/api/v1/models")
    assert response.status_code == 500
    assert response.get_json()["code"] == "internal"
    assert "secret" not in response.text


@pytest.mark.parametrize(
    "address",
    [
        "/models/toy-cnn-v1.0/../default",
        "/models/toy-cnn-v1.0/secrets.txt",
        "/models/nonesuch/model.onnx",
        "/models/..%2f..%2fetc/passwd",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/vendor/../../app.py",
        "/static/vendor/none.js",
    ],
)
def test_only_listed_files_are_served(client, address):
    assert client.get(address).status_code == 404


def test_models_are_served_for_the_browser(client):
    assert client.get("/models/toy-cnn-v1.0/config.json").get_json()["name"] == "toy-cnn-v1.0"
    first = client.get("/models/toy-cnn-v1.0/model.onnx")
    assert first.mimetype == "application/octet-stream"
    again = client.get("/models/toy-cnn-v1.0/model.onnx", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_the_page_is_told_the_ways_and_limits(client):
    site = client.get("/site.json").get_json()
    assert site["ways"] == ["browser", "features", "upload"]
    assert site["server"]["max_upload_bytes"] == 64 * 2**20
    assert site["default"] == "toy-cnn-v1.0"


def test_each_model_says_what_it_owes_to_a_network_trained_elsewhere(toy_models):
    def described(name, corpus, **more):
        model = library.Model(toy_models / "toy-cnn-v1.0")
        model.config = model.config | {"corpus": corpus, "features": model.config["features"] | {"tagger": name}} | more
        return model.describe()

    assert described("none", "gtzan-scratch")["hearing"] == "own"
    assert described("mtt-musicnn", "gtzan-clean")["hearing"] == "clean"
    assert described("mtt-musicnn", "mine")["hearing"] == "heard", "nobody compared its artists with these"
    assert described("msd-musicnn+mtt-musicnn", "gtzan")["hearing"] == "heard"
    assert described("none", "gtzan", taught_by="msd-musicnn")["hearing"] == "taught"
    assert described("none", "gtzan")["pretrained"] is False


def test_both_languages_say_the_same_things():
    english, french = (json.loads((STATIC / "i18n" / f"{name}.json").read_text("utf-8")) for name in ("en", "fr"))
    genres = {key for key in english | french if key.startswith(("genre.", "mood."))}
    assert set(english) - genres == set(french) - genres
    for key in set(english) - genres:
        assert sorted(re.findall(r"\{\w+\}", english[key])) == sorted(re.findall(r"\{\w+\}", french[key])), key
    used = "".join(path.read_text("utf-8") for path in [STATIC / "index.html", *STATIC.rglob("*.js")])
    forms = [re.sub(r"\\\$\\\{.*?\\\}", r".+", re.escape(form)) for form in re.findall(r"`(\w+\.\$\{[^`]*)`", used)]
    for key in set(english) - genres:
        assert f'"{key}"' in used or any(re.fullmatch(form, key) for form in forms), f"{key} is unused"


def test_every_mood_that_the_default_model_names_can_be_said_in_french():
    french = json.loads((STATIC / "i18n" / "fr.json").read_text("utf-8"))
    moods = {heard.readable(tag) for tag in heard.Heard(released.load().release.config["statistics"]).tags}
    named = {key.removeprefix("mood.") for key in french if key.startswith("mood.")}
    assert named <= moods
    alike = "blues chill country dance electro electronica folk funk hip-hop house jazz metal pop punk rock soul R&B"
    assert moods - named <= {*alike.split(), "heavy metal"}, "these are called the same in French"


def test_examples_are_small_and_listed_with_their_credits():
    listed = json.loads((EXAMPLES / "examples.json").read_text("utf-8"))
    assert len(listed) == 3
    assert {path.name for path in EXAMPLES.glob("*.ogg")} == {example["file"] for example in listed}
    for example in listed:
        assert (EXAMPLES / example["file"]).stat().st_size <= 300_000
        assert set(example["name"]) == {"en", "fr"}
        assert example["title"]
        assert example["artist"]
        assert re.fullmatch(r"CC0 1\.0|CC BY [34]\.0|Public Domain", example["licence"])
        assert example["licence_url"].startswith("https://creativecommons.org/")
        assert example["source"].startswith("https://")
        assert re.fullmatch("[0-9a-f]{64}", example["sha256"])
        assert example["end_s"] - example["start_s"] <= 30


def test_the_default_model_answers_every_example_rightly_and_surely():
    model = released.load()
    for example in json.loads((EXAMPLES / "examples.json").read_text("utf-8")):
        answer = model.classify(EXAMPLES / example["file"])
        assert answer.genre == example["genre"], example["file"]
        assert words.level(answer.probabilities, uncertain=answer.uncertain) == "sure", example["file"]


def test_the_lock_records_no_addresses():
    lock = json.loads((HERE / "package-lock.json").read_text("utf-8"))
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert "http" not in (HERE / "package.json").read_text("utf-8")


def test_settings_out_of_range_are_refused_by_name(toy_models):
    for name in ("DECODERS", "MAX_CONTENT_LENGTH", "SONG_LIMIT_S"):
        with pytest.raises(ValueError, match=f"{name}=0"):
            create_app({"MODELS": toy_models, name: 0})
    with pytest.raises(ValueError, match="holds no released model"):
        create_app({"MODELS": HERE / "templates"})


def test_libraries_come_from_npm(client):
    for name, path in LIBRARIES.items():
        if not path.is_file():
            pytest.skip("no JavaScript libraries: run `npm ci` in the folder musiclassify/web")
        kind = client.get(f"/static/vendor/{name}").mimetype
        assert kind == ("application/wasm" if name.endswith(".wasm") else "text/javascript")
