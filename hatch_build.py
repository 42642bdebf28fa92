"""What goes into the wheel beside the code: the model that answers by default, and the page's JavaScript libraries.

The model is the one that ``models/default`` names; it lies in ``musiclassify/models``, in the form of the checkout's
``models``. The libraries are those of ``musiclassify/web/node_modules`` that the page uses, where npm installed them.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Contents(BuildHookInterface):
    """Adds files to the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files; an editable installation finds them in the checkout."""
        if version == "editable":
            return
        root = Path(self.root)
        build_data["force_include"] |= {
            str(root / source): f"musiclassify/{goal}" for source, goal in (contents(root) | libraries(root)).items()
        }


def contents(root: Path) -> dict[str, str]:
    """The default model: paths in the checkout, and in the package."""
    name = (root / "models" / "default").read_text("utf-8").strip()
    folder = root / "models" / "released" / name
    if not (folder / "config.json").is_file():
        raise FileNotFoundError(f"models/default names {name!r}, which is not in models/released: choose one that is")
    files = {f"models/released/{name}/{path.name}": f"models/released/{name}/{path.name}" for path in folder.iterdir()}
    return files | {"models/default": "models/default"}


def libraries(root: Path) -> dict[str, str]:
    """The page's libraries, as musiclassify/web/site.py names them; none where npm installed none."""
    text = (root / "musiclassify" / "web" / "site.py").read_text("utf-8")
    found = ast.literal_eval("[" + ",".join(re.findall(r'HERE / ("node_modules/[^"]+")', text)) + "]")
    there = (path for path in found if (root / "musiclassify" / "web" / path).is_file())
    return {f"musiclassify/web/{path}": f"web/{path}" for path in there}
