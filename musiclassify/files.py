"""Files are written whole or not at all, and nothing of the user's is replaced.

What is written goes to ``.<name>.<process>.part`` beside the goal and takes the goal's place when it is complete. A
link is followed: the file that it leads to is replaced, the link stays. What a process that was killed left beside a
goal is removed when the goal is next written.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from .errors import TargetError

__all__ = ["check_target", "goal_of", "same_file", "whole", "write_whole"]


def goal_of(path: str | os.PathLike[str]) -> Path:
    """Give the file that is really written: the one that links lead to."""
    return Path(os.path.realpath(path))


def check_target(
    path: Path,
    what: str,
    *,
    inputs: Iterable[str | os.PathLike[str]] = (),
    former: Callable[[Path], bool] | None = None,
    force: bool = False,
) -> None:
    """Refuse to write where something of the user's stands.

    Parameters
    ----------
    path : Path
        What is to be written.
    what : str
        How messages call it (``--output``).
    inputs : iterable of path
        Files that are read: none of them is ever replaced. ``-`` is standard input.
    former : callable, optional
        Whether a file was written by an earlier run, and may be replaced.
    force : bool
        Replace a file though it was not.

    Raises
    ------
    TargetError
        The folder is not there, something else than a file is, an input is, or a file that no earlier run wrote.
    """
    goal = goal_of(path)
    if not goal.parent.is_dir():
        raise TargetError(f"{what} {path} must be a file in a folder that is there")
    try:
        found = goal.lstat()
    except FileNotFoundError:
        return
    if stat.S_ISDIR(found.st_mode):
        raise TargetError(f"{what} {path} must be a file in a folder that is there, not a folder")
    if not stat.S_ISREG(found.st_mode):
        raise TargetError(f"{what} {path} must be a file; it is a device, a pipe or a socket")
    if any(same_file(found, given) for given in inputs):
        raise TargetError(f"{what} {path} is one of the files to read; name another")
    if not force and former is not None and not former(path):
        raise TargetError(
            f"{what} {path} is there, and no earlier run wrote it as it is; name another, or replace it with --force"
        )


def same_file(found: os.stat_result, path: str | os.PathLike[str]) -> bool:
    """Whether a path (``-``: standard input) leads to a file that was looked at."""
    try:
        other = os.fstat(0) if path == "-" else os.stat(path)
    except OSError:
        return False
    return os.path.samestat(found, other)


@contextlib.contextmanager
def whole(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a name to write to; it takes the place of `path` when all went well, and is gone when not.

    Raises
    ------
    TargetError
        It cannot be written (no space, no permission, ...).
    """
    goal = goal_of(path)
    _sweep(goal)
    unfinished = goal.with_name(f".{goal.name}.{os.getpid()}.part")
    try:
        yield unfinished
        with contextlib.suppress(OSError):  # there is none yet, or a system without modes
            unfinished.chmod(stat.S_IMODE(goal.stat().st_mode))
        os.replace(unfinished, goal)
    except OSError as error:
        if error.filename not in (None, str(unfinished), unfinished):
            raise
        raise TargetError(f"{path} cannot be written ({error.strerror or error})") from error
    finally:
        unfinished.unlink(missing_ok=True)


def write_whole(path: str | os.PathLike[str], text: str) -> None:
    """Write a text file (UTF-8) whole or not at all."""
    with whole(path) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as file:
        file.write(text)


def _sweep(goal: Path) -> None:
    """Remove what processes that are gone left of this goal."""
    part = re.compile(rf"\.{re.escape(goal.name)}\.([0-9]+)\.part")
    with contextlib.suppress(OSError), os.scandir(goal.parent) as listing:
        for entry in listing:
            found = part.fullmatch(entry.name)
            if found and entry.is_file(follow_symlinks=False) and _is_gone(int(found[1])):
                with contextlib.suppress(OSError):
                    os.unlink(entry.path)


def _is_gone(process: int) -> bool:
    """Whether no process has this number; where that cannot be asked without harm, none is taken for gone."""
    if sys.platform == "win32" or process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False
