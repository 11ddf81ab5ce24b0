import math

import cv2
import numpy as np
import pytest

from fer_core.bundle import InputSpec
from fer_core.geometry import Point
from fer_core.preprocessing import crop_face
from fer_core.quality import sharpness, turn, unsure_reason
from fer_core.results import EmotionScores, Face, Landmarks, RgbImage, Unsure
from fer_core.testing import make_face, synthetic_frame

SURE = EmotionScores(("happy", "sad"), (0.9, 0.1))


def reason(
    image: RgbImage, face: Face, scores: EmotionScores = SURE, min_confidence: float = 0.4
) -> Unsure | None:
    crop = crop_face(image, face, InputSpec(48))
    return unsure_reason(crop, face, scores, min_confidence=min_confidence)


def marks(right: tuple[float, float], left: tuple[float, float], nose: tuple[float, float]):
    return Landmarks(Point(*right), Point(*left), Point(*nose), Point(0, 0))


def test_a_good_face_is_not_doubted() -> None:
    assert reason(synthetic_frame(), make_face()) is None


@pytest.mark.parametrize(("side", "expected"), [(10, "small"), (27, "small"), (28, None)])
def test_small(side: int, expected: Unsure | None) -> None:
    face = make_face(100, 100, side)
    assert reason(synthetic_frame([face]), face) == expected


@pytest.mark.parametrize(("brightness", "expected"), [(0, "dark"), (15, "dark"), (80, None)])
def test_dark(brightness: int, expected: Unsure | None) -> None:
    assert reason(synthetic_frame(brightness=brightness), make_face()) == expected


@pytest.mark.parametrize(("sigma", "expected"), [(1, None), (10, "blurred"), (30, "blurred")])
def test_blurred(astronaut: RgbImage, sigma: float, expected: Unsure | None) -> None:
    face = make_face(173, 68, 107)
    image = np.asarray(cv2.GaussianBlur(astronaut, (0, 0), sigma), np.uint8)
    assert reason(image, face) == expected


def test_one_flat_colour_is_blurred() -> None:
    assert sharpness(np.full((24, 24), 120, np.uint8)) == 0
    assert reason(np.full((480, 640, 3), 120, np.uint8), make_face()) == "blurred"


@pytest.mark.parametrize(
    ("landmarks", "yaw", "roll_deg"),
    [
        (marks((0, 0), (10, 0), (5, 6)), 0, 0),
        (marks((0, 0), (10, 0), (9, 6)), 0.4, 0),
        (marks((0, 0), (10, 0), (1, 6)), -0.4, 0),
        (marks((0, 0), (0, 10), (-6, 5)), 0, 90),
        (marks((0, 0), (0, 10), (-6, 9)), 0.4, 90),
        (marks((10, 0), (0, 0), (5, -6)), 0, 180),
        (marks((3, 3), (3, 3), (5, 6)), math.inf, 0),
    ],
)
def test_turn(landmarks: Landmarks, yaw: float, roll_deg: float) -> None:
    assert turn(landmarks) == (pytest.approx(yaw), pytest.approx(roll_deg))


@pytest.mark.parametrize(
    ("nose", "expected"), [((320, 260), None), ((350, 260), None), ((360, 260), "turned")]
)
def test_turned_away(nose: tuple[float, float], expected: Unsure | None) -> None:
    face = make_face()
    turned = Face(face.box, face.score, marks((280, 210), (360, 210), nose))
    assert reason(synthetic_frame(), turned) == expected


@pytest.mark.parametrize(("drop", "expected"), [(30, None), (80, "turned")])
def test_tilted(drop: float, expected: Unsure | None) -> None:
    nose = (320 - drop * 0.5, 210 + drop * 0.5 + 40)
    tilted = Face(make_face().box, 0.9, marks((280, 210), (360, 210 + drop), nose))
    assert reason(synthetic_frame(), tilted) == expected


def test_without_landmarks_nobody_is_turned() -> None:
    assert reason(synthetic_frame(), Face(make_face().box, 0.9)) is None


@pytest.mark.parametrize(
    ("confidence", "limit", "expected"),
    [
        (0.6, 0.0, None),
        (0.6, 0.6, None),
        (0.6, 0.61, "low confidence"),
        (0.6, 1.0, "low confidence"),
    ],
)
def test_low_confidence(confidence: float, limit: float, expected: Unsure | None) -> None:
    scores = EmotionScores(("happy", "sad"), (confidence, 1 - confidence))
    assert reason(synthetic_frame(), make_face(), scores, limit) == expected


def test_the_first_reason_is_given() -> None:
    face = make_face(100, 100, 20)
    assert reason(synthetic_frame([face], brightness=0), face, SURE, 1.0) == "small"
