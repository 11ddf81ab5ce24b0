"""Which crop of a photograph looks like a training face: margin and alignment, measured.

FER-2013 has faces already cut out, and there are no labelled photographs to choose by. So
each face is made into a small photograph, enlarged and with its edges drawn out, in which the
app's detector looks for it. The side of the FER-2013 picture against that of the detected box
is the margin that gives the training crop back; and the app's whole path, detect, crop,
classify, reads these photographs at several margins, turned level or not.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.bundle import LITERT_FILE, InputSpec, load_card
from fer_core.classification import EmotionClassifier, load_classifier
from fer_core.detection import FaceDetector, create_detector
from fer_core.faces import FaceSet
from fer_core.preprocessing import crop_face
from fer_core.results import Face, RgbImage
from fer_core.training.robustness import accuracy, counted

CROP_CHOICE_FILE = "crop_choice.json"
MARGINS = (0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5)
ENLARGEMENT = 3
BORDER = 0.5  # on each side, as a share of the face's side


def crop_choice(folder: Path, faces: FaceSet, *, split: str) -> dict[str, Any]:
    """Measures which margin and alignment suit a model and writes crop_choice.json.

    Args:
        folder: an exported model, which gets the file; its default head and LiteRT file are
            read, as by the app.
        faces: the split, PublicTest for a choice; (N, 48, 48) grey.
        split: its name.

    Returns:
        What was written: split, head, run, weights_sha256, images and what `measure` gives.

    Raises:
        ModelError: the model cannot be used.
        DetectorError: the detector lacks its file.
        DataError: see `counted`.
    """
    card, classifier = load_card(folder), load_classifier(folder)
    images, truth = counted(faces, classifier)
    report = {
        "split": split,
        "head": classifier.head,
        "run": card.name,
        "weights_sha256": card.sha256[LITERT_FILE],
        "images": len(images),
        **measure(classifier, create_detector(), images, truth),
    }
    (folder / CROP_CHOICE_FILE).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return report


def measure(
    classifier: EmotionClassifier,
    detector: FaceDetector,
    images: NDArray[np.uint8],
    truth: Sequence[str],
) -> dict[str, Any]:
    """The figures of `crop_choice`.

    Args:
        classifier: its own margin and alignment are not used.
        detector: looks for the faces.
        images: (N, S, S) uint8 grey training crops.
        truth: the label of each.

    Returns:
        detector: its class; faces_found; margin_of_training_crops: median, with quartiles
        margin_quartiles; offset_right and offset_down: median way from the middle of the box
        to that of the training crop, in sides of the box; accuracy_of_training_crops: on the
        faces found, read without detection; rows: margin, align, faces_found, accuracy.
        Figures are None where no face was found.
    """
    found = [
        (photo, detected[0], image, label)
        for image, label in zip(images, truth, strict=True)
        if (detected := detector.detect(photo := photograph(image)))
    ]
    labels = [label for *_, label in found]

    def correct(crops: list[NDArray[np.uint8]]) -> float | None:
        return accuracy(classifier, crops, labels) if found else None

    side = classifier.card.input.size
    rows = [
        {
            "margin": margin,
            "align": align,
            "faces_found": len(found),
            "accuracy": correct(
                [
                    crop_face(photo, face, InputSpec(side, margin=margin, align=align))
                    for photo, face, *_ in found
                ]
            ),
        }
        for align in (False, True)
        for margin in MARGINS
    ]
    return {
        "detector": type(detector).__name__,
        "faces_found": len(found),
        **_geometry([face for _, face, *_ in found], images.shape[1] * ENLARGEMENT),
        "accuracy_of_training_crops": correct([image for _, _, image, _ in found]),
        "rows": rows,
    }


def photograph(face: NDArray[np.uint8]) -> RgbImage:
    """A face crop as part of a larger picture.

    Args:
        face: (S, S) uint8 grey.

    Returns:
        (P, P, 3) uint8: the face `ENLARGEMENT` times as large in the middle, round it its
        edges drawn out by `BORDER` of its side, as `crop_face` does at the edge of a photo.
    """
    side = face.shape[0] * ENLARGEMENT
    border = round(side * BORDER)
    large = cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC)
    photo = cv2.copyMakeBorder(large, border, border, border, border, cv2.BORDER_REPLICATE)
    return np.asarray(cv2.cvtColor(photo, cv2.COLOR_GRAY2RGB), np.uint8)


def _geometry(found: Sequence[Face], side: int) -> dict[str, Any]:
    """How the boxes lie to the training crop, `side` pixels wide in the middle of the photo."""
    if not found:
        nothing = ("margin_of_training_crops", "margin_quartiles", "offset_right", "offset_down")
        return dict.fromkeys(nothing)
    middle = side / 2 + round(side * BORDER)
    longest = np.array([max(face.box.width, face.box.height) for face in found])
    centers = np.array([(face.box.center.x, face.box.center.y) for face in found])
    low, median, high = np.percentile(side / longest, (25, 50, 75))
    right, down = np.median((middle - centers) / longest[:, None], axis=0)
    return {
        "margin_of_training_crops": float(median),
        "margin_quartiles": [float(low), float(high)],
        "offset_right": float(right),
        "offset_down": float(down),
    }
