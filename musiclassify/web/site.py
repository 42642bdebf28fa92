"""What the page is made of, for the server and for the static build alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from musiclassify.released import effort, heard, words

from .answers import FURTHER
from .library import FILES, Library

__all__ = ["EXAMPLES", "LIBRARIES", "STATIC", "fast_model", "model_file", "page_settings"]

HERE = Path(__file__).parent
STATIC = HERE / "static"

LIBRARIES = {
    "ort.wasm.bundle.min.mjs": HERE / "node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs",
    "ort-wasm-simd-threaded.wasm": HERE / "node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm",
    "wavesurfer.esm.js": HERE / "node_modules/wavesurfer.js/dist/wavesurfer.esm.js",
}
"""JavaScript libraries (installed by npm), served as ``static/vendor/<name>``."""

EXAMPLES = STATIC / "examples"
"""Songs to try; ``examples.json`` lists them."""


def model_file(library: Library, name: str, file: str) -> Path | None:
    """Path of a released model's file that a browser may fetch, None for anything else."""
    if name not in library.names or file not in FILES:
        return None
    path = library.get(name).folder / file
    return path if path.is_file() else None


LIGHT = 4_000_000
"""Bytes that the fast model may have, so that the page's first load stays small."""


def fast_model(library: Library) -> str:
    """Name of the model that is there first in a browser, so that an answer stands at once.

    The library's default where it is light. Otherwise the smallest of the light ones that are not shown to be less
    often right than the best of them: the interval of its accuracy reaches theirs. The smallest of all, where none is
    light.
    """
    models = {name: library.get(name).describe() for name in library.names}
    size = {name: model["sizes"].get("model.onnx", 0) for name, model in models.items()}
    light = [name for name in library.names if size[name] <= LIGHT]
    if library.default in light:
        return library.default

    def accuracy(name: str, part: str) -> float:
        return models[name]["scores"].get("accuracy", {}).get(part, 0.0)

    best = max((accuracy(name, "value") for name in light), default=0.0)
    as_good = [name for name in light if accuracy(name, "high") >= best]
    return min(as_good or light or library.names, key=size.__getitem__)


def page_settings(library: Library, *, server: dict[str, Any] | None) -> dict[str, Any]:
    """What the page is told: the models, the words, and about the server behind it, if there is one."""
    ways = ["browser", "features", "upload"] if server else ["browser"]
    told = {"fast": fast_model(library), "words": words.table(), "tags": heard.table() | {"further": FURTHER}}
    told["efforts"] = dict(effort.DEFAULTS)
    return {"ways": ways, "server": server} | library.describe() | told
