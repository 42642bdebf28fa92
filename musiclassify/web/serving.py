"""waitress in front of the application."""

from __future__ import annotations

from typing import Any

from flask import Flask, json
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import create_server
from waitress.utilities import RequestEntityTooLarge

from .csp import HEADERS
from .problems import ProblemError

__all__ = ["make_server"]


class _TooLarge(RequestEntityTooLarge):
    """The 413 that is sent before a body has been read, as the same document the application sends."""

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        problem = ProblemError("too-large", "The body is over this server's limit; send a shorter or compressed song.")
        body = json.dumps(problem.document()).encode()
        headers = {"Content-Type": "application/problem+json", "Connection": "close"}
        return "413 Request Entity Too Large", list((HEADERS | headers).items()), body


class _Parser(HTTPRequestParser):
    def received(self, data: bytes) -> int:
        taken = super().received(data)
        if isinstance(self.error, RequestEntityTooLarge):
            self.error = _TooLarge(self.error.body)
        return taken


class _Channel(HTTPChannel):
    parser_class = _Parser


def make_server(app: Flask, *, host: str, port: int) -> Any:
    """Make a server that has threads enough for all who may wait and some for the page's files.

    Parameters
    ----------
    app : Flask
    host : str
        Address to listen at.
    port : int
        Port; 0 takes any free one (``effective_port`` of the result tells which).
    """
    threads = 2 * (app.config["DECODERS"] + app.config["WAITING"]) + 4
    server = create_server(
        app,
        host=host,
        port=port,
        threads=min(threads, 64),
        max_request_body_size=app.config["MAX_CONTENT_LENGTH"] + 2**20,
        channel_timeout=120,
        ident=None,
    )
    server.channel_class = _Channel
    return server
