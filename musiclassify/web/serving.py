"""waitress in front of the application."""

from __future__ import annotations

import select
from typing import Any

from flask import Flask, json
from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser
from waitress.server import MultiSocketServer, TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher
from waitress.utilities import RequestEntityTooLarge

from .csp import HEADERS
from .guard import GuardedChannel, Limits, late, surplus
from .problems import ProblemError

__all__ = ["make_server"]

ACCEPTED_AT_ONCE = 64


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


class _Channel(GuardedChannel):
    parser_class = _Parser


class _Server(TcpWSGIServer):
    """Takes every connection in, and closes the least deserving where there are too many."""

    def __init__(self, *args: Any, limits: Limits, **kwargs: Any) -> None:
        self.limits = limits
        self._newest: _Channel | None = None
        super().__init__(*args, **kwargs)

    def channel_class(self, *args: Any, **kwargs: Any) -> _Channel:
        """Make a channel for a connection that has come."""
        self._newest = _Channel(*args, **kwargs)
        return self._newest

    def handle_accept(self) -> None:
        """Take in those who wait at the door, some at a time."""
        for _ in range(ACCEPTED_AT_ONCE):
            self._newest = None
            super().handle_accept()
            if self._newest is None:
                return
            channel = surplus(self.active_channels.values(), self._newest, self.limits)
            if channel is not None:
                channel.will_close = True

    def maintenance(self, now: float) -> None:
        """Close what is late; waitress asks about once a second."""
        for channel in self.active_channels.values():
            if late(channel, self.limits, now):
                channel.will_close = True


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
    config = app.config
    threads = min(2 * (config["DECODERS"] + config["WAITING"]) + 4, 64)
    adjustments = Adjustments(
        host=host,
        port=port,
        threads=threads,
        max_request_body_size=config["MAX_CONTENT_LENGTH"] + 2**20,
        max_request_header_size=2**15,
        connection_limit=config["CONNECTIONS"] + 2 * ACCEPTED_AT_ONCE,
        cleanup_interval=1,
        channel_request_lookahead=1,  # so that a client that has gone is noticed while it is served
        asyncore_use_poll=hasattr(select, "poll"),
        ident=None,
    )
    limits = Limits(
        connections=config["CONNECTIONS"],
        per_client=config["PER_CLIENT"],
        head_s=config["HEAD_S"],
        idle_s=config["IDLE_S"],
        body_s=config["BODY_S"],
        least_rate=config["LEAST_RATE"],
    )
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.set_thread_count(threads)
    sockets: dict[int, Any] = {}
    servers = [
        _Server(app, sockets, dispatcher=dispatcher, adj=adjustments, sockinfo=info, limits=limits)
        for info in adjustments.listen
    ]
    if len(servers) == 1:
        return servers[0]
    listening = [(server.effective_host, server.effective_port) for server in servers]
    return MultiSocketServer(sockets, adjustments, listening, dispatcher, servers[0].log_info)
