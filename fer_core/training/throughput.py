"""How fast the trainer is: python -m fer_core.training.throughput --recipe mobilenetv2-96.

Prints one line of JSON. The pictures are random: they take as long to learn as any others.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from itertools import islice
from time import perf_counter
from typing import Any

from fer_core.errors import FerError

NORMALIZATIONS = ("fused", "plain")
_WARM_UP_STEPS = 2


def measure(recipe_name: str, *, normalization: str = "fused", steps: int = 20) -> dict[str, Any]:
    """Trains a recipe's network, from random weights, for some steps.

    Args:
        recipe_name: see `load_recipe`.
        normalization: "fused", as the trainer has it, or "plain", Keras' own layers.
        steps: how many steps are timed, after a warm-up.

    Returns:
        recipe, network, size, batch_size, precision, normalization, backend, steps, and
        images a second: train_images_per_s, whole steps with augmentation and input;
        input_images_per_s, the input pipeline alone; prepare_images_per_s, bringing faces to
        the network's size, and through a frozen backbone, which happens once a run.

    Raises:
        DataError: there is no such recipe.
    """
    import keras
    import numpy as np

    from fer_core.faces import SIDE, FaceSet
    from fer_core.training.batches import MixedBatches, feed
    from fer_core.training.config import load_recipe
    from fer_core.training.fast_norm import with_plain_normalization
    from fer_core.training.network import build_network, labels_for
    from fer_core.training.train import compile_model, targets_of, trainee

    recipe = load_recipe(recipe_name)
    labels = {head: labels_for(recipe, head) for head in recipe.heads}
    keras.utils.set_random_seed(recipe.seed)
    network = build_network(labels, recipe, init="none")
    if normalization == "plain":
        network = with_plain_normalization(network)
    model, inputs_of = trainee(network, recipe)
    compile_model(model, recipe, labels, steps)

    rng = np.random.default_rng(recipe.seed)
    count = recipe.batch_size * steps
    images = rng.integers(0, 256, (count, SIDE, SIDE), np.uint8)
    faces = FaceSet(images, rng.integers(0, 7, count), rng.random((count, 10), np.float32) * 9)
    started = perf_counter()
    inputs = inputs_of(images, recipe.size)
    prepared = perf_counter()
    targets = targets_of(faces, labels, recipe)
    batches = MixedBatches(inputs, targets, recipe)
    few = recipe.batch_size * _WARM_UP_STEPS
    warm_up = {head: values[:few] for head, values in targets.items()}
    model.fit(feed(MixedBatches(inputs[:few], warm_up, recipe)), shuffle=False, verbose=0)
    begun = perf_counter()
    for _ in islice(feed(batches), len(batches)):
        pass
    read = perf_counter()
    model.fit(feed(batches), shuffle=False, verbose=0)
    fitted = perf_counter()
    return {
        "recipe": recipe.name,
        "network": recipe.network,
        "size": recipe.size,
        "batch_size": recipe.batch_size,
        "precision": recipe.precision,
        "normalization": normalization,
        "backend": keras.backend.backend(),
        "steps": steps,
        "train_images_per_s": round(count / (fitted - read), 1),
        "input_images_per_s": round(count / (read - begun), 1),
        "prepare_images_per_s": round(count / (prepared - started), 1),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="fer_core.training.throughput", description=__doc__)
    parser.add_argument("--recipe", required=True, help="name or path of a recipe")
    parser.add_argument("--normalization", choices=NORMALIZATIONS, default="fused")
    parser.add_argument("--steps", type=int, default=20, help="timed training steps")
    options = parser.parse_args(arguments)
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    try:
        measured = measure(options.recipe, normalization=options.normalization, steps=options.steps)
    except FerError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(measured))
    return 0


if __name__ == "__main__":
    sys.exit(main())
