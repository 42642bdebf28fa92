"""The root of every error that this package raises about what it was given."""

from __future__ import annotations

__all__ = ["MusiClassifyError", "TargetError", "UsageError"]


class MusiClassifyError(ValueError):
    """Something that was given cannot be used; the text names it, the reason and what to do.

    Under it come `audio.errors.AudioError` (a sound), `released.ModelError` (a model), the errors of tags, and the two
    below.
    """


class UsageError(MusiClassifyError):
    """The command cannot be carried out as it was given."""


class TargetError(MusiClassifyError):
    """A file may not, or cannot, be written where it was asked for."""
