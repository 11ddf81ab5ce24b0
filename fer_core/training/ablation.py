"""The ablation study: one lever of the recipe changed at a time in the same short training."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fer_core.errors import DataError
from fer_core.fer2013 import truth_of
from fer_core.metrics import metrics_of
from fer_core.training.answers import run_reader
from fer_core.training.config import Recipe, load_recipe, recipe_of
from fer_core.training.data import FaceSet
from fer_core.training.distill import distill

PLAN = Path(__file__).parent / "ablation.toml"


def ablate(
    faces: Mapping[str, FaceSet],
    *,
    shipped: Recipe,
    init: str,
    teachers: Path,
    runs: Path,
    out: Path,
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """Trains the base of `PLAN` and each of its changes, and reads PublicTest with all.

    Rows that `out` holds already are kept, finished runs used and a stopped one goes on, so that
    a study can be stopped and taken up again.

    Args:
        faces: split → faces.
        shipped: the recipe that tells which changes were kept.
        init, teachers, facts: see `distill`.
        runs: where the runs are kept while they are made.
        out: the JSON file to write, in a new folder or an old one: split, protocol and a row a
            run with lever, change, run, epochs, size, accuracy, macro_f1, those of ferplus, and
            whether it was kept.

    Returns:
        What the file holds.
    """
    out.parent.mkdir(parents=True, exist_ok=True)  # before the trainings, which take hours
    plan = tomllib.loads(PLAN.read_text(encoding="utf-8"))
    settings = dict(plan["base"])
    base = load_recipe(settings.pop("recipe"), **settings)
    study: dict[str, Any] = {"split": "PublicTest", "protocol": plan["protocol"], "rows": []}
    done = {(row["lever"], row["change"]): row for row in _read(out).get("rows", ())}
    changes = [{"lever": "", "change": "the base of the comparison"}, *plan["change"]]
    for number, each in enumerate(changes):
        change = dict(each)
        row = {"lever": change.pop("lever"), "change": change.pop("change")}
        name = f"ablation-{number:02}"
        start = change.pop("init", init)
        recipe = recipe_of({**asdict(base), **change, "name": name})
        row = done.get((row["lever"], row["change"])) or row | _trained(
            recipe, faces, init=start, teachers=teachers, run=runs / name, facts=facts
        )
        if number:
            row["kept"] = start == init and all(
                _nearer(getattr(shipped, key), new, getattr(base, key))
                for key, new in change.items()
            )
        study["rows"].append(row)
        out.write_text(json.dumps(study, indent=2) + "\n", encoding="utf-8")
        print(f"{name} ({row['change']}): PublicTest accuracy {row['accuracy']:.4f}", flush=True)
    return study


def _nearer(shipped: Any, changed: Any, base: Any) -> bool:
    """Whether a setting of the shipped recipe follows the change: 30 epochs do, of 8 and 16."""
    if isinstance(shipped, int | float):
        return bool(abs(shipped - changed) < abs(shipped - base))
    return list(shipped) == list(changed)


def _trained(
    recipe: Recipe,
    faces: Mapping[str, FaceSet],
    *,
    init: str,
    teachers: Path,
    run: Path,
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    distill(recipe, faces, init=init, out=run, teachers=teachers, facts=facts)
    figures = _figures(run, faces["PublicTest"])
    return {"run": recipe.name, "epochs": recipe.epochs, "size": recipe.size, **figures}


def _figures(run: Path, faces: FaceSet) -> dict[str, float]:
    read, labels = run_reader(run)
    answers = read(faces.images)
    figures = {}
    for head, names in labels.items():
        truth = truth_of(faces, head, names)
        rows = truth >= 0
        measured = metrics_of(answers[head][rows], truth[rows], names)
        prefix = "" if head == "fer2013" else f"{head}_"
        for key in ("accuracy", "macro_f1"):
            figures[f"{prefix}{key}"] = measured[key]
    return figures


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        study: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return study
    except ValueError as error:
        raise DataError(
            f"Expected the study in {path} to be whole. It cannot be read ({error}). "
            "Delete it and start the study again."
        ) from error
