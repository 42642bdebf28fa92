"""The widgets of the guided visit: they show what the packages give and have no opinion of their own.

Pictures are written by `pipeline.plots` and `notebooks.pictures` to a temporary file and shown from there; sound is
sent as Ogg Vorbis. Every widget holds what it found as an attribute, so that a cell can go on with it.
"""

from __future__ import annotations

import base64
import html
import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import numpy as np

import augment
from features import Engine
from musiclassify import released
from musiclassify.audio.decode import decode
from musiclassify.audio.errors import AudioError
from musiclassify.released import explain
from notebooks import pictures
from notebooks.kept import Kept, Shown
from pipeline import listen
from pipeline.plots import confusion, signals

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "musiclassify" / "web" / "static" / "examples"
RATE = 22_050


def picture(draw: Callable[..., None], *arguments: Any, form: str = "svg", **options: Any) -> Shown:
    """Let a function that ends in ``(…, path, **options)`` draw, and give what it drew.

    Parameters
    ----------
    draw : callable
        Of `pipeline.plots` or `notebooks.pictures`.
    *arguments
        Those before the path.
    form : {"svg", "png"}
        PNG for pictures made of very many points.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"picture.{form}"
        draw(*arguments, path, **options)
        data = path.read_bytes()
    if form == "png":
        source = f"data:image/png;base64,{base64.b64encode(data).decode()}"
        return Shown(f'<img alt="" style="max-width:100%" src="{source}">')
    return svg(data.decode())


def svg(text: str) -> Shown:
    """An SVG picture on white, whatever the colours of the notebook.

    It is an image, as notebooks that are not trusted (somebody else's) lose SVG elements.
    """
    source = f"data:image/svg+xml;base64,{base64.b64encode(text[text.index('<svg') :].encode()).decode()}"
    return Shown(f'<img alt="" style="background:#fff;padding:6px;max-width:100%" src="{source}">')


def hear(y: np.ndarray, sample_rate: int = RATE) -> widgets.Audio:
    """A player for mono samples [n]; it waits to be started."""
    return widgets.Audio(value=listen.ogg(y, sample_rate), format="ogg", autoplay=False, loop=False)


def told(text: str) -> Shown:
    """A line of text; it may hold HTML."""
    return Shown(f'<p style="margin:.3em 0">{text}</p>')


def songs() -> list[Path]:
    """Songs at hand: the page's examples, the longest first, and those in the folder that MUSICLASSIFY_SONGS names."""
    found = sorted(EXAMPLES.glob("*.ogg"), key=lambda path: (-path.stat().st_size, path.name))
    more = os.environ.get("MUSICLASSIFY_SONGS", "")
    if more and Path(more).is_dir():
        from musiclassify.audio.convert import find_sounds

        found += find_sounds(more)
    return found


def versions(*more: str | Path) -> dict[str, Path]:
    """Models to choose from, name -> folder: the released ones, and folders that are given beside them."""
    folders = [released.find(name) for name in released.names()] + [Path(folder) for folder in more]
    if not folders:
        raise released.ModelError("models/released", "holds no model", "run `make repro` and publish what it trained")
    found = {released.read(folder).name: folder for folder in folders}
    default = released.default_name()
    return dict(sorted(found.items(), key=lambda item: (item[0] != default, item[0])))


class Sound(Kept):
    """A clip from the wave to the MFCCs: `choice` picks one, ``y`` holds its samples.

    Parameters
    ----------
    clips : list of path
    length_s : float
        Seconds that are looked at, from the middle of the clip.
    """

    def __init__(self, clips: list[Path] | None = None, *, length_s: float = 5.0) -> None:
        clips = clips or songs()
        self.engine = Engine()
        self.length_s = length_s
        self.y = np.zeros(0, np.float32)
        self.choice = widgets.Dropdown(options={path.name: path for path in clips}, description="Clip")
        self.shown = widgets.VBox()
        self.parts = (self.shown,)
        super().__init__([self.choice, self.shown])
        self.choice.observe(lambda _: self.look(), "value")
        self.look()

    def look(self) -> None:
        """Show the chosen clip."""
        whole = decode(self.choice.value, sample_rate=RATE)
        size = min(len(whole), round(self.length_s * RATE))
        first = (len(whole) - size) // 2
        self.y = whole[first : first + size]
        self.shown.children = [
            hear(self.y),
            picture(pictures.waveform, self.y, RATE),
            picture(pictures.spectrum, self.y, self.engine),
            picture(pictures.spectrogram, self.y, self.engine, form="png"),
        ]


class Augmentations(Kept):
    """A segment before and after each transform of the augmentation: `choice` picks one, `again` draws anew.

    Parameters
    ----------
    y : np.ndarray [n]
        A clip at 22 050 Hz.
    settings : AugmentSettings, optional
        The ranges that strengths are drawn from.
    """

    def __init__(self, y: np.ndarray, settings: augment.AugmentSettings | None = None) -> None:
        settings = settings or augment.AugmentSettings()
        self.y, self.settings, self.copy = y, augment.with_probability(settings, 1.0), 1
        self.engine = Engine()
        self.recipe = augment.Recipe()
        named = [(transform.LABEL, name) for name, transform in augment.TRANSFORMS.all().items()]
        self.choice = widgets.Dropdown(options=[*named, ("all together", "")], description="Transform")
        self.again = widgets.Button(description="Draw again", icon="refresh")
        self.shown = widgets.VBox()
        self.parts = (self.shown,)
        super().__init__([widgets.HBox([self.choice, self.again]), self.shown])
        self.choice.observe(lambda _: self.look(), "value")
        self.again.on_click(lambda _: self.draw())
        self.look()

    def draw(self) -> None:
        """Draw another recipe and show it."""
        self.copy += 1
        self.look()

    def look(self) -> None:
        """Show the chosen transform with the strengths of the present draw."""
        drawn = augment.draw(self.settings, 0, "visit", 0, self.copy)
        self.recipe = drawn.only(self.choice.value) if self.choice.value else drawn
        length = min(len(self.y), self.engine.settings.segment_samples)
        copy = augment.apply(self.recipe, self.y, 0, length, 0, RATE)
        panels = [("as it is", self.y[:length]), (self.choice.label, copy)]
        self.shown.children = [
            told(f"<code>{self.recipe.to_json()}</code>"),
            widgets.HBox([told("before"), hear(self.y[:length]), told("after"), hear(copy)]),
            picture(signals.panel, panels, self.engine, form="png"),
        ]


class ConfusionMatrix(Kept):
    """The confusion matrix of a chosen version, as its metadata hold it: `choice` picks the version."""

    def __init__(self, folders: dict[str, Path]) -> None:
        self.choice = widgets.Dropdown(options=folders, description="Version")
        self.shown = widgets.VBox()
        self.parts = (self.shown,)
        super().__init__([self.choice, self.shown])
        self.choice.observe(lambda _: self.look(), "value")
        self.look()

    def look(self) -> None:
        """Show the chosen version's matrix and scores."""
        release = released.read(self.choice.value)
        self.scores = release.metadata["scores"]
        accuracy, recall = self.scores["accuracy"], self.scores["macro_recall"]
        words = (
            f"{self.scores['split']}, {self.scores['tracks']} tracks: accuracy {_percent(accuracy)}, "
            f"macro recall {_percent(recall)}"
        )
        table = np.array(self.scores["confusion"])
        self.shown.children = [
            told(words),
            picture(confusion.confusion, table, release.config["labels"], title=release.name),
        ]


def conf_matrix_on_chosen_version(folders: dict[str, Path] | None = None) -> ConfusionMatrix:
    """The confusion matrix of a version chosen in a drop-down (the original's name for it)."""
    return ConfusionMatrix(folders or versions())


class Song(Kept):
    """Choose a song and a version, hear the song, `process` it: excerpts, votes, the answer, and why.

    ``answer`` holds the last answer.

    Parameters
    ----------
    folders : dict, optional
        Models to choose from; default: `versions`.
    clips : list of path, optional
        Songs to choose from; default: `songs`. A file can be given from the computer too.
    why : bool
        Also draw what the answer rests on (some seconds).
    """

    def __init__(
        self, folders: dict[str, Path] | None = None, clips: list[Path] | None = None, *, why: bool = True
    ) -> None:
        self.answer: released.Answer | None = None
        self._models: dict[Path, released.Model] = {}
        self.choice = widgets.Dropdown(options={p.name: p for p in clips or songs()}, description="Song")
        self.own = widgets.FileUpload(accept="audio/*,video/mp4", description="or your own")
        self.version = widgets.Dropdown(options=folders or versions(), description="Version")
        self.why = widgets.Checkbox(value=why, description="show why", indent=False)
        self.button = widgets.Button(description="Process", button_style="primary", icon="play")
        self.player, self.shown = self.parts = widgets.VBox(), widgets.VBox()
        choices = widgets.HBox([self.choice, self.own])
        super().__init__([choices, self.player, widgets.HBox([self.version, self.why, self.button]), self.shown])
        self.choice.observe(lambda _: self._load(str(self.choice.label), self.choice.value), "value")
        self.own.observe(lambda _: self._load_own(), "value")
        self.button.on_click(lambda _: self.process())
        self._load(str(self.choice.label), self.choice.value)

    def _load_own(self) -> None:
        if self.own.value:
            file = self.own.value[-1]
            self._load(file["name"], io.BytesIO(bytes(file["content"])))

    def _load(self, name: str, source: Path | io.BytesIO) -> None:
        self.name, self.answer = name, None
        self.shown.children = []
        try:
            self.y = decode(source, sample_rate=RATE)
        except AudioError as error:
            self.y = np.zeros(0, np.float32)
            self.player.children = [told(f"{error.reason}; {error.advice}")]
            return
        self.player.children = [told(f"{html.escape(name)}, {len(self.y) / RATE:.0f} s"), hear(self.y)]

    def process(self) -> released.Answer | None:
        """Ask the chosen version about the chosen song, and show all that it says."""
        folder = self.version.value
        if folder not in self._models:
            self._models[folder] = released.load(folder)
        model = self._models[folder]
        if not len(self.y):
            return None
        self.answer = model.classify(self.y, path=self.name)
        if not self.answer.ok:
            self.shown.children = [told(self.answer.message)]
            return self.answer
        shown = [told(_sentence(self.answer)), picture(pictures.answer, self.answer, self.y, RATE)]
        if self.why.value:
            reasons = explain.occlude(model, self.y, genre=self.answer.genre)
            shown.append(
                picture(_explained, reasons, form="png", title=f"what speaks for {reasons.genre}", sample_rate=RATE)
            )
        self.shown.children = shown
        return self.answer


def _explained(reasons: explain.Explanation, path: Path, **options: Any) -> None:
    explain.draw(reasons, path, **options)


def _sentence(answer: released.Answer) -> str:
    wins: dict[str, int] = {}
    for excerpt in answer.excerpts:
        wins[excerpt.genre] = wins.get(excerpt.genre, 0) + 1
    votes = ", ".join(f"{genre} {count}" for genre, count in sorted(wins.items(), key=lambda item: -item[1]))
    votes = f"Of {len(answer.excerpts)} excerpts won: {votes}" if len(answer.excerpts) > 1 else "One excerpt"
    words = f"{answer.genre} ({100 * answer.confidence:.0f} %)"
    words = f"uncertain; the best guess is {words}" if answer.uncertain else f"<b>{words}</b>"
    return f"{words}. {votes}. Answered by {answer.model}."


def _percent(score: dict[str, float]) -> str:
    return f"{100 * score['value']:.0f} % ({100 * score['low']:.0f} to {100 * score['high']:.0f})"
