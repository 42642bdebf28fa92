"""Put the figures that runs wrote into README.md and the documents: ``python docs/figures.py [--check]``.

Between ``<!-- figures: NAME -->`` and ``<!-- /figures -->`` stands what the function of that name gives; nothing there
is typed by hand. The sources are the metadata of the released models and the tables below reports/. A table that has
not been measured is said to be so, with the command that measures it. ``--check`` writes nothing and fails where a
block is out of date.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from docs import hearing  # noqa: E402 - the repository is found first
from docs.tables import missing as _missing  # noqa: E402
from docs.tables import percent as _percent  # noqa: E402
from docs.tables import rows as _rows  # noqa: E402
from docs.tables import table as _table  # noqa: E402

BLOCK = re.compile(r"(<!-- figures: ([a-z-]+) -->\n)(.*?)(<!-- /figures -->)", re.DOTALL)
LINK = re.compile(r"\[([^]]+)\]\([^)]+\)")
KINDS = {"cnn": "CNN", "svm": "SVM", "xgb": "XGBoost", "blend": "Blend", "original": "the original's CNN"}


def _releases(root: Path) -> list[tuple[Path, dict, dict]]:
    """Folder, config and metadata of every released model, the most accurate first."""
    found = []
    for file in sorted((root / "models" / "released").glob("*/metadata.json")):
        config = json.loads((file.parent / "config.json").read_text("utf-8"))
        found.append((file.parent, config, json.loads(file.read_text("utf-8"))))
    return sorted(found, key=lambda one: -one[2]["scores"]["accuracy"]["value"])


def _interval(score: dict[str, float]) -> str:
    return f"{_percent(score['value'])} ({100 * score['low']:.1f} to {100 * score['high']:.1f})"


def models(root: Path) -> str:
    """The released models with their scores."""
    found = _releases(root)
    if not found:
        return "*No model is released yet.*\n"
    rows = []
    for folder, config, metadata in found:
        scores = metadata["scores"]
        size = (folder / config["graphs"]["model"]).stat().st_size / 1e6
        rows.append(
            [
                f"[`{config['name']}`](models/released/{folder.name}/README.md)",
                _interval(scores["accuracy"]),
                _interval(scores["macro_recall"]),
                f"{scores['ece']:.3f}",
                f"{size:.1f} MB",
                "yes" if _hears(metadata) else "no",
            ]
        )
    splits = {f"{m['scores']['split']}, {m['scores']['tracks']} tracks" for _, _, m in found}
    head = ["model", "accuracy (95 % interval)", "macro recall (95 % interval)", "ECE", "size", "pretrained"]
    words = "Split: " + "; ".join(sorted(splits)) + ". Scored by track, with the rule that answers songs."
    if any(_hears(metadata) for _, _, metadata in found):
        words += (
            " Pretrained: built on a network that learned from other songs, those called clean from none by the same "
            "artists ([what that means](docs/explanation/pretrained.md)); the others learned from these tracks alone."
        )
    return f"{_table(head, rows)}\n{words}\n"


def _hears(metadata: dict) -> bool:
    """Whether a model is built on a network that was trained elsewhere."""
    features = metadata.get("trained_on", {}).get("settings", {}).get("features", {})
    return features.get("tagger", "none") != "none"


def compared(root: Path) -> str:
    """All models of the released ones' cross-validation, those from scratch beside them."""
    rows = _rows(root / "reports" / "released" / "models.csv")
    if not rows:
        return _missing("The released models", "python -m studies release-models --clips GTZAN")
    body = []
    for row in rows:
        kind, _, family = row["model"].partition("-")
        words = KINDS.get(kind, kind)
        scores = [
            _interval({end or "value": float(row[f"{name}{end and '_' + end}"]) for end in ("", "low", "high")})
            for name in ("accuracy", "macro_recall")
        ]
        told = {"scratch": ", from scratch", "clean": ", clean"}.get("scratch" if kind == "original" else family, "")
        body.append(
            [f"{words}{told}", *scores, f"{float(row['ece']):.3f}",
             _percent(row["accuracy_of_most_confident_70"])]
        )  # fmt: skip
    head = ["model", "accuracy (95 % interval)", "macro recall (95 % interval)", "ECE", "most confident 70 % right"]
    words = f"Five artist-grouped folds of {rows[0]['tracks']} tracks, by track; all from the same segments and copies."
    if any(row["model"].endswith("-clean") for row in rows):
        words += " Clean: built on a network that has heard none of these artists."
    return f"{_table(head, body)}\n{words}\n"


def recalls(root: Path) -> str:
    """Recall of each genre by each released model."""
    found = _releases(root)
    if not found:
        return "*No model is released yet.*\n"
    labels = found[0][1]["labels"]
    rows = [
        [label, *(_percent(metadata["scores"]["per_genre_recall"].get(label)) for _, _, metadata in found)]
        for label in labels
    ]
    return _table(["genre", *(f"`{config['name'].split('-', 1)[1]}`" for _, config, _ in found)], rows)


def leak_price(root: Path) -> str:
    """Accuracy of the same models under each protocol, on GTZAN where that was measured."""
    for corpus in ("gtzan", "demo"):
        rows = _rows(root / "reports" / corpus / "studies" / "leak-price" / "table.csv")
        if rows:
            break
    else:
        return _missing("The price of a leak", "make leak-price")
    protocols = list(dict.fromkeys(row["protocol"] for row in rows))
    cells = {
        (row["model"], row["protocol"]): _interval(
            {"value": float(row["accuracy"]), "low": float(row["accuracy_low"]), "high": float(row["accuracy_high"])}
        )
        + f"; {_percent(row['macro_recall'])}"
        for row in rows
    }
    models_here = list(dict.fromkeys(row["model"] for row in rows))
    body = [[KINDS.get(model, model), *(cells.get((model, p), "–") for p in protocols)] for model in models_here]
    where = "GTZAN" if corpus == "gtzan" else "the embedded corpus (no scores on music)"
    held = max(int(row["held_out_tracks"]) for row in rows)
    splits = max(int(row["splits"]) for row in rows)
    words = (
        f"Accuracy by track (95 % interval); macro recall. On {where}: the answers of {splits} splits of each kind, "
        f"{held} held-out tracks at most. Compare along a row: these are other clips than those that the released "
        "models are scored on."
    )
    words += "".join(
        f" {row['splits']} of them for {KINDS.get(row['model'], row['model'])} ({row['training'] or 'as set'})."
        for row in rows
        if row["protocol"] == protocols[0] and int(row["splits"]) < splits
    )
    return _table(["model", *(f"{p} split" for p in protocols)], body) + f"\n{words}\n"


def demo(root: Path) -> str:
    """The default run on the embedded corpus."""
    rows = _rows(root / "reports" / "demo" / "compare" / "table.csv")
    if not rows:
        return _missing("The default run", "make repro")
    body = [
        [
            KINDS.get(row["model"], row["model"]) + (" (chosen)" if row["chosen"] == "True" else ""),
            f"{_percent(row['accuracy'])} ({100 * float(row['accuracy_low']):.1f} to "
            f"{100 * float(row['accuracy_high']):.1f})",
            _percent(row["macro_recall"]),
            f"{float(row['ece']):.3f}",
        ]
        for row in rows
    ]
    words = "The embedded corpus, artist split. It is composed by a program: these are no scores on music."
    return _table(["model", "accuracy (95 % interval)", "macro recall", "ECE"], body) + f"\n{words}\n"


def speed(root: Path) -> str:
    """Milliseconds a clip of the feature engine and of what it is compared with."""
    bench = root / "reports" / "bench"
    rows = _rows(bench / "features.csv")
    if not rows:
        return _missing("Speed", "make bench")
    for table in ("answers", "browser"):
        rows += [row for row in _rows(bench / f"{table}.csv") if row["what"] != "fft floor"]  # another run's floor
    body = [
        [row["what"], f"{float(row['ms_per_clip']):.1f}", f"{float(row['ratio_to_floor']):.1f}"]
        for row in rows
        if row["ms_per_clip"] and not row["what"].startswith("import")
    ]
    words = (
        "From `reports/bench/`, which also says how busy the machine was. Processor time of one thread, unless a row "
        "says otherwise; the page's rows are by the clock on the wall, in headless Chromium."
    )
    return _table(["what", "ms a clip of 30 s", "times the FFT floor"], body) + f"\n{words}\n"


def robustness(root: Path) -> str:
    """What changed sound costs."""
    rows = _rows(root / "reports" / "gtzan" / "studies" / "robustness" / "table.csv")
    if not rows:
        return _missing("Robustness", "make robustness")
    head = list(rows[0])
    return _table(head, [[row[name] for name in head] for row in rows])


def _json(path: Path) -> dict:
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def growth(root: Path) -> str:
    """How time and memory of each stage grow."""
    told = _json(root / "reports" / "bench" / "scale" / "growth.json")
    if not told:
        return _missing("Growth", "make bench-scale")
    rows = []
    for name, stage in told["stages"].items():
        last = stage["runs"][-1]
        size = f"{last['size']:,} {stage['of']}"
        figures = [f"{last['cpu_s']:.1f} s", f"{stage['cpu_exponent']:.2f}"]
        rows.append([name, size, *figures, f"{last['peak_mib']:.0f} MiB", f"{stage['peak_exponent']:.2f}"])
    head = ["stage", "largest corpus", "processor time", "exponent", "peak memory", "exponent"]
    words = "Trainings shortened: " + "; ".join(
        f"{kind} " + ", ".join(f"{name} {value}" for name, value in given.items())
        for kind, given in told["settings"].items()
    )
    return _table(head, rows) + f"\n{words}. {told['processor']}, load {told['load_average']}.\n"


def two_workers(root: Path) -> str:
    """Extraction on two Dask workers against one."""
    told = _json(root / "reports" / "bench" / "scale" / "workers.json")
    if not told:
        return _missing("Two workers against one", "make bench-scale")
    best = {n: min(run["clock_s"] for run in told["runs"] if run["workers"] == n) for n in (1, 2)}
    same = "the bytes of both are those of this machine alone" if told["same_bytes"] else "the bytes DIFFER"
    return (
        f"Extraction of {told['clips']} clips of 30 s over loopback: one Dask worker {best[1]:.1f} s, "
        f"two {best[2]:.1f} s, {best[1] / best[2]:.2f} times as fast; {same}. "
        f"{told['processor']}, two cores.\n"
    )


def cluster_cost(root: Path) -> str:
    """Core hours for a million songs."""
    told = _json(root / "reports" / "bench" / "scale" / "cost.json")
    if not told:
        return _missing("The cost of a million songs", "make bench-scale")
    rows = []
    for name, rate in told["rates"].items():
        per, unit = (
            ("cpu_s_per_excerpt", "excerpt") if "cpu_s_per_excerpt" in rate else ("cpu_s_per_segment", "segment")
        )
        times = f", {rate['rounds']} rounds" if rate.get("rounds", 1) > 1 else ""
        hours = told["million_songs"][name]
        rows.append(
            [name, f"{1000 * rate[per]:.3g} ms a {unit}{times}", f"{hours['core_hours']:,}", f"{hours['price']:,}"]
        )
    head = ["stage", "measured rate", "core hours", f"at {told['price_per_core_hour']} a core hour"]
    words = (
        f"{told['songs']:,} songs of {told['song_s']:.0f} s, {told['excerpts']} excerpts each, "
        f"{told['copies']} copy of each training segment; features: "
        f"{told['million_songs']['features']['terabytes']} TB. "
        f"{told['processor']}. The price is an example; put in your own.\n"
    )
    return _table(head, rows) + "\n" + words


def no_music(root: Path) -> str:
    """What released models answer to sounds that are no music."""
    rows = _rows(root / "reports" / "released" / "no_music.csv")
    if not rows:
        return _missing("Sounds that are no music", "python -m studies no-music")
    head = ["model", "what it is asked", "how many", "sure of a genre", "called no music", "kind named rightly"]
    shares = ("sure_of_a_genre", "called_no_music", "named_rightly")
    body = [
        [f"`{row['model']}`", row["kind"], row["sounds"], *(_percent(row[name]) for name in shares)] for row in rows
    ]
    words = "Sounds made by a program, speech by espeak-ng in twelve languages; none was learned or chosen with."
    return _table(head, body) + f"\n{words}\n"


def own_genres(root: Path) -> str:
    """What learning one's own genres reaches on GTZAN, beside the pipeline's model."""
    found = sorted((root / "reports" / "released" / "own-genres").glob("*/metrics.json"))
    if not found:
        return _missing("Genres of one's own", "python -m studies own-genres --clips DIR")
    metrics = json.loads(found[-1].read_text("utf-8"))
    dealings = _rows(found[-1].parent / "dealings.csv")
    seconds = max(float(row["processor_s"]) for row in dealings)
    least, most = (f"{100 * one([float(row['accuracy']) for row in dealings]):.1f}" for one in (min, max))
    rows = [
        ["`musiclassify learn`", _percent(metrics["accuracy"]), _percent(metrics["macro_recall"]), metrics["clips"]],
        [f"`{found[-1].parent.name}`", _percent(metrics["base_accuracy_whole"]), "–", metrics["base_tracks_whole"]],
        ["the same, short clips too", _percent(metrics["base_accuracy"]), "–", metrics["base_tracks"]],
    ]
    return _table(["", "accuracy", "macro recall", "clips"], [[str(cell) for cell in row] for row in rows]) + (
        f"\nGTZAN's clips, held-out artists: the mean of {len(dealings)} dealings into folds ({least} to {most} %). "
        f"Learning and scoring took {seconds:.0f} s of a core after the clips were heard.\n"
    )


FIGURES: dict[str, Callable[[Path], str]] = {
    "models": models,
    "compared": compared,
    "recalls": recalls,
    "leak-price": leak_price,
    "demo": demo,
    "speed": speed,
    "robustness": robustness,
    "growth": growth,
    "two-workers": two_workers,
    "cluster-cost": cluster_cost,
    "no-music": no_music,
    "own-genres": own_genres,
    "moods": hearing.moods,
    "alike": hearing.alike,
    "duplicates": hearing.duplicates,
}


def fill(text: str, root: Path = ROOT, *, links: bool = True) -> str:
    """Fill every block of a document.

    Parameters
    ----------
    text : str
        Markdown.
    root : path
        The repository.
    links : bool
        Keep links, which start at the repository; without it only their text stays.

    Raises
    ------
    KeyError
        A block has a name that there is not.
    """

    def one(match: re.Match[str]) -> str:
        name = match[2]
        if name not in FIGURES:
            raise KeyError(f"figures: {name}: unknown; known are {', '.join(FIGURES)}")
        made = FIGURES[name](root)
        return match[1] + (made if links else LINK.sub(r"\1", made)) + match[4]

    return BLOCK.sub(one, text)


def documents(root: Path = ROOT) -> list[Path]:
    """The documents that may have blocks."""
    return [root / "README.md", *sorted((root / "docs").rglob("*.md"))]


def main(arguments: list[str] | None = None) -> int:
    """Fill all documents; with ``--check`` 1 if one is out of date."""
    parser = argparse.ArgumentParser(prog="python docs/figures.py", description=__doc__.split("\n\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a block is out of date")
    options = parser.parse_args(arguments)
    stale = []
    for path in documents():
        before = path.read_text("utf-8")
        after = fill(before, links=path.parent == ROOT)
        if after == before:
            continue
        stale.append(path.relative_to(ROOT).as_posix())
        if not options.check:
            path.write_text(after, "utf-8")
    if options.check and stale:
        print(f"out of date: {', '.join(stale)}; run python docs/figures.py", file=sys.stderr)
        return 1
    print(f"figures: {', '.join(stale) or 'all up to date'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
