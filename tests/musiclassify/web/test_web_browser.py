"""The page in a real browser: every way gives the answer that Python gives, and nothing leaves that should not."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from looking import WAIT, as_wav
from toy_model import tone_for

from musiclassify import released
from musiclassify.released import words
from musiclassify.web.build import build
from musiclassify.web.site import EXAMPLES

pytestmark = pytest.mark.browser

FOCUSED = "((e) => e.id || e.dataset.lang || e.name || e.className)(document.activeElement)"
RATE = 44_100
PARITY = 0.005
"""By how much a probability may differ between the browser and Python, whatever the format."""


@pytest.mark.parametrize("way", ["browser", "features", "upload"])
@pytest.mark.parametrize("kind", ["wav", "mp3", "m4a"])
def test_every_way_gives_pythons_answer(look, served, toy_models, song_files, way, kind):
    seen = look(served.url)
    seen.choose(way)
    seen.page.select_option("#model", "toy-blend-v1.0")
    seen.hand_in(song_files[kind])
    answer = seen.answer()
    expected = released.load(toy_models / "toy-blend-v1.0").classify(song_files[kind])
    assert answer["model"] == expected.model
    assert answer["genre"] == expected.genre
    assert answer["uncertain"] is expected.uncertain
    assert answer["probabilities"] == pytest.approx(expected.probabilities, abs=1e-3 if kind == "wav" else PARITY)
    assert len(answer["excerpts"]) == len(expected.excerpts) == 2
    assert answer["skipped_s"] == 30
    assert answer["duration_s"] == pytest.approx(expected.duration_s, abs=1e-3 if kind == "wav" else 0.1)

    sent = [r for r in seen.requests if r.method != "GET"]
    if way == "browser":
        assert sent == []
    elif way == "features":
        assert {r.url for r in sent} == {f"{served.url}/api/v1/classify-features"}
        sound = song_files[kind].read_bytes()
        for r in sent:
            assert r.headers["content-type"] == "application/json"
            body = r.post_data_buffer
            assert not any(sound[at : at + 16] in body for at in range(4000, len(sound), 50_000))
            assert set(json.loads(body)) == {"model", "excerpts"}
            for excerpt in json.loads(body)["excerpts"]:
                assert set(excerpt) == {"start_s", "duration_s", "mfcc", "summary"}
    else:
        assert {r.url for r in sent} == {f"{served.url}/api/v1/classify"}
        assert b"song.mp3" not in (sent[0].post_data_buffer or b"")


@pytest.mark.parametrize("way", ["browser", "upload"])
def test_less_of_a_song_is_heard_by_choice_and_as_much_as_python_hears(look, served, toy_models, song_files, way):
    seen = look(served.url)
    seen.choose(way)
    seen.more()
    seen.page.select_option("#effort", "fast")
    seen.hand_in(song_files["wav"])
    answer = seen.answer()
    expected = released.load(toy_models / "toy-cnn-v1.0").classify(song_files["wav"], effort="fast")
    assert (answer["effort"], answer["heard_s"]) == ("fast", pytest.approx(expected.heard_s))
    assert [e["start_s"] for e in answer["excerpts"]] == pytest.approx([e.start_s for e in expected.excerpts])
    assert answer["probabilities"] == pytest.approx(expected.probabilities, abs=1e-3)
    assert answer["skipped_s"] == 30
    assert "0:05" in seen.page.inner_text("#song .notes")


def test_flac_and_a_bundled_example(look, served, toy_models, song_files):
    seen = look(served.url)
    seen.hand_in(song_files["flac"])
    expected = released.load(toy_models / "toy-cnn-v1.0").classify(song_files["flac"])
    assert seen.answer()["probabilities"] == pytest.approx(expected.probabilities, abs=1e-3)
    seen.page.evaluate("indexedDB.deleteDatabase('musiclassify').onsuccess = null")
    seen.open()
    seen.page.click("#example-chips button >> nth=2")
    example = EXAMPLES / "country.ogg"
    expected = released.load(toy_models / "toy-cnn-v1.0").classify(example)
    assert seen.answer()["probabilities"] == pytest.approx(expected.probabilities, abs=PARITY)
    assert seen.page.inner_text("#song .song-by").startswith("emegeme"), "who made it stands with the answer"
    seen.page.click("#credits summary")
    assert "CC BY 3.0" in seen.page.inner_text("#credit-list")
    assert "Karissa Hobbs" in seen.page.inner_text("#credit-list")


def test_another_model_answers_at_once_and_what_it_said_is_known(look, served, song_files):
    seen = look(served.url)
    seen.more()
    assert "toy-cnn-v1.0" in seen.page.inner_text("#quality-text")
    seen.hand_in(song_files["wav"])
    first = seen.answer()
    seen.page.select_option("#model", "toy-blend-v1.0")
    assert "toy-blend-v1.0" in seen.page.inner_text("#quality-text")
    seen.page.wait_for_selector("#song .song-foot [title='toy-blend-v1.0']", timeout=WAIT)
    second = seen.answer()
    assert (first["model"], second["model"]) == ("toy-cnn-v1.0", "toy-blend-v1.0")
    assert first["confidence"] != pytest.approx(second["confidence"], abs=1e-3)
    seen.page.select_option("#model", "toy-cnn-v1.0")
    assert seen.page.get_attribute("#song .song-foot .quiet", "title") == "toy-cnn-v1.0", "known from before"
    seen.page.click("#about")
    assert seen.page.inner_text("#card-name") == "toy-cnn-v1.0"
    seen.page.keyboard.press("Escape")
    assert not seen.page.is_visible("#card")


@pytest.mark.parametrize("way", ["browser", "upload"])
def test_an_error_shows_and_the_next_song_goes_on(look, served, wav_bytes, way):
    seen = look(served.url)
    seen.choose(way)
    name = "<b>not</b> music.mp3"
    seen.hand_in({"name": name, "mimeType": "audio/mpeg", "buffer": b"junk" * 999})
    seen.page.wait_for_selector(".trouble", timeout=WAIT)
    assert re.search("cannot (be )?decode", seen.page.inner_text("#song"))
    assert seen.page.inner_text("#song .song-name") == name
    assert seen.page.query_selector("#song b") is None
    assert "cannot be decoded" in seen.page.inner_text("#live")
    seen.hand_in(as_wav(wav_bytes, "silent.wav", np.zeros(99_999, np.float32)))
    seen.page.wait_for_selector("#song:has-text('nothing to hear')", timeout=WAIT)
    seen.hand_in(as_wav(wav_bytes, "short.wav", tone_for("jazz", 0.3)))
    seen.page.wait_for_selector("#song:has-text('too short')", timeout=WAIT)
    seen.hand_in(as_wav(wav_bytes, "jazz.wav", tone_for("jazz", 7)))
    seen.page.wait_for_selector("#song .verdict-genre:has-text('Jazz')", timeout=WAIT)
    if way == "upload":
        assert all("422" in error for error in seen.errors)  # the browser itself notes refused requests
        seen.errors.clear()


def test_several_songs_give_a_list_and_downloads(look, served, wav_bytes):
    seen = look(served.url)
    files = [as_wav(wav_bytes, f"{label}.wav", tone_for(label, 6)) for label in ("rock", "jazz", "metal")]
    seen.hand_in(*files, {"name": "broken.mp3", "mimeType": "audio/mpeg", "buffer": b"junk" * 99})
    seen.page.wait_for_selector("#batch button:has-text('Clear the list')", timeout=WAIT)
    rows = seen.page.locator("#batch .rows li")
    assert rows.count() == 4
    assert [rows.nth(k).locator(".row-name").inner_text() for k in range(4)] == ["rock", "jazz", "metal", "broken"]
    said = [rows.nth(k).locator(".row-genre").inner_text() for k in range(3)]
    assert [text.split()[-1] for text in said] == ["rock", "jazz", "metal"]
    assert "cannot decode" in rows.nth(3).inner_text()
    rows.nth(2).locator(".row-open").click()
    assert seen.page.inner_text("#song .verdict-genre") == "Metal"
    with seen.page.expect_download() as waiting:
        seen.page.click('#batch button:has-text("CSV")')
    lines = Path(waiting.value.path()).read_text("utf-8").splitlines()
    assert lines[0].startswith("path,status,genre,confidence")
    assert [line.split(",")[:3] for line in lines[1:4]] == [[f"{g}.wav", "ok", g] for g in ("rock", "jazz", "metal")]
    assert lines[4].startswith("broken.mp3,error,,")
    assert seen.axe() == []
    seen.page.select_option("#batch select", "name")
    assert [rows.nth(k).locator(".row-name").inner_text() for k in range(4)] == ["broken", "jazz", "metal", "rock"]
    seen.page.fill("#batch input[type=search]", "etal")
    assert rows.count() == 1
    with seen.page.expect_download() as waiting:
        seen.page.click('#batch button:has-text("Playlist")')
    assert Path(waiting.value.path()).read_text("utf-8").splitlines()[2:] == [
        "#EXTINF:6,metal.wav",
        "#EXTGENRE:metal",
        "metal.wav",
    ]
    seen.page.fill("#batch input[type=search]", "")
    rows.nth(0).locator(".icon-button").focus()
    seen.page.keyboard.press("Enter")
    assert rows.count() == 3
    assert seen.page.evaluate("document.activeElement.closest('li').innerText").startswith("jazz"), "focus stays near"
    seen.page.click('#batch button:has-text("Clear the list")')
    assert not seen.page.is_visible("#results")


def test_cancel(look, served, wav_bytes):
    seen = look(served.url)
    gate = served.app.extensions["decoders"].gate
    seen.choose("upload")
    with gate.enter(), gate.enter():
        seen.hand_in(as_wav(wav_bytes, "a.wav", tone_for("jazz", 6)), as_wav(wav_bytes, "b.wav", tone_for("rock", 6)))
        seen.page.click("#song button:has-text('Cancel')")
        seen.page.wait_for_selector("#song .verdict.muted:has-text('Cancelled')", timeout=WAIT)
        seen.page.click("#batch button:has-text('Cancel all')")
        seen.page.wait_for_selector("#batch button:has-text('Clear the list')", timeout=WAIT)
    seen.page.click("#song button:has-text('Analyse again')")
    seen.page.wait_for_selector("#song .verdict-genre", timeout=WAIT)


def test_a_busy_server_is_asked_again(look, serve, wav_bytes):
    served = serve(DECODERS=1, WAITING=0)
    seen = look(served.url)
    seen.choose("upload")
    held = threading.Event()

    def hold():
        with served.app.extensions["decoders"].gate.enter():
            held.set()
            time.sleep(1.5)

    threading.Thread(target=hold).start()
    held.wait()
    seen.hand_in(as_wav(wav_bytes, "a.wav", tone_for("jazz", 6)))
    seen.page.wait_for_selector("#song .stage:has-text('busy')", timeout=WAIT)
    assert seen.answer()["genre"] == "jazz"
    assert all("503" in error for error in seen.errors)
    seen.errors.clear()


def test_the_static_page_works_offline_after_the_first_visit(look, static_host, toy_models, tmp_path, song_files):
    build(tmp_path / "sub" / "page", toy_models)
    address, unplug = static_host(tmp_path / "sub")
    seen = look(f"{address}/page/")
    assert seen.page.locator('input[name="way"]').count() == 1
    assert seen.page.evaluate("crossOriginIsolated") is False, "a host of files sends no such headers"
    seen.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    unplug()
    seen.open()  # 0.2 s on a quiet machine
    assert seen.page.evaluate("crossOriginIsolated") is True, "the service worker adds them"
    seen.hand_in(song_files["mp3"])
    assert len(seen.answer()["excerpts"]) == 2
    assert seen.axe() == []


def test_without_a_network_the_light_model_stands_in_for_one_that_has_not_come(
    look, static_host, toy_models, tmp_path, song_files, monkeypatch
):
    models = tmp_path / "models"
    shutil.copytree(toy_models, models)
    (models / "default").write_text("toy-blend-v1.0\n")
    monkeypatch.setattr("musiclassify.web.site.LIGHT", (models / "toy-cnn-v1.0" / "model.onnx").stat().st_size)
    build(tmp_path / "page", models)
    address, unplug = static_host(tmp_path / "page")
    missing = tmp_path / "page" / "models" / "toy-blend-v1.0"
    missing.rename(tmp_path / "elsewhere")  # the visit ends before it has come
    seen = look(f"{address}/")
    seen.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    unplug()
    seen.open()
    seen.hand_in(song_files["mp3"])
    assert seen.answer()["model"] == "toy-cnn-v1.0"
    assert "“Best” is not on this device yet" in seen.page.inner_text("#song .notes")
    assert "Fastest" in seen.page.inner_text("#song .song-foot")
    assert all("404" in error or "ERR_" in error for error in seen.errors)  # the browser itself notes what has not come
    seen.errors.clear()


def test_keyboard_alone(look, served, song_files):
    seen = look(served.url)
    page = seen.page
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))
    for name in ("skip-link", "en", "theme", "files", "folder", "listen", "chip", "way", "model", "about", "matrix"):
        assert name in reached, name
    seen.hand_in(song_files["wav"])
    page.wait_for_selector("#song .verdict-genre", timeout=WAIT)
    block = page.locator("#song .block >> nth=2")
    assert "Play from 1:00 to 1:11" in block.get_attribute("aria-label")
    block.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#song .play[aria-label='Pause']", timeout=5000)
    page.wait_for_selector("#song .wave-time:has-text('1:0')", timeout=5000)
    page.focus("#song .play")
    page.keyboard.press("Space")
    page.wait_for_selector("#song .play[aria-label='Play']", timeout=5000)
    assert page.inner_text("#song .verdict-genre").lower() in page.inner_text("#live")


def test_the_waveform_shows_genres_and_the_skipped_start(look, served, wav_bytes, pieces):
    seen = look(served.url)
    seen.hand_in(as_wav(wav_bytes, "song.wav", pieces(("metal", 30), ("jazz", 30), ("rock", 11))))
    seen.page.wait_for_selector("#song .verdict-genre", timeout=WAIT)
    blocks = seen.page.locator("#song .block")
    assert blocks.nth(0).get_attribute("aria-label") == "Start left out: 0:00 to 0:30"
    assert seen.page.is_visible("#song .hatch")
    assert blocks.count() == 3
    colours = seen.page.evaluate(
        """() => {
          const wave = document.querySelector("#song .wave-frame > div:not(.hatch)");
          const canvas = wave.shadowRoot.querySelector("canvas");
          const data = canvas.getContext("2d").getImageData(0, canvas.height >> 1, canvas.width, 1).data;
          const seen = new Set();
          for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255) seen.add([...data.slice(i, i + 3)].join());
          return [...seen];
        }"""
    )
    assert {"86,180,233", "136,34,85"} <= set(colours), "jazz and rock in their colours"
    assert "77,77,77" not in colours, "nothing is said of the start"
    seen.page.locator("#song .wave-frame").click(position={"x": 700, "y": 40})
    seen.page.wait_for_selector("#song .wave-time:not(:has-text('0:00 /'))", timeout=5000)


def doubtful(page) -> None:
    """Have the toy model doubt what it is half sure of, and two halves count as a whole."""

    def change(path: str, **changes: object) -> None:
        body = json.dumps(json.loads(page.evaluate(f"fetch('{path}').then((r) => r.text())")) | changes)
        page.route(f"**/{path}", lambda route: route.fulfill(body=body, content_type="application/json"))

    change("models/toy-cnn-v1.0/config.json", uncertain_below=0.6)
    table = words.table()
    change("site.json", words=table | {"scale": table["scale"] | {"together": 0.7}})


ALWAYS = {("dark", 320, "fr-FR"), ("light", 360, "en-US"), ("dark", 768, "en-US"), ("light", 1280, "fr-FR")}
LOOKS = [
    pytest.param(*look, marks=() if look in ALWAYS else pytest.mark.slow)
    for look in itertools.product(("light", "dark"), (320, 360, 768, 1280), ("en-US", "fr-FR"))
]
"""Every theme, width and language; each is switched to the other theme and language on the way."""


@pytest.mark.parametrize(("scheme", "width", "locale"), LOOKS)
def test_axe_finds_nothing_and_nothing_overflows(look, served, wav_bytes, pieces, scheme, width, locale):
    seen = look(served.url, viewport={"width": width, "height": 800}, color_scheme=scheme, locale=locale)
    page, states = seen.page, []

    def clean(state: str) -> None:
        assert seen.axe() == [], state
        assert page.evaluate("document.documentElement.scrollWidth") <= width, state
        states.append(state)

    doubtful(page)
    seen.open()
    french = locale.startswith("fr")
    assert page.inner_text("h1").startswith("De quel genre" if french else "What genre")
    assert page.get_attribute("html", "lang") == locale[:2]
    assert page.title().endswith("de quel genre est ce morceau\u202f?" if french else "what genre is this song?")
    clean("start")
    page.click("#credits summary")
    clean("credits")
    seen.hand_in(as_wav(wav_bytes, "chanson.wav", pieces(("metal", 31), ("rock", 30), ("disco", 11))))
    page.wait_for_selector("#song .song-foot", timeout=WAIT)
    assert ("laissées de côté" if french else "left out") in page.inner_text("#song")
    clean("answer")
    page.click("#song .why-buttons button >> nth=1")
    page.wait_for_selector("#song .why-more summary", timeout=WAIT)
    page.click("#song .why-more summary")
    clean("why")
    page.click("#about")
    page.wait_for_selector("#card .technical summary", timeout=WAIT)
    page.click("#card .technical summary")
    clean("card")
    page.keyboard.press("Escape")
    page.click(f'[data-lang="{"en" if french else "fr"}"]')
    page.wait_for_selector(f"h1:has-text('{'What genre' if french else 'De quel genre'}')", timeout=WAIT)
    page.click("#theme")
    assert page.get_attribute("html", "data-theme") == ("dark" if scheme == "light" else "light")
    clean("other theme and language")
    long = "a name without end " * 5
    seen.hand_in(
        {"name": f"{long}.mp3", "mimeType": "audio/mpeg", "buffer": b"junk" * 99},
        as_wav(wav_bytes, "two.wav", np.concatenate([tone_for("jazz", 5), tone_for("rock", 5)])),
        as_wav(wav_bytes, "three.wav", tone_for("pop", 5)),
    )
    page.wait_for_selector(".trouble", timeout=WAIT)
    page.wait_for_selector("#batch .row-genre >> nth=2", timeout=WAIT)
    clean("list and error")
    page.click("#batch .row-open >> nth=2")
    assert page.locator("#song .verdict-genre.two").count() == 1, "half jazz and half rock"
    clean("between two")
    page.reload()
    page.wait_for_selector("#batch .rows li", timeout=WAIT)
    clean("kept from before")
    assert len(states) == 9


def test_the_error_page(look, served):
    seen = look(served.url)
    seen.page.goto(served.url + "/nothing")
    assert "There is nothing here" in seen.page.inner_text("main")
    assert seen.axe() == []
    assert all("404" in error for error in seen.errors)
    seen.errors.clear()


def test_a_long_mp3_keeps_the_page_responsive(look, served, tmp_path):
    y = np.tile(tone_for("jazz", 5), 30)
    sf.write(tmp_path / "long.mp3", y, 22_050)
    seen = look(served.url)
    seen.page.evaluate(
        """() => {
          window.longest = 0;
          let last = performance.now();
          setInterval(() => {
            const now = performance.now();
            window.longest = Math.max(window.longest, now - last);
            last = now;
          }, 20);
        }"""
    )
    seen.hand_in(tmp_path / "long.mp3")
    assert seen.answer()["genre"] == "jazz"
    assert seen.page.evaluate("window.longest") < 700, "the page stood still"
