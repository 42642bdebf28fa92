"""Why an answer is what it is, and what a model's card says, in plain words of both languages."""

from __future__ import annotations

import pytest
from looking import WAIT, as_wav
from toy_model import tone_for

pytestmark = pytest.mark.browser


def ask(seen) -> list[str]:
    seen.page.click("#song .why-buttons button >> nth=1")
    seen.page.wait_for_selector("#song .reasons", timeout=WAIT)
    return seen.page.locator("#song .reasons li").all_inner_texts()


def test_reasons_are_told_in_words_and_in_a_picture(look, served, wav_bytes):
    """The toy model takes a tone of 1.3 kHz for jazz: the answer rests on the band that holds it."""
    seen = look(served.url)
    seen.hand_in(as_wav(wav_bytes, "jazz.wav", tone_for("jazz", 12)))
    seen.page.wait_for_selector("#song .song-foot", timeout=WAIT)
    assert seen.page.inner_text("#song .why-buttons button >> nth=0").startswith("Hear the five seconds most like jazz")
    told = ask(seen)
    assert any("the middle tones" in reason and "jazz falls from" in reason for reason in told), told
    seen.page.click("#song .why-more summary")
    assert seen.axe() == []
    lit = seen.page.evaluate(
        """() => {
          const c = document.querySelector(".why-sound");
          const { data } = c.getContext("2d").getImageData(0, 0, c.width, c.height);
          return data.filter((_, i) => i % 4 === 0).reduce((n, red) => n + (red > 200), 0);
        }"""
    )
    assert 80 < lit < 1600, "a line of one tone"
    longest = seen.page.evaluate(
        "[...document.querySelectorAll('.why-bar.band')].map((b) => Number(b.style.getPropertyValue('--size')))"
    )
    assert longest.index(max(longest)) == 4, "800 to 1600 Hz"
    seen.page.click('[data-lang="fr"]')
    seen.page.wait_for_selector("#song .reasons:has-text('jazz passe de')", timeout=WAIT)
    assert len(seen.page.locator("#song .reasons li").all()) == len(told), "known; nothing is asked again"
    assert [r for r in seen.requests if r.method != "GET"] == []


def test_asking_why_can_be_stopped_and_asked_again(look, served, wav_bytes):
    seen = look(served.url)
    seen.hand_in(as_wav(wav_bytes, "rock.wav", tone_for("rock", 12)))
    seen.page.wait_for_selector("#song .song-foot", timeout=WAIT)
    button = seen.page.locator("#song .why-buttons button >> nth=1")
    seen.page.evaluate(
        """() => new MutationObserver(() => document.querySelector(".why-told button")?.click())
          .observe(document.getElementById("song"), { childList: true, subtree: true })"""
    )
    button.click()
    seen.page.locator(".why-told progress").wait_for(state="detached", timeout=WAIT)
    assert button.is_visible()
    assert seen.page.locator("#song .reasons").count() == 0


def test_the_card_is_in_the_language_of_the_page(look, served):
    seen = look(served.url, locale="fr-FR")
    seen.more()
    seen.page.click("#about")
    seen.page.wait_for_selector("#card .technical", timeout=WAIT)
    text = seen.page.inner_text("#card-text")
    for title in ("Ce qu’il fait", "D’où il l’a appris", "A-t-il souvent raison", "Ce qu’il ne sait pas faire"):
        assert title in text
    assert "classique" in text
    assert "A toy for tests" not in text
    assert seen.axe() == []
    seen.page.click("#card .technical summary")
    assert "A toy for tests" in seen.page.inner_text("#card-text")
    assert seen.page.get_attribute("#card .technical .card-text", "lang") == "en"
    assert seen.axe() == []
