"""A synthesiser for the tests: quick, and without a SoundFont."""

from __future__ import annotations

import mido
import numpy as np
import pytest


class Beeps:
    """Each note is a decaying sine; the channel's pan decides the side."""

    name = "beeps"

    def render(self, midi: bytes) -> tuple[np.ndarray, int]:
        import io

        rate, now, pan, notes = 8000, 0.0, {}, []
        for message in mido.MidiFile(file=io.BytesIO(midi)):
            now += message.time
            if message.type == "control_change" and message.control == 10:
                pan[message.channel] = message.value
            if message.type == "note_on" and message.velocity:
                notes.append((now, message.note, message.velocity, pan.get(message.channel, 64) // 127))
        out = np.zeros((int((now + 1) * rate), 2), dtype=np.float32)
        decay = np.exp(-np.arange(rate // 4) / 400)
        for start, note, velocity, side in notes:
            at = int(start * rate)
            tone = np.sin(2 * np.pi * 440 * 2 ** ((note - 69) / 12) * np.arange(len(decay)) / rate)
            end = min(len(out), at + len(decay))
            out[at:end, side] += (tone * decay * velocity / 1000)[: end - at]
        return out, rate


@pytest.fixture
def beeps() -> Beeps:
    return Beeps()
