"""The page's files go out compressed: each is compressed once, and kept for as long as it stays as it is."""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict

from flask import Flask, Response, request

__all__ = ["install"]

KINDS = frozenset(
    {
        *(f"text/{kind}" for kind in ("html", "css", "javascript", "markdown", "plain")),
        *(f"application/{kind}" for kind in ("json", "manifest+json", "octet-stream", "wasm")),
        "image/svg+xml",
    }
)
"""What is worth it; models (octet-stream) become half as large."""
LEAST = 1000
"""Bytes; less is not worth it."""
KEPT = 32 * 2**20
"""Bytes of compressed files that are kept."""


class _Kept:
    """Compressed files by their ETag, the longest unused going first."""

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0
        self._files: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, tag: str, response: Response) -> bytes:
        with self._lock:
            data = self._files.get(tag)
            if data is not None:
                self._files.move_to_end(tag)
                return data
        data = gzip.compress(response.get_data(), 6, mtime=0)
        with self._lock:
            if tag not in self._files:
                self._files[tag] = data
                self._size += len(data)
            while self._size > self._most:
                self._size -= len(self._files.popitem(last=False)[1])
        return data


def install(app: Flask) -> None:
    """Compress what ``app`` sends of its own files, to those who take gzip."""
    kept = _Kept(KEPT)

    @app.after_request
    def compress(response: Response) -> Response:
        if request.path.startswith("/api/") or response.mimetype not in KINDS:
            return response
        response.vary.add("Accept-Encoding")
        wanted = request.method == "GET" and request.accept_encodings["gzip"] > 0 and "Range" not in request.headers
        if not wanted or response.status_code != 200 or (response.content_length or LEAST) < LEAST:
            return response
        tag, _ = response.get_etag()
        response.direct_passthrough = False
        data = kept.of(f"{request.path} {tag}", response) if tag else gzip.compress(response.get_data(), 6, mtime=0)
        response.set_data(data)
        response.headers["Content-Encoding"] = "gzip"
        if tag:
            response.set_etag(tag, weak=True)  # the same file, in other bytes
        return response
