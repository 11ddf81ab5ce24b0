"""One training run: whole-network fine-tuning with averaged weights, chosen on PublicTest."""

import csv
import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from fer_core.bundle import InputSpec
from fer_core.errors import DataError
from fer_core.preprocessing import prepare
from fer_core.training.config import Recipe
from fer_core.training.data import LABELS, FaceSet, vote_shares
from fer_core.training.network import build_network, with_augmentation

WEIGHTS_FILE = "best.weights.h5"
HISTORY_COLUMNS = (
    *("epoch", "loss", "val_loss", "accuracy", "val_accuracy"),
    *("ferplus_accuracy", "val_ferplus_accuracy", "learning_rate", "seconds"),
)


def train(
    recipe: Recipe,
    faces: Mapping[str, FaceSet],
    *,
    init: str,
    out: Path,
    facts: Mapping[str, Any],
) -> Path:
    """Trains a network and leaves config.json, history.csv and its best weights in `out`.

    Args:
        recipe: the settings.
        faces: split → faces; Training is learnt, PublicTest chooses the epoch.
        init: see `build_network`.
        out: a folder that does not exist yet, or is empty.
        facts: what else config.json should say, such as the command and the data's path.

    Returns:
        The path of the best weights.

    Raises:
        DataError: the folder holds an earlier run, or the data lacks what a head needs.
    """
    if out.exists() and any(out.iterdir()):
        raise DataError(
            f"Expected an empty or new folder for the run. {out} holds files already. "
            "Choose another one after --out, or delete it."
        )
    labels = labels_of(recipe, faces["Training"])
    keras.utils.set_random_seed(recipe.seed)
    network = build_network(labels, dropout=recipe.dropout, init=init)
    model = with_augmentation(network, recipe)
    steps = -(-len(faces["Training"]) // recipe.batch_size)
    model.compile(
        optimizer=_optimizer(recipe, steps),
        loss=dict.fromkeys(labels, cross_entropy),
        metrics={head: ["accuracy"] for head in labels},
    )

    out.mkdir(parents=True, exist_ok=True)
    counts = {split: len(each) for split, each in faces.items()}
    config = {**asdict(recipe), "heads": list(labels), "init": Path(init).name}
    config |= {"images": counts, **facts}
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")

    callbacks: list[keras.callbacks.Callback] = []
    if recipe.ema_momentum:
        callbacks.append(keras.callbacks.SwapEMAWeights(swap_on_epoch=True))
    recorder = Recorder(network, out, head=next(iter(labels)))
    callbacks.append(recorder)
    validation = Batches(faces["PublicTest"], labels, recipe, size=recipe.size, training=False)
    start = 0
    for size, end in ((recipe.small_size, recipe.small_epochs), (recipe.size, recipe.epochs)):
        if end <= start:
            continue
        model.make_train_function(force=True)  # a graph of its own for each size is faster
        model.fit(
            Batches(faces["Training"], labels, recipe, size=size, training=True),
            validation_data=validation,
            initial_epoch=start,
            epochs=end,
            callbacks=callbacks,
            verbose=0,
        )
        start = end
    return out / WEIGHTS_FILE


def labels_of(recipe: Recipe, training: FaceSet) -> dict[str, tuple[str, ...]]:
    """The heads that a recipe and its data can train, each with its labels.

    Raises:
        DataError: a head is unknown, or no head is left without FER+ votes.
    """
    unknown = set(recipe.heads) - set(LABELS)
    if unknown:
        raise DataError(f"Expected heads out of {list(LABELS)}. Received {sorted(unknown)}.")
    heads = [h for h in recipe.heads if h != "ferplus" or training.votes is not None]
    if not heads:
        raise DataError(
            "Expected FER+ votes for the head ferplus. The data has none. "
            "Give the path of fer2013new.csv after --votes."
        )
    return {head: LABELS[head] for head in heads}


def cross_entropy(targets: Any, logits: Any) -> Any:
    """Cross entropy whose targets need not sum to 1: a row's sum is its weight."""
    return -ops.sum(targets * ops.log_softmax(logits, axis=-1), axis=-1)


def _optimizer(recipe: Recipe, steps: int) -> keras.optimizers.Optimizer:
    warmup = round(recipe.warmup_epochs * steps)
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0 if warmup else recipe.learning_rate,
        warmup_target=recipe.learning_rate if warmup else None,
        warmup_steps=warmup,
        decay_steps=max(recipe.epochs * steps - warmup, 1),
    )
    optimizer = keras.optimizers.AdamW(
        schedule,
        weight_decay=recipe.weight_decay,
        use_ema=recipe.ema_momentum > 0,
        ema_momentum=recipe.ema_momentum or 0.99,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def targets_of(
    faces: FaceSet, labels: Mapping[str, tuple[str, ...]], recipe: Recipe, *, training: bool
) -> dict[str, NDArray[np.float32]]:
    """What each head should answer; smoothing and class weights only while training.

    Returns:
        head → (N, K) float32; a row's sum is the face's weight, 0 where it has no label.
    """
    targets = {}
    for head, names in labels.items():
        if head == "ferplus":
            assert faces.votes is not None
            targets[head] = vote_shares(faces.votes)
            continue
        onehot = np.eye(len(names), dtype=np.float32)[faces.labels]
        if training:
            onehot = onehot * (1 - recipe.label_smoothing) + recipe.label_smoothing / len(names)
            onehot *= _class_weights(faces.labels, len(names), recipe.class_balance)[
                faces.labels, None
            ]
        targets[head] = onehot
    return targets


def _class_weights(
    labels: NDArray[np.int64], classes: int, strength: float
) -> NDArray[np.float32]:
    """(mean class size / class size) ** strength, scaled so that the mean face weighs 1."""
    sizes = np.maximum(np.bincount(labels, minlength=classes), 1)
    weights = (sizes.mean() / sizes) ** strength
    return np.asarray(weights / weights[labels].mean(), np.float32)


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Grey batches of a split with their targets: (B, S, S, 1) uint8, {head: (B, K)}.

    Args:
        faces: the split.
        labels: head → labels.
        recipe: batch size, mixup, class weights.
        size: S, side of the pictures in pixels.
        training: shuffled anew each epoch and mixed up, or plain and in order.
    """

    def __init__(
        self,
        faces: FaceSet,
        labels: Mapping[str, tuple[str, ...]],
        recipe: Recipe,
        *,
        size: int,
        training: bool,
    ) -> None:
        super().__init__(workers=1)
        self.images = faces.images
        self.targets = targets_of(faces, labels, recipe, training=training)
        self.spec = InputSpec(size=size, source_size=recipe.source_size)
        self.batch_size = recipe.batch_size
        self.mixup_alpha = recipe.mixup_alpha if training else 0.0
        self.training = training
        self.rng = np.random.default_rng(recipe.seed)
        self.order = np.arange(len(faces))
        self.on_epoch_end()

    def __len__(self) -> int:
        return -(-len(self.order) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[NDArray[Any], dict[str, NDArray[np.float32]]]:
        rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        grey = prepare(list(self.images[rows]), self.spec)[..., :1]
        targets = {head: values[rows] for head, values in self.targets.items()}
        if not self.mixup_alpha:
            return grey, targets
        share = self.rng.beta(self.mixup_alpha, self.mixup_alpha, (len(rows), 1)).astype(np.float32)
        share = np.maximum(share, 1 - share)  # the first of the pair stays the larger part
        other = self.rng.permutation(len(rows))
        mixed = share[..., None, None] * grey + (1 - share[..., None, None]) * grey[other]
        return mixed.astype(np.uint8), {
            head: share * values + (1 - share) * values[other] for head, values in targets.items()
        }

    def on_epoch_end(self) -> None:
        if self.training:
            self.order = self.rng.permutation(self.order)


class Recorder(keras.callbacks.Callback):  # type: ignore[misc]
    """Streams history.csv and keeps the weights with the best accuracy on PublicTest.

    Args:
        network: the network whose weights are kept.
        out: the run's folder.
        head: whose accuracy decides.
    """

    def __init__(self, network: keras.Model, out: Path, *, head: str) -> None:
        super().__init__()
        self.network, self.out, self.head = network, out, head
        self.best = -1.0
        self.started_s = 0.0
        with (out / "history.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow(HISTORY_COLUMNS)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.started_s = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        logs = dict(logs or {})
        row: dict[str, Any] = {
            "epoch": epoch + 1,
            "loss": logs["loss"],
            "val_loss": logs["val_loss"],
            "accuracy": _accuracy(logs, self.head),
            "val_accuracy": _accuracy(logs, self.head, "val_"),
            "learning_rate": float(self.model.optimizer.learning_rate),
            "seconds": time.perf_counter() - self.started_s,
        }
        for name in ("ferplus_accuracy", "val_ferplus_accuracy"):
            row[name] = logs.get(name, "")
        with (self.out / "history.csv").open("a", newline="", encoding="utf-8") as file:
            csv.DictWriter(file, HISTORY_COLUMNS).writerow(
                {k: round(v, 6) if isinstance(v, float) else v for k, v in row.items()}
            )
        print(
            f"epoch {epoch + 1}: loss {row['loss']:.4f}, PublicTest accuracy "
            f"{row['val_accuracy']:.4f}, {row['seconds']:.0f} s",
            flush=True,
        )
        if row["val_accuracy"] > self.best:
            self.best = row["val_accuracy"]
            self.network.save_weights(self.out / WEIGHTS_FILE)


def _accuracy(logs: Mapping[str, float], head: str, prefix: str = "") -> float:
    """Keras leaves the head's name out when there is but one."""
    return logs.get(f"{prefix}{head}_accuracy", logs.get(f"{prefix}accuracy", float("nan")))
