"""The web page and the API of MusiClassify.

``flask --app musiclassify.web run`` and ``musiclassify web`` (waitress) serve it;
``python -m musiclassify.web.build`` writes the page alone, for a host that only serves files. Importing this package
imports nothing heavy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["create_app"]


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Make the application; see `musiclassify.web.app.create_app`."""
    from .app import create_app as make

    return make(config)
