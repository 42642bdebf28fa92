"""What an answer makes of the tags that stand there."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from musiclassify.tags import TagError, Tags
from musiclassify.tags.genres import ID3_GENRES, of_id3_text, same, says_already
from musiclassify.tags.names import mapped, read_names
from musiclassify.tags.plan import Wish, plan


@dataclass
class Answer:
    probabilities: dict[str, float]
    uncertain: bool = False
    path: str = "a.mp3"
    moods: dict[str, float] = field(default_factory=dict)

    def ranked(self):
        return sorted(self.probabilities.items(), key=lambda item: -item[1])


METAL = {"metal": 0.7, "rock": 0.25, "pop": 0.05}


def planned(probabilities=METAL, before=(), mood_before=(), *, uncertain=False, moods=(), **wish):
    answer = Answer(dict(probabilities), uncertain, moods=dict.fromkeys(moods, 0.5))
    return plan(answer, Wish(**wish), Tags(tuple(before), False, tuple(before), tuple(mood_before)))


@pytest.mark.parametrize(
    ("wish", "genre"),
    [
        ({}, ["metal"]),
        ({"max_genres": 3}, ["metal", "rock"]),
        ({"max_genres": 3, "min_confidence": 0.01}, ["metal", "rock", "pop"]),
        ({"max_genres": 3, "min_confidence": 0.5}, ["metal"]),
        ({"min_confidence": 0.8}, None),
        ({"names": {"metal": ["Rock", "Metal"]}}, ["Rock", "Metal"]),
        ({"names": {"metal": ["Rock", "Metal"], "rock": ["Rock"]}, "max_genres": 2}, ["Rock", "Metal"]),
        ({"names": {"metal": []}}, None),
    ],
)
def test_as_many_genres_as_wished_that_are_probable_enough(wish, genre):
    assert planned(**wish).genre == genre


def test_an_uncertain_answer_writes_nothing_unless_a_probability_is_given():
    assert (planned(uncertain=True).genre, planned(uncertain=True).why) == (None, "uncertain")
    assert planned(uncertain=True, min_confidence=0.6).genre == ["metal"]


@pytest.mark.parametrize(
    ("before", "wish", "genre"),
    [
        (["Metal"], {}, None),
        (["METAL!"], {}, None),
        (["Death Metal"], {}, None),
        (["Metalcore"], {}, None),
        (["Polka", "Doom"], {}, None),
        (["Polka"], {}, ["metal"]),
        (["Metallic"], {}, ["metal"]),
        (["Death Metal"], {"replace": True}, ["metal"]),
        (["Polka"], {"only_missing": True}, None),
        ([], {"only_missing": True}, ["metal"]),
        (["Metal"], {"names": {"metal": ["Rock", "metal"]}}, ["Rock", "Metal"]),
        (["Death Metal"], {"names": {"metal": ["Rock", "Metal"]}}, None),
        (["Rock", "Metal"], {"names": {"metal": ["Rock", "Metal"]}}, None),
    ],
)
def test_a_genre_that_says_the_same_or_finer_is_left_alone_unless_told(before, wish, genre):
    assert planned(before=before, **wish).genre == genre


def test_moods_go_beside_the_genre_on_wish_and_where_they_are_missing():
    assert planned(moods=["sad", "slow"]).mood is None
    assert planned(moods=["sad", "slow"], mood=True).mood == ["sad", "slow"]
    assert planned(moods=["sad"], mood=True, only_missing=True, mood_before=["happy"]).mood is None
    assert planned(moods=["sad"], mood=True, mood_before=["sad"]).mood is None
    assert not planned(before=["metal"]).changes


@pytest.mark.parametrize("wish", [{"min_confidence": 1.5}, {"max_genres": 0}])
def test_wishes_outside_their_range_are_refused(wish):
    with pytest.raises(ValueError, match=next(iter(wish))):
        Wish(**wish)


def test_names_are_read_line_by_line(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("# mine\nmetal = Rock; Metal  # with its parent\nhiphop=Hip-Hop\n\npop =\n", "utf-8")
    names = read_names(path, ["metal", "hiphop", "pop"])
    assert names == {"metal": ["Rock", "Metal"], "hiphop": ["Hip-Hop"], "pop": []}
    assert mapped(["hiphop", "jazz", "pop"], names) == ["Hip-Hop", "jazz"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("metal Rock", "line 1 has no ="),
        ("\nmetall = Rock", "line 2: 'metall' is no genre of the model; use metal, pop"),
        ("metal = A\nmetal = B", "line 2: 'metal' stands twice"),
    ],
)
def test_a_line_of_names_that_cannot_be_is_told(text, message, tmp_path):
    path = tmp_path / "names.txt"
    path.write_text(text, "utf-8")
    with pytest.raises(TagError, match=message):
        read_names(path, ["metal", "pop"])
    with pytest.raises(TagError, match="cannot be read"):
        read_names(tmp_path / "none.txt", ["metal"])


def test_the_list_of_id3_is_the_one_that_others_have():
    from mutagen._constants import GENRES

    assert list(ID3_GENRES) == GENRES


@pytest.mark.parametrize("text", ["(8)", "8", "(8)(17)", "(RX)Own", "((odd)", "Own (8)", "(300)", "Jazz", "(4)Disco"])
def test_texts_of_id3_are_read_as_others_read_them(text):
    from mutagen.id3 import TCON

    theirs = TCON(encoding=3, text=text).genres
    assert [g.replace("Unknown", "300") for g in theirs] == of_id3_text(text)


def test_spelling_does_not_make_another_genre():
    assert same("Hip-Hop", "hiphop")
    assert same("Électro", "electro")
    assert not same("Rock", "Pop")
    assert says_already(["Hard Rock"], ["jazz", "rock"])
    assert not says_already([], "rock")
