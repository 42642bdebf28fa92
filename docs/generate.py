"""Pages that are made while the documents are built, so that they cannot drift: parameters, command line, cards.

MkDocs runs this file by its plugin gen-files; the pages exist in the built site only.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import settings  # noqa: E402
from musiclassify.cli.main import COMMANDS  # noqa: E402
from settings import Rule  # noqa: E402

#: Command -> where its argument parser is.
PARSERS = {
    **{f"musiclassify {name}": (f"musiclassify.cli.{name}", "build_parser") for name in COMMANDS},
    "python -m corpora.demo": ("corpora.demo.__main__", "parser"),
    "python -m corpora.fma": ("corpora.fma", "parser"),
    "python -m features.taggers": ("features.taggers.__main__", "parser"),
    "python -m pipeline": ("pipeline.__main__", "parser"),
    "python -m studies": ("studies.__main__", "parser"),
    "python -m benchmarks": ("benchmarks.__main__", "parser"),
}


def parser_of(command: str) -> argparse.ArgumentParser:
    """The argument parser of a command of `PARSERS`."""
    module, name = PARSERS[command]
    return getattr(importlib.import_module(module), name)()


def parameters(file: Path = ROOT / "params.yaml") -> str:
    """A page of all parameters: the value in params.yaml, what may stand there, and what it is.

    All but the value comes from the classes that check the sections.
    """
    from pipeline import params

    values = yaml.safe_load(file.read_text("utf-8"))
    page = [
        "# Parameters",
        "",
        "Everything in `params.yaml`, section by section. A name that is unknown or missing, or a value out of its "
        "range, is refused before anything runs. `python -m pipeline check` looks and does nothing else. "
        "For one run: `dvc exp run -S section.name=value`.",
        "",
    ]
    for name, section in params.sections().items():
        page += [f"## {name}", "", *_table(name, section.rules(), values[name], inspect.getdoc(section.schema) or "")]
    return "\n".join(page) + "\n"


def _table(path: str, rules: Iterable[Rule], values: dict[str, Any], about: str) -> list[str]:
    """What a class of settings says of itself and of each field; a class inside another has a table of its own."""
    rules = list(rules)
    lines = [about.splitlines()[0] if about else "", ""]
    plain = [rule for rule in rules if not rule.inside]
    if plain:
        lines += ["| parameter | value | may be | |", "|---|---|---|---|"]
    for rule in plain:
        cells = f"`{path}.{rule.name}`", f"`{_plain(values[rule.name])}`", rule.words, rule.help
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    lines.append("")
    for rule in rules:
        if rule.inside:
            about = inspect.getdoc(rule.inside) or ""
            lines += [f"### {path}.{rule.name}", ""]
            lines += _table(f"{path}.{rule.name}", settings.rules(rule.inside), values[rule.name], about)
    return lines


def _plain(value: Any) -> str:
    return yaml.safe_dump(value, default_flow_style=True, width=1000).strip().removesuffix("...").strip()


def command_line() -> str:
    """The help of every command, as the program prints it."""
    page = ["# Command line", "", "What `--help` prints. `make help` lists the targets of the Makefile.", ""]
    kept = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "86"
    try:
        page += ["## make", "", "```text", _make_help(), "```", ""]
        for command in PARSERS:
            parser = parser_of(command)
            page += [f"## {command}", "", "```text", parser.format_help().strip(), "```", ""]
            for name, sub in _subcommands(parser):
                page += [f"### {command} {name}", "", "```text", sub.format_help().strip(), "```", ""]
    finally:
        os.environ.pop("COLUMNS")
        if kept is not None:
            os.environ["COLUMNS"] = kept
    return "\n".join(page)


def _make_help() -> str:
    done = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.rstrip()


def _subcommands(parser: argparse.ArgumentParser) -> list[tuple[str, argparse.ArgumentParser]]:
    """Subcommands that take something, with the parsers of theirs."""
    found = []
    for action in parser._actions:  # argparse has no public way to list subcommands
        if isinstance(action, argparse._SubParsersAction):
            for name, sub in action.choices.items():
                inner = _subcommands(sub)
                if any(a.dest != "help" for a in sub._actions):
                    found.append((name, sub))
                found += [(f"{name} {more}", deeper) for more, deeper in inner]
    return found


def cards() -> str:
    """The cards of the released models, one after the other."""
    about = "`musiclassify models list` prints them, `musiclassify models verify` checks them."
    page = ["# Released models", "", about, ""]
    for card in sorted((ROOT / "models" / "released").glob("*/README.md")):
        text = re.sub(r"^(#+) ", r"#\1 ", card.read_text("utf-8"), flags=re.MULTILINE)
        page += [re.sub(r"\[([^]]+)\]\((?!https?:)[^)]+\)", r"\1", text), ""]
    if len(page) == 4:
        page.append("*No model is released yet.*\n")
    return "\n".join(page)


def copied(name: str) -> str:
    """A file of the repository as a page: links into docs/ become links between pages, others plain text."""
    text = (ROOT / name).read_text("utf-8")
    text = text.replace("](docs/", "](")
    return re.sub(r"\[([^]]+)\]\(((?!https?:|how-to/|explanation/|reference/|#)[^)]+)\)", r"\1", text)


PAGES = {
    "reference/parameters.md": parameters,
    "reference/command-line.md": command_line,
    "reference/models.md": cards,
    "contributing.md": lambda: copied("CONTRIBUTING.md"),
    "changelog.md": lambda: copied("CHANGELOG.md"),
}


def write() -> None:
    """Write all pages into the site that is being built."""
    import mkdocs_gen_files

    for name, page in PAGES.items():
        with mkdocs_gen_files.open(name, "w") as file:
            file.write(page())


if __name__ == "<run_path>":  # the name that gen-files gives it
    write()
