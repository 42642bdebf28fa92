"""What a network said before is found again by what it heard."""

import numpy as np
import pytest

from features.taggers import _cache
from features.taggers._cache import Cache


class Network:
    """Counts what it is asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, segments):
        self.asked.append(len(segments))
        return segments[:, :3] * 2


@pytest.fixture
def segments(rng):
    return rng.normal(size=(4, 50)).astype(np.float32)


def test_only_what_is_new_is_asked_and_all_of_it_at_once(tmp_path, segments):
    network, cache = Network(), Cache(tmp_path / "kept")
    first = cache.of("a", segments[:2], network)
    again = Cache(tmp_path / "kept").of("a", segments[[3, 1, 0, 2]], network)
    assert network.asked == [2, 2]
    np.testing.assert_array_equal(first, segments[:2, :3] * 2)
    np.testing.assert_array_equal(again, segments[[3, 1, 0, 2], :3] * 2)


def test_another_network_or_one_other_sample_is_another_question(tmp_path, segments):
    network, cache = Network(), Cache(tmp_path)
    cache.of("a", segments[:1], network)
    changed = segments[:1].copy()
    changed[0, -1] += 1e-6
    cache.of("a", changed, network)
    cache.of("b", segments[:1], network)
    cache.of("a", segments[:1, :-1], network)
    assert network.asked == [1, 1, 1, 1]


def test_a_broken_file_is_asked_again_and_mended(tmp_path, segments):
    network, cache = Network(), Cache(tmp_path)
    cache.of("a", segments[:1], network)
    (kept,) = tmp_path.glob("*.npy")
    for content in (b"", kept.read_bytes()[:40], b"nonsense"):
        kept.write_bytes(content)
        cache.of("a", segments[:1], network)
    assert network.asked == [1, 1, 1, 1]
    cache.of("a", segments[:1], network)
    assert network.asked == [1, 1, 1, 1]


def test_the_folder_does_not_grow_beyond_its_bound(tmp_path, rng):
    cache = Cache(tmp_path, most=20)
    for _ in range(60):
        cache.of("a", rng.normal(size=(1, 8)).astype(np.float32), Network())
    assert 10 <= len(list(tmp_path.iterdir())) <= 20


def test_the_environment_turns_it_on(tmp_path, monkeypatch):
    monkeypatch.delenv(_cache.VARIABLE, raising=False)
    assert _cache.from_environment() is None
    monkeypatch.setenv(_cache.VARIABLE, str(tmp_path / "here"))
    assert _cache.from_environment().folder == tmp_path / "here"


def test_a_runner_asks_its_network_but_once(tmp_path, monkeypatch, rng):
    from features.taggers import runners

    monkeypatch.setenv(_cache.VARIABLE, str(tmp_path))
    (runner,) = runners("msd-musicnn")
    waves = (0.1 * rng.normal(size=(1, 110_250))).astype(np.float32)
    first = runner.of(waves)
    monkeypatch.setattr(runner, "_session", None)
    np.testing.assert_array_equal(runner.of(waves), first)
