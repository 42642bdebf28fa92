"""README and documents: every command is right, every link leads somewhere, the site builds."""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import io
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import soundfile as sf
import yaml
from toy_model import RATE, tone_for, write_toy_model

import musiclassify

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
GENERATED = {"parameters.md", "command-line.md", "models.md", "contributing.md", "changelog.md"}


def load(name: str) -> ModuleType:
    """A script of docs/ as a module."""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", ROOT / "docs" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate = load("generate")
figures = load("figures")


def fences(language: str) -> list[tuple[str, str]]:
    """Place and text of every fenced block of a language."""
    found = []
    for page in PAGES:
        text = page.read_text("utf-8")
        for match in re.finditer(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            line = text[: match.start()].count("\n") + 1
            found.append((f"{page.relative_to(ROOT)}:{line}", match[1]))
    return found


COMMANDS = [
    pytest.param(command.strip(), id=f"{place} {command.strip()}"[:90])
    for place, block in fences("bash")
    for line in block.splitlines()
    for command in line.split("&&")
    if command.strip()
]


@pytest.fixture(scope="module")
def toy(tmp_path_factory) -> Path:
    return write_toy_model(tmp_path_factory.mktemp("models") / "toy-cnn-v1.0")


@pytest.fixture
def songs(tmp_path, monkeypatch) -> Path:
    """A folder with the files that the documents speak of; commands run in it."""
    (tmp_path / "Music").mkdir()
    for name in ("song.mp3", "song.ogg", "other.flac", "mix.mp3", "Music/a.flac", "Music/b.ogg"):
        sf.write(tmp_path / name, tone_for("jazz", 12), RATE, format=Path(name).suffix[1:].upper())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_there_are_commands_to_check():
    assert len(COMMANDS) > 40


@pytest.mark.parametrize("command", COMMANDS)
def test_command_of_the_documents_is_right(command, songs, toy):
    words = shlex.split(command)
    while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):
        words.pop(0)
    if words[:2] == ["python", "classify.py"]:
        _classify(words[2:], toy)
    elif words[0] == "musiclassify":
        _musiclassify(words[1:], toy)
    elif words[:2] == ["python", "-m"]:
        _module(words[2], words[3:], songs)
    elif words[0] == "python":
        assert (ROOT / words[1]).is_file()
    elif words[0] == "make":
        _make(words[1:])
    elif words[0] == "dvc":
        _dvc(words[1:])
    elif words[0] == "curl":
        document = json.loads((ROOT / "musiclassify" / "web" / "openapi.json").read_text("utf-8"))
        assert re.search(r"https?://[^/]+(/\S*)", command)[1] in document["paths"]
    elif words[:3] == ["python3", "-m", "venv"]:
        assert words[3] == ".venv"
    elif words[0] == "source":
        assert words[1:] == [".venv/bin/activate"]
    elif words[:2] == ["pip", "download"]:  # the wheel whose name the help of convert-tagger gives
        assert words[2:] == ["--no-deps", "musicnn==0.1.0"]
    elif words[0] == "pip":
        assert words[1] == "install"
        _pip(words[2:])
    elif words[0] == "dask":
        _dask(words[1], words[2:])
    elif words[:2] == ["beet", "musiclassify"]:
        _beet(words[2:])
    elif words[0] == "docker":
        assert (ROOT / words[words.index("-f") + 1]).is_file()
    else:
        pytest.fail(f"nobody knows how to check {command!r}: teach this test")


def _pip(words: list[str]) -> None:
    """Options are few, files are here, extras are those of pyproject.toml."""
    extras = set(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"])
    for word in words:
        if word.startswith("-"):
            assert word in ("-r", "-e", "--require-hashes", "--no-deps")
        elif found := re.fullmatch(r"\.\[([a-z,]+)\]", word):
            assert set(found[1].split(",")) <= extras
        else:
            assert (ROOT / word).exists()


def _dask(command: str, words: list[str]) -> None:
    """Options are those that Dask's own command has."""
    pytest.importorskip("distributed", reason="no distributed: pip install '.[cluster]'")
    main = importlib.import_module(f"distributed.cli.dask_{command}").main
    known = {name for parameter in main.params for name in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words if word.startswith("-")} <= known


def _beet(words: list[str]) -> None:
    text = (ROOT / "integrations/beets/beetsplug/musiclassify.py").read_text("utf-8")
    assert all(f'"{word}"' in text for word in words if word.startswith("-"))


def _classify(arguments: list[str], toy: Path) -> None:
    from musiclassify.cli import classify

    if "--model" in arguments:
        arguments[arguments.index("--model") + 1] = str(toy)
    else:
        arguments = ["--model", str(toy), *arguments]
    if "--explain" in arguments:
        pytest.importorskip("matplotlib")
    if "--undo-tags" in arguments:
        del arguments[:2]
    with contextlib.redirect_stdout(io.StringIO()):
        assert classify.main(arguments) == 0


def _musiclassify(words: list[str], toy: Path) -> None:
    from musiclassify.cli.main import COMMANDS, main

    if words[0] in ("convert", "trim", "probe"):
        with contextlib.redirect_stdout(io.StringIO()):
            assert main(_short(words)) == 0
    elif words[0] in COMMANDS and words[0] != "classify":
        generate.parser_of(f"musiclassify {words[0]}").parse_args(words[1:])
    else:
        _classify(words[words[0] == "classify" :], toy)


#: Modules whose commands cost nothing are really run; of the others the options are parsed.
RUN = {"pipeline": ("most-common",)}


def _module(module: str, arguments: list[str], songs: Path) -> None:
    if module == "pytest":
        return
    if module in ("musiclassify", "models"):
        module, arguments = "musiclassify", [*(["models"] if module == "models" else []), *arguments]
        generate.parser_of(f"musiclassify {arguments[0]}").parse_args(arguments[1:])
        return
    known = {command.removeprefix("python -m "): command for command in generate.PARSERS}
    assert module in known, f"python -m {module} is not among the commands of docs/generate.py"
    if arguments and arguments[0] in RUN.get(module, ()):
        main = importlib.import_module(f"{module}.__main__").main
        with contextlib.redirect_stdout(io.StringIO()):
            assert main(_short(arguments)) == 0
    else:
        generate.parser_of(known[module]).parse_args(arguments)


def _short(arguments: list[str]) -> list[str]:
    """The songs here last 12 s: times of the documents are cut down to that."""
    return [
        str(min(float(word), 2.0 if arguments[i - 1] == "--start" else 10.0))
        if i and arguments[i - 1] in ("--start", "--end")
        else word
        for i, word in enumerate(arguments)
    ]


def _make(arguments: list[str]) -> None:
    targets = [word for word in arguments if "=" not in word]
    database = subprocess.run(["make", "-pRrq", "-C", str(ROOT)], capture_output=True, text=True, check=False).stdout
    for target in targets:
        assert re.search(rf"^{re.escape(target)}:", database, re.MULTILINE), f"the Makefile has no target {target}"


def _dvc(arguments: list[str]) -> None:
    from dvc.cli import parse_args

    assert callable(parse_args(arguments).func)
    if arguments[0] == "repro":
        stages = yaml.safe_load((ROOT / "dvc.yaml").read_text("utf-8"))["stages"]
        assert set(word.split("@")[0] for word in arguments[1:]) <= set(stages)
    if "-S" in arguments:
        values = yaml.safe_load((ROOT / "params.yaml").read_text("utf-8"))
        for at, word in enumerate(arguments):
            if word == "-S":
                section, name = arguments[at + 1].split("=")[0].split(".")
                assert name in values[section]


@pytest.mark.parametrize(("place", "block"), [pytest.param(p, b, id=p) for p, b in fences("python")])
def test_python_of_the_documents_runs(place, block, songs, toy, monkeypatch):
    from musiclassify import released

    sf.write("a.mp3", tone_for("jazz", 6), RATE, format="MP3")
    sf.write("b.mp3", tone_for("rock", 6), RATE, format="MP3")
    model = released.load(toy)
    monkeypatch.setattr(released, "load", lambda name=None: model, raising=False)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(ast.parse(block), place, "exec"), {})
    assert "jazz" in printed.getvalue()


@pytest.mark.parametrize("page", [pytest.param(p, id=str(p.relative_to(ROOT))) for p in PAGES])
def test_links_lead_somewhere(page):
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        goal = (page.parent / path).resolve() if path else page
        if goal.name in GENERATED and goal.parent in (ROOT / "docs", ROOT / "docs" / "reference"):
            continue
        if goal.name.startswith("web-") and not goal.is_file():
            pytest.skip(f"{goal.name} is made by the page's tests")
        assert goal.exists(), f"{target} leads nowhere"
        if anchor:
            titles = re.findall(r"^#+ (.+)$", goal.read_text("utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") for title in titles}


def test_targets_named_in_the_text_exist():
    for page in PAGES:
        for target in re.findall(r"`make ([a-z-]+)", page.read_text("utf-8")):
            _make([target])


def test_figures_in_the_documents_are_those_of_the_reports(capsys):
    assert figures.main(["--check"]) == 0, capsys.readouterr().err


def test_every_page_is_in_the_navigation():
    text = (ROOT / "mkdocs.yml").read_text("utf-8")
    listed = set(re.findall(r": ([a-z/-]+\.md)$", text, re.MULTILINE))
    there = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert listed == there | set(generate.PAGES)


def leaves(given: dict, path: str) -> Iterator[str]:
    """Paths of all values of a section, those of the sections inside it too."""
    for name, inner in given.items():
        yield from leaves(inner, f"{path}.{name}") if isinstance(inner, dict) else [f"{path}.{name}"]


def test_parameter_page_names_every_parameter_with_its_value_range_and_help():
    page = generate.parameters()
    for section, given in yaml.safe_load((ROOT / "params.yaml").read_text("utf-8")).items():
        for path in leaves(given, section):
            assert f"| `{path}` | `" in page
    assert "| `features.n_mels` | `64` | a whole number from 32 to 512 | mel bands (Slaney) |" in page
    assert "| `cnn.dropout` | `0.3` | a number from 0 to 0.9 |" in page
    assert (
        "| `split.protocol` | `artist` | one of artist, fault_filtered, given, track, segment, given_leaking |" in page
    )


def test_command_line_page_shows_every_option():
    page = generate.command_line()
    for option in ("--write-tags", "--publish", "--host", "--listen", "--epochs", "make repro"):
        assert option in page


def test_citation_is_whole():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert cited["cff-version"] == "1.2.0"
    assert {"title", "authors", "message", "license", "version"} <= set(cited)
    assert len(cited["references"]) == 4
    assert cited["version"] == musiclassify.__version__


@pytest.mark.slow
def test_site_builds_strictly_and_asks_no_other_host(tmp_path):
    for name in ("mkdocs", "material", "mkdocstrings", "mkdocs_gen_files"):
        pytest.importorskip(name, reason="pip install .[docs]")
    silent = {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        env=os.environ | silent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        text = page.read_text("utf-8")
        assert not re.findall(r"""<(?:script|link|img|iframe)[^>]+(?:src|href)=["']?(?:https?:)?//""", text), page.name
