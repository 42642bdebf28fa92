"""How much of a sound could be decoded: what `decode.stream` fills in while it is read."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Heard", "clock"]

_MISSING_S, _MISSING_SHARE = 1.0, 0.02
"""A sound is incomplete when more than both are missing: headers round, and encoders add."""


@dataclass
class Heard:
    """What became of a sound; complete when its stream has ended.

    Attributes
    ----------
    declared_s : float or None
        Length that the file declares, seconds; None where it declares none that can be relied upon (mp3 without a
        Xing tag, aac, a chain of streams).
    decoded_s : float
        Seconds that could be decoded.
    damaged : int
        Places (packets, links of a chain) that could not be decoded and were passed over.
    broken : str
        Why decoding ended before the end of the file; empty where it did not.

    Examples
    --------
    >>> Heard(declared_s=147, decoded_s=18).warning()
    'only 0:18 of 2:27 could be decoded'
    """

    declared_s: float | None = None
    decoded_s: float = 0.0
    damaged: int = 0
    broken: str = ""

    @property
    def complete(self) -> bool:
        """Whether all was decoded, as far as can be told."""
        return not self.warning()

    def warning(self) -> str:
        """Say in a line what is missing; empty where nothing is."""
        missing = 0.0 if self.declared_s is None else self.declared_s - self.decoded_s
        if self.declared_s is not None and missing > max(_MISSING_S, _MISSING_SHARE * self.declared_s):
            return f"only {clock(self.decoded_s)} of {clock(self.declared_s)} could be decoded"
        if self.broken:
            return f"breaks off after {clock(self.decoded_s)}"
        if self.damaged:
            places = "1 damaged place was" if self.damaged == 1 else f"{self.damaged} damaged places were"
            return f"{places} passed over"
        return ""


def clock(seconds: float) -> str:
    """Give a time as m:ss, or h:mm:ss.

    Examples
    --------
    >>> clock(75), clock(3_675)
    ('1:15', '1:01:15')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
