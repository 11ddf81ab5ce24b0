"""What the network looked at: which parts of a face its answer hangs on."""

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.bundle import InputSpec
from fer_core.classification import EmotionClassifier
from fer_core.preprocessing import crop_place
from fer_core.results import Face, RgbImage

_GRID, _PATCH = 8, 0.16  # patches a side; the side of a patch, in sides of the crop


def heat_map(
    classifier: EmotionClassifier, crop: RgbImage, *, label: str | None = None
) -> NDArray[np.float32]:
    """How much the score of a label falls when a part of the face is covered.

    Occlusion sensitivity (Zeiler & Fergus 2014, doi 10.1007/978-3-319-10590-1_53): a patch in
    the mean colour of the crop covers one part after the other, all of them in one batch. A
    pixel is as hot as the patches over it made the score fall on average.

    Args:
        classifier: the network asked.
        crop: uint8 RGB face crop of any size, as `crop_face` cuts it.
        label: one of the classifier's labels; None takes the top one of the whole crop.

    Returns:
        (S, S) float32 in 0..1, S the side of the network's input; the hottest pixel is 1, and
        all are 0 when no patch makes the score fall.

    Raises:
        ValueError: the classifier has no such label.
    """
    if label is not None and label not in classifier.labels:
        raise ValueError(
            f"Expected one of the labels {', '.join(classifier.labels)}. Received {label!r}."
        )
    (face,) = classifier.prepare([crop])
    places = _patches(face.shape[0])
    batch = np.repeat(face[None], len(places) + 1, axis=0)
    fill = face.mean(axis=(0, 1)).round().astype(np.uint8)
    for covered, (rows, columns) in zip(batch[1:], places, strict=True):
        covered[rows, columns] = fill
    whole, *rest = classifier.score(batch)
    column = whole.labels.index(whole.top if label is None else label)
    before = whole.probabilities[column]
    falls, seen = np.zeros(face.shape[:2], np.float32), np.zeros(face.shape[:2], np.float32)
    for scores, (rows, columns) in zip(rest, places, strict=True):
        falls[rows, columns] += before - scores.probabilities[column]
        seen[rows, columns] += 1
    heat = np.maximum(cv2.GaussianBlur(falls / seen, (0, 0), face.shape[0] / 24), 0)
    hottest = float(heat.max())
    return np.asarray(heat / hottest if hottest > 0 else heat, np.float32)


def draw_heat_map(
    image: RgbImage,
    face: Face,
    heat: NDArray[np.float32],
    *,
    spec: InputSpec,
    opacity: float = 0.6,
) -> RgbImage:
    """Lays a heat map over its face: violet is cold, yellow is hot.

    Args:
        image: (H, W, 3) uint8 RGB, the whole picture.
        face: in the pixels of `image`.
        heat: (S, S) in 0..1 of the crop that `crop_face(image, face, spec)` cuts.
        spec: the input of the network, `classifier.card.input`.
        opacity: of the hottest parts, 0..1.

    Returns:
        A new (H, W, 3) uint8 RGB image; outside the crop it is unchanged.
    """
    height, width = image.shape[:2]
    place, side = crop_place(face, spec)
    # From pixels of the map to those of the crop (by their middles), then on to the picture.
    scale = side / heat.shape[0]
    grow = np.array([[scale, 0, scale / 2 - 0.5], [0, scale, scale / 2 - 0.5], [0, 0, 1]])
    move = cv2.invertAffineTransform(place) @ grow
    lay = np.dstack([heat, np.ones_like(heat)]).astype(np.float32)
    laid = cv2.warpAffine(lay, move, (width, height), flags=cv2.INTER_LINEAR)
    levels = (laid[:, :, 0] * 255).astype(np.uint8)
    bgr = cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO)
    alpha = opacity * laid[:, :, 1:] * (0.25 + 0.75 * laid[:, :, :1])
    mixed = image * (1 - alpha) + bgr[:, :, ::-1] * alpha
    return np.asarray(mixed.round(), np.uint8)


def _patches(side: int) -> list[tuple[slice, slice]]:
    """Rows and columns of each patch; together they cover every pixel of the crop."""
    patch = max(round(side * _PATCH), 1)
    starts = np.linspace(0, side - patch, _GRID).round().astype(int).tolist()
    return [
        (slice(row, row + patch), slice(column, column + patch))
        for row in starts
        for column in starts
    ]
