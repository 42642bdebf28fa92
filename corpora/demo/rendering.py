"""Rendering the embedded corpus into a folder, and finding it there.

Layout of a rendered folder::

    clips.csv                  one row a clip, sorted: the columns of `COLUMNS`; written last
    render.json                the settings, and a fingerprint of all that the clips depend on; written first
    blues/blues.00000.ogg      22 050 Hz mono Ogg Vorbis; artist number * clips_per_artist + clip number

Every file is written to a temporary name and then renamed, so what stands there is whole. A folder with
``render.json`` but without ``clips.csv`` was interrupted: rendering into it again keeps the clips that are
there if the fingerprint is the same, and removes them if it is not.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import os
import random
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from corpora.demo import artist as artists
from corpora.demo import compose, patterns
from corpora.demo.artist import Artist
from corpora.demo.compose import Score
from corpora.demo.errors import DemoError
from corpora.demo.settings import SAMPLE_RATE, DemoSettings
from corpora.demo.synth import SoundFontPlayer, Synthesiser
from musiclassify.audio import write

COLUMNS = ("track_id", "path", "genre", "artist", "family", "tempo", "seed")
TABLE = "clips.csv"
RECORD = "render.json"
# What the clips depend on: modules of this package, libraries.
_SOUNDING = ("artist", "compose", "gm", "mix", "patterns", "rendering", "soundfont", "synth", "theory")
_WRITTEN_WITH = ("numpy", "scipy", "soundfile", "soxr")


def find(folder: str | Path) -> pd.DataFrame:
    """The clips of a rendered folder.

    Returns
    -------
    pd.DataFrame
        ``track_id, path, genre, group, family``: path relative to `folder`, the artist as group. For a split
        that keeps families apart put ``family`` in the place of ``group``.

    Raises
    ------
    DemoError
        The folder holds no finished rendering, or clips are missing.
    """
    folder = Path(folder)
    table = folder / TABLE
    if not table.is_file():
        raise DemoError(f"{table}: missing; run python -m corpora.demo render --out {folder}")
    clips = pd.read_csv(table, keep_default_na=False)
    missing = [path for path in clips["path"] if not (folder / path).is_file()]
    if missing:
        raise DemoError(
            f"{folder / missing[0]}: listed in {TABLE} but missing ({len(missing)} of {len(clips)}); "
            f"run python -m corpora.demo render --out {folder}"
        )
    return clips.rename(columns={"artist": "group"})[["track_id", "path", "genre", "group", "family"]]


def render(
    folder: str | Path,
    *,
    settings: DemoSettings | None = None,
    jobs: int = 1,
    synthesiser: Synthesiser | None = None,
    progress: bool | None = None,
) -> pd.DataFrame:
    """Render the corpus into a folder; clips that stand there from the same rendering are kept.

    The same settings give the same bytes, whatever `jobs`.

    Parameters
    ----------
    settings : DemoSettings, optional
        Size and seed; the default size if left out.
    jobs : int
        Worker processes, at least 1.
    synthesiser : Synthesiser, optional
        `SoundFontPlayer` if left out. With ``jobs > 1`` it is pickled.
    progress : bool, optional
        Show a bar on stderr; if left out, on a terminal only.

    Returns
    -------
    pd.DataFrame
        One row a clip, the columns of `COLUMNS`.

    Raises
    ------
    DemoError
        A setting or a pattern file is wrong, or two clips came out the same.
    """
    if isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1:
        raise DemoError(f"jobs={jobs!r}: must be a whole number of at least 1")
    settings = DemoSettings() if settings is None else settings
    for genre in settings.genres:
        patterns.load(genre)
    synthesiser = SoundFontPlayer() if synthesiser is None else synthesiser
    folder = Path(folder)
    _prepare(folder, settings, synthesiser)
    rows = []
    with _bar(settings.clips, progress) as advance:
        for row in _rows(folder, settings, jobs, synthesiser):
            rows.append(row)
            advance()
    _refuse_repeats(rows)
    table = pd.DataFrame(rows)[list(COLUMNS)].sort_values("track_id", ignore_index=True)
    _replace(folder / TABLE, table.to_csv(index=False, lineterminator="\n").encode())
    return table


def score_clip(
    genre: str, *, artist: int, clip: int, settings: DemoSettings
) -> tuple[Artist, Score, dict[str, object]]:
    """What a clip plays, drawn from (seed, genre, artist, clip) alone: its artist, its score and its table row."""
    player = artists.draw(patterns.load(genre), seed=settings.seed, artist=artist)
    rng = random.Random(f"clip/{settings.seed}/{genre}/{artist}/{clip}")
    # Fast tape needs more music.
    length = settings.duration_s * (1 + max(0.0, player.production["speed"]))
    score = compose.compose(player, duration_s=length, rng=rng)
    name = clip_name(genre, artist * settings.clips_per_artist + clip)
    row = {
        "track_id": name,
        "path": f"{genre}/{name}.ogg",
        "genre": genre,
        "artist": player.name,
        "family": f"{genre}.{player.family.name}",
        "tempo": round(score.tempo, 1),
        "seed": settings.seed,
    }
    return player, score, row


def render_clip(
    genre: str, *, artist: int, clip: int, settings: DemoSettings, synthesiser: Synthesiser | None = None
) -> np.ndarray:
    """The sound of one clip, drawn from (seed, genre, artist, clip) alone.

    Returns
    -------
    np.ndarray [duration_s * 22050]
        float32 samples within -1 to 1.
    """
    from corpora.demo import mix  # scipy.signal takes half a second to import

    synthesiser = SoundFontPlayer() if synthesiser is None else synthesiser
    player, score, _ = score_clip(genre, artist=artist, clip=clip, settings=settings)
    stems, rate = synthesiser.render(score, player.players)
    noise = np.random.default_rng([settings.seed, zlib.crc32(genre.encode()), artist, clip])
    return mix.mix(stems, rate, player.production, duration_s=settings.duration_s, rng=noise)


def clip_name(genre: str, number: int) -> str:
    """GTZAN's name of a clip, as ``blues.00000``."""
    return f"{genre}.{number:05d}"


def _rows(folder: Path, settings: DemoSettings, jobs: int, synthesiser: Synthesiser) -> Iterator[dict[str, object]]:
    # Artists of one family share instruments, and a synthesiser may keep what it computed for the one before.
    wanted = [
        (genre, artist, clip)
        for genre in settings.genres
        for artist in sorted(range(settings.artists), key=lambda a: a % len(patterns.load(genre).families))
        for clip in range(settings.clips_per_artist)
    ]
    if jobs == 1:
        yield from (_store(folder, *one, settings, synthesiser) for one in wanted)
        return
    import joblib

    with joblib.parallel_config("loky", n_jobs=jobs, inner_max_num_threads=1):
        run = joblib.Parallel(return_as="generator_unordered", batch_size=1)
        yield from run(joblib.delayed(_store)(folder, *one, settings, synthesiser) for one in wanted)


def _store(
    folder: Path, genre: str, artist: int, clip: int, settings: DemoSettings, synthesiser: Synthesiser
) -> dict[str, object]:
    """Render one clip into its file, unless it stands there; its table row and the hash of its bytes."""
    _, _, row = score_clip(genre, artist=artist, clip=clip, settings=settings)
    path = folder / str(row["path"])
    if path.is_file():
        data = path.read_bytes()
    else:
        samples = render_clip(genre, artist=artist, clip=clip, settings=settings, synthesiser=synthesiser)
        data = write.ogg(samples, SAMPLE_RATE)
        _replace(path, data)
    return {**row, "sha256": hashlib.sha256(data).hexdigest()}


def _prepare(folder: Path, settings: DemoSettings, synthesiser: Synthesiser) -> None:
    """Make the folder ready: what another rendering left there goes, what this one left stays."""
    record = json.dumps(
        {"settings": settings.to_dict(), "synthesiser": synthesiser.name, "fingerprint": _fingerprint(settings)},
        indent=2,
    ).encode()
    path = folder / RECORD
    if path.is_file():
        # A process that was killed outright leaves the file behind that it was writing.
        for partial in sorted(folder.rglob(".*.partial")):
            partial.unlink(missing_ok=True)
    if path.is_file() and path.read_bytes() == record + b"\n":
        return
    if (folder.is_dir() and any(folder.iterdir())) and not path.is_file():
        raise DemoError(f"{folder}: holds files that are no rendering of this corpus; give an empty or new folder")
    (folder / TABLE).unlink(missing_ok=True)
    for genre in sorted(p for p in folder.glob("*") if p.is_dir()):
        for clip in sorted(genre.glob(f"{genre.name}.[0-9][0-9][0-9][0-9][0-9].ogg")):
            clip.unlink()
        with contextlib.suppress(OSError):
            genre.rmdir()
    _replace(path, record + b"\n")


def _fingerprint(settings: DemoSettings) -> str:
    """SHA-256 over all that decides the clips beside settings and synthesiser: patterns, code, libraries."""
    here = Path(__file__).parent
    files = [*(here / f"{module}.py" for module in _SOUNDING), Path(write.__file__), patterns.PRODUCTION_FILE]
    files += [patterns.FOLDER / f"{genre}.yaml" for genre in settings.genres]
    found = hashlib.sha256()
    for file in files:
        found.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    for library in _WRITTEN_WITH:
        found.update(f"{library} {importlib.metadata.version(library)}\0".encode())
    return found.hexdigest()


def _replace(path: Path, data: bytes) -> None:
    """Write a file in whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(data)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _refuse_repeats(rows: list[dict[str, object]]) -> None:
    seen: dict[object, object] = {}
    for row in sorted(rows, key=lambda r: str(r["path"])):
        first = seen.setdefault(row["sha256"], row["path"])
        if first != row["path"]:
            raise DemoError(f"{first} and {row['path']}: the same sound twice; give the family more patterns")


@contextlib.contextmanager
def _bar(total: int, progress: bool | None) -> Iterator[Callable[[], object]]:
    import tqdm

    shown = sys.stderr.isatty() if progress is None else progress
    with tqdm.tqdm(total=total, unit="clip", desc="rendering", disable=not shown, file=sys.stderr) as bar:
        yield bar.update
