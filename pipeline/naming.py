"""What things are called in titles and tables: splits, and a warning where one is due."""

from __future__ import annotations

from corpora import split as splitting

NO_MUSIC = "scores on the embedded corpus, which is composed by a program: no scores on music"


def describe(settings: object) -> str:
    """The split in words, for titles: its protocol, its fold, and a warning where it leaks."""
    words = f"{settings.protocol} split"
    if settings.folds:
        words += f", fold {settings.fold + 1} of {settings.folds}"
    if settings.protocol in splitting.LEAKS:
        words += f": LEAKS ({splitting.LEAKS[settings.protocol]})"
    return words


def title(corpus: str, kind: str, split: object) -> str:
    """Heading of a report on scores: the corpus, the split, a warning where one is due."""
    words = f"{corpus}, {describe(split)}"
    return f"{words} ({NO_MUSIC})" if kind == "demo" else words
