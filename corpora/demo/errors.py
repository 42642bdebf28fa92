"""What can be wrong with the embedded corpus."""

from corpora.tracks import CorpusError


class DemoError(CorpusError):
    """Root of the errors of the embedded corpus."""


class PatternError(DemoError):
    """A pattern file breaks a rule of the notation.

    Parameters
    ----------
    place : str
        File and field, as ``blues.yaml: families.shuffle.tempo``.
    rule : str
        What is wrong and what would be right.
    """

    def __init__(self, place: str, rule: str) -> None:
        super().__init__(f"{place}: {rule}")
        self.place = place
        self.rule = rule
