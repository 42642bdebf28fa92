"""Who may ask: requests that come to another host's name, and posts from pages of other origins, are refused.

A page anywhere on the web can have a visitor's browser send a form to this server, on localhost too; the browser
then says so (``Sec-Fetch-Site``, ``Origin``). By a name of its own that leads here (DNS rebinding) such a page
would even pass for this server's own, so the names that this server answers to are known beforehand.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import Flask, request

from .problems import ProblemError

__all__ = ["install", "is_own_host", "is_own_page"]

_READING = ("GET", "HEAD", "OPTIONS")


def _name(host: str) -> str:
    """The name in a Host header, without its port: ``[::1]:80`` gives ``::1``."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".").lower()
    except ValueError:
        return ""


def is_own_host(host: str, names: Iterable[str]) -> bool:
    """Whether a Host header names this server: by an address in digits, as localhost, or by one of ``names``."""
    allowed = {name.rstrip(".").lower() for name in names}
    if "*" in allowed:
        return True
    name = _name(host)
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name in allowed or name == "localhost" or name.endswith(".localhost")
    return True


def is_own_page(host: str, site: str | None, origin: str | None) -> bool:
    """Whether a post comes from this server's own page, or from a program that is no browser.

    Parameters
    ----------
    host : str
        The Host header.
    site, origin : str or None
        ``Sec-Fetch-Site`` and ``Origin``; a page cannot forge either.
    """
    if site is not None:
        return site in ("same-origin", "none")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False


def install(app: Flask) -> None:
    """Ask of every request of ``app`` where it comes from."""
    machine = socket.gethostname()
    names = [machine, f"{machine}.local", *app.config["HOST_NAMES"]]

    @app.before_request
    def refuse_strangers() -> None:
        host = request.headers.get("Host", "")
        if not is_own_host(host, names):
            detail = "This server does not answer to that name; whoever runs it can add it with --host-name."
            raise ProblemError("wrong-host", detail)
        headers = request.headers
        if request.method not in _READING and not is_own_page(
            host, headers.get("Sec-Fetch-Site"), headers.get("Origin")
        ):
            raise ProblemError("other-origin", "Only this server's own page, or a program, may send songs to it.")
