"""What goes wrong, said to programs as RFC 9457 problem documents and to people as a page."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, json, render_template, request
from werkzeug.exceptions import HTTPException

__all__ = ["PROBLEMS", "ProblemError", "install"]

PROBLEMS: dict[str, tuple[int, str]] = {
    "bad-request": (400, "The request cannot be read"),
    "other-origin": (403, "Another page may not ask this"),
    "not-found": (404, "There is nothing here"),
    "method-not-allowed": (405, "This address does not take that method"),
    "too-large": (413, "The request is too large"),
    "wrong-host": (421, "This is not the host you asked for"),
    "unsupported-media-type": (415, "The body is of another type than this address takes"),
    "no-file": (422, "The form carries no song"),
    "unknown-model": (422, "There is no such model"),
    "unknown-vote": (422, "There is no such way to vote"),
    "unknown-effort": (422, "There is no such effort"),
    "not-audio": (422, "The file cannot be decoded"),
    "empty": (422, "The file holds no sound"),
    "silent": (422, "There is nothing to hear"),
    "too-short": (422, "The song is too short"),
    "too-long": (422, "The song is too long"),
    "time-limit": (422, "The song took too long to decode"),
    "bad-features": (422, "These are not the features the model takes"),
    "gone": (499, "The client has left"),
    "internal": (500, "Something went wrong here"),
    "busy": (503, "All decoders are at work"),
}
"""Code of each problem: status and title. The type is ``urn:musiclassify:problem:<code>``."""

_BY_STATUS = {
    400: "bad-request",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "unsupported-media-type",
}

_log = logging.getLogger("web")


class ProblemError(Exception):
    """A request that cannot be answered.

    Parameters
    ----------
    code : str
        One of `PROBLEMS`.
    detail : str
        What is wrong with this request and what to do; never the name of a file.
    retry_after : int, optional
        Seconds after which the same request may do better.
    """

    def __init__(self, code: str, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.retry_after = retry_after
        self.status, self.title = PROBLEMS[code]

    def document(self) -> dict[str, Any]:
        """The problem as RFC 9457 has it."""
        return {
            "type": f"urn:musiclassify:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }


def _respond(problem: ProblemError, headers: dict[str, str] | None = None) -> Response:
    if request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json":
        response = Response(json.dumps(problem.document()), problem.status, mimetype="application/problem+json")
    else:
        response = Response(render_template("error.html", problem=problem), problem.status, mimetype="text/html")
    for name, value in (headers or {}).items():
        response.headers[name] = value
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def install(app: Flask) -> None:
    """Answer every error of ``app`` this way."""

    @app.errorhandler(ProblemError)
    def problem(error: ProblemError) -> Response:
        return _respond(error)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        if error.code is not None and error.code < 400 and error.response is not None:
            return error.get_response()  # type: ignore[return-value]
        code = _BY_STATUS.get(error.code or 500, "bad-request" if (error.code or 500) < 500 else "internal")
        headers = {name: value for name, value in error.get_headers() if name == "Allow"}
        detail = {
            "too-large": f"At most {request.max_content_length // 2**20} MB are taken; send less, or compressed sound.",
            "not-found": "Check the address.",
            "method-not-allowed": "See /api/v1/openapi.json for what each address takes.",
            "unsupported-media-type": "Send a song as multipart/form-data, features as application/json.",
        }.get(code, "Check it against /api/v1/openapi.json.")
        return _respond(ProblemError(code, detail), headers)

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        _log.error("%s %s failed", request.method, request.url_rule, exc_info=error)
        return _respond(ProblemError("internal", "It is not your fault; the server's log says more."))
