"""Figures in prose come from the reports."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from toy_model import write_toy_model

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def figures():
    spec = importlib.util.spec_from_file_location("docs_figures", ROOT / "docs" / "figures.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def block(name: str) -> str:
    return f"before\n<!-- figures: {name} -->\nold\n<!-- /figures -->\nafter\n"


def test_models_come_from_their_metadata(figures, tmp_path):
    write_toy_model(tmp_path / "models" / "released" / "toy-cnn-v1.0")
    text = figures.fill(block("models"), tmp_path)
    assert "[`toy-cnn-v1.0`](models/released/toy-cnn-v1.0/README.md) | 100.0 % (100.0 to 100.0)" in text
    assert "Split: none: a toy, 10 tracks" in text
    assert "old" not in text
    assert text.startswith("before\n<!-- figures: models -->\n")
    assert text.endswith("<!-- /figures -->\nafter\n")


def test_documents_get_no_links_out_of_their_folder(figures, tmp_path):
    write_toy_model(tmp_path / "models" / "released" / "toy-cnn-v1.0")
    assert "](" not in figures.fill(block("models"), tmp_path, links=False)


def test_filling_twice_changes_nothing(figures, tmp_path):
    once = figures.fill(block("recalls"), tmp_path)
    assert figures.fill(once, tmp_path) == once


@pytest.mark.parametrize("name", ["leak-price", "demo", "speed", "robustness"])
def test_what_was_not_measured_is_said_to_be_so(figures, tmp_path, name):
    assert "not measured yet. `make" in figures.fill(block(name), tmp_path)


def test_leak_price_of_gtzan_goes_before_that_of_the_embedded_corpus(figures, tmp_path):
    head = "model,protocol,accuracy,accuracy_low,accuracy_high,macro_recall,held_out_tracks,splits,training\n"
    for corpus, value in (("demo", 0.9), ("gtzan", 0.5)):
        folder = tmp_path / "reports" / corpus / "studies" / "leak-price"
        folder.mkdir(parents=True)
        (folder / "table.csv").write_text(
            f"{head}svm,artist,{value},0.4,0.95,0.3,20,2,\nsvm,segment,0.97,0.9,1,0.9,21,2,\n"
            "original,artist,0.4,0.3,0.5,0.2,20,1,20 epochs\n"
        )
    text = figures.fill(block("leak-price"), tmp_path)
    assert "| SVM | 50.0 % (40.0 to 95.0); 30.0 % | 97.0 % (90.0 to 100.0); 90.0 % |" in text
    assert "On GTZAN: the answers of 2 splits of each kind, 21 held-out" in text
    assert "1 of them for the original's CNN (20 epochs)." in text
    assert "of them for SVM" not in text


def test_unknown_block_is_refused_by_name(figures, tmp_path):
    with pytest.raises(KeyError, match="nonsense"):
        figures.fill(block("nonsense"), tmp_path)
