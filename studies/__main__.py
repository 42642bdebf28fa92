"""``python -m studies <study>``: what is measured beside the pipeline, and how the released models are made."""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

import models
from pipeline.running import running

#: Studies of the corpus that params.yaml names: command -> module, and what the help says of it.
STUDIES = {
    "crossvalidate": ("crossvalidate", "train and score on every fold of a grouped cross-validation"),
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


def parser() -> argparse.ArgumentParser:
    """The command line."""
    formatter = argparse.RawDescriptionHelpFormatter
    main = argparse.ArgumentParser(prog="python -m studies", description=__doc__, formatter_class=formatter)
    commands = main.add_subparsers(dest="command", required=True, metavar="STUDY")
    made = {
        name: commands.add_parser(name, help=words, formatter_class=formatter) for name, (_, words) in STUDIES.items()
    }

    _crossvalidate(made["crossvalidate"])
    _leak_price(made["leak-price"])
    _ablation(made["ablation"])
    _robustness(made["robustness"])
    _importance(made["importance"])
    _released(commands)
    return main


def _crossvalidate(made: argparse.ArgumentParser) -> None:
    """Options of ``crossvalidate``."""
    made.add_argument("--folds", type=int, default=5, help="number of folds (default: 5)")
    made.add_argument("--kinds", type=_list, default=list(models.names()), help="kinds of model (default: all)")


def _leak_price(made: argparse.ArgumentParser) -> None:
    """Options of ``leak-price``."""
    made.add_argument(
        "--kinds",
        type=_list,
        default=["cnn", "svm", "xgb", "original"],
        help="of cnn, svm, xgb, original, comma between them (default: all; the original's network "
        "takes by far the longest; original:1@artist gives it one split whatever --repeats says, and one protocol)",
    )
    made.add_argument(
        "--protocols",
        type=_list,
        default=["segment", "track", "artist", "fault_filtered"],
        help="of segment, track, artist, fault_filtered (default: all that the corpus can have)",
    )
    made.add_argument("--repeats", type=int, default=1, help="splits drawn for each protocol, pooled (default: 1)")
    made.add_argument("--copies", type=int, default=0, help="augmented copies of a training segment (default: 0)")
    made.add_argument("--clips", type=int, default=0, help="at most so many tracks a genre (default: 0, all)")
    _time(made)


def _ablation(made: argparse.ArgumentParser) -> None:
    """Options of ``ablation``."""
    made.add_argument("--kinds", type=_list, default=["svm"], help="of cnn, svm, xgb, original (default: svm)")
    made.add_argument(
        "--only",
        type=_list,
        default=[],
        help="words of the variants that are wanted, such as pitch,copies,view (default: all)",
    )
    made.add_argument("--seeds", type=int, default=3, help="networks of the CNN's row “several seeds” (default: 3)")
    made.add_argument("--clips", type=int, default=0, help="at most so many tracks a genre (default: 0, all)")
    _time(made)


def _robustness(made: argparse.ArgumentParser) -> None:
    """Options of ``robustness``."""
    made.add_argument(
        "--kinds",
        type=_list,
        default=["cnn", "svm", "xgb", "blend"],
        help="trained models to score (default: cnn,svm,xgb,blend)",
    )
    made.add_argument(
        "--without",
        type=_list,
        default=["svm", "xgb"],
        help="kinds that also learn anew without augmentation (default: svm,xgb)",
    )
    made.add_argument("--side", choices=("valid", "test"), default="valid", help="whose tracks (default: valid)")
    made.add_argument("--limit", type=int, default=0, help="at most so many tracks a genre (default: 0, all)")
    _time(made, " without augmentation")


def _importance(made: argparse.ArgumentParser) -> None:
    """Options of ``importance``."""
    made.add_argument(
        "--kinds", type=_list, default=["xgb", "svm", "cnn"], help="trained models (default: xgb,svm,cnn)"
    )
    made.add_argument("--repeats", type=int, default=20, help="shuffles of each family (default: 20)")
    made.add_argument("--clips", type=int, default=6, help="occlusion maps of the CNN (default: 6)")


def _of_clips(commands: argparse._SubParsersAction, name: str, words: str) -> argparse.ArgumentParser:
    made = commands.add_parser(name, help=words)
    made.add_argument("--clips", action="append", type=Path, required=True, help="a GTZAN folder; several may be given")
    return made


def _released(commands: argparse._SubParsersAction) -> None:
    """What makes and scores the models of ``models/released/``."""
    made = _of_clips(commands, "release-models", "score and make the models of models/released/")
    made.add_argument("--out", type=Path, default=Path("models/released"), help="where the released models go")
    made.add_argument("--score-only", action="store_true", help="cross-validate and report, release nothing")

    made = commands.add_parser("export-again", help="a released model's graphs by today's code, with the same weights")
    made.add_argument("name", help="the former version, a folder in --out")
    made.add_argument("--trained", required=True, help="NAME=FOLDER of the trained model, or of each member of a blend")
    made.add_argument("--version", required=True, help="of the new one")
    made.add_argument("--out", type=Path, default=Path("models/released"), help="folder of released models")

    made = _of_clips(commands, "fault-filtered", "score the complete genres by the fault-filtered lists")
    made.add_argument("--models", type=_list, default=[], help="of the released models' settings (default: all)")

    made = _of_clips(commands, "hearing", "what released models hear beside the genre, and what that is worth")
    made.add_argument("--model", help="a released model that hears tags (default: the one in models/default)")
    made.add_argument("--ship", action="store_true", help="let answers name tags from the levels found here on")

    made = _of_clips(commands, "effort", "what hearing less of a song costs, by held-out answers")

    made = _of_clips(commands, "seeds", "the same released models learned from several seeds: mean and spread")
    made.add_argument("--models", type=_list, default=["cnn", "cnn-scratch"], help="of the released models' settings")
    made.add_argument("--seeds", type=int, default=3, help="how many (default: 3)")
    made.add_argument("--folds", type=int, default=0, help="so many of the folds, the first (default: 0, all)")

    made = commands.add_parser(
        "changed-sound", help="what changed sound costs the released models, by held-out answers"
    )
    made.add_argument("--clips", action="append", type=Path, required=True, help="a GTZAN folder; several may be given")
    made.add_argument("--blends", type=_list, default=[], help="of the released models' settings (default: the first)")

    made = commands.add_parser("no-music", help="what released models answer to made sounds that are no music")
    made.add_argument("--models", type=_list, default=[], help="released models (default: the default one)")
    made.add_argument("--songs", type=Path, help="a folder of music that must not be called no music")
    made.add_argument("--seed", type=int, default=2000, help="of the sounds; releases are made with another (2000)")
    made = _of_clips(commands, "own-genres", "what `musiclassify learn` reaches on GTZAN's clips")
    made.add_argument("--model", help="the released model that hears (default: the one in models/default)")

    made = commands.add_parser(
        "convert-tagger", help="make the networks of features/taggers/ anew from their authors' weights"
    )
    made.add_argument("wheel", type=Path, help="musicnn-0.1.0-py3-none-any.whl (pip download --no-deps musicnn==0.1.0)")
    made.add_argument("--out", type=Path, default=Path("features/taggers"), help="folder for them")


def _run_on_corpus(options: argparse.Namespace) -> None:
    """Carry out one of `STUDIES`."""
    from pipeline import params as parameters
    from pipeline.layout import Layout
    from studies.training import Training

    values = parameters.load()
    layout = Layout(values["corpus"]["name"])
    study = importlib.import_module(f"studies.{STUDIES[options.command][0]}")
    given = {name: value for name, value in vars(options).items() if name != "command"}
    if "epochs" in given:
        given["training"] = Training(**{name: given.pop(name) for name in ("epochs", "samples_per_epoch", "rounds")})
    study.run(parameters.select(values, study.READS), layout, **given)
    print(f"{options.command}: {layout.report('studies', study.NAME)}")


def _run(options: argparse.Namespace) -> None:
    """Carry out the study that the command line names."""
    if options.command == "fault-filtered":
        from studies import fault_filtered

        print(fault_filtered.run(options.clips, tuple(options.models)).to_string(index=False))
    elif options.command == "hearing":
        from studies import hearing

        for table in hearing.run(options.clips, options.model, ship=options.ship).values():
            print(table.to_string(index=False))
    elif options.command == "effort":
        from studies import effort

        print(effort.run(options.clips).to_string(index=False))
    elif options.command == "seeds":
        from studies import seeds

        print(seeds.run(options.clips, tuple(options.models), options.seeds, options.folds).to_string(index=False))
    elif options.command == "export-again":
        from studies import export_again

        trained = export_again.members(options.trained)
        print(export_again.run(options.name, trained, options.version, options.out))
    elif options.command == "changed-sound":
        from studies import changed_sound

        print(changed_sound.run(options.clips, tuple(options.blends)).to_string(index=False))
    elif options.command == "own-genres":
        from studies import own_genres

        print(own_genres.run(options.clips, options.model).to_string(index=False))
    elif options.command == "release-models":
        from studies import release_models

        release_models.run(options.clips, options.out, score_only=options.score_only)
    elif options.command == "no-music":
        from studies import heard_sounds

        found = heard_sounds.run(tuple(options.models), folder=options.songs, seed=options.seed)
        print(found.to_string(index=False))
    elif options.command == "convert-tagger":
        from studies import convert_tagger

        print("wrote", *convert_tagger.run(options.wheel, options.out))
    else:
        _run_on_corpus(options)


def main(arguments: list[str] | None = None) -> int:
    """Run one study; 0 when all went well, 1 when it could not be done, 2 when it was called wrongly."""
    options = parser().parse_args(arguments)
    return running(options.command, lambda: _run(options))


if __name__ == "__main__":
    sys.exit(main())
