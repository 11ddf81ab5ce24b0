"""Fakes for tests of programs that use this package: no network, no file, no camera."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.bundle import InputSpec, ModelCard
from fer_core.classification import EmotionClassifier
from fer_core.geometry import Box, Point
from fer_core.results import Face, Landmarks, RgbImage

FER2013_LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
FERPLUS_LABELS = (*FER2013_LABELS, "contempt")


def make_face(
    left: float = 220, top: float = 140, side: float = 200, *, score: float = 0.9
) -> Face:
    """A face seen from the front, in a square box; lengths in pixels."""

    def at(x: float, y: float) -> Point:
        return Point(left + x * side, top + y * side)

    marks = Landmarks(at(0.3, 0.35), at(0.7, 0.35), at(0.5, 0.6), at(0.5, 0.75))
    return Face(Box(left, top, left + side, top + side), score, marks)


def synthetic_frame(
    faces: Sequence[Face] | None = None,
    *,
    size_wh: tuple[int, int] = (640, 480),
    brightness: int = 150,
) -> RgbImage:
    """A picture with a drawn face in each box, on a plain wall.

    Good enough to be neither dark nor blurred for the pipeline; real detectors may not see
    faces in it.

    Args:
        faces: None takes one `make_face()`.
        size_wh: width and height in pixels.
        brightness: grey of the wall, 0..255; the faces are as bright.
    """
    image = np.full((size_wh[1], size_wh[0], 3), brightness, np.uint8)
    skin = (min(brightness + 40, 255), brightness, max(brightness - 30, 0))
    ink = (brightness // 4,) * 3
    for face in [make_face()] if faces is None else faces:
        box, center = face.box, (round(face.box.center.x), round(face.box.center.y))
        axes = max(round(box.width * 0.4), 1), max(round(box.height * 0.5), 1)
        cv2.ellipse(image, center, axes, 0, 0, 360, skin, cv2.FILLED)
        if face.landmarks is None:
            continue
        dot = max(round(box.width * 0.06), 1)
        for eye in (face.landmarks.right_eye, face.landmarks.left_eye, face.landmarks.nose):
            cv2.circle(image, (round(eye.x), round(eye.y)), dot, ink, cv2.FILLED)
        mouth = round(face.landmarks.mouth.x), round(face.landmarks.mouth.y)
        cv2.ellipse(image, mouth, (dot * 3, dot), 0, 0, 180, ink, dot)
    return image


class FakeDetector:
    """Answers what it was told.

    Args:
        faces: the answer to each call in turn; the last one repeats. `FakeDetector([face])`
            always sees that face, `FakeDetector([])` nothing, `FakeDetector([face], [])`
            a face once.
    """

    def __init__(self, *faces: Sequence[Face]) -> None:
        self._script = [list(answer) for answer in faces] or [[make_face()]]
        self.calls = 0

    def detect(self, image: RgbImage) -> list[Face]:
        self.calls += 1
        return list(self._script[min(self.calls, len(self._script)) - 1])


class FakeRuntime:
    """A network that answers what it was told.

    Args:
        labels: of its output.
        script: the top label of each face in turn, over all calls; starts again at its end.
        confidence: probability of the top label; the others share the rest.
    """

    def __init__(
        self, labels: Sequence[str], script: Sequence[str], confidence: float = 0.9
    ) -> None:
        rest = (1 - confidence) / (len(labels) - 1)
        self._rows = np.full((len(script), len(labels)), rest, np.float32)
        for row, label in zip(self._rows, script, strict=True):
            row[list(labels).index(label)] = confidence
        self._next = 0
        self.batches: list[tuple[int, ...]] = []

    def predict(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.batches.append(batch.shape)
        rows = [(self._next + i) % len(self._rows) for i in range(len(batch))]
        self._next += len(batch)
        return np.asarray(self._rows[rows], np.float32).reshape(len(batch), -1)


class FakeClassifier(EmotionClassifier):
    """The real classifier around a `FakeRuntime`, found at `.runtime`.

    Args:
        labels: the label set.
        script: see `FakeRuntime`.
        confidence: see `FakeRuntime`.
        head: name of the label set.
    """

    def __init__(
        self,
        labels: Sequence[str] = FER2013_LABELS,
        script: Sequence[str] = ("happy",),
        *,
        confidence: float = 0.9,
        head: str = "fer2013",
    ) -> None:
        self.runtime = FakeRuntime(labels, script, confidence)
        card = ModelCard("fake", {head: tuple(labels)}, InputSpec(48), recipe="fake")
        super().__init__(card, self.runtime, head=head)


def write_fake_run(folder: Path, *, accuracy: float = 0.7, epochs: int = 3) -> Path:
    """Writes the reports of a made-up training run: all files of a run but the weights.

    Args:
        folder: made when missing; its name is the run's.
        accuracy: share of right answers for every class, 0..1.
        epochs: rows of history.csv.

    Returns:
        `folder`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    heads = {"fer2013": FER2013_LABELS, "ferplus": FERPLUS_LABELS}
    card = ModelCard(
        folder.name, heads, InputSpec(96), recipe="fake", metrics={"accuracy": accuracy}
    )
    (folder / "card.json").write_text(card.to_json(), encoding="utf-8")
    config = {
        "name": folder.name,
        "recipe": "fake",
        "seed": 1,
        "command": f"python -m fer_core.training train --name {folder.name}",
        "data": "made up",
        "epochs": epochs,
        "batch_size": 64,
    }
    figures = _figures(FER2013_LABELS, accuracy)
    metrics = {
        "run": folder.name,
        "recipe": "fake",
        "split": "PrivateTest",
        "seed": 1,
        "weights_sha256": "0" * 64,
        "runtime": "litert",
        "head": "fer2013",
        **figures,
        "other_heads": {"ferplus": _figures(FERPLUS_LABELS, accuracy)},
    }
    for name, content in (("config.json", config), ("metrics.json", metrics)):
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    matrix: list[list[int]] = figures["confusion_matrix"]
    rows = [[name, *counts] for name, counts in zip(FER2013_LABELS, matrix, strict=True)]
    _write_csv(folder / "confusion_matrix.csv", ["true", *FER2013_LABELS], rows)
    _write_csv(folder / "history.csv", *_history(accuracy, epochs))
    return folder


def _figures(labels: Sequence[str], accuracy: float, images_a_class: int = 100) -> dict[str, Any]:
    """Figures of a classifier that is right equally often for each class and errs to the next."""
    right = round(accuracy * images_a_class)
    count = len(labels)
    matrix = [[0] * count for _ in labels]
    for i in range(count):
        matrix[i][i], matrix[i][(i + 1) % count] = right, images_a_class - right
    share = right / images_a_class
    one = {"precision": share, "recall": share, "f1": share, "support": images_a_class}
    return {
        "labels": list(labels),
        "images": count * images_a_class,
        "accuracy": share,
        "accuracy_flip": share,
        "macro_f1": share,
        "balanced_accuracy": share,
        "log_loss": 0.9,
        "ece": 0.03,
        "per_class": {label: dict(one) for label in labels},
        "confusion_matrix": matrix,
    }


def _history(accuracy: float, epochs: int) -> tuple[list[str], list[list[float]]]:
    header = ["epoch", "loss", "val_loss", "accuracy", "val_accuracy"]
    header += ["ferplus_accuracy", "val_ferplus_accuracy", "learning_rate", "seconds"]
    rows = []
    for epoch in range(1, epochs + 1):
        grown = accuracy * (1 - 0.5**epoch)
        loss = 2 * 0.5**epoch
        rows.append([epoch, loss + 0.8, loss + 0.9, grown, grown * 0.97])
        rows[-1] += [grown, grown * 0.98, 1e-3 / epoch, 60.0]
    return header, rows


def _write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
