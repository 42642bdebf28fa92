"""The application."""

from __future__ import annotations

import atexit
import logging
import mimetypes
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, request

from musiclassify.released import registry

from . import compress, problems, strangers
from .api import api
from .csp import HEADERS
from .decoding import Decoders, Gate
from .library import Library
from .pages import pages
from .settings import checked
from .uploads import Uploads

__all__ = ["close", "create_app"]

MODELS = registry.MODELS / "released"

_log = logging.getLogger("web")


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Make the application.

    Parameters
    ----------
    config : mapping, optional
        Settings that differ from `musiclassify.web.settings.DEFAULTS`, and any of Flask's own.

    Returns
    -------
    Flask

    Raises
    ------
    ValueError
        A setting is out of its range.
    ModelError
        There is no released model, or one is damaged.
    """
    settings = checked(config)
    mimetypes.add_type("text/javascript", ".js")
    mimetypes.add_type("application/manifest+json", ".webmanifest")
    app = Flask(__name__, static_folder="static", static_url_path="/static")
    app.config.update(settings)
    app.config.setdefault("MAX_FORM_PARTS", 20)
    app.json.sort_keys = False  # type: ignore[attr-defined]

    app.extensions["library"] = Library(Path(settings["MODELS"] or MODELS))
    app.extensions["uploads"] = Uploads(settings["UPLOADS"] and Path(settings["UPLOADS"]))
    decoders = Decoders(
        Gate(settings["DECODERS"], settings["WAITING"], settings["WAIT_S"]),
        limit_s=settings["SONG_LIMIT_S"],
        max_duration_s=settings["MAX_DURATION_S"],
        memory=settings["DECODER_MEMORY"],
    )
    app.extensions["decoders"] = decoders
    app.extensions["features_gate"] = Gate(settings["DECODERS"], settings["WAITING"], settings["WAIT_S"])
    atexit.register(close, app)

    app.register_blueprint(api)
    app.register_blueprint(pages)
    problems.install(app)
    _watch(app)
    strangers.install(app)
    compress.install(app)
    return app


def close(app: Flask) -> None:
    """End the decoding processes and remove the folder of uploads; once more does no harm."""
    app.extensions["decoders"].close()
    app.extensions["uploads"].close()


def _watch(app: Flask) -> None:
    """Put the safety headers on every answer and one line a request into the log, without names."""

    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        took = (time.perf_counter() - g.begun) * 1000 if "begun" in g else 0.0
        _log.info("%s %s %d %.0f ms", request.method, request.url_rule or "-", response.status_code, took)
        return response
