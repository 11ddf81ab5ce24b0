"""The trainer's command line: python -m fer_core.training <command> --help."""

import argparse
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_core.errors import DataError, FerError
from fer_core.faces import SPLITS

if TYPE_CHECKING:
    from fer_core.training.config import Recipe
    from fer_core.training.data import FaceSet


def main(arguments: list[str] | None = None) -> int:
    """Runs one command.

    Returns:
        0 when it succeeded, 1 when it failed with a sentence on stderr. Wrong usage exits 2.
    """
    options = _parser().parse_args(arguments)
    options.line = _line_of(arguments or sys.argv[1:])
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        options.run_command(options)
    except FerError as error:
        print(error, file=sys.stderr)
        return 1
    except ImportError as error:
        print(
            f"Expected the package {error.name or error}, which this command needs with "
            f"KERAS_BACKEND={os.environ['KERAS_BACKEND']}. It is not installed. Install it, or "
            "choose another backend.",
            file=sys.stderr,
        )
        return 1
    except OSError as error:
        print(
            f"Expected files and folders that can be read and written. Received: {error}. "
            "Check the paths, who may write there and how much room is left.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print(
            "Stopped. The same command takes a training up after its last epoch.", file=sys.stderr
        )
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fer_core.training", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(name: str, run: Any, help: str, *, data: bool = True) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help)
        added.set_defaults(run_command=run)
        if data:
            added.add_argument("--data", type=Path, required=True, help="CSV or folder of faces")
            added.add_argument("--votes", type=Path, help="FER+ votes (fer2013new.csv)")
        return added

    train = command("train", _train, "train a network")
    distill = command("distill", _distill, "train a network with its teachers")
    for each in (train, distill):
        each.add_argument("--recipe", default="mobilenetv2-96", help="name or path of a recipe")
        each.add_argument("--out", type=Path, required=True, help="folder of the run")
        each.add_argument("--epochs", type=int, help="instead of the recipe's")
        each.add_argument("--seed", type=int, help="instead of the recipe's")

    export = command("export", _export, "make the app's model folder of a run")
    export.add_argument("--run", type=Path, required=True, help="the trained run's folder")
    export.add_argument("--out", type=Path, required=True, help="the model folder to write")
    export.add_argument("--format", default="f16", help='f32, f16, "int8 weights" or int8')
    export.add_argument(
        "--no-keras", action="store_true", help="leave out the Keras file, for heat maps"
    )

    evaluate = command("evaluate", _evaluate, "measure a model or a training run")
    measured = evaluate.add_mutually_exclusive_group(required=True)
    measured.add_argument("--model", type=Path, help="an exported model's folder")
    measured.add_argument("--run", type=Path, help="a training run's folder")
    evaluate.add_argument(
        "--out",
        type=Path,
        help="another folder for the reports, such as those on other faces; without it, those "
        "beside the model or the run are written anew",
    )
    joint = (*SPLITS, "PublicTest+PrivateTest")
    evaluate.add_argument("--split", default="PrivateTest", choices=joint)

    robustness = command("robustness", _robustness, "measure a model on damaged pictures")
    crops = command("crops", _crops, "measure which crop of a detected face suits a model")
    formats = command("formats", _formats, "measure a model in every file format")
    for each in (robustness, crops, formats):
        each.add_argument("--model", type=Path, required=True, help="its folder")
    for each, split in ((robustness, "PrivateTest"), (crops, "PublicTest")):
        each.add_argument("--split", default=split, choices=SPLITS)

    audit = command("audit", _audit, "look for near-duplicates across the splits")
    ablation = command("ablation", _ablation, "change one lever at a time")
    ablation.add_argument("--recipe", required=True, help="the recipe that tells what was kept")
    ablation.add_argument("--runs", type=Path, required=True, help="folder for the short runs")
    seeds = command("seeds", _seeds, "collect evaluations of one recipe's seeds", data=False)
    seeds.add_argument("--models", type=Path, nargs="+", required=True, help="evaluated folders")
    seeds.add_argument("--again", type=Path, help="the same with a start of its own, evaluated")
    for each in (audit, ablation, seeds):
        each.add_argument("--out", type=Path, required=True, help="the JSON file to write")
    for each in (train, distill, ablation):
        each.add_argument(
            "--init",
            default="imagenet",
            help="imagenet (downloads), the path of weights, a run to go on from, or none",
        )
    for each in (distill, ablation):
        each.add_argument("--teachers", type=Path, help="folder of the teachers' runs")

    clips = command("clips", _clips, "read clips frame by frame and sum each up", data=False)
    clips.add_argument("clips", type=Path, nargs="+", metavar="CLIP")
    clips.add_argument("--model", type=Path, required=True, help="its folder")
    clips.add_argument("--detector", default="blazeface", help="the paper takes haar")
    clips.add_argument("--out", type=Path, required=True, help="the .csv or .json file to write")
    return parser


def _line_of(arguments: list[str]) -> str:
    """The command for config.json; paths lose their folders, which mean nothing elsewhere."""
    plain = []
    for each in arguments:
        named = each.startswith("--") and "=" in each
        option, equals, value = each.partition("=") if named else ("", "", each)
        plain.append(option + equals + (Path(value).name if os.sep in value else value))
    return shlex.join(["python", "-m", "fer_core.training", *plain])


def _faces(options: argparse.Namespace, recipe: "Recipe | None" = None) -> Mapping[str, "FaceSet"]:
    """The data set, as a recipe wants it where there is one."""
    from fer_core.training.data import load_faces, load_for

    if recipe is None:
        return load_faces(options.data, votes=options.votes)
    return load_for(recipe, options.data, votes=options.votes)


def _faces_of_model(options: argparse.Namespace, split: str) -> tuple[Mapping[str, "FaceSet"], str]:
    """The data set as the recipe of the model wants it, and what to call a split of it."""
    from fer_core.training.config import recipe_of_run
    from fer_core.training.splits import split_title

    recipe = recipe_of_run(options.model)
    return _faces(options, recipe), split_title(recipe, split)


def _facts(options: argparse.Namespace) -> dict[str, str]:
    backend = os.environ["KERAS_BACKEND"]
    return {"command": options.line, "data": options.data.name, "backend": backend}


def _train(options: argparse.Namespace) -> None:
    from fer_core.training.config import load_recipe
    from fer_core.training.train import train

    recipe = load_recipe(options.recipe, epochs=options.epochs, seed=options.seed)
    faces, facts = _faces(options, recipe), _facts(options)
    print(f"Best weights: {train(recipe, faces, init=options.init, out=options.out, facts=facts)}")


def _distill(options: argparse.Namespace) -> None:
    from fer_core.training.config import load_recipe
    from fer_core.training.distill import distill

    recipe = load_recipe(options.recipe, epochs=options.epochs, seed=options.seed)
    best = distill(
        recipe,
        _faces(options, recipe),
        init=options.init,
        out=options.out,
        teachers=options.teachers or options.out.parent / "teachers",
        facts=_facts(options),
    )
    print(f"Best weights: {best}")


def _export(options: argparse.Namespace) -> None:
    from fer_core.training.config import recipe_of_run
    from fer_core.training.export import export

    faces = _faces(options, recipe_of_run(options.run))
    export(
        options.run,
        options.out,
        faces["PublicTest"],
        keep_keras=not options.no_keras,
        number_format=options.format,
        training=faces["Training"],
    )
    print(f"Model folder: {options.out}")


def _evaluate(options: argparse.Namespace) -> None:
    from fer_core.training.config import recipe_of_run
    from fer_core.training.evaluate import evaluate, evaluate_run
    from fer_core.training.splits import with_joint_split

    recipe = recipe_of_run(options.model or options.run)
    faces = with_joint_split(_faces(options, recipe), options.split)
    if options.model:
        metrics = evaluate(options.model, faces, out=options.out, split=options.split)
    else:
        metrics = evaluate_run(options.run, options.out or options.run, faces, split=options.split)
    for key in ("accuracy", "accuracy_flip", "macro_f1", "ece"):
        print(f"{options.split} {key}: {metrics[key]:.4f}")


def _robustness(options: argparse.Namespace) -> None:
    from fer_core.bundle import load_card
    from fer_core.training.robustness import robustness

    head = load_card(options.model).default_head
    faces, split = _faces_of_model(options, options.split)
    robustness(options.model, faces[options.split], split=split, head=head)


def _crops(options: argparse.Namespace) -> None:
    from fer_core.training.crops import crop_choice

    faces, split = _faces_of_model(options, options.split)
    report = crop_choice(options.model, faces[options.split], split=split)
    for row in report["rows"]:
        print(*(f"{key} {value}" for key, value in row.items()))


def _formats(options: argparse.Namespace) -> None:
    from fer_core.training.formats import formats

    faces, split = _faces_of_model(options, "PrivateTest")
    report = formats(options.model, faces, split=split)
    print(report["reason"])


def _audit(options: argparse.Namespace) -> None:
    from fer_core.training.audit import audit

    report = audit(_faces(options), options.out)
    print(f"Near-duplicates in PrivateTest: {report['duplicates_in_private_test']}")


def _ablation(options: argparse.Namespace) -> None:
    from fer_core.training.ablation import ablate
    from fer_core.training.config import load_recipe

    ablate(
        _faces(options),
        shipped=load_recipe(options.recipe),
        init=options.init,
        teachers=options.teachers or options.runs / "teachers",
        runs=options.runs,
        out=options.out,
        facts=_facts(options),
    )


def _seeds(options: argparse.Namespace) -> None:
    from fer_core.training.seeds import spread_of_seeds

    study = spread_of_seeds(options.models, options.out, again=options.again)
    for key, mean in study["mean"].items():
        print(f"{key}: {mean:.4f} ± {study['std'][key]:.4f}")


def _clips(options: argparse.Namespace) -> None:
    from fer_core.classification import load_classifier
    from fer_core.training.clips import SAMPLE_FPS, clip_table, write_clips

    if options.out.is_dir():  # said before the reading, which may take hours
        raise DataError(
            f"Expected --out to be a file to write. Received the folder {options.out}. "
            "Add a name that ends in .csv or .json."
        )
    options.out.parent.mkdir(parents=True, exist_ok=True)
    rows = clip_table(options.clips, load_classifier(options.model), detector=options.detector)
    facts = {
        "command": options.line,
        "model": options.model.name,
        "detector": options.detector,
        "sample_fps": SAMPLE_FPS,
    }
    write_clips(rows, options.out, facts=facts)
    for row in rows:
        found = f"{row.dominant} in {row.dominant_share:.0%} of its frames with a face"
        print(f"{row.file}: {row.message or (found if row.dominant else 'no face')}")


if __name__ == "__main__":
    sys.exit(main())
