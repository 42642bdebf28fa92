import io
import random

import mido

from corpora.demo import artist, compose, gm, midi, patterns
from corpora.demo.compose import Note, Score


def read(data):
    """Every message with its time in milliseconds."""
    file = mido.MidiFile(file=io.BytesIO(data))
    found, now = [], 0
    for message in file.tracks[0]:
        now += message.time
        found.append((now, message))
    return file, found


def player(role, program=0, level=0.0):
    text = """
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
    part = next(p for p in patterns.parse("t.yaml", text).families[0].parts if p.role == role)
    return artist.Player(part, program, level)


def test_one_tick_is_one_millisecond():
    data = midi.write(Score((Note(0.5, 0.75, 60, 90, 0),), 120.0, 0), (player("melody"),))
    file, messages = read(data)
    assert file.type == 0
    on = next(t for t, m in messages if m.type == "note_on")
    off = next(t for t, m in messages if m.type == "note_off")
    assert (on, off) == (500, 750)
    tempo = next(m.tempo for _, m in messages if m.type == "set_tempo")
    assert tempo / file.ticks_per_beat == 1000  # microseconds a tick


def test_the_rhythm_section_is_left_and_the_others_right_without_the_synthesiser_s_room():
    players = (player("bass", 33), player("drums", 32), player("melody", 73))
    _, messages = read(midi.write(Score((Note(0, 1, 60, 90, 0),), 120.0, 0), players))
    controls = {(m.channel, m.control): m.value for _, m in messages if m.type == "control_change"}
    assert [controls[c, 10] for c in (0, 9, 1)] == [0, 0, 127]
    assert {value for (_, control), value in controls.items() if control in (91, 93)} == {0}
    programs = {m.channel: m.program for _, m in messages if m.type == "program_change"}
    assert programs == {0: 33, 9: 32, 1: 73}


def test_a_note_struck_again_while_it_sounds_ends_first():
    notes = (Note(0.0, 2.0, 60, 90, 0), Note(1.0, 3.0, 60, 90, 0))
    _, messages = read(midi.write(Score(notes, 120.0, 0), (player("melody"),)))
    order = [(t, m.type) for t, m in messages if m.type in ("note_on", "note_off")]
    assert order == [(0, "note_on"), (1000, "note_off"), (1000, "note_on"), (3000, "note_off")]


def test_a_whole_piece_can_be_read_back_note_by_note():
    one = artist.draw(patterns.load("blues"), seed=1, artist=0)
    piece = compose.compose(one, duration_s=10, rng=random.Random(1))
    _, messages = read(midi.write(piece, one.players))
    ons = [(t, m.note) for t, m in messages if m.type == "note_on"]
    offs = [m for _, m in messages if m.type == "note_off"]
    assert sorted(ons) == sorted((round(n.start_s * 1000), n.pitch) for n in piece.notes)
    assert len(offs) == len(ons)
    assert messages[-1][1].type == "end_of_track"


def test_melodies_of_singing_instruments_alone_tremble():
    players = [p for a in range(12) for p in artist.draw(patterns.load("jazz"), seed=1, artist=a).players]
    sings = [p.part.role == "melody" and p.program in gm.VIBRATO for p in players]
    assert {p.vibrato for p, sing in zip(players, sings, strict=True) if not sing} == {0}
    assert len({p.vibrato for p, sing in zip(players, sings, strict=True) if sing}) > 5
    assert gm.PROGRAMS["tenor_sax"] in gm.VIBRATO
    assert gm.PROGRAMS["piano"] not in gm.VIBRATO
    _, messages = read(midi.write(Score((), 120.0, 0), (artist.Player(player("melody").part, 73, 0.0, 44),)))
    assert [m.value for _, m in messages if m.type == "control_change" and m.control == 1] == [44]
