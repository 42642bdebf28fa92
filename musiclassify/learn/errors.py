"""What can be wrong with what one wants to be learned."""

from __future__ import annotations

from musiclassify.errors import MusiClassifyError

__all__ = ["LearnError"]


class LearnError(MusiClassifyError):
    """Songs, labels or corrections that nothing can be learned from; the text names them, the rule, what to do."""
