"""Sample media that need no licence and no download: public-domain pictures in packages.

`astronaut` (Eileen Collins, NASA) comes with scikit-image, `grace_hopper` (US Navy) with
matplotlib. Only the picture files are read; neither package is imported.
"""

import importlib.util
import itertools
from pathlib import Path

import cv2
import numpy as np

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
