"""A table of confusions as a picture (SVG), drawn without a library."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

__all__ = ["confusion_picture"]

_CELL, _EDGE, _LETTER = 34, 16, 7.2


def confusion_picture(table: Sequence[Sequence[int]], labels: Sequence[str], title: str) -> str:
    """Draw one square a pair of labels, the darker the larger its share of the label's songs.

    Parameters
    ----------
    table : sequence of sequence of int
        Songs [label, answer].
    labels : sequence of str
    title : str

    Returns
    -------
    str
        An SVG document.
    """
    left = _EDGE + round(_LETTER * max(map(len, labels)))
    top = 2 * _EDGE + 24 + round(_LETTER * 0.75 * max(map(len, labels)))
    side = _CELL * len(labels)
    width, height = max(left + side + _EDGE, round(_LETTER * len(title)) + 2 * _EDGE), top + side + 2 * _EDGE
    found = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="12" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="{_EDGE}" y="{_EDGE + 8}" font-size="14">{escape(title)}</text>',
    ]
    for i, (label, row) in enumerate(zip(labels, table, strict=True)):
        y, whole = top + i * _CELL, max(1, sum(row))
        found.append(f'<text x="{left - 6}" y="{y + 21}" text-anchor="end">{escape(label)}</text>')
        at = left + i * _CELL + 20
        found.append(f'<text transform="translate({at} {top - 6}) rotate(-45)">{escape(label)}</text>')
        for j, count in enumerate(row):
            found.append(_square(left + j * _CELL, y, count, count / whole))
    found.append(f'<text x="{left}" y="{top + side + 18}">rows: the label of the song; columns: the answer</text>')
    return "\n".join([*found, "</svg>", ""])


def _square(x: int, y: int, count: int, share: float) -> str:
    """A cell; white letters where it is dark."""
    red, green, blue = (round(255 + (dark - 255) * share) for dark in (26, 60, 120))
    found = f'<rect x="{x}" y="{y}" width="{_CELL - 1}" height="{_CELL - 1}" fill="rgb({red},{green},{blue})"/>'
    if not count:
        return found
    letters = "#fff" if share > 0.5 else "#111"
    return found + f'<text x="{x + _CELL // 2}" y="{y + 21}" text-anchor="middle" fill="{letters}">{count}</text>'
