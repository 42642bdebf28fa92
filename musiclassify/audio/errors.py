"""What can be wrong with a piece of sound, said in one line: the file, the reason, what to do."""

from __future__ import annotations

from musiclassify.errors import MusiClassifyError

__all__ = [
    "AudioError",
    "DecodeError",
    "EmptyAudioError",
    "SilentAudioError",
    "TooShortError",
    "printable",
]


def printable(name: object) -> str:
    """Show a file name on one line: control characters and undecodable bytes are escaped.

    Examples
    --------
    >>> printable("two\\nlines.mp3")
    'two\\\\nlines.mp3'
    """
    text = str(name)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


class AudioError(MusiClassifyError):
    """Root of everything that this package raises about a sound.

    Parameters
    ----------
    path : object
        The file (or a name for a stream), as it was given.
    reason : str
        What is wrong.
    advice : str
        What the reader can do about it.
    """

    advice = "try another file"

    def __init__(self, path: object, reason: str, advice: str | None = None) -> None:
        self.path = str(path)
        self.reason = reason
        self.advice = advice or type(self).advice
        super().__init__(self.path, reason, self.advice)

    def __str__(self) -> str:
        return f"{printable(self.path)}: {self.reason}; {self.advice}"


class DecodeError(AudioError):
    """The sound cannot be read or decoded."""

    advice = "check that the file plays in a music player, or convert it to wav"


class EmptyAudioError(AudioError):
    """There is not a single sample."""

    advice = "copy or download the file again"


class SilentAudioError(AudioError):
    """There is nothing to hear."""

    advice = "choose a file with sound in it"


class TooShortError(AudioError):
    """There is too little sound to say anything."""

    advice = "choose a longer file"
