"""Made camera pictures for `bench.steadiness`: still faces, a change, a crossing, a hidden face."""

import functools
import io
from collections.abc import Iterable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fer_core.geometry import Point, similarity_transform
from fer_core.results import RgbImage
from fer_core.samples import sample_image

SIZE_WH = 640, 480
FPS = 15
_NOISE, _LIGHT, _JPEG_QUALITY = 5.0, 0.02, 70
_WALL = (150, 140, 130)
# The subject's right and left eye in each sample picture.
_EYES = {
    "astronaut": (Point(205, 102), Point(246, 105)),
    "grace_hopper": (Point(222, 192), Point(305, 190)),
}
_EYE_DISTANCE = 0.4  # of a face's width, as detectors draw their boxes


def camera(frames: Iterable[RgbImage], *, seed: int) -> Iterator[RgbImage]:
    """Frames as a cheap camera sends them: Gaussian noise, wavering light, JPEG.

    Args:
        frames: (H, W, 3) uint8 RGB each.
        seed: the same one gives the same pictures.
    """
    rng = np.random.default_rng(seed)
    for frame in frames:
        noise = rng.standard_normal(frame.shape, np.float32)
        noisy = frame * np.float32(1 + rng.normal(0, _LIGHT)) + np.float32(_NOISE) * noise
        file = io.BytesIO()
        picture = np.clip(noisy, 0, 255).astype(np.uint8)
        Image.fromarray(picture).save(file, "JPEG", quality=_JPEG_QUALITY)
        yield np.asarray(Image.open(file).convert("RGB"))


def blend(part: float, *, face_px: float) -> RgbImage:
    """The astronaut's face turned into Grace Hopper's, eyes on eyes.

    Args:
        part: of Grace Hopper, 0..1.
        face_px: width of the face.
    """
    middle = Point(SIZE_WH[0] / 2, SIZE_WH[1] / 2)
    first, second = (_portrait(name, middle, face_px) for name in _EYES)
    return np.asarray(cv2.addWeighted(first, 1 - part, second, part, 0), np.uint8)


def crossing(*, seconds: float, face_px: float) -> Iterator[tuple[RgbImage, dict[str, Point]]]:
    """Two heads that walk past each other; the astronaut hides Grace Hopper for a while.

    Yields:
        (image, centers): where the middle of each face truly is.
    """
    count = round(seconds * FPS)
    for index in range(count):
        way = 0.2 + 0.6 * index / (count - 1)
        centers = {
            "grace_hopper": Point((1 - way) * SIZE_WH[0], 230),
            "astronaut": Point(way * SIZE_WH[0], 250),
        }
        yield _scene(centers, face_px), centers


def hidden(*, seconds: float, face_px: float) -> Iterator[tuple[RgbImage, dict[str, Point]]]:
    """A face that goes on walking while it passes behind a pillar, beside one that stays.

    Yields:
        (image, centers): where the middle of each face truly is.
    """
    count = round(seconds * FPS)
    for index in range(count):
        way = 0.12 + 0.55 * index / (count - 1)
        centers = {
            "grace_hopper": Point(way * SIZE_WH[0], 240),
            "astronaut": Point(0.85 * SIZE_WH[0], 240),
        }
        image = _scene(centers, face_px)
        pillar = 0.35 * SIZE_WH[0]
        image[:, round(pillar - 0.45 * face_px) : round(pillar + 0.45 * face_px)] = (90, 80, 70)
        yield image, centers


def _scene(centers: dict[str, Point], face_px: float) -> RgbImage:
    """Heads before a wall, the last one in front."""
    image = np.full((SIZE_WH[1], SIZE_WH[0], 3), _WALL, np.uint8)
    for name, center in centers.items():
        head = np.zeros(image.shape[:2], np.uint8)
        axes = round(0.65 * face_px), round(0.85 * face_px)
        cv2.ellipse(head, (round(center.x), round(center.y)), axes, 0, 0, 360, 255, cv2.FILLED)
        np.copyto(image, _portrait(name, center, face_px), where=head[:, :, None] > 0)
    return image


_picture = functools.cache(sample_image)


def _portrait(name: str, center: Point, face_px: float) -> NDArray[np.uint8]:
    """A sample picture moved and scaled so that the middle of the face is at `center`."""
    half, eye_y = _EYE_DISTANCE * face_px / 2, center.y - 0.15 * face_px
    target = Point(center.x - half, eye_y), Point(center.x + half, eye_y)
    move = similarity_transform(_EYES[name], target)
    return np.asarray(
        cv2.warpAffine(
            _picture(name), move, SIZE_WH, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        ),
        np.uint8,
    )
