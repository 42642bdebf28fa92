"""Sound in the report: only where it may be handed on, and the same bytes each time."""

from __future__ import annotations

import io

import pytest
import soundfile

from pipeline import listen


@pytest.mark.parametrize(
    ("audio", "kind", "may"),
    [
        ("demo", "demo", True),
        ("demo", "gtzan", False),
        ("demo", "folder", False),
        ("always", "gtzan", True),
        ("never", "demo", False),
    ],
)
def test_sound_is_put_in_only_where_it_may_be_handed_on(audio, kind, may):
    assert listen.allowed(audio, kind) is may


def test_the_same_sound_gives_the_same_small_file(tone, tmp_path):
    y = tone(2.0)
    data = listen.ogg(y, 22050)
    assert data == listen.ogg(y, 22050)
    assert len(data) < 40_000
    back, rate = soundfile.read(io.BytesIO(data))
    assert rate == 22050
    assert len(back) == len(y)
    listen.write_ogg(tmp_path / "a" / "b.ogg", y, 22050)
    assert (tmp_path / "a" / "b.ogg").read_bytes() == data
