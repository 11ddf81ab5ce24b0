"""From a face in a picture to the network's input: the only copy of these steps.

Trainer, evaluation and app all come through here, so a face is degraded the same way
wherever it is read. Rescaling to the network's range happens inside the network.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.bundle import InputSpec
from fer_core.geometry import Point, similarity_transform, square
from fer_core.results import Face, RgbImage


def crop_face(image: RgbImage, face: Face, spec: InputSpec) -> RgbImage:
    """Cuts the square crop around a face; what lies outside the image repeats its edge.

    Args:
        image: (H, W, 3) uint8 RGB.
        face: in the pixels of `image`.
        spec: margin and alignment of the crop.

    Returns:
        (S, S, 3) uint8 RGB, S the side of the crop in source pixels, at least 1.
    """
    move, side = crop_place(face, spec)
    if spec.align and face.landmarks is not None:
        return cv2.warpAffine(  # type: ignore[return-value]
            image, move, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
    left, top = (-move[:, 2]).round().astype(int).tolist()
    height, width = image.shape[:2]
    columns, rows = (left, left + side), (top, top + side)
    inside = image[
        min(max(rows[0], 0), height - 1) : max(min(rows[1], height), 1),
        min(max(columns[0], 0), width - 1) : max(min(columns[1], width), 1),
    ]
    if inside.shape[:2] == (side, side):
        return inside
    missing_top, missing_left = min(max(-top, 0), side - 1), min(max(-left, 0), side - 1)
    return cv2.copyMakeBorder(  # type: ignore[return-value]
        inside,
        missing_top,
        max(side - inside.shape[0] - missing_top, 0),
        missing_left,
        max(side - inside.shape[1] - missing_left, 0),
        cv2.BORDER_REPLICATE,
    )[:side, :side]


def crop_place(face: Face, spec: InputSpec) -> tuple[NDArray[np.float64], int]:
    """Where `crop_face` cuts.

    With `spec.align` the crop is turned about its centre, so that the line through the eyes is
    level.

    Args:
        face: see `crop_face`.
        spec: see `crop_face`.

    Returns:
        (2, 3): from pixels of the picture to pixels of the crop; and the side of the crop.
    """
    box = square(face.box, margin=spec.margin)
    side = max(round(box.width), 1)
    if not spec.align or face.landmarks is None:
        return np.array([[1.0, 0.0, -round(box.left)], [0.0, 1.0, -round(box.top)]]), side
    right, left = face.landmarks.right_eye, face.landmarks.left_eye
    half = max(np.hypot(left.x - right.x, left.y - right.y) / 2, 1e-6)
    middle = Point((right.x + left.x) / 2, (right.y + left.y) / 2)
    level = (Point(middle.x - half, middle.y), Point(middle.x + half, middle.y))
    turn = similarity_transform((right, left), level) if right != left else np.eye(2, 3)
    center = turn @ np.array([box.center.x, box.center.y, 1.0])
    turn[:, 2] += side / 2 - center
    return turn, side


def prepare(crops: Sequence[NDArray[np.uint8]], spec: InputSpec) -> NDArray[np.uint8]:
    """Whole face crops to one batch of network input.

    Args:
        crops: uint8 images of any size, (H, W) grey or (H, W, 1) grey or (H, W, 3) RGB.
        spec: the network's input.

    Returns:
        (N, size, size, 3) uint8; N is 0 when there are no crops.

    Raises:
        ValueError: a crop is empty or has another shape or type.
    """
    batch = np.empty((len(crops), spec.size, spec.size, 3), np.uint8)
    for row, crop in zip(batch, crops, strict=True):
        row[:] = _prepare_one(crop, spec)
    return batch


def _prepare_one(crop: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.uint8]:
    if (
        crop.dtype != np.uint8
        or crop.size == 0
        or not (crop.ndim == 2 or (crop.ndim == 3 and crop.shape[2] in (1, 3)))
    ):
        raise ValueError(
            "Expected a face crop of type uint8 and shape (H, W), (H, W, 1) or (H, W, 3). "
            f"Received {crop.dtype} {crop.shape}."
        )
    if crop.ndim == 3 and crop.shape[2] == 1:
        crop = crop[:, :, 0]
    if crop.ndim == 3 and spec.grayscale:
        crop = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)  # type: ignore[assignment]
    for side in (spec.source_size, spec.size):
        if side and crop.shape[:2] != (side, side):
            shrinks = min(crop.shape[:2]) > side
            how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
            crop = cv2.resize(crop, (side, side), interpolation=how)  # type: ignore[assignment]
    return crop[:, :, None] if crop.ndim == 2 else crop
