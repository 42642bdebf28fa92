"""Widgets that stay readable when a notebook is saved, rendered or printed: beside the widget stands what it showed.

A notebook's file keeps, of a widget, only a reference that no renderer without a kernel can follow. `Kept` puts plain
HTML of what it shows at that moment beside it; Jupyter shows the widget, everything else the HTML.
"""

from __future__ import annotations

import base64
import html
from typing import Any

import ipywidgets as widgets

__all__ = ["Kept", "Shown", "still"]


class _Beside:
    """Adds the still to what a widget gives of itself."""

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        bundle = super()._repr_mimebundle_(**options)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        data["text/html"] = still(self)
        return data


class Kept(_Beside, widgets.VBox):
    """A column of widgets with a still beside it."""


class Shown(_Beside, widgets.HTML):
    """HTML (a picture, a line of text) that stays."""


def still(widget: widgets.Widget) -> str:
    """What a widget shows, as HTML that needs no kernel; buttons and the like have nothing to say then."""
    if isinstance(widget, widgets.Box):
        return "".join(map(still, widget.children))
    if isinstance(widget, widgets.HTML):
        return widget.value
    if isinstance(widget, widgets.Audio):
        data = base64.b64encode(bytes(widget.value)).decode()
        return f'<audio controls preload="none" src="data:audio/{html.escape(widget.format)};base64,{data}"></audio>'
    if isinstance(widget, widgets.Dropdown):
        return f"<p>{html.escape(widget.description)}: <b>{html.escape(str(widget.label))}</b></p>"
    return ""
