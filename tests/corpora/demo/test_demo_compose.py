import dataclasses
import itertools
import random

import pytest

from corpora.demo import GENRES, artist, compose, patterns


def score(genre, number, clip=0, duration_s=12.0, seed=3):
    player = artist.draw(patterns.load(genre), seed=seed, artist=number)
    return player, compose.compose(player, duration_s=duration_s, rng=random.Random(f"{seed}/{genre}/{number}/{clip}"))


EVERY = [(genre, number) for genre in GENRES for number in range(len(patterns.load(genre).families))]


@pytest.mark.parametrize(("genre", "number"), EVERY)
def test_every_family_plays_valid_notes_to_the_end(genre, number):
    player, piece = score(genre, number)
    assert all(0 <= n.pitch <= 127 and 1 <= n.velocity <= 127 for n in piece.notes)
    assert all(0 <= n.start_s < n.end_s for n in piece.notes)
    assert max(n.end_s for n in piece.notes) >= 12.0
    assert {n.player for n in piece.notes} <= set(range(len(player.players)))
    starts = sorted(n.start_s for n in piece.notes)
    assert max(b - a for a, b in itertools.pairwise(starts)) < 4.5, "a hole in the music"


@pytest.mark.parametrize(("genre", "number"), EVERY)
def test_pitched_parts_stay_near_their_range(genre, number):
    player, piece = score(genre, number)
    for note in piece.notes:
        part = player.players[note.player].part
        if part.role in ("chords", "melody"):
            assert part.pitches[0] <= note.pitch <= part.pitches[1]


def test_the_same_draw_is_the_same_piece_and_another_clip_is_another():
    assert score("jazz", 1)[1] == score("jazz", 1)[1]
    assert score("jazz", 1)[1] != score("jazz", 1, clip=1)[1]


def test_an_artist_is_drawn_from_seed_genre_and_number_alone():
    genre = patterns.load("rock")
    assert artist.draw(genre, seed=1, artist=5) == artist.draw(genre, seed=1, artist=5)
    sounds = {tuple(artist.draw(genre, seed=s, artist=a).production.values()) for s in (1, 2) for a in range(8)}
    assert len(sounds) == 16


def test_artists_go_round_the_families():
    genre = patterns.load("metal")
    names = [artist.draw(genre, seed=1, artist=a).family.name for a in range(2 * len(genre.families))]
    assert names == [family.name for family in genre.families] * 2


def test_an_artist_s_values_lie_within_the_ranges_of_its_family():
    for number in range(12):
        player = artist.draw(patterns.load("reggae"), seed=9, artist=number)
        ranges = {**patterns.production(), **player.family.production}
        assert set(player.production) == set(ranges)
        assert all(low <= player.production[name] <= high for name, (low, high) in ranges.items())
        assert player.family.tempo[0] <= player.tempo <= player.family.tempo[1]


def family(**changes):
    """A family with one bass part in 4/4 at 120, without swing or spread."""
    text = """
genre: t
families:
  f:
    tempo: [120, 120]
    timing_ms: [0, 0]
    keys: [C]
    form: verse 1
    progressions: {all: ["I"]}
    parts:
      bass: {role: bass, instrument: [tuba], range: [C2, C4], gate: 1, play: {all: ["1.3.5.8."]}}
"""
    return dataclasses.replace(patterns.parse("t.yaml", text).families[0], **changes)


def played(one, swing=0.5):
    player = artist.Artist("a", one, (artist.Player(one.parts[0], 58, 0.0),), 120.0, swing, 0.0, {})
    piece = compose.compose(player, duration_s=2, rng=random.Random(1))
    return piece, 60 / piece.tempo


def test_bass_steps_are_degrees_of_the_chord_on_the_beat():
    piece, beat = played(family())
    assert [n.pitch for n in piece.notes[:4]] == [36, 40, 43, 48]
    assert [n.start_s / beat for n in piece.notes[:5]] == pytest.approx([0, 1, 2, 3, 4])


def test_swing_delays_the_second_eighth_only():
    one = family()
    pattern = {"all": ({"": patterns.parse_pattern("1135", "bass", 2)},)}
    one = dataclasses.replace(one, meter=2, parts=(dataclasses.replace(one.parts[0], play=pattern),))
    piece, beat = played(one, swing=0.66)
    assert [n.start_s / beat for n in piece.notes[:4]] == pytest.approx([0, 0.66, 1, 1.66])


def test_a_hold_lengthens_a_note_over_the_bar_line():
    one = family()
    pattern = {"all": ({"": patterns.parse_pattern("..1-|--..", "bass", 4)},)}
    one = dataclasses.replace(one, form=(("verse", 2),), parts=(dataclasses.replace(one.parts[0], play=pattern),))
    player = artist.Artist("a", one, (artist.Player(one.parts[0], 58, 0.0),), 120.0, 0.5, 0.0, {})
    for seed in range(20):
        piece = compose.compose(player, duration_s=6, rng=random.Random(seed))
        beats = {round((n.end_s - n.start_s) * piece.tempo / 60, 3) for n in piece.notes[1:-1]}
        assert beats == {4.0}


def test_rubato_keeps_time_running_forward():
    one = family(rubato=0.3)
    piece, _ = played(one)
    starts = [n.start_s for n in piece.notes]
    assert starts == sorted(starts)
    assert len(set(starts)) == len(starts)


@pytest.mark.parametrize(("role", "strikes"), [("bass", 2), ("melody", 1)])
def test_the_harmony_strikes_anew_where_the_chord_changes_under_a_hold_and_a_tune_does_not(role, strikes):
    one = family(progressions={"all": (patterns.parse_progression("I,V"),)})
    step = "1" if role == "bass" else "x"
    pattern = {"all": ({"": patterns.parse_pattern(f"{step}-------", role, 4)},)}
    part = dataclasses.replace(one.parts[0], role=role, play=pattern)
    piece, beat = played(dataclasses.replace(one, parts=(part,)))
    assert len([n for n in piece.notes if n.start_s < 4 * beat - 0.01]) == strikes
    if role == "bass":
        assert [n.pitch % 12 for n in piece.notes[:2]] == [0, 7]
