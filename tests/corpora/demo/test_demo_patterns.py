"""The pattern files' schema: what is refused, and that the message names file and field."""

import copy

import pytest
import yaml

from corpora.demo import GENRES, PatternError, patterns
from corpora.demo.errors import DemoError

GOOD = {
    "genre": "polka",
    "about": "Oom-pah.",
    "families": {
        "village": {
            "tempo": [100, 120],
            "meter": 2,
            "keys": ["C", "Bb"],
            "form": "intro 2, verse 8",
            "progressions": {"all": ["I V7 I,IV V"]},
            "parts": {
                "drums": {
                    "role": "drums",
                    "kit": ["standard"],
                    "play": {"all": [{"kick": "x.x.", "snare": ".x.x"}], "fill": [{"snare": "xxxx"}]},
                },
                "tuba": {"role": "bass", "instrument": ["tuba"], "range": ["E1", "E3"], "play": {"all": ["1.5."]}},
                "accordion": {
                    "role": "melody",
                    "instrument": ["accordion"],
                    "range": ["C4", "C6"],
                    "play": {"verse": ["x-xx|X---"]},
                },
            },
        }
    },
}
VILLAGE = "polka.yaml: families.village"


def parse(value):
    return patterns.parse("polka.yaml", yaml.safe_dump(value, sort_keys=False))


def changed(path, value):
    """GOOD with one field set to a value, or left out (None)."""
    found = copy.deepcopy(GOOD)
    place = found["families"]["village"]
    *way, last = path.split(".")
    for name in way:
        place = place[name]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return found


def test_a_new_genre_needs_a_file_alone():
    genre = parse(GOOD)
    family = genre.families[0]
    assert (genre.name, family.name, family.meter, family.keys) == ("polka", "village", 2, (0, 10))
    assert family.form == (("intro", 2), ("verse", 8))
    assert [part.role for part in family.parts] == ["drums", "bass", "melody"]
    assert len(family.progressions["all"][0]) == 4
    assert len(family.progressions["all"][0][2]) == 2


@pytest.mark.parametrize(
    ("path", "value", "rule"),
    [
        ("tempo", None, "is missing"),
        ("tempo", [120, 100], "from <= to"),
        ("tempo", 120, "from <= to"),
        ("tempo", [10, 100], "30"),
        ("tempoo", [1, 2], "unknown field; the fields here are tempo"),
        ("meter", 2.5, "whole number of beats"),
        ("keys", ["H"], "'H' is no key"),
        ("keys", [], "list of strings"),
        ("scale", "mayor", "'mayor' is unknown; valid are major"),
        ("swing_on", 4, "must be 8"),
        ("form", "verse eight", "is no section"),
        ("form", "verse 0", "1 to 64 bars"),
        ("progressions", {"verse": ["I"]}, "has nothing for 'intro'"),
        ("progressions.all", ["I Q7"], "'Q7' is no chord"),
        ("progressions.all", ["I IIV"], "'IIV' is no chord"),
        ("production", {"loudness": [0, 1]}, "unknown field"),
        ("production", {"wet": [1, 0]}, "from <= to"),
        ("parts.tuba.role", "horn", "'horn' is unknown; valid are drums"),
        ("parts.tuba.instrument", ["sousaphone"], "'sousaphone' is unknown"),
        ("parts.tuba.range", ["E1", "G1"], "eleven semitones"),
        ("parts.tuba.range", ["E1", "X3"], "'X3' is no pitch"),
        ("parts.tuba.gate", 0, "from 0.05 to 1.2"),
        ("parts.tuba.chance", True, "must be a number"),
        ("parts.tuba.power", "yes", "true or false"),
        ("parts.tuba.play.all", "1.5.", "list of alternatives"),
        ("parts.tuba.play.all", ["1.x."], "'x' is no step of bass"),
        ("parts.tuba.play.all", ["1.5"], "3 steps, which do not fit 2 beats"),
        ("parts.tuba.play.all", ["1.5.|"], "bar 2 has 0 steps"),
        ("parts.tuba.play.all", [1], "put it in quotes"),
        ("parts.tuba.play.chorus", ["1.5."], "is no section of this family"),
        ("parts.drums.kit", ["bucket"], "'bucket' is unknown; valid are standard"),
        ("parts.drums.play.all", [{"gong": "x..."}], "'gong' is no drum"),
        ("parts.drums.play.all", ["x..."], "must map drums to patterns"),
    ],
)
def test_a_broken_rule_is_refused_with_file_field_and_rule(path, value, rule):
    with pytest.raises(PatternError) as caught:
        parse(changed(path, value))
    message = str(caught.value)
    assert message.startswith(f"{VILLAGE}.{path.split('.')[0]}")
    for name in path.split("."):
        assert name in message
    assert rule in message


def test_a_section_in_which_no_part_plays_is_refused():
    family = copy.deepcopy(GOOD)
    parts = family["families"]["village"]["parts"]
    del parts["drums"]
    parts["tuba"]["chance"] = 0.5
    with pytest.raises(PatternError, match=r"polka\.yaml: families\.village\.parts: no part surely plays in 'intro'"):
        parse(family)


def test_a_genre_must_be_called_as_its_file():
    with pytest.raises(PatternError, match=r"polka\.yaml: genre: 'waltz' must be the file's own name, 'polka'"):
        parse({**GOOD, "genre": "waltz"})


def test_yaml_that_cannot_be_read_is_refused_with_the_file_s_name():
    with pytest.raises(PatternError, match=r"^polka\.yaml: is no valid YAML"):
        patterns.parse("polka.yaml", "families: [")
    with pytest.raises(PatternError, match=r"^polka\.yaml: must hold a mapping"):
        patterns.parse("polka.yaml", "just words")


def test_an_unknown_genre_is_refused_with_the_known_ones():
    with pytest.raises(DemoError, match=r"polka\.yaml: no such genre; there are blues, classical"):
        patterns.load("polka")


@pytest.mark.parametrize("genre", GENRES)
def test_each_genre_has_four_families_or_more_that_differ(genre):
    families = patterns.load(genre).families
    assert len(families) >= 4
    assert len({family.name for family in families}) == len(families)


def test_the_production_ranges_hold_a_value_for_every_field_the_mix_reads():
    assert {"rhythm_db", "wet", "room_s", "peak", "speed", "noise_db"} <= set(patterns.production())


@pytest.mark.parametrize(
    ("text", "role", "meter", "bars"),
    [
        ("x.x. | x-..", "chords", 4, (("x", ".", "x", "."), ("x", "-", ".", "."))),
        ("1", "bass", 4, (("1",),)),
        ("0a-c", "riff", 2, (("0", "a", "-", "c"),)),
    ],
)
def test_the_notation_reads_bars_and_steps(text, role, meter, bars):
    assert patterns.parse_pattern(text, role, meter) == bars
