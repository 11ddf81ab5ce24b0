"""How a model reads damaged faces: twelve kinds of damage, each at five strengths.

After Hendrycks and Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions
and Perturbations", ICLR 2019. Blur, motion blur, noise, JPEG, brightness, contrast and their
strengths are those of their Tiny-ImageNet-C, whose 64 px pictures come closest to the 48 px
faces here; gamma, rotation, covered faces and low resolution are ours. The damage is done to
the 48 px face, before anything that the app does to it.
"""

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.bundle import LITERT_FILE, load_card
from fer_core.classification import EmotionClassifier, load_classifier
from fer_core.damage import (
    EYES,
    MOUTH,
    blurred,
    brightened,
    coarsened,
    compressed,
    contrasted,
    covered,
    motion_blurred,
    noisy,
    rotated,
    with_gamma,
)
from fer_core.errors import DataError
from fer_core.faces import SIDE, FaceSet
from fer_core.fer2013 import truth_of
from fer_core.studies import ROBUSTNESS_FILE

SEED = 1
CHUNK = 64

Face48 = NDArray[np.uint8]
Damage = Callable[[Face48, float, np.random.Generator], Face48]


@dataclass(frozen=True, slots=True)
class Corruption:
    """One kind of damage.

    Attributes:
        name: for the table.
        unit: of the strengths.
        strengths: from mild to severe.
        damage: (S, S) uint8 face, a strength, random numbers → (S, S) uint8 face.
    """

    name: str
    unit: str
    strengths: tuple[float, float, float, float, float]
    damage: Damage


def robustness(folder: Path, faces: FaceSet, *, split: str, head: str) -> dict[str, Any]:
    """Reads a split under every kind of damage and writes robustness.json into the folder.

    Args:
        folder: an exported model; its LiteRT file is read, as by the app.
        faces: the split, (N, 48, 48) grey.
        split: its name.
        head: whose labels count.

    Returns:
        What was written: split, head, seed, images, weights_sha256, clean (accuracy on the
        undamaged faces) and rows, one a kind of damage: corruption, unit, strengths, accuracy.

    Raises:
        ModelError: the model cannot be used, or has no such head.
        DataError: see `counted`.
    """
    classifier = load_classifier(folder, head=head)
    images, truth = counted(faces, classifier)
    report = {
        "split": split,
        "head": head,
        "seed": SEED,
        "images": len(images),
        "weights_sha256": load_card(folder).sha256[LITERT_FILE],
        "clean": accuracy(classifier, images, truth),
        "rows": list(_rows(classifier, images, truth)),
    }
    (folder / ROBUSTNESS_FILE).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return report


def counted(faces: FaceSet, classifier: EmotionClassifier) -> tuple[NDArray[np.uint8], list[str]]:
    """The faces by which a classifier's head is judged (see `truth_of`), and their labels.

    Raises:
        DataError: the faces are no grey ones of 48 × 48 px, or lack the head's labels.
    """
    if faces.images.shape[1:] != (SIDE, SIDE):
        raise DataError(
            f"Expected grey faces of {SIDE} × {SIDE} px, whose pixels the strengths count. "
            f"Received pictures of shape {faces.images.shape[1:]}. Give FER-2013 after --data."
        )
    truth = truth_of(faces, classifier.head, classifier.labels)
    rows = np.flatnonzero(truth >= 0)
    return faces.images[rows], [classifier.labels[number] for number in truth[rows]]


def accuracy(classifier: EmotionClassifier, crops: Any, truth: list[str]) -> float:
    """Share of the face crops (uint8 pictures, see `classify`) that get their true label."""
    right = 0
    for start in range(0, len(crops), CHUNK):
        scores = classifier.classify(list(crops[start : start + CHUNK]))
        right += sum(a.top == b for a, b in zip(scores, truth[start:], strict=False))
    return right / max(len(crops), 1)


def damaged(
    images: NDArray[np.uint8], corruption: Corruption, strength: float
) -> NDArray[np.uint8]:
    """Every face with one kind of damage; a face has the same angle or noise at all strengths.

    Args:
        images: (N, S, S) uint8 grey.
        corruption: one of `CORRUPTIONS`.
        strength: in its unit.

    Returns:
        (N, S, S) uint8; `images` stays as it is.
    """
    results = np.empty_like(images)
    for number, (image, result) in enumerate(zip(images, results, strict=True)):
        rng = np.random.default_rng([SEED, number])
        result[:] = corruption.damage(image, strength, rng)
    return results


def _rows(
    classifier: EmotionClassifier, images: NDArray[np.uint8], truth: list[str]
) -> Iterator[dict[str, Any]]:
    for each in CORRUPTIONS:
        figures = [
            accuracy(classifier, damaged(images, each, strength), truth)
            for strength in each.strengths
        ]
        print(f"{each.name} ({each.unit}): " + " ".join(f"{x:.3f}" for x in figures), flush=True)
        yield {
            "corruption": each.name,
            "unit": each.unit,
            "strengths": list(each.strengths),
            "accuracy": figures,
        }


def _motion_blur(image: Face48, length_px: float, rng: np.random.Generator) -> Face48:
    """Within 45° of level."""
    return motion_blurred(image, length_px, angle=rng.uniform(-math.pi / 4, math.pi / 4))


def _darker(image: Face48, percent: float, _: np.random.Generator) -> Face48:
    return brightened(image, -percent)


def _gamma(image: Face48, gamma: float, rng: np.random.Generator) -> Face48:
    """Half of the faces get darker, half brighter (1 / gamma)."""
    return with_gamma(image, gamma if rng.random() < 0.5 else 1 / gamma)


def _rotation(image: Face48, degrees: float, rng: np.random.Generator) -> Face48:
    """Half of the faces turn one way, half the other."""
    return rotated(image, degrees if rng.random() < 0.5 else -degrees)


def _eyes_covered(image: Face48, percent: float, rng: np.random.Generator) -> Face48:
    return covered(image, percent, middle=EYES, grey=int(rng.integers(256)))


def _mouth_covered(image: Face48, percent: float, rng: np.random.Generator) -> Face48:
    return covered(image, percent, middle=MOUTH, grey=int(rng.integers(256)))


def _always(change: Callable[[Face48, float], Face48]) -> Damage:
    """A damage without chance."""
    return lambda image, strength, _: change(image, strength)


CORRUPTIONS = (
    Corruption("blur", "px (standard deviation)", (0.5, 0.75, 1, 1.25, 1.5), _always(blurred)),
    Corruption("motion blur", "px (length)", (2, 3, 4, 5, 6), _motion_blur),
    Corruption("noise", "% of white (standard deviation)", (4, 8, 12, 15, 18), noisy),
    Corruption("JPEG", "quality", (65, 58, 50, 40, 25), _always(compressed)),
    Corruption("brighter", "% of white", (10, 20, 30, 40, 50), _always(brightened)),
    Corruption("darker", "% of white", (10, 20, 30, 40, 50), _darker),
    Corruption("gamma", "gamma or 1/gamma", (1.25, 1.5, 2, 2.5, 3), _gamma),
    Corruption("contrast", "times", (0.4, 0.3, 0.2, 0.1, 0.05), _always(contrasted)),
    Corruption("rotation", "°", (5, 10, 20, 30, 45), _rotation),
    Corruption("eyes covered", "% of the height", (10, 20, 30, 40, 50), _eyes_covered),
    Corruption("mouth covered", "% of the height", (10, 20, 30, 40, 50), _mouth_covered),
    Corruption("low resolution", "px a side", (32, 24, 16, 12, 8), _always(coarsened)),
)
