import numpy as np
import pytest

from corpora.demo import DemoError, difficulty

GENRES, FAMILIES, ARTISTS, CLIPS = 4, 4, 4, 3
DIMENSIONS = 4


@pytest.fixture
def table(rng):
    """A corpus made of numbers: a shift a genre, a larger one a family and an artist, a small one a clip."""
    features, genres, artists, families = [], [], [], []
    for g in range(GENRES):
        genre = rng.normal(0, 1.0, DIMENSIONS)
        for f in range(FAMILIES):
            family = rng.normal(0, 1.0, DIMENSIONS)
            for a in range(ARTISTS):
                artist = rng.normal(0, 1.0, DIMENSIONS)
                for _ in range(CLIPS):
                    features.append(genre + family + artist + rng.normal(0, 0.1, DIMENSIONS))
                    genres.append(f"g{g}")
                    families.append(f"g{g}.f{f}")
                    artists.append(f"g{g}.f{f}.a{a}")
    return np.array(features), np.array(genres), np.array(artists), np.array(families)


def test_a_leak_is_worth_points_and_new_families_cost_some(table):
    features, genres, artists, families = table
    found = difficulty.score(features, genres=genres, artists=artists, families=families, repeats=2)
    assert found["track"] > found["artist"] > found["family"]
    assert found["leak_points"] == pytest.approx(100 * (found["track"] - found["artist"]), abs=0.1)
    assert set(found["artist_recall"]) == {"g0", "g1", "g2", "g3"}


def test_one_family_a_genre_cannot_be_kept_apart(table):
    features, genres, artists, _ = table
    with pytest.raises(DemoError, match="two families or more"):
        difficulty.score(features, genres=genres, artists=artists, families=genres)


def test_a_clip_is_described_by_means_then_deviations(rng):
    samples = rng.normal(0, 0.1, 22050).astype(np.float32)
    row = difficulty.describe(samples, n_mfcc=13)
    assert row.shape == (26,)
    assert (row[13:] >= 0).all()
    louder = difficulty.describe(2 * samples, n_mfcc=13)
    np.testing.assert_allclose(louder[1:13], row[1:13], atol=0.05)  # loudness moves the first coefficient alone
    assert louder[0] > row[0]
