"""Distillation (Hinton et al. 2015): a small network learns what an ensemble answers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.training.answers import run_reader
from fer_core.training.config import Recipe, load_recipe
from fer_core.training.data import FaceSet
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
    runs = [teachers / name for name in recipe.teachers]
    for run in runs:
        print(f"Teacher {run.name}", flush=True)
        train(load_recipe(run.name), faces, init=init, out=run, facts=facts)
    soft = soft_targets(runs, faces["Training"].images, recipe.teacher_temperature)
    start = str(runs[0]) if recipe.start_from_teacher else init
    return train(recipe, faces, init=start, out=out, facts=facts, soft=soft)


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
