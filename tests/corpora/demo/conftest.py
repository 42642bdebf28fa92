"""A synthesiser for the tests: quick, and without a SoundFont."""

from __future__ import annotations

import numpy as np
import pytest


class Beeps:
    """Each note is a decaying sine; drums and bass on one side, the others on the other."""

    name = "beeps"

    def render(self, score, players) -> tuple[np.ndarray, int]:
        rate = 8000
        out = np.zeros((int((score.notes[-1].start_s + 2) * rate), 2), dtype=np.float32)
        decay = np.exp(-np.arange(rate // 4) / 400)
        for note in score.notes:
            side = int(players[note.player].part.role not in ("drums", "bass"))
            at = int(note.start_s * rate)
            tone = np.sin(2 * np.pi * 440 * 2 ** ((note.pitch - 69) / 12) * np.arange(len(decay)) / rate)
            end = min(len(out), at + len(decay))
            out[at:end, side] += (tone * decay * note.velocity / 1000)[: end - at]
        return out, rate


@pytest.fixture
def beeps() -> Beeps:
    return Beeps()
