"""Distillation (Hinton et al. 2015): a small network learns what an ensemble answers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.errors import DataError
from fer_core.training.answers import run_reader
from fer_core.training.config import Recipe, load_recipe
from fer_core.training.data import FaceSet
from fer_core.training.network import labels_for
from fer_core.training.run_folder import require_room
from fer_core.training.train import train


def distill(
    recipe: Recipe,
    faces: Mapping[str, FaceSet],
    *,
    init: str,
    out: Path,
    teachers: Path,
    facts: Mapping[str, Any],
) -> Path:
    """Trains the recipe's teachers, averages their answers and trains the recipe with them.

    Args:
        recipe, faces, init, out, facts: see `train`. The recipe names its teachers.
        teachers: where the teachers' runs are kept, a folder each; see `train` for those that
            are there already.

    Returns:
        The path of the student's best weights.

    Raises:
        DataError: see `train`.
    """
    require_room(out)  # before the teachers' hours
    recipes = [load_recipe(name) for name in recipe.teachers]
    for teacher in recipes:
        _check_labels(recipe, teacher)
    runs = [teachers / teacher.name for teacher in recipes]
    for run, teacher in zip(runs, recipes, strict=True):
        print(f"Teacher {run.name}", flush=True)
        train(teacher, faces, init=init, out=run, facts=facts)
    soft = soft_targets(runs, faces["Training"].images, recipe.teacher_temperature)
    start = str(runs[0]) if recipe.start_from_teacher else init
    return train(recipe, faces, init=start, out=out, facts=facts, soft=soft)


def _check_labels(recipe: Recipe, teacher: Recipe) -> None:
    """Raises DataError: the teacher has not learnt the labels that the recipe learns."""
    for head in recipe.heads:
        if head not in teacher.heads or labels_for(recipe, head) != labels_for(teacher, head):
            raise DataError(
                f"Expected teachers with the labels of {recipe.name}. Received {teacher.name}, "
                f"which has others, or none, for {head}. Choose another teacher or other heads."
            )


def soft_targets(
    runs: list[Path], images: NDArray[np.uint8], temperature: float
) -> dict[str, NDArray[np.float32]]:
    """What the networks of some runs answer, averaged over them and over mirror images.

    Args:
        runs: finished training runs with the same heads.
        images: (N, 48, 48) uint8.
        temperature: divisor of the logits before the softmax.

    Returns:
        head → (N, K) float32, rows sum to 1.
    """
    total: dict[str, NDArray[np.float32]] = {}
    for run in runs:
        read, _ = run_reader(run, temperature=temperature)
        for view in (images, images[:, :, ::-1]):
            for head, each in read(view).items():
                share = each.astype(np.float32) / np.float32(2 * len(runs))
                total[head] = total[head] + share if head in total else share
    return total
