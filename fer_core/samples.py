"""Sample media that need no licence and no download: public-domain pictures in packages.

`astronaut` (Eileen Collins, NASA) comes with scikit-image, `grace_hopper` (US Navy) with
matplotlib. Only the picture files are read; neither package is imported.
"""

import importlib.util
import itertools
import math
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.errors import MediaError
from fer_core.media import VideoWriter, read_image
from fer_core.results import RgbImage

_FILES = {
    "astronaut": ("skimage", "data/astronaut.png"),
    "grace_hopper": ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg"),
}
SAMPLE_NAMES = tuple(_FILES)

_CLIP_WH, _CLIP_FPS, _CLIP_S = (640, 480), 15, 6.0
# Left, top and width of an upright 2:3 cut of each picture; side by side they fill a 4:3 scene.
_CUTS = {"astronaut": (60, 0, 315), "grace_hopper": (80, 0, 400)}
_CUT_WH = (480, 720)
# The camera's path: (second, centre x, centre y, width of the view), in widths and heights of
# the scene. One face, near and then farther, and at last both.
_PATH = (
    (0.0, 0.27, 0.29, 0.45),
    (2.5, 0.25, 0.32, 0.50),
    (4.0, 0.50, 0.50, 1.00),
    (6.0, 0.50, 0.44, 0.88),
)

# Portraits of the endless scene: left, top and width of an upright 4:5 cut around each head.
_PORTRAITS = {"astronaut": (116, 10, 216), "grace_hopper": (90, 40, 340)}
_PORTRAIT_WH = (240, 300)
_LOOP_S = 24.0  # both people are back where they were
_WALL = (196, 202, 206)


def sample_image(name: str) -> RgbImage:
    """A sample photo.

    Args:
        name: one of `SAMPLE_NAMES`.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        MediaError: there is no such sample, or its package is not installed.
    """
    if name not in _FILES:
        raise MediaError(
            f"Expected a sample picture: {', '.join(SAMPLE_NAMES)}. Received {name!r}."
        )
    package, inside = _FILES[name]
    spec = importlib.util.find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    path = next((p for folder in folders if (p := Path(folder) / inside).is_file()), None)
    if path is None:
        raise MediaError(
            f"Expected the sample picture {name} in the package {package}. It is missing. "
            "Install requirements.txt again."
        )
    return read_image(path)


def write_sample_clip(path: Path | str) -> None:
    """Writes a clip of 6 s, 640×480 at 15 fps: a slow pan from one face to two.

    Raises:
        MediaError: a picture is missing or the clip cannot be written.
    """
    scene = np.hstack([_cut(name) for name in SAMPLE_NAMES])
    with VideoWriter(path, size_wh=_CLIP_WH, fps=_CLIP_FPS) as writer:
        for index in range(round(_CLIP_S * _CLIP_FPS)):
            writer.write(_view(scene, index / _CLIP_FPS), index / _CLIP_FPS)


def sample_frames(
    size_wh: tuple[int, int] = (640, 480), *, fps: float = 15.0
) -> Iterator[tuple[float, RgbImage]]:
    """A scene without end in place of a camera: two portraits move, grow, tilt, and cross.

    The second person is hidden behind the first for a moment in each crossing. Frames come as
    fast as they are asked for; the pace is the caller's.

    Args:
        size_wh: width and height in pixels.
        fps: frames a second.

    Yields:
        Seconds since the start, and (H, W, 3) uint8 RGB, a new array each time.

    Raises:
        MediaError: a picture is missing.
    """
    wall = np.full((size_wh[1], size_wh[0], 3), _WALL, np.uint8)
    front, back = (_portrait(name) for name in SAMPLE_NAMES)
    for index in itertools.count():
        timestamp_s = index / fps
        turn = 2 * math.pi * timestamp_s / _LOOP_S
        frame = wall.copy()
        # Nearer and farther twice as often as from side to side, so that sizes differ when
        # the two meet.
        _paste(frame, back, x=0.5 + 0.27 * math.cos(turn), size=0.52 + 0.08 * math.sin(2 * turn))
        _paste(frame, front, x=0.5 - 0.27 * math.cos(turn), size=0.62 - 0.1 * math.sin(3 * turn))
        yield timestamp_s, frame


def _portrait(name: str) -> NDArray[np.uint8]:
    """A head in an oval with a soft edge: (H, W, 4) uint8 RGB times opacity, and opacity."""
    left, top, width = _PORTRAITS[name]
    height = width * _PORTRAIT_WH[1] // _PORTRAIT_WH[0]
    cut = cv2.resize(
        sample_image(name)[top : top + height, left : left + width],
        _PORTRAIT_WH,
        interpolation=cv2.INTER_AREA,
    )
    opacity = np.zeros(cut.shape[:2], np.uint8)
    center = _PORTRAIT_WH[0] // 2, _PORTRAIT_WH[1] // 2
    cv2.ellipse(opacity, center, (center[0] - 8, center[1] - 8), 0, 0, 360, 255, cv2.FILLED)
    soft = cv2.GaussianBlur(opacity, (0, 0), 3)
    return np.dstack([cv2.multiply(cut, cv2.merge([soft] * 3), scale=1 / 255), soft])


def _paste(frame: RgbImage, portrait: NDArray[np.uint8], *, x: float, size: float) -> None:
    """Lays a portrait on the frame, leaning as it goes from the middle.

    Args:
        x: its centre, in widths of the frame.
        size: its height, in heights of the frame.
    """
    frame_h, frame_w = frame.shape[:2]
    height, width = portrait.shape[:2]
    scale = size * frame_h / height
    side = math.ceil(1.15 * size * frame_h)  # holds the portrait at any lean
    move = cv2.getRotationMatrix2D((width / 2, height / 2), 30 * (x - 0.5), scale)
    left, top = round(x * frame_w - side / 2), round((frame_h - side) / 2)
    move[:, 2] += side / 2 - width / 2, side / 2 - height / 2
    laid = cv2.warpAffine(portrait, move, (side, side), flags=cv2.INTER_LINEAR)
    part = frame[max(top, 0) : top + side, max(left, 0) : left + side]
    laid = laid[max(-top, 0) :, max(-left, 0) :][: part.shape[0], : part.shape[1]]
    behind = cv2.merge([255 - laid[:, :, 3]] * 3)
    part[:] = cv2.add(laid[:, :, :3], cv2.multiply(part, behind, scale=1 / 255))


def _cut(name: str) -> RgbImage:
    left, top, width = _CUTS[name]
    height = width * _CUT_WH[1] // _CUT_WH[0]
    image = sample_image(name)[top : top + height, left : left + width]
    return cv2.resize(image, _CUT_WH, interpolation=cv2.INTER_LINEAR)  # type: ignore[return-value]


def _view(scene: RgbImage, timestamp_s: float) -> RgbImage:
    """What the moving camera sees of the scene at one moment."""
    height, width = scene.shape[:2]
    x, y, part = _camera(timestamp_s)
    scale = _CLIP_WH[0] / (part * width)
    shift_x = _CLIP_WH[0] / 2 - scale * x * width
    shift_y = _CLIP_WH[1] / 2 - scale * y * height
    move = np.array([[scale, 0, shift_x], [0, scale, shift_y]])
    return cv2.warpAffine(  # type: ignore[return-value]
        scene, move, _CLIP_WH, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def _camera(timestamp_s: float) -> tuple[float, float, float]:
    """Centre and width of the view; slow at the ends of each stretch of the path."""
    for (start_s, *start), (end_s, *end) in itertools.pairwise(_PATH):
        if timestamp_s <= end_s:
            part = (timestamp_s - start_s) / (end_s - start_s)
            part = part * part * (3 - 2 * part)
            x, y, width = (a + (b - a) * part for a, b in zip(start, end, strict=True))
            return x, y, width
    return _PATH[-1][1:]
