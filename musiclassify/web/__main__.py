"""Serve the page and the API: ``python -m musiclassify.web [--host HOST] [--port PORT]``."""

from __future__ import annotations

import argparse
import logging
import sys

from .settings import DEFAULTS


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m musiclassify.web", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at; 0.0.0.0 lets others in")
    parser.add_argument("--port", type=int, default=5000, help="port to listen at")
    parser.add_argument("--models", metavar="DIR", help="folder of released models (default: models/released)")
    parser.add_argument(
        "--decoders", type=int, default=DEFAULTS["DECODERS"], help="songs decoded and classified at a time"
    )
    parser.add_argument("--waiting", type=int, default=DEFAULTS["WAITING"], help="songs that may wait for their turn")
    parser.add_argument(
        "--max-mb", type=int, default=DEFAULTS["MAX_CONTENT_LENGTH"] // 2**20, help="largest upload, MB"
    )
    parser.add_argument("--quiet", action="store_true", help="log nothing but failures")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Serve until interrupted; 2 for a wrong option or no model."""
    parser = _parser()
    options = parser.parse_args(argv)
    logging.basicConfig(
        level=logging.WARNING if options.quiet else logging.INFO,
        format="%(asctime)s %(name)s %(message)s",
        stream=sys.stderr,
    )
    from musiclassify.released.memory import return_large_blocks

    from . import create_app
    from .serving import make_server

    return_large_blocks()
    config = {
        "MODELS": options.models,
        "DECODERS": options.decoders,
        "WAITING": options.waiting,
        "MAX_CONTENT_LENGTH": options.max_mb * 2**20,
    }
    try:
        app = create_app(config)
        server = make_server(app, host=options.host, port=options.port)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    print(f"MusiClassify: http://{options.host}:{options.port}", file=sys.stderr)
    server.run()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
