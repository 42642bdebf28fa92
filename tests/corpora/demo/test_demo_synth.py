"""A SoundFont made here, of known recordings, and what the player makes of it."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from corpora.demo import DemoError, artist, gm, patterns, synth
from corpora.demo.compose import Note, Score
from corpora.demo.soundfont import SoundFont

RATE = 22050
ATTENUATION, DECAY, SUSTAIN, RELEASE, LOOPS, KEY, SCALE, CUTOFF = 48, 36, 37, 38, 54, 58, 56, 8
EXCLUSIVE, SWEEP_CENTS, SWEEP_DECAY, SWEEP_SUSTAIN, KEYS, VELOCITIES = 57, 11, 28, 29, 43, 44
VOICE = """
genre: t
families:
  f:
    tempo: [120, 120]
    keys: [C]
    form: verse 1
    progressions: {all: ["I"]}
    parts:
      bass: {role: bass, instrument: [tuba], range: [C2, C4], play: {all: ["1..."]}}
      melody: {role: melody, instrument: [flute], range: [C4, C6], play: {all: ["x..."]}}
      drums: {role: drums, kit: [jazz], play: {all: [{kick: "x..."}]}}
"""


def sine(seconds=1.0, hz=440.0, rate=44100):
    """Whole periods, so that it can go round."""
    return np.round(16000 * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)).astype("<i2")


def font(path, *zones, bank=0, program=0, everywhere=(), above=(), wave=None):
    """A SoundFont of one instrument; each zone is a dict of generators, `everywhere` its global zone."""

    def chunk(name, data):
        return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)

    def generators(pairs):
        return b"".join(struct.pack("<Hh", what, value) for what, value in pairs)

    wave = sine() if wave is None else wave
    own = [list(dict(everywhere).items())] if everywhere else []
    own += [[*zone.items(), (53, 0)] for zone in zones]
    ends = np.cumsum([0, *map(len, own)])
    preset = [*dict(above).items(), (41, 0)]
    parts = {
        b"phdr": struct.pack("<20sHHHIII", b"p", program, bank, 0, 0, 0, 0)
        + struct.pack("<20sHHHIII", b"EOP", 0, 0, 1, 0, 0, 0),
        b"pbag": struct.pack("<HHHH", 0, 0, len(preset), 0),
        b"pgen": generators([*preset, (0, 0)]),
        b"inst": struct.pack("<20sH", b"i", 0) + struct.pack("<20sH", b"EOI", len(own)),
        b"ibag": b"".join(struct.pack("<HH", end, 0) for end in ends),
        b"igen": generators([*(pair for zone in own for pair in zone), (0, 0)]),
        b"shdr": struct.pack("<20sIIIIIBbHH", b"s", 0, len(wave), 0, len(wave), 44100, 69, 0, 0, 1)
        + struct.pack("<20sIIIIIBbHH", b"EOS", 0, 0, 0, 0, 0, 0, 0, 0, 0),
    }
    pdta = b"pdta" + b"".join(chunk(name, data) for name, data in parts.items())
    sdta = b"sdta" + chunk(b"smpl", wave.tobytes() + bytes(92))
    path.write_bytes(chunk(b"RIFF", b"sfbk" + chunk(b"LIST", sdta) + chunk(b"LIST", pdta)))
    return path


def player(role="melody", program=0, level=0.0, vibrato=0):
    part = next(p for p in patterns.parse("t.yaml", VOICE).families[0].parts if p.role == role)
    return artist.Player(part, program, level, vibrato)


def render(path, *notes, who=None):
    stems, rate = synth.SoundFontPlayer(path).render(Score(tuple(notes), 120.0, 0), (who or player(),))
    assert rate == RATE
    assert stems.dtype == np.float32
    return stems


def heard(stems, start_s, end_s, side=1):
    """RMS of a stretch."""
    part = stems[int(start_s * RATE) : int(end_s * RATE), side]
    return float(np.sqrt(np.mean(part.astype(float) ** 2)))


def loudest_hz(y):
    return np.argmax(np.abs(np.fft.rfft(y * np.hanning(len(y))))) * RATE / len(y)


@pytest.mark.parametrize(("pitch", "hz"), [(57, 220), (69, 440), (76, 659.3), (93, 1760)])
def test_a_key_sounds_at_its_pitch(tmp_path, pitch, hz):
    stems = render(font(tmp_path / "a.sf2", {LOOPS: 1}), Note(0, 2, pitch, 100, 0))
    assert loudest_hz(stems[2000:40000, 1]) == pytest.approx(hz, abs=1)


def test_a_loop_lasts_as_long_as_the_note_and_a_recording_as_long_as_itself(tmp_path):
    round_and_round = render(font(tmp_path / "a.sf2", {LOOPS: 1}), Note(0, 3, 69, 100, 0))
    once = render(font(tmp_path / "b.sf2", {LOOPS: 0}), Note(0, 3, 69, 100, 0))
    assert heard(round_and_round, 2, 3) == pytest.approx(heard(round_and_round, 0.2, 0.9), rel=0.01)
    assert heard(round_and_round, 3.1, 4) == 0
    assert heard(once, 0.2, 0.9) > 0.1
    assert heard(once, 1.1, 3) == 0


def test_the_rhythm_section_is_one_stem_and_everything_else_the_other(tmp_path):
    path = font(tmp_path / "a.sf2", {})
    for role, side in (("bass", 0), ("melody", 1)):
        stems = render(path, Note(0, 0.5, 69, 100, 0), who=player(role))
        assert heard(stems, 0, 0.5, side) > 0.05
        assert not stems[:, 1 - side].any()


def test_a_note_struck_again_while_it_sounds_ends_first(tmp_path):
    path = font(tmp_path / "a.sf2", {LOOPS: 1})
    twice = render(path, Note(0, 2, 69, 100, 0), Note(1, 3, 69, 100, 0))
    apart = render(path, Note(0, 1, 69, 100, 0), Note(1, 3, 69, 100, 0))
    np.testing.assert_array_equal(twice, apart)


def test_loudness_goes_with_the_square_of_the_velocity_and_with_the_level(tmp_path):
    path = font(tmp_path / "a.sf2", {LOOPS: 1})
    full = heard(render(path, Note(0, 1, 69, 127, 0)), 0.1, 0.9)
    half = heard(render(path, Note(0, 1, 69, 64, 0)), 0.1, 0.9)
    less = heard(render(path, Note(0, 1, 69, 127, 0), who=player(level=-6.0)), 0.1, 0.9)
    assert half / full == pytest.approx((64 / 127) ** 2, rel=1e-3)
    assert less / full == pytest.approx(10 ** (-6 / 20), rel=1e-3)


def test_decay_and_release_fall_in_decibels(tmp_path):
    # Decay 100 dB in 2 s to 40 dB below, release 100 dB in 1 s.
    shape = {LOOPS: 1, DECAY: 1200, SUSTAIN: 400, RELEASE: 0}
    stems = render(font(tmp_path / "a.sf2", shape), Note(0, 1.5, 69, 127, 0))
    levels = [20 * np.log10(heard(stems, at, at + 0.01)) for at in (0.1, 0.5, 1.2, 1.4, 1.5, 1.6)]
    assert levels[0] - levels[1] == pytest.approx(20, abs=0.5)
    assert levels[2] == pytest.approx(levels[3], abs=0.1)
    assert levels[4] - levels[5] == pytest.approx(10, abs=0.5)


def test_the_filter_takes_the_treble_and_can_move(tmp_path, rng):
    noise = (3000 * rng.standard_normal(44100)).clip(-32000, 32000).astype("<i2")

    def treble(stems, start, end):
        power = np.abs(np.fft.rfft(stems[int(start * RATE) : int(end * RATE), 1])) ** 2
        return power[len(power) // 2 :].sum() / power.sum()

    opened, closed, moving = (
        render(font(tmp_path / f"{n}.sf2", {LOOPS: 1, **more}, wave=noise), Note(0, 2, 69, 100, 0))
        for n, more in enumerate(
            ({}, {CUTOFF: 8000}, {CUTOFF: 8000, SWEEP_CENTS: 5500, SWEEP_DECAY: 0, SWEEP_SUSTAIN: 1000})
        )
    )
    assert treble(opened, 0, 1) > 0.3
    assert treble(closed, 0, 1) < 0.01
    assert treble(moving, 0, 0.1) > 0.3
    assert treble(moving, 1.1, 2) < 0.01


def test_the_wheel_makes_a_melody_tremble(tmp_path):
    path = font(tmp_path / "a.sf2", {LOOPS: 1})
    still, trembling = (render(path, Note(0, 2, 69, 100, 0), who=player(vibrato=v)) for v in (0, 64))

    def width(stems):
        power = np.abs(np.fft.rfft(stems[:40000, 1] * np.hanning(40000))) ** 2
        hz = np.fft.rfftfreq(40000, 1 / RATE)
        return np.sqrt(((hz - 440) ** 2 * power).sum() / power.sum())

    assert width(still) < 3
    assert width(trembling) > 4


def test_a_drum_of_the_same_class_cuts_the_one_before(tmp_path):
    path = font(tmp_path / "a.sf2", {LOOPS: 1, EXCLUSIVE: 1, SCALE: 0, RELEASE: 4800}, bank=128)
    notes = (Note(0, 0.1, 46, 100, 0), Note(1, 1.1, 42, 1, 0))
    alone = render(path, notes[0], who=player("drums"))
    closed = render(path, *notes, who=player("drums"))
    assert heard(alone, 0.8, 1, 0) == pytest.approx(heard(closed, 0.8, 1, 0), rel=0.05)
    assert heard(closed, 1.1, 1.4, 0) < 0.01 * heard(alone, 1.1, 1.4, 0)


def test_zones_are_chosen_by_key_and_velocity_and_inherit(tmp_path):
    loud, soft = 64 | 127 << 8, 0 | 63 << 8
    path = font(
        tmp_path / "a.sf2",
        {VELOCITIES: loud, KEY: 57},
        {VELOCITIES: soft, ATTENUATION: 100},
        everywhere={LOOPS: 1, KEYS: 60 | 72 << 8},
        above={ATTENUATION: 50},
    )
    zones = SoundFont(path).zones(0, 0)
    assert [(z.velocities, z.keys, z.key, z.loop is not None) for z in zones] == [
        ((64, 127), (60, 72), 57, True),
        ((0, 63), (60, 72), 69, True),
    ]
    assert [20 * np.log10(z.gain) for z in zones] == pytest.approx([-2, -6])  # 4 and 10 dB of 5 and 15, in tenths
    assert not render(path, Note(0, 1, 59, 100, 0)).any()
    assert loudest_hz(render(path, Note(0, 1, 69, 100, 0))[:22050, 1]) == pytest.approx(880, abs=2)


def test_what_was_rendered_before_changes_nothing(tmp_path):
    path = font(tmp_path / "a.sf2", {LOOPS: 1})
    notes = (Note(0, 1, 69, 100, 0), Note(0.5, 3, 72, 80, 0))
    first = render(path, *notes)
    render(path, Note(0, 9, 69, 100, 0), Note(0, 9, 72, 100, 0))
    np.testing.assert_array_equal(first, render(path, *notes))


def test_what_is_no_soundfont_or_lacks_the_instrument_is_refused_by_name(tmp_path):
    (tmp_path / "text.sf2").write_text("no music " * 20)
    with pytest.raises(DemoError, match=r"text\.sf2: is no SoundFont 2 file"):
        render(tmp_path / "text.sf2", Note(0, 1, 60, 90, 0))
    (tmp_path / "empty.sf2").touch()
    with pytest.raises(DemoError, match=r"empty\.sf2: is no SoundFont 2 file"):
        render(tmp_path / "empty.sf2", Note(0, 1, 60, 90, 0))
    with pytest.raises(DemoError, match=r"no such SoundFont"):
        synth.SoundFontPlayer(tmp_path / "gone.sf2")
    with pytest.raises(DemoError, match=r"a\.sf2: has no instrument 7 in bank 0"):
        render(font(tmp_path / "a.sf2", {}), Note(0, 1, 60, 90, 0), who=player(program=7))


def test_a_kit_that_the_font_lacks_is_the_standard_one(tmp_path):
    path = font(tmp_path / "a.sf2", {}, bank=128)
    assert render(path, Note(0, 1, 60, 90, 0), who=player("drums", program=25)).any()


def test_melodies_of_singing_instruments_alone_tremble():
    players = [p for a in range(12) for p in artist.draw(patterns.load("jazz"), seed=1, artist=a).players]
    sings = [p.part.role == "melody" and p.program in gm.VIBRATO for p in players]
    assert {p.vibrato for p, sing in zip(players, sings, strict=True) if not sing} == {0}
    assert len({p.vibrato for p, sing in zip(players, sings, strict=True) if sing}) > 5
    assert gm.PROGRAMS["tenor_sax"] in gm.VIBRATO
    assert gm.PROGRAMS["piano"] not in gm.VIBRATO


def test_every_instrument_and_kit_of_the_default_font_plays():
    font = SoundFont(synth.default_soundfont())
    for program in gm.PROGRAMS.values():
        assert font.zones(0, program)
    for kit in gm.KITS.values():
        keys = {key for zone in font.zones(128, kit) for key in range(zone.keys[0], zone.keys[1] + 1)}
        assert set(gm.DRUMS.values()) <= keys
