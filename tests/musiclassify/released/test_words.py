"""One scale of words: they all occur, and they mean on held-out songs what they say."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from pathlib import Path

import pytest

from musiclassify.released import words

ROOT = Path(__file__).resolve().parents[3]


def of(*values: float) -> dict[str, float]:
    names = ["jazz", "rock", "pop", "blues"]
    return dict(zip(names, values, strict=False)) | {"other": 1 - sum(values)}


@pytest.mark.parametrize(
    ("probabilities", "uncertain", "level"),
    [
        (of(0.8), False, "sure"),
        (of(0.79), False, "probably"),
        (of(0.5, 0.25), True, "between"),
        (of(0.6, 0.24, 0.1), True, "perhaps"),
        (of(0.4, 0.3), True, "perhaps"),
        (of(0.39, 0.3, 0.2), True, "guess"),
        (of(0.95), True, "perhaps"),
    ],
)
def test_levels(probabilities, uncertain, level):
    assert words.level(probabilities, uncertain=uncertain) == level


def test_phrases_name_the_genres_in_both_languages():
    two = {"pop": 0.1, "hiphop": 0.5, "reggae": 0.4}
    assert words.phrase(two, uncertain=True) == "between hiphop and reggae"
    assert words.phrase(two, uncertain=True, language="fr") == "entre hiphop et reggae"
    assert words.phrase(two, uncertain=False) == "probably hiphop"
    assert words.phrase(two, uncertain=True, sound="speech") == "none of my 3 genres"
    table = words.table()
    for language in ("en", "fr"):
        assert list(table[language]) == table["levels"]
        assert len(set(table[language].values())) == len(table["levels"])


def test_every_word_occurs_on_held_out_songs_and_is_right_as_often_as_it_says():
    rows = list(csv.DictReader((ROOT / "reports/released/held-out.csv").open(encoding="utf-8")))
    config = json.loads((ROOT / "models/released/gtzan-blend-v2.1/config.json").read_text("utf-8"))
    right = defaultdict(list)
    for row in rows:
        probabilities = {genre: float(row[f"blend_{genre}"]) for genre in config["labels"]}
        ranked = sorted(probabilities, key=probabilities.__getitem__, reverse=True)
        level = words.level(probabilities, uncertain=probabilities[ranked[0]] < config["uncertain_below"])
        right[level].append(row["genre"] in ranked[: 2 if level == "between" else 1])
    promised = words.table()["right"]
    assert set(right) == set(promised)
    for level, answers in right.items():
        assert len(answers) >= 0.05 * len(rows), f"{level} hardly occurs"
        assert sum(answers) / len(answers) == pytest.approx(promised[level], abs=0.08), level
