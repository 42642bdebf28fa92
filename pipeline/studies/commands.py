"""The studies on the command line: their names, options, and how an option becomes an argument."""

from __future__ import annotations

import argparse
import importlib
from typing import Any

#: Command -> module, and what the help says of it.
STUDIES = {
    "leak-price": ("leak_price", "the same models under splits that leak and splits that do not"),
    "ablation": ("ablation", "what each part of the recipe gives, scored on the validation side"),
    "robustness": ("robustness", "accuracy of the trained models on changed sound"),
    "importance": ("importance", "what the trained models listen to"),
}


def _list(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _time(made: argparse.ArgumentParser, whose: str = "") -> None:
    made.add_argument("--epochs", type=int, help=f"epochs of the CNN{whose} (default: cnn.epochs)")
    made.add_argument("--samples-per-epoch", type=int, help="segments of an epoch (default: cnn.samples_per_epoch)")
    made.add_argument("--rounds", type=int, help=f"most rounds of XGBoost{whose} (default: xgb.rounds)")


def register(commands: Any) -> None:
    """Add each study to the subcommands of ``python -m pipeline``."""
    formatter = argparse.RawDescriptionHelpFormatter
    made = {
        name: commands.add_parser(name, help=words, formatter_class=formatter) for name, (_, words) in STUDIES.items()
    }

    leak = made["leak-price"]
    leak.add_argument(
        "--kinds",
        type=_list,
        default=["cnn", "svm", "xgb", "original"],
        help="of cnn, svm, xgb, original, comma between them (default: all; the original's network "
        "takes by far the longest; original:1 gives it one split whatever --repeats says)",
    )
    leak.add_argument(
        "--protocols",
        type=_list,
        default=["segment", "track", "artist", "fault_filtered"],
        help="of segment, track, artist, fault_filtered (default: all that the corpus can have)",
    )
    leak.add_argument("--repeats", type=int, default=1, help="splits drawn for each protocol, pooled (default: 1)")
    leak.add_argument("--copies", type=int, default=0, help="augmented copies of a training segment (default: 0)")
    leak.add_argument("--clips", type=int, default=0, help="at most so many tracks a genre (default: 0, all)")
    _time(leak)

    part = made["ablation"]
    part.add_argument("--kinds", type=_list, default=["svm"], help="of cnn, svm, xgb, original (default: svm)")
    part.add_argument(
        "--only",
        type=_list,
        default=[],
        help="words of the variants that are wanted, such as pitch,copies,view (default: all)",
    )
    part.add_argument("--seeds", type=int, default=3, help="networks of the CNN's row “several seeds” (default: 3)")
    part.add_argument("--clips", type=int, default=0, help="at most so many tracks a genre (default: 0, all)")
    _time(part)

    changed = made["robustness"]
    changed.add_argument(
        "--kinds",
        type=_list,
        default=["cnn", "svm", "xgb", "blend"],
        help="trained models to score (default: cnn,svm,xgb,blend)",
    )
    changed.add_argument(
        "--without",
        type=_list,
        default=["svm", "xgb"],
        help="kinds that also learn anew without augmentation (default: svm,xgb)",
    )
    changed.add_argument("--side", choices=("valid", "test"), default="valid", help="whose tracks (default: valid)")
    changed.add_argument("--limit", type=int, default=0, help="at most so many tracks a genre (default: 0, all)")
    _time(changed, " without augmentation")

    why = made["importance"]
    why.add_argument("--kinds", type=_list, default=["xgb", "svm", "cnn"], help="trained models (default: xgb,svm,cnn)")
    why.add_argument("--repeats", type=int, default=20, help="shuffles of each family (default: 20)")
    why.add_argument("--clips", type=int, default=6, help="occlusion maps of the CNN (default: 6)")


def run(options: argparse.Namespace, values: dict, layout: Any) -> None:
    """Carry out the study that the command line names."""
    from pipeline import params as parameters

    study = importlib.import_module(f"pipeline.studies.{STUDIES[options.command][0]}")
    given = {name: value for name, value in vars(options).items() if name != "command"}
    study.run(parameters.select(values, study.READS), layout, **given)
    print(f"{options.command}: {layout.report('studies', options.command)}")
