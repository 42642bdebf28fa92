"""Widgets that stay readable when a notebook is saved, rendered or opened without its kernel.

A notebook's file keeps, of a widget, only a reference that nothing can follow once the kernel has gone: JupyterLab then
says "model not found". `Kept` therefore puts plain HTML of what it shows into the cell as an output of its own, and
keeps it up to date; a style hides it where the live widget stands right above it. `Shown` is plain HTML and no more.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Iterator
from typing import Any

import ipywidgets as widgets
from IPython.display import HTML, display

__all__ = ["Kept", "Shown", "still"]

HIDDEN = "<style>.jp-OutputArea-child:has(.widget-box)+.jp-OutputArea-child .kept-still{display:none}</style>"
"""JupyterLab and Notebook: nothing of the still where the widget lives."""


class Shown(widgets.HTML):
    """HTML (a picture, a line of text): a widget inside of others, plain HTML on its own."""

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {"text/html": self.value, "text/plain": ""}


class Kept(widgets.VBox):
    """A column of widgets; what it shows stays in the cell.

    Attributes
    ----------
    parts : list of widgets.Box
        Those whose children are what is shown; the others are what is chosen with.
    """

    parts: tuple[widgets.Box, ...] = ()
    _place: Any = None

    def _ipython_display_(self) -> None:
        bundle = super()._repr_mimebundle_()
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        chosen = "".join(still(child) for child in self.children if child not in self.parts)
        display(data | {"text/html": chosen or "<p></p>"}, raw=True)
        if self._place is None:
            for box in self.parts:
                box.observe(lambda _: self._keep(), "children")
        self._place = display(HTML(self._kept()), display_id=True)

    def _keep(self) -> None:
        self._place.update(HTML(self._kept()))

    def _kept(self) -> str:
        return f'{HIDDEN}<div class="kept-still">{"".join(map(still, self.parts))}</div>'


def still(widget: widgets.Widget) -> str:
    """What a widget shows, as HTML that needs no kernel; buttons and the like have nothing to say then."""
    return "".join(_stills(widget))


def _stills(widget: widgets.Widget) -> Iterator[str]:
    if isinstance(widget, widgets.Box):
        yield from map(still, widget.children)
    elif isinstance(widget, widgets.HTML):
        yield widget.value
    elif isinstance(widget, widgets.Audio):
        data = base64.b64encode(bytes(widget.value)).decode()
        yield f'<audio controls preload="none" src="data:audio/{html.escape(widget.format)};base64,{data}"></audio>'
    elif isinstance(widget, widgets.Dropdown):
        yield f"<p>{html.escape(widget.description)}: <b>{html.escape(str(widget.label))}</b></p>"
