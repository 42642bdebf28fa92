"""The sections of the report's page, one function each: what the stages wrote, as HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from corpora import KINDS, tracks
from features import taggers
from musiclassify.audio.decode import decode
from musiclassify.audio.places import local
from pipeline import families, page, roster
from pipeline.files import read_json
from pipeline.layout import Layout
from pipeline.listen import allowed, ogg
from pipeline.plots.style import colours

if TYPE_CHECKING:
    from pipeline.params import Params

STUDIES = "studies"
STAGE_FOLDERS = {"prepare", "split", "augment", "extract", "train", "evaluate", "compare", STUDIES}
EXAMPLE_S = 6.0
HEARD_MISTAKES = 12
SHOWN_MISTAKES = 120
_TERMS = [
    ("accuracy", "of all test tracks, the share that is named rightly; common genres count for more"),
    ("macro recall", "the share of each genre's tracks that is named rightly, averaged: every genre counts the same"),
    (
        "calibration error (ECE)",
        "how far the confidence is from the truth on average: at 0.05, answers given with 80 % are right 75 to 85 "
        "times in 100",
    ),
    (
        "temperature",
        "one number, fitted on validation tracks, that makes the model less (above 1) or more sure",
    ),
    ("coverage", "the share of tracks that get an answer when those it is least sure of are called uncertain"),
    ("95 % interval", "where the true figure lies, most likely, given so few tracks"),
]
_TABLE_ROWS = 60


class Sound:
    """Players for tracks of the corpus, where their sound may go into the page."""

    def __init__(self, params: Params, layout: Layout, every: pd.DataFrame) -> None:
        self.on = allowed(params.report.audio, params.corpus.kind)
        self.where = layout.clips(params.corpus.path)
        self.every = every.set_index("track_id")
        self.rate = params.features.sample_rate

    def player(self, track_id: str) -> str:
        """A player with a few seconds from the track's middle, or nothing."""
        if not self.on:
            return ""
        row = self.every.loc[track_id]
        start = max(0.0, (row["duration_s"] - EXAMPLE_S) / 2)
        with local(self.where / row["path"]) as file:
            y = decode(file, sample_rate=self.rate, start_s=start, duration_s=EXAMPLE_S)
        return page.player(ogg(y, self.rate), f"{track_id}, {EXAMPLE_S:g} s")


def summary(compared: dict, layout: Layout) -> page.Section:
    """What was chosen, and how good it is."""
    chosen = compared["chosen"]
    metrics = read_json(layout.report("evaluate", chosen) / "metrics.json")
    track = metrics["track"]
    facts = [
        ("model", roster.label(chosen), f"chosen by {compared['chosen_by'].replace('_', ' ')}"),
        ("accuracy", page.percent(track["accuracy"]), _between(track, "accuracy")),
        ("macro recall", page.percent(track["macro_recall"]), _between(track, "macro_recall")),
        ("calibration error", f"{track['ece']:.3f}", f"{track['ece_before']:.3f} before the temperature"),
    ]
    certain = track["accuracy_when_certain"]
    words = (
        f"<p>Scored on {metrics['tracks']} tracks ({page.text(metrics['split'])}) that took no part in learning, in "
        f"stopping, in calibration or in the choice of the model. A track's answer is the mean over its segments and "
        f"excerpts. It calls {page.percent(track['uncertain_share'])} of them uncertain"
        + (f" and is right for {page.percent(certain)} of the others.</p>" if certain is not None else ".</p>")
    )
    return page.Section("result", "The result", page.facts(facts) + words + page.terms(_TERMS))


def _between(track: dict, name: str) -> str:
    return f"95 % interval {page.percent(track[f'{name}_low'])} to {page.percent(track[f'{name}_high'])}"


def corpus(layout: Layout, every: pd.DataFrame, sound: Sound) -> page.Section:
    """What was learned from, and what was left out."""
    facts = read_json(layout.report("prepare") / "metrics.json")
    sides = read_json(layout.report("split") / "metrics.json")
    told = pd.read_csv(layout.report("prepare") / "excluded.csv", keep_default_na=False)
    body = (
        f"<p>{facts['usable']} of {facts['found']} clips can be used: {facts['hours']:.1f} hours, "
        f"{len(facts['genres'])} genres, {facts['groups']} groups (artists).</p>"
    )
    body += page.pictures([layout.report("prepare") / "tracks.svg", layout.report("split") / "sides.svg"])
    if sides["notices"]:
        body += "<ul>" + "".join(f"<li>{page.text(n)}.</li>" for n in sides["notices"]) + "</ul>"
    if len(told):
        body += page.details(
            f"What was excluded or remarked, and why ({len(told)})", page.table(told[["path", "status", "reason"]])
        )
    body += page.details("Durations", page.pictures([layout.report("prepare") / "durations.svg"]))
    if sound.on:
        usable = tracks.usable(every)
        tints = colours(sorted(usable["genre"].unique()))
        players = [
            (genre, tints[genre], sound.player(rows["track_id"].iloc[len(rows) // 2]))
            for genre, rows in usable.groupby("genre")
        ]
        body += "<h3>What it sounds like</h3>" + page.gallery(players)
    body += page.details(
        "A clip of each genre: waveform, mel spectrogram, MFCC",
        page.pictures([layout.report("augment") / "genres.jpg"]),
    )
    return page.Section("corpus", "The corpus", body)


def comparison(layout: Layout, compared: dict) -> page.Section:
    """All models in one table and one picture."""
    where = layout.report("compare")
    rows = pd.read_csv(where / "table.csv")
    shown = pd.DataFrame(
        {
            "model": [
                roster.label(m) + (" (chosen)" if c else "") for m, c in zip(rows["model"], rows["chosen"], strict=True)
            ],
            "accuracy": [_spread(r, "accuracy") for r in rows.to_dict("records")],
            "macro recall": [_spread(r, "macro_recall") for r in rows.to_dict("records")],
            "macro F1": rows["macro_f1"].map("{:.3f}".format),
            "ECE": rows["ece"].map("{:.3f}".format),
            "one segment": rows["segment_accuracy"].map(page.percent),
            "validation": rows[next(c for c in rows if c.startswith("validation_"))].map(page.percent),
            "training": rows["train_s"].map("{:.0f} s".format),
            "answer for 30 s": rows["answer_ms"].map("{:.0f} ms".format),
            "size": rows["size_mib"].map("{:.1f} MiB".format),
        }
    )
    pairs = pd.read_csv(where / "pairs.csv")
    tests = pd.DataFrame(
        {
            "": [f"{roster.label(a)} – {roster.label(b)}" for a, b in zip(pairs["a"], pairs["b"], strict=True)],
            "difference in accuracy": [
                f"{100 * r['accuracy_difference']:+.1f} points ({100 * r['low']:+.1f} to {100 * r['high']:+.1f})"
                for r in pairs.to_dict("records")
            ],
            "only one of them right": [
                f"{a} / {b}" for a, b in zip(pairs["only_a_right"], pairs["only_b_right"], strict=True)
            ],
            "McNemar p": pairs["mcnemar_p"].map("{:.3f}".format),
        }
    )
    body = f"<p>{page.text(compared['title'])}; {compared['tracks']} tracks, {compared['genres_tested']} genres. "
    body += "The dashed line is what guessing gives; each model has a shape of its own.</p>"
    body += _beside(rows["model"])
    body += page.pictures([where / "models.svg", where / "recall.svg"]) + page.table(shown)
    body += "<p class='note'>In brackets: 95 % bootstrap intervals over tracks. The blend's weights are learned from "
    body += "the validation side, so its validation score flatters it a little.</p>"
    body += page.details("Are the differences real? Paired tests on the same tracks", page.table(tests))
    return page.Section("models", "The models compared", body)


def _beside(names: pd.Series) -> str:
    """What the families beside the models of params.yaml are; nothing where there are none."""
    found = [family for family in families.FAMILIES if family in {families.parted(name)[1] for name in names}]
    if not found:
        return ""
    body = "<p>Models with a word behind their name learned from the same segments, with settings of their own:</p><ul>"
    for family in found:
        one = families.FAMILIES[family]
        heard = " ".join(tagger.card.replace("**", "") for tagger in taggers.named(one.tagger))
        body += f"<li>{page.text(one.words)}: {page.text(heard or 'from these tracks alone.')}</li>"
    return body + "</ul>"


def _spread(row: dict, name: str) -> str:
    return f"{100 * row[name]:.1f} % ({100 * row[f'{name}_low']:.1f} to {100 * row[f'{name}_high']:.1f})"


def each(layout: Layout, compared: dict) -> page.Section:
    """Each model by itself: confusion, calibration, curves."""
    body = ""
    kinds = sorted(compared["models"], key=lambda kind: kind != compared["chosen"])
    for kind in kinds:
        where, trained = layout.report("evaluate", kind), layout.report("train", kind)
        learned = read_json(trained / "metrics.json")
        curves = [where / "curves.svg"] if len(pd.read_csv(trained / "history.csv")) > 1 else []
        charts = [where / f"{name}.svg" for name in ("confusion", "reliability", "coverage")]
        inside = page.pictures([*charts, *curves])
        inside += (
            "<p class='note'>Calibration: a mark on the diagonal says that answers of this confidence are right as "
        )
        inside += "often as they claim. Coverage: the fewer tracks are answered, the more of the answers are right.</p>"
        inside += (
            f"<p>Temperature {learned['temperature']:.2f}, “uncertain” below a confidence of "
            f"{learned['uncertain_below']:.2f}: both fitted on {learned['tracks']} validation tracks.</p>"
        )
        body += page.details(roster.label(kind), inside, opened=kind == compared["chosen"])
    return page.Section("each", "Confusion, calibration, curves", body)


def mistakes(layout: Layout, kind: str, sound: Sound) -> page.Section | None:
    """The surest wrong answers, to be heard; None where all are right."""
    answers = pd.read_csv(layout.report("evaluate", kind) / "predictions.csv", keep_default_na=False)
    wrong = answers[answers["genre"] != answers["predicted"]].sort_values(
        ["confidence", "track_id"], ascending=[False, True]
    )
    if wrong.empty:
        return page.Section("mistakes", "The most confident mistakes", "<p>There is none: every track is right.</p>")
    rows = []
    shown = wrong.head(SHOWN_MISTAKES)
    for place, row in enumerate(shown.to_dict("records")):
        cells = {
            "track": page.text(row["track_id"]),
            "is": page.swatch(row["genre"]),
            "taken for": page.swatch(row["predicted"]),
            "confidence": page.percent(float(row["confidence"])),
        }
        if sound.on:
            cells["listen"] = sound.player(row["track_id"]) if place < HEARD_MISTAKES else ""
        rows.append(cells)
    body = f"<p>{roster.label(kind)} has {len(wrong)} of {len(answers)} tracks wrong; those it was surest of come first"
    body += (f", the first {HEARD_MISTAKES} with their sound" if sound.on else "") + ".</p>"
    body += page.filtered(pd.DataFrame(rows), list(shown["genre"]), name="is", legend="Show those that really are")
    return page.Section("mistakes", "The most confident mistakes", body)


def augmentation(layout: Layout) -> page.Section:
    """What was done to the copies."""
    where = layout.report("augment")
    facts = read_json(where / "metrics.json")
    body = (
        f"<p>{sum(facts['originals'].values())} segments; {facts['copies']} augmented copies, of training segments "
        "only.</p>"
    )
    listed = pd.read_csv(where / "examples" / "index.csv", keep_default_na=False)
    players = [
        (row["example"], "", page.player((where / "examples" / row["sound"]).read_bytes(), row["example"]))
        for row in listed.to_dict("records")
        if row["sound"]
    ]
    if players:
        body += page.gallery(players)
    if (where / "strengths.svg").exists():
        body += page.pictures([where / "strengths.svg"])
    body += page.details("One segment before and after each transform", page.pictures([where / "examples.jpg"]))
    return page.Section("augmentation", "The augmentation", body)


def extras(layout: Layout) -> list[page.Section]:
    """Sections for what was measured beside the stages."""
    found = []
    beside = [where for where in sorted(layout.reports.iterdir()) if where.name not in STAGE_FOLDERS]
    beside += sorted(layout.report(STUDIES).glob("*"))
    for where in beside:
        if not where.is_dir() or where.name.startswith("."):
            continue
        head = read_json(where / "section.json") if (where / "section.json").exists() else {}
        files = sorted(where.rglob("*"))
        body = f"<p>{page.text(head['text'])}</p>" if head.get("text") else ""
        body += page.pictures([p for p in files if p.suffix in (".svg", ".png", ".jpg")])
        for path in (p for p in files if p.suffix == ".csv" and p.read_text(encoding="utf-8").strip()):
            rows = pd.read_csv(path, keep_default_na=False)
            if len(rows) <= _TABLE_ROWS:
                body += page.details(path.stem, page.table(rows), opened=len(rows) <= 15)
        if body:
            found.append(page.Section(where.name, head.get("title", where.name.replace("-", " ").capitalize()), body))
    return found


def again(params: Params, layout: Layout) -> page.Section:
    """How to make it all again: the parameters and the commands."""
    values = (layout.root / "params.yaml").read_text(encoding="utf-8")
    command = KINDS.get(params.corpus.kind).MADE_BY
    lines = [line for line in values.splitlines() if not line.startswith("  path:")]
    body = f"<p>This page is made by <code>{command}</code> with these parameters; <code>make report</code> makes it "
    body += "anew and opens it.</p>" + page.details("params.yaml", f"<pre>{page.text(chr(10).join(lines))}</pre>")
    return page.Section("again", "Make it again", body)
