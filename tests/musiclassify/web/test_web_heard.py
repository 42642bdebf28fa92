"""What the page tells beside the genre: moods, several genres, songs like this one."""

from __future__ import annotations

import pytest
from looking import WAIT, as_wav
from toy_model import tone_for

from musiclassify import released

pytestmark = pytest.mark.browser


def shown(seen) -> list[str]:
    return seen.page.locator("#song .heard-line >> nth=-1 >> .tag").all_inner_texts()


@pytest.mark.parametrize("way", ["browser", "features", "upload"])
def test_moods_are_those_of_the_terminal_whatever_the_way(look, served, toy_models, song_files, way):
    seen = look(served.url)
    seen.choose(way)
    seen.page.select_option("#model", "toy-blend-v1.0")
    seen.hand_in(song_files["wav"])
    answer = seen.answer()
    expected = released.load(toy_models / "toy-blend-v1.0").classify(song_files["wav"])
    assert answer["moods"] == pytest.approx(expected.moods, abs=1e-3)
    assert list(answer["moods"]) == list(expected.moods)
    assert shown(seen) == list(expected.moods)
    assert "embedding" not in answer, "numbers for comparing are not part of the answer that is handed out"
    seen.page.select_option("#model", "toy-cnn-v1.0")
    seen.page.wait_for_selector("#song .song-foot [title='toy-cnn-v1.0']", timeout=WAIT)
    assert seen.page.locator("#song .heard").count() == 0, "this model tells none"


def test_songs_like_this_one_are_named_nearest_first_and_lead_to_them(look, served, toy_models, wav_bytes, tmp_path):
    seen = look(served.url)
    seen.more()
    seen.page.select_option("#model", "toy-blend-v1.0")
    tones = {name: tone_for(genre, 6, amplitude=a) for name, genre, a in (
        ("low", "blues", 0.3), ("low too", "blues", 0.25), ("high", "rock", 0.3), ("near", "classical", 0.3),
    )}  # fmt: skip
    seen.hand_in(*(as_wav(wav_bytes, f"{name}.wav", y) for name, y in tones.items()))
    seen.page.wait_for_selector("#batch button:has-text('Clear the list')", timeout=WAIT)
    seen.page.click("#batch .row-open:has-text('low') >> nth=0")
    names = seen.page.locator("#song .like-name")
    model = released.load(toy_models / "toy-blend-v1.0")
    found = {}
    for name, y in tones.items():
        (tmp_path / f"{name}.wav").write_bytes(wav_bytes(y))
        found[name] = model.classify(tmp_path / f"{name}.wav").embedding

    def cosine(a, b) -> float:
        return float(a @ b / (a @ a) ** 0.5 / (b @ b) ** 0.5)

    nearest = sorted({*tones} - {"low"}, key=lambda name: -cosine(found["low"], found[name]))
    assert nearest[0] == "low too"
    assert names.all_inner_texts() == nearest
    assert seen.axe() == []
    seen.page.click("#song .like-row >> nth=0")
    assert seen.page.inner_text("#song .song-name") == "low too.wav"
    seen.page.reload()
    seen.page.wait_for_selector("#song .like-row", timeout=WAIT)
    assert names.count() == 3, "known from before"
    seen.page.click("#batch .icon-button >> nth=3")
    assert names.count() == 2, "one has gone"
