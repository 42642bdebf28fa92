"""What a visitor meets beside the answer: ways in, what is kept, what comes at once, what the files themselves tell."""

from __future__ import annotations

import json

import pytest
import soundfile as sf
from looking import WAIT, as_wav
from toy_model import tone_for

from musiclassify import released

pytestmark = pytest.mark.browser


def test_answers_outlive_a_reload_and_the_sound_comes_back_with_its_file(look, served, wav_bytes):
    seen = look(served.url)
    songs = [as_wav(wav_bytes, f"{label}.wav", tone_for(label, 6)) for label in ("jazz", "rock")]
    seen.hand_in(*songs)
    seen.page.wait_for_selector("#batch button:has-text('Clear the list')", timeout=WAIT)
    seen.open()
    assert [row.inner_text() for row in seen.page.locator("#batch .row-name").all()] == ["jazz", "rock"]
    assert seen.page.inner_text("#song .verdict-genre") == "Rock"
    assert "The sound is not kept" in seen.page.inner_text("#song")
    assert not seen.page.is_visible("#song .play")
    assert not seen.page.is_visible("#song button:has-text('Analyse again')")
    stored = seen.page.evaluate(
        """() => new Promise((resolve) => {
          const request = indexedDB.open("musiclassify", 1);
          request.onsuccess = () => {
            const all = request.result.transaction("songs").objectStore("songs").getAll();
            const told = (song) => [Object.keys(song).sort().join(), song.peaks.length];
            all.onsuccess = () => resolve(all.result.map(told));
          };
        })"""
    )
    fields = "answer,durationS,effort,first,id,kept,lastModified,model,name,peaks,size,tags,tookS,vote,way"
    assert stored == [[fields, 1600]] * 2, "an envelope to draw, no sound"
    seen.page.click('#batch button:has-text("Clear the list")')
    seen.open()
    assert not seen.page.is_visible("#results")


def test_a_song_that_comes_again_is_not_listed_twice(look, served, song_files):
    seen = look(served.url)
    seen.hand_in(song_files["wav"])
    seen.answer()
    seen.open()
    assert not seen.page.is_visible("#song .play")
    seen.hand_in(song_files["wav"])
    seen.page.wait_for_selector("#song .play", timeout=WAIT)
    assert not seen.page.is_visible("#batch .card")
    assert seen.page.inner_text("#song .song-foot").startswith("Best"), "the answer stands; nothing was asked again"


def test_a_light_model_answers_first_and_the_chosen_one_refines_it(look, served, toy_models, song_files):
    seen = look(served.url)
    seen.context.add_init_script("Object.defineProperty(navigator, 'connection', {value: {saveData: true}})")
    site = json.loads(seen.page.evaluate("fetch('site.json').then((r) => r.text())"))
    changed = json.dumps(site | {"default": "toy-blend-v1.0", "fast": "toy-cnn-v1.0"})
    seen.page.route("**/site.json", lambda route: route.fulfill(body=changed, content_type="application/json"))
    seen.open()
    seen.page.evaluate(
        """() => {
          window.said = [];
          new MutationObserver(() => {
            const text = document.querySelector("#song .guess")?.innerText;
            if (text && text !== said.at(-1)) said.push(text);
          }).observe(document.getElementById("song"), { childList: true, subtree: true });
        }"""
    )
    assert seen.page.is_checked('input[name="choice"][value="toy-blend-v1.0"]')
    seen.hand_in(song_files["wav"])
    answer = seen.answer()
    expected = released.load(toy_models / "toy-blend-v1.0").classify(song_files["wav"])
    assert answer["model"] == "toy-blend-v1.0"
    assert answer["probabilities"] == pytest.approx(expected.probabilities, abs=1e-3)
    said = seen.page.evaluate("said")
    assert "A first impression" in said[0]
    assert "1 of 2 excerpts heard closely" in "".join(said[1:])
    seen.page.check('input[name="choice"][value="toy-cnn-v1.0"]')
    seen.page.wait_for_selector("#song .song-foot:has-text('Fastest')", timeout=WAIT)


def test_leaving_while_songs_are_heard_is_asked_about(look, served, wav_bytes):
    seen = look(served.url)
    asked = []
    seen.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    gate = served.app.extensions["decoders"].gate
    seen.choose("upload")
    with gate.enter(), gate.enter():
        seen.hand_in(as_wav(wav_bytes, "a.wav", tone_for("jazz", 6)))
        seen.page.click("#song .stage")  # browsers ask only where somebody has touched the page
        seen.page.reload()
    assert asked == ["beforeunload"]


def test_a_folder_gives_its_sounds_and_a_folder_without_any_says_so(look, served, wav_bytes, tmp_path):
    (tmp_path / "album" / "disc 2").mkdir(parents=True)
    (tmp_path / "album" / "b.wav").write_bytes(wav_bytes(tone_for("jazz", 6)))
    (tmp_path / "album" / "disc 2" / "a.wav").write_bytes(wav_bytes(tone_for("rock", 6)))
    (tmp_path / "album" / "cover.jpg").write_bytes(b"x")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("x")
    seen = look(served.url)
    seen.page.set_input_files("#folder", tmp_path / "empty")
    assert "no sound in that folder" in seen.page.inner_text("#notice")
    seen.page.set_input_files("#folder", tmp_path / "album")
    seen.page.wait_for_selector("#batch button:has-text('Clear the list')", timeout=WAIT)
    assert [row.inner_text() for row in seen.page.locator("#batch .row-name").all()] == ["b", "a"]
    assert seen.page.inner_text("#notice") == ""


def test_the_microphone_listens_until_it_is_stopped(look, served):
    seen = look(served.url)
    seen.page.click("#listen")
    seen.page.wait_for_selector("#listen:has-text('stop')", timeout=WAIT)
    seen.page.wait_for_timeout(2500)
    seen.page.click("#listen")
    seen.page.wait_for_selector("#song .song-foot", timeout=WAIT)
    assert "From the microphone" in seen.page.inner_text("#song .song-name")
    assert seen.page.inner_text("#listen") == "Listen for 10 s"
    assert [r for r in seen.requests if r.method != "GET"] == []


def test_aiff_and_au_are_read_as_on_the_server(look, served, toy_models, song_files, tmp_path):
    y, rate = sf.read(song_files["wav"], dtype="float32")
    for name, subtype in (("a.aiff", "PCM_16"), ("b.aif", "PCM_24"), ("c.aifc", "FLOAT"), ("d.au", "PCM_16")):
        form = {"format": "AU" if name.endswith("au") else "AIFF", "subtype": subtype}
        sf.write(tmp_path / name, y[: 20 * rate], rate, **form)
        seen = look(served.url)
        seen.hand_in(tmp_path / name)
        expected = released.load(toy_models / "toy-cnn-v1.0").classify(tmp_path / name)
        assert seen.answer()["probabilities"] == pytest.approx(expected.probabilities, abs=1e-3), name


def test_title_artist_and_cover_come_from_the_files_tags(look, served, song_files, tmp_path):
    import io
    import shutil

    from mutagen.id3 import APIC, TIT2, TPE1
    from mutagen.mp3 import MP3
    from PIL import Image

    shutil.copy(song_files["mp3"], tmp_path / "x.mp3")
    image = io.BytesIO()
    Image.new("RGB", (300, 300), "red").save(image, "PNG")
    file = MP3(tmp_path / "x.mp3")
    file.add_tags()
    file.tags.add(TIT2(encoding=1, text="Été <b>"))
    file.tags.add(TPE1(encoding=3, text="Somebody"))
    file.tags.add(APIC(encoding=0, mime="image/png", type=3, desc="", data=image.getvalue()))
    file.save()
    seen = look(served.url)
    seen.hand_in(tmp_path / "x.mp3")
    seen.page.wait_for_selector("#song .song-foot", timeout=WAIT)
    assert seen.page.inner_text("#song .song-name") == "Été <b>"
    assert "Somebody" in seen.page.inner_text("#song .song-by")
    assert seen.page.get_attribute("#song .cover", "src").startswith("data:image/jpeg")
    with seen.page.expect_download() as waiting:
        seen.page.click('#song button:has-text("Picture")')
    with Image.open(waiting.value.path()) as picture:
        assert picture.size == (1200, 630)


def test_the_waveform_is_sought_by_keys(look, served, song_files):
    seen = look(served.url)
    seen.hand_in(song_files["wav"])
    seen.page.wait_for_selector("#song .song-foot", timeout=WAIT)
    seen.page.focus("#song .wave-frame")
    seen.page.keyboard.press("PageUp")
    seen.page.keyboard.press("ArrowRight")
    seen.page.wait_for_selector("#song .wave-time:has-text('0:35 /')", timeout=5000)
    assert seen.page.get_attribute("#song .wave-frame", "aria-valuetext") == "0:35 / 1:11"
    seen.page.keyboard.press("Home")
    seen.page.wait_for_selector("#song .wave-time:has-text('0:00 /')", timeout=5000)


def test_the_page_is_isolated_so_that_the_model_may_use_threads(look, served):
    seen = look(served.url)
    assert seen.page.evaluate("crossOriginIsolated") is True


@pytest.mark.parametrize("way", ["browser", "upload"])
def test_half_a_file_is_answered_with_a_word_of_warning(look, served, song_files, way):
    """Half of the wav's samples are missing; its head still says 71 s."""
    whole = song_files["wav"].read_bytes()
    seen = look(served.url)
    seen.choose(way)
    seen.hand_in({"name": "half.wav", "mimeType": "audio/wav", "buffer": whole[: len(whole) // 2]})
    seen.page.wait_for_selector("#song .song-foot", timeout=WAIT)
    assert seen.page.inner_text("#song .warning").startswith("Only 0:35 of 1:11 could be read")
    seen.hand_in(song_files["wav"])
    seen.page.wait_for_selector("#song .song-name:has-text('song.wav')", timeout=WAIT)
    seen.page.wait_for_selector("#song .song-foot", timeout=WAIT)
    assert not seen.page.is_visible("#song .warning")
