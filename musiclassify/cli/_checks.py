"""What cannot work is refused before anything is begun."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from musiclassify.errors import UsageError
from musiclassify.files import check_target, goal_of
from musiclassify.released.journal import PREFIX, check_journal

from ._results import check_run_file, is_former_output, run_beside

__all__ = ["check_options", "check_targets", "journal_of"]


def check_options(options: argparse.Namespace) -> None:
    """Refuse options that do not go together.

    Raises
    ------
    UsageError
    """
    from musiclassify.audio.walk import EXTENSIONS

    if options.output is not None and options.output.suffix.lower() in EXTENSIONS:
        raise UsageError(f"--output {options.output} must not be named like a sound file")
    if options.explain is not None and options.explain.suffix.lower() != ".png":
        raise UsageError(f"--explain {options.explain} must end in .png")
    if options.playlists is not None and options.playlists.exists() and not options.playlists.is_dir():
        raise UsageError(f"--playlists {options.playlists} must be a folder")
    if options.paths.count("-") > 1:
        raise UsageError("- (standard input) can be given once only")
    if options.explain is not None and (len(options.paths) != 1 or not Path(options.paths[0]).is_file()):
        raise UsageError("--explain takes exactly one song, by its name")
    if options.dry_run and not (options.write_tags or options.undo_tags):
        raise UsageError("--dry-run goes with --write-tags or --undo-tags")


def journal_of(options: argparse.Namespace) -> Path | None:
    """Give the journal's file: the one that was named, or one beside the output."""
    if options.journal is not None or options.output is None:
        return options.journal
    return options.output.with_name(f"{PREFIX}{options.output.name}.jsonl")


def check_targets(options: argparse.Namespace, songs: Sequence[str]) -> None:
    """Refuse to write where something of the user's stands, or two things into one file.

    Raises
    ------
    TargetError, UsageError
    """
    targets: list[tuple[str, Path]] = []
    if options.output is not None:
        check_target(options.output, "--output", inputs=songs, former=is_former_output, force=options.force)
        check_target(run_beside(options.output), "--output", inputs=songs)
        check_run_file(options.output)
        targets += [("--output", options.output), ("the file of --output", run_beside(options.output))]
    if options.explain is not None:
        from musiclassify.released.explain import is_explanation

        check_target(options.explain, "--explain", inputs=songs, former=is_explanation, force=options.force)
        targets.append(("--explain", options.explain))
    journal = journal_of(options)
    if journal is not None:
        check_journal(journal)
        targets.append(("--journal", journal))
    named: dict[Path, str] = {}
    for what, path in targets:
        other = named.setdefault(goal_of(path), what)
        if other != what:
            raise UsageError(f"{what} and {other} are both {path}; name two files")
