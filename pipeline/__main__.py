"""``python -m pipeline <stage>``: what dvc.yaml calls, and the tools that a person calls by hand."""

from __future__ import annotations

import argparse
import importlib
import sys

import corpora
from pipeline import families, roster
from pipeline.running import running

STAGES = ("compose", "prepare", "split", "augment", "extract", "compare", "report", "release")
KIND_STAGES = ("train", "evaluate")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    main = argparse.ArgumentParser(
        prog="python -m pipeline", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    commands = main.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for stage in STAGES:
        made = commands.add_parser(stage, help=f"the stage {stage} of dvc.yaml")
        if stage == "release":
            made.add_argument("--publish", action="store_true", help="copy the released models to models/released/")
    for stage in KIND_STAGES:
        made = commands.add_parser(stage, help=f"the stage {stage} of dvc.yaml for one model: svm, svm-clean, ...")
        made.add_argument("kind", choices=roster.every(families.FAMILIES), metavar="KIND")

    made = commands.add_parser("configure", help="point params.yaml at another corpus")
    made.add_argument("--corpus", required=True, choices=corpora.KINDS.names(), help="how the clips are found")
    made.add_argument("--path", default="", help="the corpus folder (demo has its own)")
    made.add_argument("--name", default="", help="name for folders and titles (default: the kind)")

    made = commands.add_parser("check", help="check params.yaml, and sweep what a killed run left of DVC's")

    made = commands.add_parser("where", help="print the folder of a thing")
    made.add_argument("what", choices=("data", "models", "report"))

    made = commands.add_parser("predict", help="answer for MFCC matrices in the JSON form")
    made.add_argument("file", help="a JSON file with mapping, mfcc and labels")
    made.add_argument("--model", default="cnn", help="cnn, a released model's name or its folder")

    made = commands.add_parser("quick-test", help="answer for some test segments drawn at random")
    made.add_argument("--n", type=int, default=10, help="number of segments")
    made.add_argument("--kind", choices=roster.every(families.FAMILIES), metavar="KIND", default="cnn")
    made.add_argument("--seed", type=int, default=None, help="of the draw (default: base.seed)")

    made = commands.add_parser("plot-history", help="draw loss and accuracy of a history.csv")
    made.add_argument("file", help="history.csv of a training report")
    made.add_argument("picture", help="where the picture goes (.svg or .png)")

    made = commands.add_parser("plot-confusion", help="draw a confusion matrix of actual,predicted rows")
    made.add_argument("file", help="confusion.csv of an evaluation report")
    made.add_argument("picture", help="where the picture goes (.svg or .png)")

    features = commands.add_parser("features", help="features to and from the JSON form")
    kinds = features.add_subparsers(dest="direction", required=True, metavar="DIRECTION")
    made = kinds.add_parser("export", help="write the MFCC matrices of one side as JSON")
    made.add_argument("side", choices=("train", "valid", "test"))
    made.add_argument("file")
    made = kinds.add_parser("import", help="check a JSON file and write it as .npz (mfcc, labels, mapping)")
    made.add_argument("file")
    made.add_argument("arrays", help="where the .npz goes")

    made = commands.add_parser("build-model", help="build an untrained CNN and print its layers")
    made.add_argument("--architecture", choices=("two_view", "original"), default="two_view")
    made.add_argument("--frames", type=int, default=216)
    made.add_argument("--coefficients", type=int, default=40)
    made.add_argument("--genres", type=int, default=10)

    made = commands.add_parser("most-common", help="the most common winner of a list of answers, as votes decide it")
    made.add_argument("answers", nargs="+")
    return main


def _run(options: argparse.Namespace) -> None:
    """Do what the command line says."""
    from pipeline import params as parameters
    from pipeline.cluster import computing
    from pipeline.layout import Layout

    if options.command == "configure":
        from pipeline.configure import configure

        changed = configure(options.corpus, path=options.path, name=options.name)
        print("\n".join(changed) or "params.yaml says so already")
        if changed and options.corpus != "demo":
            print("to return to the embedded corpus: python -m pipeline configure --corpus demo")
        return
    if options.command not in (*STAGES, *KIND_STAGES, "check", "where", "quick-test") and not (
        options.command == "features" and options.direction == "export"
    ):
        from pipeline import tools

        tools.run(options)
        return
    values = parameters.load()
    layout = Layout(values["corpus"]["name"], storage=values["compute"]["storage"])
    if options.command == "check":
        from pipeline.mend import mend

        print("params.yaml is well formed")
        if mended := mend():
            print(mended)
    elif options.command == "where":
        print({"data": layout.data, "models": layout.trained, "report": layout.reports}[options.what])
    elif options.command in STAGES:
        stage = importlib.import_module(f"pipeline.{options.command}")
        with computing(parameters.build("compute", values["compute"]), options.command):
            stage.run(parameters.select(values, stage.READS), layout)
        if options.command == "release" and options.publish:
            stage.publish(layout)
    elif options.command in KIND_STAGES:
        stage = importlib.import_module(f"pipeline.{options.command}")
        reads = stage.READS(options.kind) if callable(stage.READS) else stage.READS
        with computing(parameters.build("compute", values["compute"]), options.command):
            stage.run(parameters.select(values, reads), layout, options.kind)
    else:
        from pipeline import tools

        tools.run(options, values=values, layout=layout)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when all went well, 1 when it could not be done, 2 when it was called wrongly."""
    options = parser().parse_args(arguments)
    return running(options.command, lambda: _run(options))


if __name__ == "__main__":
    sys.exit(main())
