"""The short form of ``tests/faults/server_load.py``."""

from __future__ import annotations

import pytest
import server_load


@pytest.mark.slow
def test_no_answer_is_mixed_or_lost_among_bad_company_nor_by_a_restart(toy):
    load = server_load.run(toy.parent, seconds=8.0, clients=3, song_s=3.0)
    assert load.wrong == []
    assert len(load.waits) >= 3
    assert load.bad.total() >= 30
    assert load.restart.total() == 16
    assert max(every for _, every, _ in load.memory) < 600
