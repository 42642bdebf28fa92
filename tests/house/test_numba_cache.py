"""Workers of the tests do not share the files of compiled functions: written by two at once, they crash numba later."""

from __future__ import annotations

import os
from pathlib import Path


def test_each_worker_caches_compiled_functions_in_a_folder_of_its_own():
    import numba

    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    assert Path(numba.config.CACHE_DIR).parts[-2:] == ("numba", worker)
