"""One training run: whole-network fine-tuning with averaged weights, chosen on PublicTest."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from fer_core.errors import DataError
from fer_core.training.backbones import PRETRAINED
from fer_core.training.batches import Batches, MixedBatches, feed, prepare_split
from fer_core.training.config import WEIGHTS_FILE, Recipe, paper_of
from fer_core.training.data import LABELS, FaceSet, vote_shares
from fer_core.training.network import (
    build_network,
    freeze_backbone,
    graph_augmentation,
    labels_for,
    load_weights,
    split_network,
    with_augmentation,
)
from fer_core.training.run_folder import (
    Recorder,
    backup,
    begin,
    finish,
    require_finished,
    require_room,
)
from fer_core.writing import held

__all__ = [
    "compile_model",
    "cross_entropy",
    "labels_of",
    "plain_targets",
    "targets_of",
    "train",
    "trainee",
]

FEATURES_AT_ONCE = 64
OPTIMIZERS = {
    "adamw": keras.optimizers.AdamW,
    "adam": keras.optimizers.Adam,
    "sgd": partial(keras.optimizers.SGD, momentum=0.9),
}
# Faces as a data set has them, and a side in pixels → what the trained model takes.
Inputs = Callable[[NDArray[np.uint8], int], NDArray[Any]]


def train(
    recipe: Recipe,
    faces: Mapping[str, FaceSet],
    *,
    init: str,
    out: Path,
    facts: Mapping[str, Any],
    soft: Mapping[str, NDArray[np.float32]] | None = None,
) -> Path:
    """Trains a network and leaves config.json, history.csv and its best weights in `out`.

    A run that was stopped goes on after its last whole epoch when it is asked for again; one
    that is finished is left as it is.

    A frozen backbone that always sees the same pictures is asked once for its features, and
    what follows it is trained on these. config.json gets training_s, the seconds that it all
    took, at the end.

    Args:
        recipe: the settings.
        faces: split → faces; Training is learnt, PublicTest chooses the epoch.
        init: see `build_backbone`; or the folder of a run with the same network, to go on from.
        out: a folder that does not exist yet, is empty, or holds the same run.
        facts: what else config.json should say, such as the command and the data's path.
        soft: head → (N, K) what teachers answer for the training faces, where there are any.

    Returns:
        The path of the best weights.

    Raises:
        DataError: the folder holds another run, the data lacks what a head needs, or the run
            to go on from was stopped.
        FerError: another command is training in the folder.
    """
    require_room(out)
    if recipe.teachers and soft is None:
        raise DataError(
            f"Expected the answers of its teachers for the recipe {recipe.name}. Received none. "
            "Give the command distill in place of train: it trains them first."
        )
    started_s = time.perf_counter()
    training, chooser = faces["Training"], faces["PublicTest"]
    recipe = _as_the_data_allow(recipe, training)
    labels = labels_of(recipe, training, chooser)
    keras.utils.set_random_seed(recipe.seed)
    goes_on = init not in ("imagenet", "none") and Path(init).is_dir()
    if goes_on:
        require_finished(Path(init))
    network = build_network(labels, recipe, init="none" if goes_on else init)
    if goes_on:
        load_weights(network, Path(init) / WEIGHTS_FILE)
    model, inputs = trainee(network, recipe)
    steps = -(-len(training) // recipe.batch_size)
    compile_model(model, recipe, labels, steps)

    config = _config(recipe, faces, facts) | {"heads": list(labels)}
    config["parameters"] = network.count_params()
    config["init"] = Path(init).name if goes_on or recipe.network in PRETRAINED else "none"
    with held(out):
        if begin(out, config):
            return out / WEIGHTS_FILE
        targets = targets_of(training, labels, recipe, soft=soft)
        validation = feed(
            Batches(inputs(chooser.images, recipe.size), plain_targets(chooser, labels), recipe)
        )
        recorder = Recorder(network, out, head=next(iter(labels)))
        before_s = recorder.seconds
        for size, start, end in _stages(recipe, recorder.epochs):
            model.make_train_function(force=True)  # a graph of its own for each size is faster
            model.fit(
                feed(MixedBatches(inputs(training.images, size), targets, recipe, epoch=start)),
                validation_data=validation,
                initial_epoch=start,
                epochs=end,
                callbacks=[backup(out, start), *_averaging(recipe), recorder],
                shuffle=False,  # the batches shuffle themselves
                verbose=0,
            )
        training_s = before_s + time.perf_counter() - started_s
        finish(out, config | {"training_s": round(training_s, 1)})
    return out / WEIGHTS_FILE


def _stages(recipe: Recipe, done: int) -> list[tuple[int, int, int]]:
    """(input side, first epoch, last epoch) of what is left; the last epoch is always large."""
    switch = min(recipe.small_epochs, recipe.epochs - 1)
    stages = ((recipe.small_size, 0, switch), (recipe.size, switch, recipe.epochs))
    return [(size, max(start, done), end) for size, start, end in stages if end > done]


def _averaging(recipe: Recipe) -> list[keras.callbacks.Callback]:
    """Swaps the averaged weights in for PublicTest and at an epoch's end, after the backup."""
    return [keras.callbacks.SwapEMAWeights(swap_on_epoch=True)] if recipe.ema_momentum else []


def compile_model(
    model: keras.Model, recipe: Recipe, labels: Mapping[str, tuple[str, ...]], steps: int
) -> None:
    """Gives `model` the recipe's optimizer for epochs of so many steps, loss and metrics."""
    model.compile(
        optimizer=_optimizer(recipe, steps),
        loss=dict.fromkeys(labels, cross_entropy),
        metrics={head: [Accuracy(name="accuracy")] for head in labels},
    )


def _as_the_data_allow(recipe: Recipe, training: FaceSet) -> Recipe:
    """A run on small grey faces is one, whatever sharpness and colour its recipe hoped for.

    The app then prepares its faces like those that were learnt.
    """
    if recipe.grayscale or training.images.ndim == 4:
        return recipe
    side = training.images.shape[1]
    said = f"{recipe.paper['reduced']} " if "reduced" in recipe.paper else ""
    reduced = f"{said}Another data set: grey faces of {side} px instead of colour pictures."
    paper = {**recipe.paper, "reduced": reduced} if recipe.paper else {}
    return replace(recipe, grayscale=True, source_size=side, paper=paper)


def trainee(network: keras.Model, recipe: Recipe) -> tuple[keras.Model, Inputs]:
    """What is fitted of a network, and what makes its inputs.

    Returns:
        A model that shares `network`'s weights; and faces (N, side, side), side of the input →
        what the model is fed with: pictures, or the features of a frozen backbone.
    """

    def pictures(images: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
        return prepare_split(images, replace(recipe.input_spec, size=size))

    if not recipe.frozen:
        return with_augmentation(network, recipe), pictures
    freeze_backbone(network)
    if graph_augmentation(recipe) or recipe.mixup_alpha or recipe.cutmix_alpha:
        return with_augmentation(network, recipe), pictures
    extractor, rest = split_network(network)

    def features(images: NDArray[np.uint8], size: int) -> NDArray[np.float32]:
        parts = []
        for start in range(0, len(images), FEATURES_AT_ONCE):
            batch = pictures(images[start : start + FEATURES_AT_ONCE], size).astype(np.float32)
            colors = np.repeat(batch, 3, axis=-1) if recipe.grayscale else batch
            parts.append(np.asarray(extractor.predict_on_batch(colors), np.float32))
        return np.concatenate(parts)

    return rest, features


def _config(
    recipe: Recipe, faces: Mapping[str, FaceSet], facts: Mapping[str, Any]
) -> dict[str, Any]:
    config = {**asdict(recipe), "images": {split: len(each) for split, each in faces.items()}}
    paper = paper_of(recipe)
    if paper is None:
        del config["paper"]
    else:
        config["paper"] = paper
    return config | dict(facts)


def labels_of(recipe: Recipe, *splits: FaceSet) -> dict[str, tuple[str, ...]]:
    """The heads that a recipe can train with all of these splits, each with its labels.

    Raises:
        DataError: no head is left without FER+ votes.
    """
    voted = all(each.votes is not None for each in splits)
    heads = [head for head in recipe.heads if head != "ferplus" or voted]
    if not heads:
        raise DataError(
            "Expected FER+ votes for the head ferplus, in training and validation. The data has "
            "none, or not in both. Give the path of fer2013new.csv after --votes."
        )
    return {head: labels_for(recipe, head) for head in heads}


class Accuracy(keras.metrics.CategoricalAccuracy):  # type: ignore[misc]
    """The share of faces whose label is found; those without a label do not count."""

    def update_state(self, targets: Any, logits: Any, sample_weight: Any = None) -> Any:
        labelled = ops.cast(ops.sum(targets, axis=-1) > 0, logits.dtype)
        return super().update_state(targets, logits, sample_weight=labelled)


def cross_entropy(targets: Any, logits: Any) -> Any:
    """Cross entropy whose targets need not sum to 1: a row's sum is its weight."""
    return -ops.sum(targets * ops.log_softmax(logits, axis=-1), axis=-1)


def _optimizer(recipe: Recipe, steps: int) -> keras.optimizers.Optimizer:
    warmup = round(recipe.warmup_epochs * steps)
    cosine = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0 if warmup else recipe.learning_rate,
        warmup_target=recipe.learning_rate if warmup else None,
        warmup_steps=warmup,
        decay_steps=max(recipe.epochs * steps - warmup, 1),
    )
    optimizer = OPTIMIZERS[recipe.optimizer](
        recipe.learning_rate if recipe.schedule == "constant" else cosine,
        weight_decay=recipe.weight_decay,
        use_ema=recipe.ema_momentum > 0,
        ema_momentum=recipe.ema_momentum or 0.99,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def plain_targets(
    faces: FaceSet, labels: Mapping[str, tuple[str, ...]]
) -> dict[str, NDArray[np.float32]]:
    """What people say of each face.

    Returns:
        head → (N, K) float32; rows sum to 1, or to 0 where raters saw no expression.
    """
    targets = {}
    for head, names in labels.items():
        if head == "ferplus":
            assert faces.votes is not None
            targets[head] = vote_shares(faces.votes)
        else:
            columns = [LABELS[head].index(name) for name in names]
            targets[head] = np.eye(len(LABELS[head]), dtype=np.float32)[faces.labels][:, columns]
    return targets


def targets_of(
    faces: FaceSet,
    labels: Mapping[str, tuple[str, ...]],
    recipe: Recipe,
    *,
    soft: Mapping[str, NDArray[np.float32]] | None = None,
) -> dict[str, NDArray[np.float32]]:
    """What each head should learn: smoothed labels, the teachers' answers, class weights.

    Returns:
        head → (N, K) float32; a row's sum is the face's weight.
    """
    plain = plain_targets(faces, labels)
    targets = dict(plain)
    if "fer2013" in plain:
        smoothing = recipe.label_smoothing
        spread = smoothing / len(labels["fer2013"])
        targets["fer2013"] = plain["fer2013"] * (1 - smoothing) + spread
    share = recipe.teacher_share
    for head, answers in (soft or {}).items():
        if head in targets:
            targets[head] = (1 - share) * targets[head] + share * answers
    if "fer2013" in plain:
        truth = plain["fer2013"].argmax(axis=1)
        weights = _class_weights(truth, len(labels["fer2013"]), recipe.class_balance)
        targets["fer2013"] = targets["fer2013"] * weights[truth, None]
    return targets


def _class_weights(labels: NDArray[np.int64], classes: int, strength: float) -> NDArray[np.float32]:
    """(mean class size / class size) ** strength, scaled so that the mean face weighs 1."""
    sizes = np.maximum(np.bincount(labels, minlength=classes), 1)
    weights = (sizes.mean() / sizes) ** strength
    return np.asarray(weights / weights[labels].mean(), np.float32)
