#!/usr/bin/env python3
"""Tell the genre of songs: one file, many, or folders of them.

Results go to standard output (or whole into a file), log and progress to standard error. Exit status: 0 every
song has an answer, 1 some have none, 2 none has one or the command was wrong, 130 stopped.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from musiclassify import __version__

ROOT = Path(__file__).resolve().parents[2]

if TYPE_CHECKING:
    from musiclassify.audio.excerpts import Rule
    from musiclassify.released.formats import Form
    from musiclassify.released.journal import Journal
    from musiclassify.released.song import Answer, Model

VERSION = __version__
NEEDED = ("numpy", "soundfile", "soxr", "av", "onnxruntime")
EXTENSION_FORMATS = {".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}
OK, SOME_FAILED, NOTHING, STOPPED = 0, 1, 2, 130


class UsageError(Exception):
    """The command cannot be carried out as it was given."""


def build_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog="classify.py",
        description="Tell the genre of songs (wav, mp3, flac, ogg, opus, m4a, aiff, au, ...).",
        epilog="Exit status: 0 every song has an answer, 1 some have none, 2 none or wrong usage, 130 stopped.",
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files, folders, or - for standard input")
    parser.add_argument("--version", action="store_true", help="print the program's version and the default model")

    answer = parser.add_argument_group("how songs are answered")
    answer.add_argument(
        "--model",
        metavar="NAME|PATH",
        help="a released model, cnn|svm|xgb|blend of the last training run, or a model's folder "
        "(default: the one in models/default)",
    )
    answer.add_argument(
        "--skip", type=_seconds, metavar="S", help="seconds left out at the start of a long song (default: 30)"
    )
    answer.add_argument(
        "--vote", choices=("mean", "majority"), help="how excerpts make one answer (default: the model's, mean)"
    )
    answer.add_argument(
        "--jobs", type=_positive, default=min(os.cpu_count() or 1, 4), metavar="N",
        help="songs worked on at once, about 25 MB each (default: %(default)s)",
    )  # fmt: skip

    result = parser.add_argument_group("what is written")
    result.add_argument(
        "--format",
        choices=("text", "json", "jsonl", "csv"),
        help="default: what the extension of --output says, else text",
    )
    result.add_argument(
        "--output", type=Path, metavar="FILE",
        help="write the results here, whole or not at all, and the run's parameters to FILE.run.json",
    )  # fmt: skip
    result.add_argument(
        "--top", type=_positive, metavar="N", help="only the N most probable genres (default: text 3, others all)"
    )
    result.add_argument("--timeline", action="store_true", help="tell every excerpt too (JSON always does)")
    result.add_argument(
        "--journal", type=Path, metavar="FILE",
        help="keep answers here while the run lasts, to go on after a stop (default: beside --output)",
    )  # fmt: skip
    result.add_argument("--playlists", type=Path, metavar="DIR", help="write one m3u8 a genre into DIR")
    result.add_argument(
        "--explain", type=Path, metavar="FILE.png",
        help="draw what the answer for one song rests on (needs matplotlib)",
    )  # fmt: skip

    tags = parser.add_argument_group("tags (the sound stays as it is)")
    which = tags.add_mutually_exclusive_group()
    which.add_argument("--write-tags", action="store_true", help="write the genre of every certain answer")
    which.add_argument("--undo-tags", action="store_true", help="put back what stood there before; asks no model")
    tags.add_argument("--dry-run", action="store_true", help="only show what would change")
    return parser


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 86_400:
        raise argparse.ArgumentTypeError(f"{text} must be a number of seconds from 0 to 86400")
    return value


def _positive(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 1_000:
        raise argparse.ArgumentTypeError(f"{text} must be a whole number from 1 to 1000")
    return value


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command line; give the exit status."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    if options.version:
        from musiclassify.released.registry import default_name

        print(f"classify.py {VERSION} (default model: {default_name() or 'none chosen'})")
        return OK
    if not options.paths:
        parser.error("name a file, a folder, or - for standard input")
    _find_libraries(list(sys.argv[1:] if arguments is None else arguments))
    from musiclassify.released.registry import ModelError

    try:
        _check(options)
        with contextlib.suppress(ValueError):  # not the main thread
            signal.signal(signal.SIGTERM, signal.default_int_handler)
        return _undo_tags(options) if options.undo_tags else _classify(options)
    except (UsageError, ModelError) as error:
        _say(f"classify.py: {error}")
        return NOTHING
    except KeyboardInterrupt:
        _say("classify.py: stopped")
        return STOPPED
    except BrokenPipeError:  # whoever read our rows has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return SOME_FAILED
    except OSError as error:
        _say(f"classify.py: {error}")
        return NOTHING


def _find_libraries(arguments: list[str]) -> None:
    """Where this Python lacks the libraries, go on with the one of the project's own environment."""
    from importlib.util import find_spec

    missing = [name for name in NEEDED if find_spec(name) is None]
    if not missing:
        return
    own = next((p for p in (ROOT / ".venv/bin/python", ROOT / ".venv/Scripts/python.exe") if p.exists()), None)
    if own and Path(sys.prefix).resolve() != (ROOT / ".venv").resolve():
        os.execv(own, [str(own), str(ROOT / "classify.py"), *arguments])
    _say(f"classify.py: {', '.join(missing)} not installed; pip install -r {ROOT / 'requirements-serve.txt'}")
    raise SystemExit(NOTHING)


def _check(options: argparse.Namespace) -> None:
    """Refuse what cannot work before anything is begun."""
    from musiclassify.audio.convert import EXTENSIONS

    for name in ("output", "explain", "journal"):
        target: Path | None = getattr(options, name)
        if target is not None and (target.is_dir() or not target.absolute().parent.is_dir()):
            raise UsageError(f"--{name} {target} must be a file in a folder that is there")
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


def _classify(options: argparse.Namespace) -> int:
    from musiclassify.released.memory import return_large_blocks
    from musiclassify.released.song import load

    return_large_blocks()
    started = time.time()
    songs = list(_songs(options.paths))
    model = load(options.model, threads=min(2, options.jobs) if len(songs) == 1 else 1)
    rule = _rule(model, options)
    journal_path = options.journal or _journal_beside(options.output)
    counts: Counter[str] = Counter()
    answers: list[Answer] = []
    keep_all = options.write_tags or options.playlists is not None
    try:
        with contextlib.ExitStack() as stack:
            journal = stack.enter_context(_journal(journal_path, model, rule)) if journal_path else None
            known = [journal.find(song) if journal else None for song in songs]
            with _rows(options, model) as write:
                progress = _Progress(len(songs))
                for answer in _answers(model, songs, known, rule, options.jobs, journal):
                    counts[answer.status] += 1
                    progress.clear()
                    write(answer)
                    progress.show(counts.total())
                    if keep_all:
                        answers.append(_without_excerpts(answer))
                progress.clear()
            if options.output is not None:
                _save_run(options, model, rule, counts, started)
            if journal is not None:
                journal.forget()
    except KeyboardInterrupt:
        _say_stopped(counts.total(), len(songs), journal_path)
        return STOPPED
    failed = counts.total() - counts["ok"]
    if options.playlists is not None:
        _write_playlists(options.playlists, answers)
    if options.write_tags:
        failed += _write_tags(answers, options.dry_run)
    if options.explain is not None and counts["ok"]:
        _explain(options, model, rule)
    return NOTHING if not counts["ok"] else SOME_FAILED if failed else OK


def _songs(paths: Sequence[str]) -> Iterator[str]:
    """Name every song; a folder without any is named itself, and its answer will say so."""
    from musiclassify.audio.convert import find_sounds

    for path in paths:
        if path == "-" or not os.path.isdir(path):
            yield path
            continue
        found = find_sounds(path)
        yield from map(str, found) if found else [path]


def _rule(model: Model, options: argparse.Namespace) -> Rule:
    from dataclasses import replace

    rule = model.rule if options.skip is None else model.rule.with_skip(options.skip)
    return rule if options.vote is None else replace(rule, vote=options.vote)


def _answers(
    model: Model, songs: list[str], known: list[Answer | None], rule: Rule, jobs: int, journal: Journal | None
) -> Iterator[Answer]:
    """Give the songs' answers in order: those in the journal, those of the model."""
    from dataclasses import replace

    asked = (
        sys.stdin.buffer if song == "-" else song for song, answer in zip(songs, known, strict=True) if answer is None
    )
    new = model.classify_many(asked, jobs=jobs, rule=rule)
    with contextlib.closing(new):
        for song, answer in zip(songs, known, strict=True):
            if answer is None:
                answer = replace(next(new), path=song)
                if os.path.isdir(song):
                    answer = replace(answer, message="holds no sound files; name a folder with music")
                if journal is not None:
                    journal.keep(answer)
            yield answer


def _without_excerpts(answer: Answer) -> Answer:
    from dataclasses import replace

    return replace(answer, excerpts=[], probabilities={})


# --- results


@contextlib.contextmanager
def _rows(options: argparse.Namespace, model: Model) -> Iterator:
    """Give a function that writes an answer; the document is whole at the end, however that comes."""
    from musiclassify.released.formats import form

    by_extension = EXTENSION_FORMATS.get(options.output.suffix.lower()) if options.output else None
    shape = form(options.format or by_extension or "text", model.labels, top=options.top, timeline=options.timeline)
    if options.output is None:
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="backslashreplace", encoding="utf-8" if shape.machine else None)
        with _document(sys.stdout, shape) as write:
            yield write
        return
    unfinished = options.output.with_name(f".{options.output.name}.{os.getpid()}.part")
    try:
        with (
            unfinished.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file,
            _document(file, shape) as write,
        ):
            yield write
        os.replace(unfinished, options.output)
    except OSError as error:
        raise UsageError(f"--output {options.output} cannot be written ({error.strerror or error})") from error
    finally:
        unfinished.unlink(missing_ok=True)


@contextlib.contextmanager
def _document(file: IO[str], shape: Form) -> Iterator:
    between = ""

    def write(answer: Answer) -> None:
        nonlocal between
        file.write(between + shape.row(answer))
        file.flush()
        between = shape.between

    file.write(shape.header)
    try:
        yield write
    except KeyboardInterrupt:
        file.write(shape.footer)
        file.flush()
        raise
    file.write(shape.footer)
    file.flush()


def _save_run(options: argparse.Namespace, model: Model, rule: Rule, counts: Counter[str], started: float) -> None:
    from dataclasses import asdict

    given = {name: str(value) if isinstance(value, Path) else value for name, value in vars(options).items()}
    _write_whole(
        options.output.with_name(options.output.name + ".run.json"),
        json.dumps(
            {
                "program": f"classify.py {VERSION}",
                "model": model.name,
                "model_sha256": model.release.digest,
                "rule": asdict(rule),
                "arguments": given,
                "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
                "seconds": round(time.time() - started, 3),
                "songs": counts.total(),
                "statuses": dict(counts),
            },
            indent=2,
        )
        + "\n",
    )


def _write_playlists(folder: Path, answers: list[Answer]) -> None:
    """Write one m3u8 a genre (and one of the uncertain), with paths as seen from the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    lists: dict[str, list[str]] = {}
    for answer in answers:
        if not answer.ok or answer.path == "-":
            continue
        path = os.path.relpath(answer.path, folder)
        if not path.isprintable():
            _say(f"{answer.path!a}: cannot stand in a playlist; rename it without control characters")
            continue
        genre = "uncertain" if answer.uncertain else answer.genre
        lists.setdefault(genre, []).append(f"#EXTINF:{round(answer.duration_s)},{Path(path).stem}\n{path}\n")
    for genre, entries in sorted(lists.items()):
        name = genre.replace("/", "_").replace("\\", "_").lstrip(".") or "_"
        _write_whole(folder / f"{name}.m3u8", "#EXTM3U\n" + "".join(entries))


def _write_whole(goal: Path, text: str) -> None:
    unfinished = goal.with_name(f".{goal.name}.{os.getpid()}.part")
    try:
        unfinished.write_text(text, "utf-8")
        os.replace(unfinished, goal)
    except OSError as error:
        raise UsageError(f"{goal} cannot be written ({error.strerror or error})") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _explain(options: argparse.Namespace, model: Model, rule: Rule) -> None:
    from importlib.util import find_spec

    from musiclassify.audio.errors import printable
    from musiclassify.released.explain import draw, occlude

    if find_spec("matplotlib") is None:
        raise UsageError("--explain needs matplotlib; pip install matplotlib")
    (path,) = options.paths
    explanation = occlude(model, path, rule=rule)
    title = f"{printable(Path(path).name)}: {explanation.genre} {100 * explanation.probability:.0f} %  [{model.name}]"
    try:
        draw(explanation, options.explain, title=title, sample_rate=model.sample_rate)
    except OSError as error:
        raise UsageError(f"--explain {options.explain} cannot be written ({error.strerror or error})") from error


# --- tags


def _write_tags(answers: list[Answer], dry_run: bool) -> int:
    """Write the genres; give the number of files that could not be written."""
    from musiclassify import tags
    from musiclassify.tags.genres import says_already

    failed = uncertain = 0
    for answer in answers:
        if not answer.ok or answer.path == "-":
            continue
        if answer.uncertain:
            uncertain += 1
            continue
        try:
            before = tags.current(answer.path).genre
            if not says_already(before, answer.genre):
                _say_change(answer.path, before, (answer.genre,), dry_run)
                if not dry_run:
                    tags.write(answer.path, answer.genre)
        except tags.TagError as error:
            failed += 1
            _say(str(error))
    if uncertain:
        _say(f"tags left alone where the answer is uncertain: {uncertain}")
    return failed


def _undo_tags(options: argparse.Namespace) -> int:
    from musiclassify import tags

    done = failed = 0
    for song in _songs(options.paths):
        try:
            before = tags.current(song)
            if before.ours:
                if not options.dry_run:
                    tags.undo(song)
                _say_change(song, before.genre, before.undone, options.dry_run)
            done += 1
        except tags.TagError as error:
            failed += 1
            _say(str(error))
    return NOTHING if not done else SOME_FAILED if failed else OK


def _say_change(path: str, before: Sequence[str], after: Sequence[str], dry_run: bool) -> None:
    from musiclassify.audio.errors import printable

    old, new = (repr("; ".join(genre)) if genre else "none" for genre in (before, after))
    _say(f"{printable(path)}: genre {old} {'would become' if dry_run else 'becomes'} {new}")


# --- a run that is stopped and started again


def _journal_beside(output: Path | None) -> Path | None:
    return None if output is None else output.with_name(f".musiclassify-journal-{output.name}.jsonl")


def _journal(path: Path, model: Model, rule: Rule) -> Journal:
    from musiclassify.released.journal import Journal

    try:
        return Journal(path, model, rule)
    except OSError as error:
        raise UsageError(f"journal {path} cannot be written ({error.strerror or error})") from error


def _say_stopped(done: int, songs: int, journal: Path | None) -> None:
    how = (
        "run the same command again to go on"
        if journal
        else "with --output FILE or --journal FILE a run can be stopped and gone on with"
    )
    _say(f"classify.py: stopped after {done} of {songs} songs; {how}")


class _Progress:
    """A line on a terminal that tells how far we are; nothing elsewhere."""

    def __init__(self, songs: int) -> None:
        self._songs = songs
        self._on = sys.stderr.isatty() and songs > 1
        self._started = time.monotonic()

    def show(self, done: int) -> None:
        if self._on and done < self._songs:
            left = (time.monotonic() - self._started) / done * (self._songs - done)
            bar = "#" * round(30 * done / self._songs)
            sys.stderr.write(f"[{bar:30}] {done}/{self._songs} songs, {left:.0f} s left")
            sys.stderr.flush()

    def clear(self) -> None:
        if self._on:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _say(text: str) -> None:
    print(text.encode("utf-8", "backslashreplace").decode("utf-8"), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
