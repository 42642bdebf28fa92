"""The rate that everything works at. Standard library only: what must be there at once asks here."""

from __future__ import annotations

__all__ = ["SAMPLE_RATE", "check", "check_positive"]

SAMPLE_RATE = 22_050
"""Hz; the rate everything in MusiClassify works at unless it is told otherwise."""


def check(sample_rate: int, block_s: float) -> None:
    """Refuse a rate or a length of blocks that is not above 0."""
    check_positive("sample_rate", sample_rate)
    check_positive("block_s", block_s)


def check_positive(name: str, value: float) -> None:
    """Refuse what is not above 0."""
    if not value > 0:
        raise ValueError(f"{name}={value} must be above 0")
