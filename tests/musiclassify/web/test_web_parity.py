"""The browser answers as Python does, whatever the file: the released models on 48 files of eight formats.

Both decode to the same samples (a difference of 2e-7) and resample alike (4e-6). What is left comes of the models: on
the very same samples two builds of onnxruntime round a statistic differently in its last digits, and where a tree of
the blend has its threshold between the two, the answer takes a step. A network without trees stays within the gate.
"""

from __future__ import annotations

import json
import sys

import pytest
from looking import WAIT
from variety import FORMS, write_all

from musiclassify import released
from musiclassify.audio.decode import decode
from musiclassify.web.site import EXAMPLES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

GATE = 0.005
"""By how much a probability may differ."""
STEP, STEPS = 0.01, 1
"""How far, and how many of the files of a song, a tree's threshold may take beyond it."""


@pytest.fixture
def real(serve):
    """The real server with the released models."""
    return serve(MODELS=None)


def gaps(seen, model, folder, extract) -> dict[str, float]:
    """Each form of a real song, and by how much the browser's probabilities differ from Python's at most."""
    found = {}
    for form, path in write_all(folder, extract, decode(EXAMPLES / f"{extract}.ogg"), 22_050):
        expected = model.classify(path)
        seen.hand_in(path)
        seen.page.wait_for_selector(f"#song .song-name[title='{path.name}']", timeout=WAIT)
        seen.page.wait_for_selector("#song .song-foot .downloads", timeout=8 * WAIT)
        answer = seen.answer()
        assert answer["model"] == model.name
        assert answer["genre"] == expected.genre
        found[form.name] = max(abs(answer["probabilities"][g] - p) for g, p in expected.probabilities.items())
    assert len(found) == len(FORMS)
    print(extract, model.name, json.dumps({name: round(gap, 5) for name, gap in found.items()}), file=sys.stderr)
    return found


@pytest.mark.parametrize("extract", ["strings", "fishing", "country"])
def test_the_default_model(look, real, tmp_path, extract):
    found = gaps(look(real.url), released.load(), tmp_path, extract)
    beyond = {name: gap for name, gap in found.items() if gap > GATE}
    assert len(beyond) <= STEPS, beyond
    assert max(found.values()) <= STEP, beyond


def test_a_network_without_trees(look, real, tmp_path):
    seen = look(real.url)
    seen.more()
    seen.page.select_option("#model", "gtzan-cnn-v2.0")
    found = gaps(seen, released.load("gtzan-cnn-v2.0"), tmp_path, "fishing")
    assert {name: gap for name, gap in found.items() if gap > GATE} == {}
