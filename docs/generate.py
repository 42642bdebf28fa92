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
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

#: Command -> where its argument parser is.
PARSERS = {
    "python classify.py": ("musiclassify.cli.main", "build_parser"),
    "python -m models": ("models.__main__", "_parser"),
    "python -m musiclassify.audio": ("musiclassify.audio.__main__", "_parser"),
    "python -m corpora.demo": ("corpora.demo.__main__", "parser"),
    "python -m pipeline": ("pipeline.__main__", "parser"),
    "python -m studies": ("studies.__main__", "parser"),
    "python -m musiclassify.web": ("musiclassify.web.__main__", "_parser"),
    "python -m benchmarks": ("benchmarks.__main__", "parser"),
}


def parser_of(command: str) -> argparse.ArgumentParser:
    """The argument parser of a command of `PARSERS`."""
    module, name = PARSERS[command]
    return getattr(importlib.import_module(module), name)()


def parameters(file: Path = ROOT / "params.yaml") -> str:
    """A page of all parameters: value, comment of params.yaml, and what the schema's docstring says.

    The comments are read line by line; a section's rule comes from the docstring of what checks it.
    """
    from pipeline import params

    text = file.read_text("utf-8")
    values = yaml.safe_load(text)
    comments = _comments(text)
    page = [
        "# Parameters",
        "",
        "Everything in `params.yaml`, section by section. A name that is unknown or missing, or a value out of its "
        "range, is refused before anything runs. `python -m pipeline check` looks and does nothing else. "
        "For one run: `dvc exp run -S section.name=value`.",
        "",
    ]
    for section in params.SCHEMAS:
        schema = params.SCHEMAS[section]()
        page += [f"## {section}", ""]
        if comments.get((section, "")):
            page += [_sentence(comments[section, ""]), ""]
        page += ["| parameter | default | |", "|---|---|---|"]
        for name in params.names(section):
            page.append(
                f"| `{section}.{name}` | `{_plain(values[section][name])}` | {comments.get((section, name), '')} |"
            )
        page += ["", *_rules(schema, section, values[section])]
    return "\n".join(page) + "\n"


def _comments(text: str) -> dict[tuple[str, str], str]:
    """Comments at the ends of lines: (section, name) -> words; name empty for the section itself."""
    found = {}
    section = ""
    for line in text.splitlines():
        match = re.match(r"^(\s*)([A-Za-z_]+):[^#]*(?:#\s*(.*))?$", line)
        if not match:
            continue
        indent, name, words = match.groups()
        if not indent:
            section, name = name, ""
        found[section, name] = (words or "").strip().replace("|", "\\|")
    return found


def _plain(value: Any) -> str:
    return yaml.safe_dump(value, default_flow_style=True, width=1000).strip().removesuffix("...").strip()


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:].rstrip(".") + "."


def _rules(schema: Any, section: str, values: dict[str, Any]) -> list[str]:
    """What the docstring of the schema says of its parameters, and the ranges that its checks know."""
    lines = []
    text = inspect.getdoc(schema) or ""
    match = re.search(r"(?:Parameters|Attributes)\n-+\n(.*?)(?:\n\n[A-Z][a-z]+\n-+\n|\Z)", text, re.DOTALL)
    if match:
        lines += ['??? note "From the code"', "", "    ```text", *(f"    {line}" for line in match[1].splitlines())]
        lines += ["    ```", ""]
    ranges = _ranges(section, values)
    if ranges:
        lines += ["Ranges that are checked:", "", *(f"- {words}" for words in ranges), ""]
    return lines


def _ranges(section: str, values: dict[str, Any]) -> list[str]:
    """Ask the schema itself: each number is pushed far out, and what it says is kept."""
    from pipeline import params
    from pipeline.errors import ParamsError

    said = []
    for name, value in values.items():
        for extreme in _extremes(value):
            try:
                params.build(section, values | {name: extreme})
            except ParamsError as error:
                rule = _rule(str(error), name)
                if rule:
                    said.append(f"`{name}` {rule}")
                    break
            except (TypeError, ValueError):
                continue
    return said


def _extremes(value: Any) -> list[Any]:
    if isinstance(value, bool) or value is None:
        return []
    if isinstance(value, int | float):
        return [type(value)(-(10**7))]
    if isinstance(value, str):
        return ["?"]
    if isinstance(value, list) and value and all(isinstance(v, float) for v in value):
        return [[-1e9, 1e9]]
    if isinstance(value, list) and value and isinstance(value[0], str):
        return [["?"]]
    return []


def _rule(message: str, name: str) -> str:
    match = re.search(r"(must (?:be|lie|hold).*)$", message, re.DOTALL)
    return match[1].strip() if match and name in message else ""


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
    page = ["# Released models", "", "`python -m models list` prints them, `python -m models verify` checks them.", ""]
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
