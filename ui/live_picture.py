"""Camera frames to pictures and back, and the picture to show when reading fails."""

import av
import cv2
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from fer_core.annotation import DrawStyle
from fer_core.results import RgbImage

BLUR_CELLS = 16  # over the longer side; no face can be known from so few


class Converter:
    """Turns frames of one stream into RGB pictures and back; one thread at a time.

    Without threads of its own: those of the library were no faster at 640×480, and each stream
    would hold as many as the machine has cores, twice.
    """

    def __init__(self) -> None:
        self._to_rgb, self._to_yuv = VideoReformatter(), VideoReformatter()

    def image_of(self, frame: av.VideoFrame, longest_side: int) -> RgbImage:
        """The frame as (H, W, 3) uint8 RGB, scaled down to `longest_side`, sides even."""
        width, height = fitting(frame.width, frame.height, longest_side)
        rgb = self._to_rgb.reformat(frame, width=width, height=height, format="rgb24", threads=1)
        return np.asarray(rgb.to_ndarray(), np.uint8)

    def frame_of(self, image: RgbImage) -> av.VideoFrame:
        """A new frame for the encoder, in planar YUV."""
        drawn = av.VideoFrame.from_ndarray(image, format="rgb24")
        return self._to_yuv.reformat(drawn, format="yuv420p", threads=1)


def fitting(width: int, height: int, longest_side: int) -> tuple[int, int]:
    """The size to read a frame at: no side over `longest_side`, both even for the encoder."""
    scale = min(1.0, longest_side / max(width, height))
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)


def without_labels(image: RgbImage, style: DrawStyle) -> RgbImage:
    """The picture to show when it could not be read.

    Nobody knows then where faces are, so that with `style.blur_others` all of it is blurred.
    """
    size = image.shape[1], image.shape[0]
    if style.blur_others:
        scale = min(1.0, BLUR_CELLS / max(size))
        cells = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
        small = cv2.resize(image, cells, interpolation=cv2.INTER_AREA)
        image = np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    return np.asarray(cv2.flip(image, 1), np.uint8) if style.mirrored else image


def blank() -> av.VideoFrame:
    """A dark grey picture of 640×480, before the first of the camera."""
    picture: NDArray[np.uint8] = np.full((720, 640), 128, np.uint8)
    picture[:480] = 40
    return av.VideoFrame.from_ndarray(picture, format="yuv420p")
