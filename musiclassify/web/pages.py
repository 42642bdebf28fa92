"""The page and the files it is made of."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, jsonify, request, send_file, send_from_directory

from .site import LIBRARIES, STATIC, model_file, page_settings

__all__ = ["pages"]

pages = Blueprint("pages", __name__)


@pages.get("/")
def index() -> Response:
    """The page."""
    return send_from_directory(STATIC, "index.html")


@pages.get("/site.json")
def site() -> Response:
    """What the page is told about the models and this server."""
    config = current_app.config
    server = {
        "api": "api/v1",
        "max_upload_bytes": config["MAX_CONTENT_LENGTH"],
        "max_duration_s": config["MAX_DURATION_S"],
    }
    return jsonify(page_settings(current_app.extensions["library"], server=server))


@pages.get("/static/vendor/<name>")
def vendor(name: str) -> Response:
    """A JavaScript library, straight from where npm put it."""
    path = LIBRARIES.get(name)
    if path is None or not path.is_file():
        abort(404)
    kind = "application/wasm" if path.suffix == ".wasm" else "text/javascript"
    return send_file(path, mimetype=kind, conditional=True)


@pages.get("/models/<name>/<file>")
def model(name: str, file: str) -> Response:
    """A file of a released model, for the browser that classifies by itself."""
    path = model_file(current_app.extensions["library"], name, file)
    if path is None:
        abort(404)
    kinds = {".json": "application/json", ".md": "text/markdown"}
    return send_file(path, mimetype=kinds.get(path.suffix, "application/octet-stream"), conditional=True)


@pages.get("/favicon.ico")
def favicon() -> Response:
    """The icon, for who asks for it by the old name."""
    return send_from_directory(STATIC, "icon.svg")


@pages.get("/healthz")
def health() -> Response:
    """Whether the server is up, and how busy it is."""
    decoders = current_app.extensions["decoders"]
    return jsonify(status="ok", models=len(current_app.extensions["library"].names), decoding=decoders.gate.inside)


@pages.after_app_request
def revalidate(response: Response) -> Response:
    """Files may be kept, but are asked about each time; answers are never kept."""
    if request.path.startswith(("/api/", "/healthz")):
        response.headers["Cache-Control"] = "no-store"
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-cache"
    return response
