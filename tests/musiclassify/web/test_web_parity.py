"""The browser answers as Python does, whatever the file: the released models on 45 files of eight formats."""

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


@pytest.fixture
def real(serve):
    """The real server with the released models."""
    return serve(MODELS=None)


@pytest.mark.parametrize("extract", ["strings", "fishing", "country"])
def test_the_default_model_answers_within_the_gate(look, real, tmp_path, extract):
    """Each form of a real song; what differs is told by name and by how much."""
    model = released.load()
    seen = look(real.url)
    far = {}
    for form, path in write_all(tmp_path, extract, decode(EXAMPLES / f"{extract}.ogg"), 22_050):
        expected = model.classify(path)
        seen.hand_in(path)
        seen.page.wait_for_selector(f"#song .song-name[title='{path.name}']", timeout=WAIT)
        seen.page.wait_for_selector("#song .song-foot .downloads", timeout=4 * WAIT)
        answer = seen.answer()
        far[form.name] = max(abs(answer["probabilities"][g] - p) for g, p in expected.probabilities.items())
    print(json.dumps({k: round(v, 5) for k, v in far.items()}, indent=1), file=sys.stderr)
    assert len(far) == len(FORMS)
    assert {name: gap for name, gap in far.items() if gap > GATE} == {}
