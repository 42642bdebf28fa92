"""A temperature for each amount that was heard."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline import calibration
from studies import amounts
from studies.mixed_lengths import CHECK, PIECE, WHOLE


def answers(rng: np.random.Generator, genre: int, sharp: float) -> np.ndarray:
    score = rng.normal(0, 1, 3)
    score[genre] += 1
    power = np.exp(sharp * score)
    return power / power.sum()


def rows(tracks: int = 60):
    rng, table, p = np.random.default_rng(0), [], []
    for track in range(tracks):
        for form, count in ((WHOLE, 3), (CHECK, 1)):
            for _ in range(count):
                table.append(
                    {"track_id": f"t{track}", "genre": "abc"[track % 3], "form": form, "copy": 0, "group": track}
                )
                p.append(answers(rng, track % 3, 4.0))
    return pd.DataFrame(table), np.array(p), np.array(["abc".index(row["genre"]) for row in table])


def test_how_much_was_heard_is_told_apart():
    table = pd.DataFrame({"track_id": list("aaaaabbc"), "form": [WHOLE] * 4 + [CHECK, WHOLE, PIECE, PIECE], "copy": 0})
    assert amounts.heard(table).tolist() == [3, 3, 3, 3, 0, 1, 0, 0]


def test_overconfident_answers_are_softened_and_a_mean_of_several_less():
    table, p, labels = rows()
    looped, one, two, every = amounts.temperatures(table, p, labels)
    assert looped > 1.5
    assert one > 1.5
    assert every < two < one


def test_it_is_the_temperature_that_the_pipeline_would_fit():
    table, p, labels = rows()
    whole = (table["form"] == WHOLE).to_numpy()
    fitted = calibration.fit(table[whole].assign(excerpt=0), p[whole], labels[whole], list("abc"))
    assert amounts.temperatures(table, p, labels)[-1] == fitted.temperature


def test_each_row_is_softened_by_its_own():
    p = np.array([[0.9, 0.1], [0.9, 0.1]])
    out = amounts.soften(p, np.array([0, 3]), [2.0, 1.0, 1.0, 1.0])
    np.testing.assert_allclose(out, [[0.75, 0.25], [0.9, 0.1]])
