"""Where files lie that nobody named a place for: what can be made again, and what cannot.

The folders of the XDG base directory specification on Linux, those that the maker of the system names elsewhere.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["cache_folder", "data_folder"]

_NAME = "musiclassify"


def cache_folder() -> Path:
    """Give the folder of what can be made again; it need not be there."""
    return _folder("XDG_CACHE_HOME", ".cache", "Library/Caches", "Cache")


def data_folder() -> Path:
    """Give the folder of what a person said or made; it need not be there."""
    return _folder("XDG_DATA_HOME", ".local/share", "Library/Application Support", "Data")


def _folder(variable: str, linux: str, mac: str, windows: str) -> Path:
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / _NAME / windows
    if sys.platform == "darwin":
        return home / mac / _NAME
    named = os.environ.get(variable, "")
    return (Path(named) if os.path.isabs(named) else home / linux) / _NAME
