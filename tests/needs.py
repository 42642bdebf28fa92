"""Install what the tests of the page need and nothing else does: Chromium, Node.js and the page's libraries.

`make test` runs this before the tests. As root on Debian the programs come by apt-get, the libraries by npm wherever
there is one. What cannot be had is left out: its tests skip, and the last line of the tests says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).resolve().parents[1] / "musiclassify" / "web"
PROGRAMS = {"chromium": "chromium", "node": "nodejs", "npm": "npm"}
"""Program -> package of Debian."""


def install() -> None:
    """Install what is lacking, as far as that is possible here."""
    lacking = {program: package for program, package in PROGRAMS.items() if shutil.which(program) is None}
    if os.environ.get("MUSICLASSIFY_CHROMIUM"):
        lacking.pop("chromium", None)
    if lacking and hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        print("installing", *lacking.values())
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        _run(["apt-get", "update", "-qq"], env=quiet)
        for program, package in lacking.items():  # one by one: some sources' nodejs brings npm and refuses Debian's
            if shutil.which(program) is None:
                _run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", package], env=quiet)
    if shutil.which("npm") and not (WEB / "node_modules" / ".package-lock.json").is_file():
        print("installing the page's libraries")
        _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress"], cwd=WEB)


def _run(command: list[str], **options: object) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode:
        print(f"going on without: {' '.join(command)}\n{(done.stderr or done.stdout)[-500:]}", file=sys.stderr)


def summary(reasons: list[str]) -> str:
    """One line about tests that did not run because something is not installed; empty where all ran.

    Parameters
    ----------
    reasons : list of str
        Of each skipped test. Those of the form ``no <thing>: <what to do>`` count.

    Examples
    --------
    >>> summary(["no Chromium: install it", "no Chromium: install it", "is for Windows"])
    '2 tests did not run: no Chromium: install it'
    """
    wanting = [reason for reason in reasons if reason.startswith("no ") and ": " in reason]
    if not wanting:
        return ""
    return f"{len(wanting)} tests did not run: {'; '.join(sorted(set(wanting)))}"


if __name__ == "__main__":
    install()
