"""Give every track its side, train, valid or test, before it is cut or augmented; and refuse splits that
leak.

A split is a table ``track_id, segment, split``: one row a track with ``segment`` -1 (the whole track), or,
under the protocol ``segment`` only, one row a segment. A track without a row takes no part.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from corpora.tracks import CorpusError

PROTOCOLS = ("artist", "fault_filtered", "given", "track", "segment", "given_leaking")
SIDES = ("train", "valid", "test")
LEAKS = {
    "track": "artists stand on both sides",
    "segment": "pieces of one track stand on both sides",
    "given_leaking": "the corpus' own sides, which may share artists",
}
#: Protocols whose sides are a list's, which leaves nothing to deal out.
LISTED = ("fault_filtered", "given", "given_leaking")

_RESTARTS = 200
_ABSENT = {"train": 1000.0, "test": 30.0, "valid": 10.0}


class SplitError(CorpusError):
    """A split that cannot be made, or that leaks; the text names the track, group or label and the rule."""


def _groups(tracks: pd.DataFrame, by: str) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Groups as numbers per track, the table of tracks [group, genre], and the genres."""
    names = sorted(tracks["genre"].unique())
    number, keys = pd.factorize(tracks[by], sort=True)
    counts = np.zeros((len(keys), len(names)))
    np.add.at(counts, (number, pd.Categorical(tracks["genre"], categories=names).codes), 1)
    return number, counts, names


def _assign(counts: np.ndarray, targets: np.ndarray, absent: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Give each group a side so that every genre comes near its target share on every side.

    Many random greedy fillings, largest groups first; the best by squared deviation wins.

    Parameters
    ----------
    counts : np.ndarray [groups, genres]
        Tracks.
    targets : np.ndarray [sides]
        Shares, sum 1.
    absent : np.ndarray [sides]
        What it costs when a genre is missing on a side.

    Returns
    -------
    np.ndarray [groups]
        Number of the side.
    """
    totals = counts.sum(axis=0)
    shares = counts / totals
    best, best_cost = np.zeros(len(counts), dtype=int), np.inf
    for _ in range(_RESTARTS):
        order = np.argsort(-shares.max(axis=1) * rng.uniform(0.5, 1.5, len(counts)), kind="stable")
        filled = np.zeros((len(targets), counts.shape[1]))
        sides = np.zeros(len(counts), dtype=int)
        for group in order:
            lack = targets[:, None] - filled
            side = int(np.argmax((lack * shares[group]).sum(axis=1) / (targets * shares[group].sum())))
            sides[group] = side
            filled[side] += shares[group]
        cost = ((filled - targets[:, None]) ** 2).sum() + (absent[:, None] * (filled == 0)).sum()
        if cost < best_cost:
            best, best_cost = sides, cost
    # A genre that train lacks cannot be learned: its largest group moves there.
    for genre in range(counts.shape[1]):
        if absent[0] and counts[best == 0, genre].sum() == 0:
            best[np.argmax(counts[:, genre])] = 0
    return best


def folds(tracks: pd.DataFrame, n: int, seed: int, *, by: str = "group") -> np.ndarray:
    """Deal the tracks into folds so that no group stands in two and the genres are spread evenly.

    A genre with a single group can never be tested: its tracks get fold -1 and stay in training always.

    Parameters
    ----------
    tracks : DataFrame
        ``track_id, genre, group``.
    n : int
        Number of folds, 2 or more.
    seed : int
    by : str
        The column that must stay whole.

    Returns
    -------
    np.ndarray [tracks]
        0 to `n` - 1, or -1.

    Raises
    ------
    SplitError
        If a fold would stay empty.
    """
    if n < 2:
        raise SplitError(f"folds={n}: must be 2 or more (0 turns cross-validation off)")
    number, counts, _ = _groups(tracks, by)
    alone = (counts > 0).sum(axis=0) == 1
    fixed = (counts[:, alone] > 0).any(axis=1)
    if (~fixed).sum() < n:
        raise SplitError(f"folds={n}: only {(~fixed).sum()} groups can be dealt out; take fewer folds")
    sides = np.full(len(counts), -1)
    live = counts[~fixed][:, ~alone]
    rng = np.random.default_rng([seed, n])
    sides[~fixed] = _assign(live, np.full(n, 1 / n), np.zeros(n), rng)
    dealt = sides[number]
    if len(set(dealt) - {-1}) < n:
        raise SplitError(f"folds={n}: a fold stays empty; take fewer folds")
    return dealt


def _by_groups(tracks: pd.DataFrame, by: str, valid: float, test: float, seed: int) -> np.ndarray:
    number, counts, _ = _groups(tracks, by)
    names = [side for side, share in zip(SIDES, (1 - valid - test, valid, test), strict=True) if share > 0]
    targets = np.array([dict(zip(SIDES, (1 - valid - test, valid, test), strict=True))[name] for name in names])
    absent = np.array([_ABSENT[name] for name in names])
    return np.array(names)[_assign(counts, targets, absent, np.random.default_rng(seed))[number]]


def split(
    tracks: pd.DataFrame,
    *,
    protocol: str = "artist",
    valid: float = 0.2,
    test: float = 0.2,
    folds_n: int = 0,
    fold: int = 0,
    seed: int = 0,
    segments: dict[str, int] | None = None,
    published: dict[str, str] | None = None,
) -> pd.DataFrame:
    """Split a corpus.

    Parameters
    ----------
    tracks : DataFrame
        Usable tracks: ``track_id, genre, group``.
    protocol : {"artist", "fault_filtered", "given", "track", "segment", "given_leaking"}
        ``artist`` keeps groups whole. ``fault_filtered`` takes the `published` lists, ``given`` and ``given_leaking``
        the column ``side`` of the tracks. ``track`` keeps tracks whole and lets artists stand on both sides;
        ``segment`` does not even that: both leak and exist for comparison.
    valid, test : float
        Shares, 0 < share, together below 1.
    folds_n, fold : int
        With 2 folds or more, fold number `fold` is the test side and `valid` is the share of the rest.
    seed : int
    segments : dict of str to int
        Number of segments of each track; needed by ``segment``.
    published : dict of str to str
        Published side of each track, an empty text for none; needed by ``fault_filtered``.

    Returns
    -------
    DataFrame
        ``track_id, segment, split``.

    Raises
    ------
    SplitError
        If a parameter breaks its rule or the corpus is too small to split.
    """
    _check(tracks, protocol, valid, test, folds_n, fold)
    if protocol in LISTED:
        return _listed(tracks, protocol, published)
    if protocol == "segment":
        if segments is None:
            raise SplitError("protocol=segment: needs the number of segments of each track")
        return _by_segments(tracks, segments, valid, test, seed)
    by = "group" if protocol == "artist" else "track_id"
    if folds_n:
        dealt = folds(tracks, folds_n, seed, by=by)
        sides = np.full(len(tracks), "test", dtype="<U5")
        rest = tracks[dealt != fold]
        number, counts, _ = _groups(rest, by)
        parts = _assign(counts, np.array([1 - valid, valid]), np.array([1000.0, 10.0]), np.random.default_rng(seed))
        sides[dealt != fold] = np.array(["train", "valid"])[parts[number]]
    else:
        sides = _by_groups(tracks, by, valid, test, seed)
    return pd.DataFrame({"track_id": tracks["track_id"].to_numpy(), "segment": -1, "split": sides})


def _check(tracks: pd.DataFrame, protocol: str, valid: float, test: float, folds_n: int, fold: int) -> None:
    """Refuse what `split` cannot do."""
    if protocol not in PROTOCOLS:
        raise SplitError(f"protocol={protocol!r}: must be one of {', '.join(PROTOCOLS)}")
    if not (0 < valid < 1 and 0 < test < 1 and valid + test < 1):
        raise SplitError(f"valid={valid}, test={test}: must lie above 0 and sum to less than 1")
    if folds_n and not 0 <= fold < folds_n:
        raise SplitError(f"fold={fold}: must be from 0 to folds - 1 = {folds_n - 1}")
    if folds_n and (protocol in LISTED or protocol == "segment"):
        raise SplitError(f"folds={folds_n}: protocol {protocol} has no folds; set split.folds to 0")
    _check_corpus(tracks, "group" if protocol in ("artist", "fault_filtered") else "track_id")


def _by_segments(tracks: pd.DataFrame, segments: dict[str, int], valid: float, test: float, seed: int) -> pd.DataFrame:
    """Every segment dealt by itself."""
    rows = [(name, k) for name in tracks["track_id"] for k in range(segments[name])]
    pieces = pd.DataFrame(rows, columns=["track_id", "segment"])
    pieces["genre"] = pieces["track_id"].map(tracks.set_index("track_id")["genre"])
    pieces["split"] = _shuffled(pieces["genre"], valid, test, seed)
    return pieces[["track_id", "segment", "split"]]


def _listed(tracks: pd.DataFrame, protocol: str, published: dict[str, str] | None) -> pd.DataFrame:
    """Sides that somebody else dealt: of the published lists, or of the corpus' own list of clips."""
    if protocol == "fault_filtered":
        if published is None:
            raise SplitError("protocol=fault_filtered: only GTZAN has published lists; take artist")
        sides = tracks["track_id"].map(published).fillna("").to_numpy(dtype=str)
        where, hint = "in the published {} list", "take artist, or the whole of GTZAN"
    else:
        given = tracks["side"].fillna("") if "side" in tracks else pd.Series("", index=tracks.index)
        if not given.any():
            raise SplitError(
                f"protocol={protocol}: this corpus gives its tracks no sides; take artist, or a table of clips with a "
                "column split (corpus.kind=table)"
            )
        sides = given.to_numpy(dtype=str)
        where, hint = "given to {}", "take artist, or fill in the table's column split"
    table = pd.DataFrame({"track_id": tracks["track_id"], "segment": -1, "split": sides})
    table = table[table["split"] != ""]
    lacking = [side for side in SIDES if not (table["split"] == side).any()]
    if lacking:
        raise SplitError(f"protocol={protocol}: none of these tracks is {where.format(' or '.join(lacking))}; {hint}")
    return table.reset_index(drop=True)


def _shuffled(genres: pd.Series, valid: float, test: float, seed: int) -> np.ndarray:
    """Deal rows to the sides at random, genre by genre."""
    rng = np.random.default_rng(seed)
    sides = np.full(len(genres), "train", dtype="<U5")
    for genre in sorted(genres.unique()):
        rows = rng.permutation(np.flatnonzero(genres == genre))
        n_test, n_valid = max(1, round(test * len(rows))), max(1, round(valid * len(rows)))
        sides[rows[:n_test]] = "test"
        sides[rows[n_test : n_test + n_valid]] = "valid"
    return sides


def _check_corpus(tracks: pd.DataFrame, by: str) -> None:
    if not len(tracks):
        raise SplitError("no usable track is left; see the reasons in tracks.csv")
    labels = tracks.groupby("genre")[by].nunique()
    if len(labels) < 2:
        raise SplitError(
            f"one label only ({labels.index[0]}); a classifier needs two or more labels with usable tracks"
        )
    if (labels >= 3).sum() < 2:
        few = ", ".join(f"{name} has {count}" for name, count in labels.items() if count < 3)
        what = "artists or other groups" if by == "group" else "tracks"
        raise SplitError(
            f"too few {what} to split: at least two labels need three each for train, valid and test, but {few}; "
            "add clips, or tell the artists apart by tags or by folders below the label"
        )


def notices(tracks: pd.DataFrame, table: pd.DataFrame) -> list[str]:
    """What a reader of scores on this split must know, in words: labels that a side lacks."""
    told = []
    sided = table.merge(tracks[["track_id", "genre", "group"]], on="track_id")
    for genre in sorted(tracks["genre"].unique()):
        here = sided[sided["genre"] == genre]
        missing = [side for side in SIDES if not (here["split"] == side).any()]
        if missing:
            groups = tracks.loc[tracks["genre"] == genre, "group"].nunique()
            told.append(
                f"{genre} has no track in {' and '.join(missing)}: its {len(here['track_id'].unique())} tracks "
                f"come from {groups} group{'s' if groups != 1 else ''} (artists), which stay on one side"
            )
    return told


def check_split(
    table: pd.DataFrame,
    tracks: pd.DataFrame,
    *,
    protocol: str = "artist",
    segments: pd.DataFrame | None = None,
) -> None:
    """Refuse a split that leaks. The guard of the stages ``split``, ``augment`` and ``extract``.

    Parameters
    ----------
    table : DataFrame
        ``track_id, segment, split``.
    tracks : DataFrame
        The tracks table: ``track_id, group, sha256, status``.
    protocol : str
        ``artist`` and ``given`` allow nothing. ``fault_filtered`` allows the artists that the published lists
        themselves have on two sides. ``track`` and ``given_leaking`` allow artists; ``segment`` allows artists and
        tracks on both sides.
    segments : DataFrame, optional
        Segments that are to be used: ``segment_id, track_id, segment, split, copy``; checked against the table.

    Raises
    ------
    SplitError
        On a side with another name, an unknown or an excluded track, a track, a group or one recording on two
        sides, an augmented copy outside train, or a segment on another side than its track.
    """
    if protocol not in PROTOCOLS:
        raise SplitError(f"protocol={protocol!r}: must be one of {', '.join(PROTOCOLS)}")
    strange = sorted(set(table["split"]) - set(SIDES))
    if strange:
        raise SplitError(f"split={strange[0]!r}: must be one of {', '.join(SIDES)}")
    facts = tracks.set_index("track_id")
    unknown = sorted(set(table["track_id"]) - set(facts.index))
    if unknown:
        raise SplitError(f"{unknown[0]}: is in the split but not in the tracks table; run prepare again")
    excluded = [name for name in table["track_id"] if facts.at[name, "status"] != "ok"]
    if excluded:
        raise SplitError(f"{excluded[0]}: is excluded ({facts.at[excluded[0], 'reason']}) but stands in the split")
    if table.duplicated(["track_id", "segment"]).any():
        row = table[table.duplicated(["track_id", "segment"])].iloc[0]
        raise SplitError(
            f"{row['track_id']}: segment {row['segment']} stands in the split twice; each piece has one side"
        )
    if protocol != "segment":
        _refuse(table, table["track_id"], "track {} is on both sides ({}): its pieces would leak")
        recording = table["track_id"].map(facts["sha256"])
        _refuse(table[recording != ""], recording[recording != ""], "recording {:.12} is on both sides ({}): a replica")
    if protocol in ("artist", "given"):
        group = table["track_id"].map(facts["group"])
        hint = "; take artist, which deals them anew, or given_leaking, which every title will say"
        words = "group {} is on both sides ({}): an artist or a replica would leak"
        _refuse(table, group, words + (hint if protocol == "given" else ""))
    if segments is not None:
        _check_segments(segments, table)


def _refuse(table: pd.DataFrame, key: pd.Series, words: str) -> None:
    sides = table["split"].groupby(key.to_numpy()).unique()
    for name, found in sides.items():
        if len(found) > 1:
            raise SplitError(words.format(name, ", ".join(sorted(found))))


def _check_segments(segments: pd.DataFrame, table: pd.DataFrame) -> None:
    copies = segments[segments["copy"] > 0]
    outside = copies[copies["split"] != "train"]
    if len(outside):
        row = outside.iloc[0]
        raise SplitError(f"{row['segment_id']}: an augmented copy in {row['split']}; only train has copies")
    whole = table[table["segment"] < 0].set_index("track_id")["split"]
    pieces = table[table["segment"] >= 0].set_index(["track_id", "segment"])["split"]
    for row in segments[["segment_id", "track_id", "segment", "split", "copy"]].itertuples(index=False):
        side = whole.get(row.track_id) if row.track_id in whole.index else pieces.get((row.track_id, row.segment))
        if side is None:
            raise SplitError(f"{row.segment_id}: belongs to no side; run split again")
        if side != row.split:
            kind = "an augmented copy" if row.copy else "a segment"
            raise SplitError(f"{row.segment_id}: {kind} in {row.split}, but its original is in {side}")
