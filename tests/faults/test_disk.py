"""A disk that is full or read-only: each stage says so, leaves nothing half-made, and goes on later."""

from __future__ import annotations

from pathlib import Path

import pytest
from scratch import STAGES


def everything(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "timing.json"
    }


@pytest.mark.parametrize(("name", "kind"), STAGES)
def test_a_stage_that_cannot_write_says_so_and_goes_on_when_it_can(run_on_disk, capfd, name, kind):
    """The stages run in their order; each is tried on a full disk and on one that is read-only before it may write."""
    disk, root = run_on_disk.disk, run_on_disk.layout.root
    before = everything(root)
    disk.fill(free=4096)
    try:
        status = run_on_disk.stage(name, kind)
    finally:
        disk.empty()
    said = capfd.readouterr().err
    assert status == 1, said
    assert f"{name}: " in said
    assert "the disk is full: free some space and start again" in said
    left = {path: data for path, data in everything(root).items() if before.get(path) != data}
    assert not [path for path in left if ".partial" in path or ".old" in path]

    disk.may_write(False)
    try:
        status = run_on_disk.stage(name, kind)
    finally:
        disk.may_write(True)
    said = capfd.readouterr().err
    assert status == 1, said
    assert "Read-only file system" in said
    assert "Traceback" not in said

    assert run_on_disk.stage(name, kind) == 0, capfd.readouterr().err
    now = everything(root)
    assert {path: now[path] for path in left} == left, "what stood there was not whole"
