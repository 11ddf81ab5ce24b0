"""Measures an exported model on the path that the app runs, and writes its metrics.json."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.bundle import LITERT_FILE, load_card
from fer_core.classification import load_classifier
from fer_core.training.data import FaceSet, majority
from fer_core.training.metrics import metrics_of

CHUNK = 64


def evaluate(folder: Path, faces: FaceSet, *, split: str) -> dict[str, Any]:
    """Reads every face of a split with the LiteRT model and writes the figures beside it.

    PrivateTest gives metrics.json, confusion_matrix.csv and the card's headline figures;
    another split gives metrics_<split>.json alone.

    Args:
        folder: an exported model.
        faces: the split.
        split: its name.

    Returns:
        What was written: run, recipe, split, seed, weights_sha256 and runtime, then the
        figures of the default head (see `metrics_of`, and accuracy_flip: the accuracy of
        scores averaged over a face and its mirror image), then `other_heads`.

    Raises:
        ModelError: the model cannot be used.
    """
    card = load_card(folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    heads = {head: _head_metrics(folder, head, faces) for head in card.labels}
    metrics = {
        "run": card.name,
        "recipe": card.recipe,
        "split": split,
        "seed": config["seed"],
        "weights_sha256": card.sha256[LITERT_FILE],
        "runtime": "litert",
        "head": card.default_head,
        **heads.pop(card.default_head),
        "other_heads": heads,
    }
    name = "metrics.json" if split == "PrivateTest" else f"metrics_{split}.json"
    (folder / name).write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    if split == "PrivateTest":
        _write_confusion(folder / "confusion_matrix.csv", metrics)
        headline = {key: metrics[key] for key in ("accuracy", "accuracy_flip", "macro_f1", "ece")}
        (folder / "card.json").write_text(
            replace(card, metrics=headline).to_json(), encoding="utf-8"
        )
    return metrics


def _head_metrics(folder: Path, head: str, faces: FaceSet) -> dict[str, Any]:
    truth, faces = labelled(faces, head)
    classifier = load_classifier(folder, head=head)
    plain = _probabilities(classifier, faces.images)
    mirrored = _probabilities(classifier, faces.images[:, :, ::-1])
    figures = metrics_of(plain, truth, classifier.labels)
    figures["accuracy_flip"] = float(np.mean((plain + mirrored).argmax(axis=1) == truth))
    return figures


def labelled(faces: FaceSet, head: str) -> tuple[NDArray[np.int64], FaceSet]:
    """The faces that count for a head, with their labels as positions in `LABELS[head]`.

    For ferplus these are the faces on whose label most raters agree.
    """
    if head == "fer2013" or faces.votes is None:
        return faces.labels, faces
    truth = majority(faces.votes)
    rows = np.flatnonzero(truth >= 0)
    return truth[rows], faces.subset(rows)


def _probabilities(classifier: Any, images: NDArray[np.uint8]) -> NDArray[np.float64]:
    scores = [
        scores.probabilities
        for start in range(0, len(images), CHUNK)
        for scores in classifier.classify(list(images[start : start + CHUNK]))
    ]
    return np.array(scores)


def _write_confusion(path: Path, metrics: dict[str, Any]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["true", *metrics["labels"]])
        for label, row in zip(metrics["labels"], metrics["confusion_matrix"], strict=True):
            writer.writerow([label, *row])
