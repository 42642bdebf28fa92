import pytest

from corpora.demo import theory


@pytest.mark.parametrize(("name", "number"), [("C4", 60), ("A4", 69), ("F#2", 42), ("Bb3", 58), ("C-1", 0)])
def test_pitches_have_their_midi_numbers(name, number):
    assert theory.pitch(name) == number


@pytest.mark.parametrize("name", ["H4", "C", "c4", "C10", "C##4"])
def test_what_is_no_pitch_is_refused(name):
    with pytest.raises(ValueError, match=name):
        theory.pitch(name)


@pytest.mark.parametrize(
    ("numeral", "root", "intervals"),
    [
        ("I", 0, (0, 4, 7)),
        ("vi", 9, (0, 3, 7)),
        ("bVII", 10, (0, 4, 7)),
        ("V7", 7, (0, 4, 7, 10)),
        ("ii7", 2, (0, 3, 7, 10)),
        ("iim7b5", 2, (0, 3, 6, 10)),
        ("#ivdim7", 6, (0, 3, 6, 9)),
    ],
)
def test_numerals_are_chords_of_the_major_scale(numeral, root, intervals):
    assert theory.chord(numeral) == theory.Chord(root, intervals)


def test_degrees_take_third_fifth_and_seventh_from_the_chord():
    chord = theory.chord("iim7b5")
    assert [chord.degree(n) for n in (1, 3, 5, 7, 8)] == [0, 3, 6, 10, 12]


def test_a_voicing_moves_as_little_as_it_can():
    c_major = theory.voice((0, 4, 7), 55, 79, None)
    f_major = theory.voice((5, 9, 0), 55, 79, c_major)
    assert {p % 12 for p in f_major} == {5, 9, 0}
    assert abs(sum(f_major) - sum(c_major)) / 3 <= 2.5
    assert all(55 <= p <= 79 for p in c_major + f_major)


def test_a_range_too_small_for_the_chord_still_gives_its_notes():
    assert {p % 12 for p in theory.voice((0, 4, 7), 60, 62, None)} == {0, 4, 7}
