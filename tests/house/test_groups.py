"""Tests that share a slow preparation run in one worker, so that it is made once."""

from __future__ import annotations


def test_a_test_has_a_group_and_a_worker_has_seen_it(request):
    mark = request.node.get_closest_marker("xdist_group")
    assert mark.args == ("test_groups.py",)
    # Before, the marks came after pytest-xdist had looked, and every preparation was made in both workers.
    if hasattr(request.config, "workerinput") and request.config.getoption("loadgroup"):
        assert request.node.nodeid.endswith("@test_groups.py")


def test_what_reads_the_finished_run_has_one_group(request, pytestconfig):
    readers = [item for item in request.session.items if "finished" in item.fixturenames]
    assert {item.get_closest_marker("xdist_group").args for item in readers} <= {("corpus",)}
