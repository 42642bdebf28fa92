"""What the tables of `studies.hearing` count."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from studies import hearing
from studies.heard_clips import Clips


def clips(rng: np.random.Generator, each: int = 20) -> Clips:
    """Clips of two genres by ten artists each, their tags and embeddings plain."""
    genres = ["blues"] * each + ["jazz"] * each
    table = pd.DataFrame(
        {
            "track_id": [f"{genre}.{i:05d}" for i, genre in enumerate(genres)],
            "genre": genres,
            "group": [f"{genre}-{i // 2}" for i, genre in enumerate(genres)],
            "file": "none",
        }
    )
    is_jazz = np.array(genres) == "jazz"
    jazz = np.where(is_jazz, 0.8, 0.05) + rng.uniform(0, 0.01, 2 * each)
    mellow = rng.uniform(0, 0.02, 2 * each)
    embedding = rng.standard_normal((2 * each, 6)) + 9 * is_jazz[:, None]
    noise = rng.standard_normal((2 * each, 6)).astype(np.float32)
    tags = np.stack([jazz, mellow], axis=1).astype(np.float32)
    return Clips(table, tags, ["jazz", "mellow"], "msd", embedding.astype(np.float32), noise)


def test_a_level_is_what_one_of_ten_reaches_but_one_half(rng):
    given = hearing.levels(clips(rng))
    assert given["jazz"] == hearing.SURE
    assert given["mellow"] == pytest.approx(0.018, abs=0.002)


def test_genres_count_equally_in_a_level():
    values, weights = np.arange(12.0), np.array([0.1] * 10 + [0.5] * 2)
    assert hearing._quantile(values, weights, 0.47) == 9
    assert hearing._quantile(values, weights, 0.9) == 11


def test_tags_are_counted_where_their_genre_is(rng):
    table = hearing.tags(clips(rng)).set_index("genre")
    assert table.loc["jazz", ["leads", "named", "right"]].tolist() == [1, 1, 1]
    assert np.isnan(table.loc["blues", "named"])
    assert 0 < table.loc["jazz", "named_at_0.1"] <= 1


def test_alike_is_counted_by_artist_and_genre(rng):
    table = hearing.alike(clips(rng)).set_index("compared_by")
    assert table.loc["embedding, standardised (`like`)", "artist_or_genre"] == 1
    assert table.loc["embedding, standardised (`like`)", "genre_without_the_artist"] == 1
    assert 0.3 < table.loc["statistics from scratch as they are", "artist_or_genre"] < 0.7
    assert (table["low"] <= table["artist_or_genre"]).all()
