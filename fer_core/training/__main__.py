"""The trainer's command line: python -m fer_core.training train|evaluate|export."""

import argparse
import os
import shlex
import sys
from pathlib import Path

from fer_core.errors import FerError


def main(arguments: list[str] | None = None) -> int:
    """Runs one command.

    Returns:
        0 when it succeeded, 1 when it failed with a sentence on stderr. Wrong usage exits 2.
    """
    options = _parser().parse_args(arguments)
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    command = _command_of(arguments or sys.argv[1:])
    try:
        if options.command == "train":
            _train(options, command)
        elif options.command == "evaluate":
            _evaluate(options)
        else:
            _export(options)
    except FerError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. What the run had saved so far is in its folder.", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fer_core.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    train = commands.add_parser("train", help="train a network")
    train.add_argument("--recipe", default="mobilenetv2-96", help="name or path of a recipe")
    train.add_argument("--out", type=Path, required=True, help="new folder of the run")
    train.add_argument(
        "--init", default="imagenet", help="imagenet (downloads), the path of weights, or none"
    )
    train.add_argument("--epochs", type=int, help="instead of the recipe's")
    train.add_argument("--seed", type=int, help="instead of the recipe's")

    evaluate = commands.add_parser("evaluate", help="measure an exported model")
    evaluate.add_argument("--model", type=Path, required=True, help="its folder")
    evaluate.add_argument(
        "--split", default="PrivateTest", choices=("Training", "PublicTest", "PrivateTest")
    )

    export = commands.add_parser("export", help="make the app's model folder of a run")
    export.add_argument("--run", type=Path, required=True, help="the trained run's folder")
    export.add_argument("--out", type=Path, required=True, help="the model folder to write")

    for each in (train, evaluate, export):
        each.add_argument("--data", type=Path, required=True, help="CSV file or folder of faces")
        each.add_argument("--votes", type=Path, help="FER+ votes (fer2013new.csv)")
    return parser


def _command_of(arguments: list[str]) -> str:
    """The command for config.json; paths lose their folders, which mean nothing elsewhere."""
    plain = [Path(each).name if os.sep in each else each for each in arguments]
    return shlex.join(["python", "-m", "fer_core.training", *plain])


def _train(options: argparse.Namespace, command: str) -> None:
    from fer_core.training.config import load_recipe
    from fer_core.training.data import load_faces
    from fer_core.training.train import train

    recipe = load_recipe(options.recipe, epochs=options.epochs, seed=options.seed)
    faces = load_faces(options.data, votes=options.votes, seed=recipe.seed)
    facts = {"command": command, "data": options.data.name, "backend": os.environ["KERAS_BACKEND"]}
    best = train(recipe, faces, init=options.init, out=options.out, facts=facts)
    print(f"Best weights: {best}")


def _evaluate(options: argparse.Namespace) -> None:
    from fer_core.training.data import load_faces
    from fer_core.training.evaluate import evaluate

    faces = load_faces(options.data, votes=options.votes)
    metrics = evaluate(options.model, faces[options.split], split=options.split)
    for key in ("accuracy", "accuracy_flip", "macro_f1", "ece"):
        print(f"{options.split} {key}: {metrics[key]:.4f}")


def _export(options: argparse.Namespace) -> None:
    from fer_core.training.data import load_faces
    from fer_core.training.export import export

    faces = load_faces(options.data, votes=options.votes)
    export(options.run, options.out, faces["PublicTest"])
    print(f"Model folder: {options.out}")


if __name__ == "__main__":
    sys.exit(main())
