"""When a reading should not be trusted, and why."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.results import EmotionScores, Face, Landmarks, RgbImage, Unsure

# Set on shrunk, darkened, blurred and turned copies of portraits, and so that hardly any
# face of PublicTest counts as dark (its 1st percentile is 55) or blurred (0.31).
_MIN_SIDE_PX = 28.0
_MIN_BRIGHTNESS = 35.0  # mean grey of the middle of the face, 0..255
_MIN_SHARPNESS = 0.15
_MAX_YAW = 0.4  # see `turn`; about 40 degrees
_MAX_ROLL_DEG = 40.0
_SIDE = 48  # faces are judged at the size that the network sees


def unsure_reason(
    crop: RgbImage, face: Face, scores: EmotionScores, *, min_confidence: float
) -> Unsure | None:
    """Why the reading of a face should not be trusted.

    Args:
        crop: (S, S, 3) uint8 RGB, the face as cut from the picture, not scaled.
        face: the detected face.
        scores: what is shown for it.
        min_confidence: readings less sure than this are marked, 0..1.

    Returns:
        The first that holds of small, dark, blurred, turned, low confidence; None when none
        does.
    """
    if min(face.box.width, face.box.height) < _MIN_SIDE_PX:
        return "small"
    # Shrunk before it loses its colour: a quarter of the time for a large face.
    small = cv2.resize(crop, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    quarter = _SIDE // 4
    gray = cv2.cvtColor(small[quarter:-quarter, quarter:-quarter], cv2.COLOR_RGB2GRAY)
    if gray.mean() < _MIN_BRIGHTNESS:
        return "dark"
    if sharpness(np.asarray(gray, np.uint8)) < _MIN_SHARPNESS:
        return "blurred"
    if face.landmarks is not None:
        yaw, roll_deg = turn(face.landmarks)
        if abs(yaw) > _MAX_YAW or abs(roll_deg) > _MAX_ROLL_DEG:
            return "turned"
    return "low confidence" if scores.confidence < min_confidence else None


def sharpness(gray: NDArray[np.uint8]) -> float:
    """Variance of the Laplacian over the variance of the grey values, so that contrast drops out.

    After Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy", 2000.

    Args:
        gray: (H, W) uint8.
    """
    return float(cv2.Laplacian(gray, cv2.CV_32F).var() / max(float(gray.var()), 1.0))


def turn(marks: Landmarks) -> tuple[float, float]:
    """How far a face is turned away and tilted.

    Returns:
        yaw: shift of the nose from between the eyes, along the line of the eyes, in eye
        distances: 0 from the front, infinite in profile;
        roll in degrees, -180..180: 0 when the eyes are level, above 0 clockwise.
    """
    right, left, nose = marks.right_eye, marks.left_eye, marks.nose
    dx, dy = left.x - right.x, left.y - right.y
    squared = dx * dx + dy * dy
    if squared == 0:
        return math.inf, 0.0
    shift = (nose.x - (right.x + left.x) / 2) * dx + (nose.y - (right.y + left.y) / 2) * dy
    return shift / squared, math.degrees(math.atan2(dy, dx))
