"""How every picture looks: one colour a genre in the whole project, ink that follows the page's light or dark mode.

Charts are written as SVG with the text as text. The ink is drawn in one marker colour that is replaced by
``var(--ink, …)``: a chart inside the report takes the page's colour, the file alone is dark on white.
"""

from __future__ import annotations

import hashlib
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import PipelineError
from pipeline.files import write_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Okabe and Ito's colours and three more that keep apart for colour-blind eyes.
GENRE_COLOURS = {
    "blues": "#0072B2",
    "classical": "#CC79A7",
    "country": "#E69F00",
    "disco": "#F0E442",
    "hiphop": "#009E73",
    "jazz": "#56B4E9",
    "metal": "#4D4D4D",
    "pop": "#D55E00",
    "reggae": "#117733",
    "rock": "#882255",
}
MODEL_COLOURS = {"cnn": "#0072B2", "svm": "#E69F00", "xgb": "#009E73", "blend": "#882255"}
MODEL_SHAPES = {"cnn": "o", "svm": "s", "xgb": "^", "blend": "D"}
"""Models are told apart by shape too, not by colour alone."""
FAMILY_COLOURS = {"scratch": "#4D4D4D", "clean": "#56B4E9", "best": "#D55E00"}
"""Of the families beside the models of params.yaml; their shapes are those of their kinds."""
SIDE_COLOURS = {"train": "#0072B2", "valid": "#E69F00", "test": "#882255"}

WIDTH = 4.4
"""Inches of a chart for the page: on a phone its text stays readable, on a desktop two or three stand side by side."""

INK = "#1f2328"
FAINT = "#8c959f"
GRID = "#d0d7dd"
_MARKERS = {INK: "--ink", FAINT: "--faint", GRID: "--grid"}

_SETTINGS = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "legend.frameon": False,
    "lines.linewidth": 2,
    "text.parse_math": False,  # names of labels and tracks are no formulas, whatever signs they hold
}


def colours(labels: list[str]) -> dict[str, str]:
    """A colour for each label: the known genres have their own, others take the free ones in turn."""
    free = [c for name, c in GENRE_COLOURS.items() if name not in labels] or list(GENRE_COLOURS.values())
    found, used = {}, 0
    for label in labels:
        if label in GENRE_COLOURS:
            found[label] = GENRE_COLOURS[label]
        else:
            found[label] = free[used % len(free)]
            used += 1
    return found


def shape(model: str, others: tuple[str, ...] = ("v", "P", "X", "*")) -> str:
    """A marker for each kind of model; kinds without one of their own share the rest by their names."""
    return MODEL_SHAPES.get(model) or others[sum(model.encode()) % len(others)]


def figure(width: float = WIDTH, height: float = 4.0, **subplots: object) -> tuple[Figure, object]:
    """A figure and its axes in the project's style (inches); keywords go to ``Figure.subplots``."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams.update(_SETTINGS)
    drawn = Figure(figsize=(width, height), layout="constrained")
    return drawn, drawn.subplots(**subplots)


def save(drawn: Figure, path: str | Path) -> None:
    """Write a figure as .svg (charts), .jpg (pictures of sound) or .png; the same figure gives the same bytes.

    Signs that the font lacks (of names in other scripts) are drawn as its empty box.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph .* missing from (current )?font", UserWarning)
        _save(drawn, Path(path))


def _save(drawn: Figure, path: Path) -> None:
    import io

    import matplotlib as mpl

    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix in (".png", ".jpg"):
        partial = path.with_name(f".{path.stem}.partial{path.suffix}")
        more = {"metadata": {"Software": None}} if path.suffix == ".png" else {"pil_kwargs": {"quality": 80}}
        drawn.savefig(partial, dpi=100, facecolor="white", **more)
        partial.replace(path)
        return
    if path.suffix != ".svg":
        raise PipelineError(f"{path}: a picture must end in .svg, .jpg or .png")
    buffer = io.StringIO()
    salt = hashlib.sha256(path.as_posix().encode()).hexdigest()[:12]
    with mpl.rc_context({"svg.hashsalt": salt}):
        drawn.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    for colour, name in _MARKERS.items():
        text = re.sub(rf"(:\s*){colour}\b", rf"\1var({name}, {colour})", text)
    # Identifiers must stay apart when several charts are put into one page.
    text = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{salt}-", text)
    text = re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)
    write_text(path, text)


def dark(colour: str) -> bool:
    """Whether white text reads better than black on a colour."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.5
