"""The sections of params.yaml that belong to no other room: which corpus, what the stages ask for."""

from __future__ import annotations

import re

import corpora
import models
from corpora.gtzan import FAULT_POLICIES
from corpora.split import PROTOCOLS
from musiclassify.audio.excerpts import VOTES, Rule
from musiclassify.audio.places import is_address
from pipeline.families import FAMILIES
from settings import SettingError, asdict, field, settings


@settings
class Base:
    """What all stages share."""

    seed: int = field(help="everything random comes from it", low=0, high=2**32 - 1)


@settings
class Corpus:
    """Which clips; `make gtzan GTZAN=DIR`, `make folder MUSIC=DIR` and `make table TABLE=FILE` change this section."""

    name: str = field(help="names data/, models/trained/ and reports/ folders", low=1, high=64)
    kind: str = field(help="how the clips are found", choices=corpora.KINDS.names)
    path: str = field(help="folder of the clips, or the table that lists them", low=1, high=4096)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w-]+", self.name):
            raise SettingError(f"name={self.name!r} must be letters, digits, _ and - only: it names folders")
        if "\0" in self.path:
            raise SettingError(f"path={self.path!r} must be a folder's name: it holds a zero byte")


@settings
class Prepare:
    """Which clips can be used."""

    min_duration_s: float = field(1.0, "shorter clips are excluded", low=0.1, high=3600)
    max_duration_s: float = field(1800.0, "longer ones too: cut them into songs", low=0.1, high=36000)
    silence_peak: float = field(0.0001, "a clip whose loudest sample is below this is silent", low=0, high=1)
    known_faults: str = field(
        "replicas",
        "GTZAN's; all are those that the fault-filtered lists drop",
        choices=FAULT_POLICIES,
    )

    def __post_init__(self) -> None:
        if self.max_duration_s <= self.min_duration_s:
            raise SettingError(
                f"max_duration_s={self.max_duration_s} must be above min_duration_s={self.min_duration_s}"
            )


@settings
class Split:
    """Which tracks are learned from, validated on and tested on."""

    protocol: str = field("artist", "the last three leak", choices=PROTOCOLS)
    valid: float = field(0.2, "share of the validation side; what valid and test leave is train", low=0.01, high=0.98)
    test: float = field(0.2, "share of the test side", low=0.01, high=0.98)
    folds: int = field(0, "2 or more: grouped cross-validation; test is fold number `fold`", low=0, high=100)
    fold: int = field(0, "from 0", low=0, high=99)

    def __post_init__(self) -> None:
        if self.valid + self.test >= 1:
            raise SettingError(f"valid={self.valid}, test={self.test} must sum to less than 1: the rest is train")
        if self.folds == 1:
            raise SettingError("folds=1 must be 0 (no cross-validation) or 2 and more")
        if self.fold >= max(1, self.folds):
            raise SettingError(f"fold={self.fold} must be from 0 to {max(0, self.folds - 1)}: there are {self.folds}")


@settings
class Train:
    """How rows are weighted and what is called uncertain."""

    weighting: str = field(
        "segment",
        "what counts as one (the genres are balanced either way)",
        choices=("segment", "track"),
    )
    uncertain_share: float = field(
        0.2, 'the least confident share of the validation tracks is what "uncertain" means', low=0, high=0.9
    )


@settings
class Families:
    """Families of models that learn beside those of the sections above."""

    beside: tuple[str, ...] = field(
        (),
        "clean and best hear with networks trained elsewhere; all stand in one comparison",
        choices=FAMILIES,
        count=(0, len(FAMILIES)),
    )


@settings
class SongRule:
    """How a song is cut and how its excerpts vote."""

    skip_s: float = field(30.0, "left out at the start of a long song, s", low=0, high=3600)
    skip_if_longer_than_s: float = field(60.0, "a song is long when it lasts more than this, s", low=0, high=36000)
    excerpt_s: float = field(30.0, "length of an excerpt, s", low=1, high=600)
    min_excerpt_s: float = field(10.0, "a remainder of at least this is an excerpt too, s", low=0, high=600)
    vote: str = field("mean", "of the excerpts' answers, or of their winners", choices=VOTES)

    def __post_init__(self) -> None:
        self.rule()

    def rule(self) -> Rule:
        """The rule itself, which answers too; it checks what lies between the fields."""
        try:
            return Rule(**asdict(self))
        except SettingError:
            raise
        except ValueError as error:
            raise SettingError(str(error)) from None


@settings
class Compute:
    """Where the stages compute. No stage depends on it: results are the same, and changing it reruns nothing."""

    backend: str = field(
        "local", "this machine, or a Dask cluster for prepare, augment, extract and train", choices=("local", "dask")
    )
    scheduler: str = field("tcp://127.0.0.1:8786", "address of the Dask scheduler", low=1, high=4096)
    wait_s: float = field(30.0, "how long the scheduler and its first worker may take to answer, s", low=0.1, high=3600)
    storage: str = field(
        "", "address of the features, written by the workers themselves (s3://bucket/features); empty: data/", high=4096
    )

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z]+://[^\s]+:\d+", self.scheduler):
            raise SettingError(f"scheduler={self.scheduler!r} must be like tcp://host:8786")
        if self.storage and not is_address(self.storage):
            raise SettingError(f"storage={self.storage!r} must be an address such as s3://bucket/features, or empty")


@settings
class Evaluate:
    """How scores are made."""

    bootstrap: int = field(2000, "draws over tracks for the 95 % intervals", low=100, high=20_000)
    bins: int = field(10, "of the calibration error", low=2, high=50)


@settings
class Compare:
    """Which model is chosen."""

    choose_by: str = field(
        "macro_recall", "validation score that chooses the model", choices=("accuracy", "macro_recall", "macro_f1")
    )


@settings
class Report:
    """What the page holds."""

    audio: str = field(
        "demo",
        "put sound into index.html (demo: the embedded corpus' alone)",
        choices=("demo", "always", "never"),
    )


@settings
class Release:
    """What is released."""

    version: str = field(help='"major.minor", in quotation marks', low=3, high=11)
    kinds: tuple[str, ...] = field(("cnn",), "kinds of model", choices=lambda: models.KINDS)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\d{1,5}\.\d{1,5}", self.version):
            raise SettingError(f'version={self.version!r} must be "major.minor" in quotation marks')
