"""The path of one face through the app, stage by stage, to look at."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.classification import EmotionClassifier
from fer_core.damage import GreyFace, noisy
from fer_core.preprocessing import crop_face
from fer_core.results import EmotionScores, Face, RgbImage
from fer_core.smoothing import Smoother
from fer_core.whatif import Change, small_face

BOX, DOT = (240, 150, 20), (40, 200, 230)  # colours of the detector's box and points
SHAKY_FPS, SHAKY_FRAMES, SHAKY_PERCENT = 10.0, 40, 22.0


@dataclass(frozen=True, slots=True, eq=False)
class Stages:
    """One face at each stage.

    Attributes:
        found: the picture with the detector's box and points, (H, W, 3) uint8 RGB.
        crop: cut out, (S, S, 3) uint8 RGB.
        small: grey and small, (s, s) uint8.
        network_input: (N, N) uint8, one of its three equal channels.
        logits: label → what the last layer gives, less its mean.
        softmax: label → its share after the softmax.
        scores: after the temperature; what the app shows.
        temperature: that divided the logits.
    """

    found: RgbImage
    crop: RgbImage
    small: GreyFace
    network_input: NDArray[np.uint8]
    logits: dict[str, float]
    softmax: dict[str, float]
    scores: EmotionScores
    temperature: float


def stages(image: RgbImage, face: Face, classifier: EmotionClassifier) -> Stages:
    """Takes a face through the path of every picture.

    Args:
        image: (H, W, 3) uint8 RGB.
        face: in its pixels.
        classifier: reads it.
    """
    card = classifier.card
    crop = crop_face(image, face, card.input)
    batch = classifier.prepare([crop])
    (scores,) = classifier.score(batch)
    temperature = float(card.temperature.get(classifier.head, 1.0))
    logits, softmax = before_temperature(scores, temperature)
    return Stages(
        outlined(image, face),
        crop,
        small_face(image, face, card.input, Change()),
        batch[0, :, :, 0],
        dict(zip(scores.labels, logits, strict=True)),
        dict(zip(scores.labels, softmax, strict=True)),
        scores,
        temperature,
    )


def before_temperature(
    scores: EmotionScores, temperature: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """What the network gave, from what the app shows.

    The shown scores are softmax(z / T) (Guo et al. 2017), so z = T · log(score) + a constant; a
    constant changes no softmax, and z is given with mean 0.

    Args:
        scores: after the temperature.
        temperature: T, above 0.

    Returns:
        The logits z, and softmax(z).
    """
    logs = np.log(np.maximum(np.array(scores.probabilities), 1e-12))
    logits = temperature * (logs - logs.mean())
    powers = np.exp(logits - logits.max())
    return tuple(logits.tolist()), tuple((powers / powers.sum()).tolist())


def shaky(
    classifier: EmotionClassifier, face: GreyFace, *, half_life_s: float
) -> list[tuple[float, EmotionScores, EmotionScores]]:
    """The same face over four seconds of a noisy camera: what smoothing does.

    Args:
        classifier: reads each frame.
        face: (S, S) uint8 grey.
        half_life_s: of the smoothing, 0 or more.

    Returns:
        Time in seconds, the scores of the frame alone, the smoothed ones; a row a frame.
    """
    rng = np.random.default_rng(1)
    raw = classifier.classify([noisy(face, SHAKY_PERCENT, rng) for _ in range(SHAKY_FRAMES)])
    smoother = Smoother(half_life_s=half_life_s)
    return [
        (at := number / SHAKY_FPS, scores, smoother.update(1, scores, timestamp_s=at))
        for number, scores in enumerate(raw)
    ]


def outlined(image: RgbImage, face: Face) -> RgbImage:
    """A copy of the picture with the box and the points that the detector gave."""
    result = image.copy()
    width = max(round(max(image.shape[:2]) / 160), 1)
    box = face.box
    corners = (round(box.left), round(box.top)), (round(box.right), round(box.bottom))
    cv2.rectangle(result, *corners, BOX, width, cv2.LINE_AA)
    if face.landmarks is not None:
        marks = face.landmarks
        for point in (marks.right_eye, marks.left_eye, marks.nose, marks.mouth):
            place = round(point.x), round(point.y)
            cv2.circle(result, place, 2 * width, DOT, cv2.FILLED, cv2.LINE_AA)
    return result
