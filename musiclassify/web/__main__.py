"""Serve the page and the API: ``musiclassify web [--host HOST] [--port PORT]``."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from collections.abc import Sequence

from .settings import DEFAULTS


def build_parser(prog: str = "musiclassify web") -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog=prog, description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
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
    parser.add_argument(
        "--host-name",
        action="append",
        default=[],
        metavar="NAME",
        help="a name that visitors know this server by (may be given again; * for any), beside localhost, "
        "the machine's own and addresses in digits",
    )
    parser.add_argument(
        "--per-client",
        type=int,
        default=DEFAULTS["PER_CLIENT"],
        metavar="N",
        help="open connections of one address; 0 behind a proxy",
    )
    parser.add_argument("--quiet", action="store_true", help="log nothing but failures")
    return parser


def main(argv: Sequence[str] | None = None, prog: str = "musiclassify web") -> int:
    """Serve until interrupted; 2 for a wrong option or no model."""
    parser = build_parser(prog)
    options = parser.parse_args(argv)
    logging.basicConfig(
        level=logging.WARNING if options.quiet else logging.INFO,
        format="%(asctime)s %(name)s %(message)s",
        stream=sys.stderr,
    )
    from musiclassify.released.memory import return_large_blocks

    from .app import close, create_app
    from .serving import make_server

    return_large_blocks()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # waitress ends on it as on Ctrl-C
    config = {
        "MODELS": options.models,
        "DECODERS": options.decoders,
        "WAITING": options.waiting,
        "MAX_CONTENT_LENGTH": options.max_mb * 2**20,
        "HOST_NAMES": [options.host, *options.host_name],
        "PER_CLIENT": options.per_client,
    }
    try:
        app = create_app(config)
        server = make_server(app, host=options.host, port=options.port)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    print(f"MusiClassify: http://{options.host}:{options.port}", file=sys.stderr)
    try:
        server.run()
    finally:
        close(app)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
