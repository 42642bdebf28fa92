"""The studies on the command line."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import params as parameters
from pipeline import report
from studies import leak_price
from studies.__main__ import STUDIES, main, parser
from studies.training import Training

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", STUDIES)
def test_every_option_is_an_argument_of_its_study(name):
    study = importlib.import_module(f"studies.{STUDIES[name][0]}")
    assert name == study.NAME
    options = set(vars(parser().parse_args([name]))) - {"command"}
    learned = {field.name for field in dataclasses.fields(Training)}
    assert not options & learned or learned <= options
    options = options - learned | ({"training"} if options & learned else set())
    assert options == set(inspect.signature(study.run).parameters) - {"params", "layout"}


def test_a_study_runs_by_its_name_and_tells_where_its_report_is(finished, monkeypatch, capsys):
    root, _, _ = finished
    monkeypatch.chdir(root)
    assert main(["leak-price", "--kinds", "svm", "--protocols", "artist,track"]) == 0
    assert "reports/tiny/studies/leak-price" in capsys.readouterr().out


def test_the_page_shows_the_studies_that_were_made(finished):
    _, values, layout = finished
    leak_price.run(parameters.select(values, leak_price.READS), layout, kinds=["svm"], protocols=["track"])
    text = report.build(parameters.select(values, report.READS), layout)
    assert "The price of a leak" in text
    assert "tracks dealt at random (LEAKS)" in text


def test_a_wrong_kind_ends_with_a_sentence(finished, monkeypatch, capsys):
    root, _, _ = finished
    monkeypatch.chdir(root)
    assert main(["leak-price", "--kinds", "forest"]) == 1
    assert "--kinds forest: must be of cnn, svm, xgb, original" in capsys.readouterr().err


def test_help_answers_at_once_and_imports_nothing_heavy():
    code = (
        "import sys; from studies import __main__ as m; m.parser().format_help(); "
        "heavy = {'numpy', 'pandas', 'tensorflow', 'sklearn', 'matplotlib', 'librosa'} & set(sys.modules); "
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
