"""Computed keys are kept up to a number of bytes, so that no worker grows until joblib takes it for a leaking one."""

from __future__ import annotations

import numpy as np

from corpora.demo import synth
from corpora.demo.kept import kept


def test_the_oldest_arrays_go_when_the_bytes_are_full():
    made = []

    @kept(1000)
    def zeros(n, name):
        made.append((n, name))
        return np.zeros(n, np.uint8)

    first = zeros(400, "a")
    assert zeros(400, "a") is first
    zeros(400, "b")
    zeros(400, "a")  # used again, so b is the oldest
    zeros(400, "c")
    assert zeros.bytes == 800
    assert zeros(400, "a") is first
    assert made == [(400, "a"), (400, "b"), (400, "c")]
    zeros(400, "b")
    assert made[-1] == (400, "b")
    assert len(zeros(5000, "large")) == 5000
    assert zeros.bytes <= 1000


def test_a_part_of_a_large_array_does_not_hold_the_whole():
    large = np.zeros(10_000_000, np.uint8)
    assert kept(1000)(lambda n: large[:n])(10).base is None


def test_the_synthesiser_keeps_far_less_than_what_joblib_calls_a_leak():
    from joblib.externals.loky import process_executor

    assert 2 * synth._KEPT_BYTES < process_executor._MAX_MEMORY_LEAK_SIZE
    assert synth._key.bytes <= synth._KEPT_BYTES
