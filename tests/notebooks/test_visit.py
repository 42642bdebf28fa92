"""The guided visit: what is stored, the widgets, and (slow) the whole of it from top to bottom."""

from __future__ import annotations

import ast
import base64
import datetime
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from toy_model import LABELS, RATE, tone_for, write_toy_model

pytest.importorskip("ipywidgets", reason="pip install .[notebook]")

import augment
from musiclassify import released
from notebooks import visit

ROOT = Path(__file__).resolve().parents[2]
TODAY = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
NOTEBOOK = ROOT / "notebooks" / "musiclassify.ipynb"


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    where = tmp_path_factory.mktemp("models")
    return {
        "toy-cnn-v1.0": write_toy_model(where / "toy-cnn-v1.0"),
        "toy-svm-v2.0": write_toy_model(where / "toy-svm-v2.0", kind="svm", version="2.0", labels=LABELS[:3]),
    }


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> list[Path]:
    where = tmp_path_factory.mktemp("clips")
    paths = []
    for name, seconds in (("jazz", 12), ("metal", 70)):
        paths.append(where / f"{name}.ogg")
        sf.write(paths[-1], tone_for(name, seconds), RATE, format="OGG", subtype="VORBIS")
    return paths


def drawn(picture) -> str:
    """The SVG of an image."""
    return base64.b64decode(re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', picture.value)[1]).decode()


def cells(kind: str = "code") -> list[dict]:
    return [cell for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"] if cell["cell_type"] == kind]


def test_notebook_is_stored_without_outputs():
    document = json.loads(NOTEBOOK.read_text("utf-8"))
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells())
    assert "widgets" not in document["metadata"]


def test_notebook_holds_no_path_of_a_machine():
    text = NOTEBOOK.read_text("utf-8")
    assert str(ROOT) not in text
    assert not re.search(r"/home/|/Users/|/root/|[A-Z]:\\\\", text)


def test_notebook_has_no_logic_of_its_own():
    # The first cell finds the project; after it nothing is defined, looped over or decided.
    forbidden = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.Try, ast.Lambda)
    for cell in cells()[1:]:
        tree = ast.parse("".join(cell["source"]))
        assert not [node for node in ast.walk(tree) if isinstance(node, forbidden)], cell["source"]


def test_cells_are_short():
    assert max(len(cell["source"]) for cell in cells()[1:]) <= 6


def test_song_is_processed_and_shown(folders, clips):
    song = visit.Song(folders, clips, why=False)
    answer = song.process()
    assert answer.genre == "jazz"
    assert answer.model == "toy-cnn-v1.0"
    words, picture = (child.value for child in song.shown.children)
    assert "jazz" in words
    assert "data:image/svg+xml" in picture


def test_another_song_and_version_change_the_answer(folders, clips):
    song = visit.Song(folders, clips, why=False)
    song.choice.value = clips[1]
    assert song.shown.children == ()
    song.button.click()
    assert song.answer.genre == "metal"
    assert len(song.answer.excerpts) == 2  # 70 s less 30 s: 30 s and 10 s
    song.version.value = folders["toy-svm-v2.0"]
    song.button.click()
    assert song.answer.model == "toy-svm-v2.0"
    assert set(song.answer.probabilities) == set(LABELS[:3])


def test_why_is_drawn_when_asked_for(folders, clips):
    song = visit.Song(folders, clips)
    song.process()
    assert len(song.shown.children) == 3
    assert "data:image/png" in song.shown.children[-1].value


def test_own_file_is_taken(folders, clips):
    song = visit.Song(folders, clips, why=False)
    memory = io.BytesIO()
    sf.write(memory, tone_for("rock", 6), RATE, format="WAV")
    song.own.value = (
        {
            "name": "<b>mine</b>.wav",
            "type": "audio/wav",
            "size": 1,
            "content": memory.getvalue(),
            "last_modified": TODAY,
        },
    )
    song.button.click()
    assert song.answer.genre == "rock"
    assert "<b>" not in song.player.children[0].value


def test_file_without_sound_is_told_and_nothing_breaks(folders, tmp_path):
    broken = tmp_path / "broken.mp3"
    broken.write_bytes(b"no sound at all")
    song = visit.Song(folders, [broken], why=False)
    song.button.click()
    assert song.answer is None
    assert song.player.children[0].value


def test_confusion_matrix_of_the_chosen_version(folders):
    matrix = visit.conf_matrix_on_chosen_version(folders)
    assert "toy-cnn-v1.0" in drawn(matrix.shown.children[1])
    matrix.choice.value = folders["toy-svm-v2.0"]
    assert "toy-svm-v2.0" in drawn(matrix.shown.children[1])
    assert matrix.scores["tracks"] == 3


def test_sound_is_cut_from_the_middle_and_shown(clips):
    sound = visit.Sound(clips, length_s=2.0)
    assert len(sound.y) == 2 * RATE
    assert len(sound.shown.children) == 4
    sound.choice.value = clips[1]
    assert len(sound.y) == 2 * RATE


def test_augmentation_shows_each_transform_alone_and_together(monkeypatch):
    copies = visit.Augmentations(tone_for("jazz", 6) + 0.01 * np.random.default_rng(1).standard_normal(6 * RATE))
    assert "data:image/png" in copies.shown.children[-1].value
    monkeypatch.setattr(visit, "picture", lambda *arguments, **options: visit.told("a picture"))  # drawing takes long
    for name, transform in augment.TRANSFORMS.all().items():
        copies.choice.value = name
        assert copies.recipe.uses(name)
        assert set(json.loads(copies.recipe.to_json())) <= set(transform.NOTHING)
    copies.choice.label = "all together"
    together = copies.recipe
    assert len(json.loads(together.to_json())) > 5
    copies.again.click()
    assert copies.recipe != together


def test_versions_name_the_released_models_and_those_given(folders):
    found = visit.versions(*folders.values())
    assert set(folders) <= set(found)
    assert set(released.names()) <= set(found)


# What a visitor does, after the cells have run.
VISITOR = """
song.choice.value = list(song.choice.options.values())[1]
song.version.value = list(song.version.options.values())[-1]
song.button.click()
assert song.answer.ok, song.answer.message
assert len(song.shown.children) == 3
matrix.choice.value = list(matrix.choice.options.values())[-1]
sound.choice.value = list(sound.choice.options.values())[1]
for _, name in copies.choice.options:
    copies.choice.value = name
copies.again.click()
for name, folder in fresh.choice.options.items():
    fresh.choice.value = folder
    assert fresh.scores["tracks"] == 24
    again.version.value = folder
    again.button.click()
    assert again.answer.model == name
assert set(lesson.prices["protocol"]) == {"artist", "track", "segment"}
print("the visit is over")
"""


class Cell:
    """A cell's outputs, as Jupyter keeps them: what is displayed, and what is put in its place."""

    def __init__(self, monkeypatch) -> None:
        self.outputs: list[str] = []
        monkeypatch.setattr("notebooks.kept.display", self.display)

    def display(self, shown, *, raw: bool = False, display_id: bool = False):
        """The cell itself is the handle of what was displayed last."""
        self.outputs.append(shown if raw else shown.data)
        return self if display_id else None

    def update(self, shown) -> None:
        self.outputs[-1] = shown.data


def test_what_a_widget_shows_stays_when_the_notebook_is_saved(folders, clips, monkeypatch):
    """JupyterLab shows "model not found" for a widget without its kernel: the still is an output of its own."""
    cell = Cell(monkeypatch)
    song = visit.Song(folders, clips, why=False)
    song._ipython_display_()
    live, kept = cell.outputs
    assert "application/vnd.jupyter.widget-view+json" in live
    assert clips[0].name in live["text/html"]
    assert "<audio" not in live["text/html"], "what stands in the still stands there alone"
    assert kept.count("<audio controls") == 1
    song.process()
    live, kept = cell.outputs
    assert "data:audio/ogg;base64," in kept
    assert "data:image/svg+xml" in kept
    assert song.answer.genre in kept
    assert "<script" not in kept
    song.choice.value = clips[1]
    assert song.answer is None
    assert clips[1].name in cell.outputs[-1], "the still follows"


def test_a_picture_alone_is_no_widget():
    bundle = visit.told("one line")._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" not in bundle
    assert "one line" in bundle["text/html"]


def test_the_first_song_of_the_visit_is_answered_rightly():
    """Where models are released: the first of the songs at hand is the page's first example, of a known genre."""
    if not released.names():
        pytest.skip("no model is released here yet")
    listed = json.loads((visit.EXAMPLES / "examples.json").read_text("utf-8"))
    first = visit.songs()[0]
    expected = next(example["genre"] for example in listed if example["file"] == first.name)
    answer = released.load().classify(first)
    assert (answer.genre, answer.uncertain) == (expected, False)


#: Models that learn in seconds: here it counts that every cell runs and every widget answers, not how well.
QUICK = """
from notebooks import learning
learning.SMALL["cnn"] |= {"filters": [4, 4], "ensemble_size": 1, "epochs": 1, "samples_per_epoch": 64}
learning.SMALL["xgb"] |= {"rounds": 5, "early_stopping": 2}
learning.SMALL["evaluate"] |= {"bootstrap": 100}
"""


@pytest.mark.slow
def test_notebook_runs_from_top_to_bottom_and_its_widgets_answer(monkeypatch, tmp_path):
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    if not released.names():
        pytest.skip("no model is released here yet")
    monkeypatch.delenv("MUSICLASSIFY_GTZAN", raising=False)
    monkeypatch.delenv("MUSICLASSIFY_SONGS", raising=False)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    lesson = next(k for k, cell in enumerate(notebook.cells) if "Lesson()" in cell.source)
    notebook.cells.insert(lesson, nbformat.v4.new_code_cell(QUICK))
    notebook.cells.append(nbformat.v4.new_code_cell(VISITOR))
    nbclient.NotebookClient(
        notebook, timeout=900, kernel_name="python3", resources={"metadata": {"path": str(NOTEBOOK.parent)}}
    ).execute()
    assert "the visit is over" in notebook.cells[-1].outputs[-1]["text"]
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    assert first.outputs == [], "finding the project says nothing"
    shown = [out.data for cell in notebook.cells if cell.cell_type == "code" for out in cell.outputs if "data" in out]
    widgets = [data for data in shown if "application/vnd.jupyter.widget-view+json" in data]
    assert len(widgets) >= 5
    assert sum("kept-still" in data.get("text/html", "") for data in shown) == len(widgets), "each has a still below it"
