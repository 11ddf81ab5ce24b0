"""What cameras and rooms do to a picture of a face: pure functions with units.

All take an (S, S) uint8 grey face and return a new one of the same shape. Lengths are pixels of
that face, so a strength means the same only for faces of one size; the studies and the app use
faces of 48 px.
"""

import io
import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

GreyFace = NDArray[np.uint8]

# Where the parts of a face lie in a FER-2013 picture, as shares of its height from the top:
# medians of the detector's key points (see training/crops.py).
EYES, MOUTH = 0.40, 0.77


def blurred(image: GreyFace, sigma_px: float) -> GreyFace:
    """Gaussian blur; 0 changes nothing."""
    if sigma_px <= 0:
        return image.copy()
    return np.asarray(
        cv2.GaussianBlur(image, (0, 0), sigma_px, borderType=cv2.BORDER_REPLICATE), np.uint8
    )


def motion_blurred(image: GreyFace, length_px: float, *, angle: float) -> GreyFace:
    """A straight, even smear.

    Tiny-ImageNet-C smears with half a Gaussian; an even smear of twice its sigma spreads as far.

    Args:
        image: the face.
        length_px: of the smear, above 0.
        angle: in radians from level.
    """
    reach = math.ceil(length_px / 2)
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    for step in np.linspace(-length_px / 2, length_px / 2, 16 * reach):
        x, y = reach + step * math.cos(angle), reach + step * math.sin(angle)
        left, top = min(int(x), 2 * reach - 1), min(int(y), 2 * reach - 1)
        across, down = np.array([left + 1 - x, x - left]), np.array([top + 1 - y, y - top])
        kernel[top : top + 2, left : left + 2] += np.outer(down, across)
    kernel /= kernel.sum()
    return np.asarray(cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REPLICATE), np.uint8)


def noisy(image: GreyFace, percent: float, rng: np.random.Generator) -> GreyFace:
    """Gaussian noise whose standard deviation is `percent` of white."""
    return _grey(image + rng.normal(0, 255 * percent / 100, image.shape))


def compressed(image: GreyFace, quality: float) -> GreyFace:
    """Written and read as JPEG of a quality in 1..95."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=int(quality))
    return np.asarray(Image.open(file))


def brightened(image: GreyFace, percent: float) -> GreyFace:
    """Each pixel brighter by `percent` of white; below 0 darker."""
    return _grey(image + 255 * percent / 100)


def with_gamma(image: GreyFace, gamma: float) -> GreyFace:
    """Middle tones darker (gamma above 1) or brighter; black and white stay."""
    return _grey(255 * (image / 255) ** gamma)


def contrasted(image: GreyFace, times: float) -> GreyFace:
    """Differences from the mean grey times a factor of 0 or more; 1 changes nothing."""
    return _grey((image - image.mean()) * times + image.mean())


def rotated(image: GreyFace, degrees: float) -> GreyFace:
    """Turned about its middle, counter-clockwise; the edge is repeated where nothing is known."""
    side = image.shape[0]
    middle = ((side - 1) / 2, (side - 1) / 2)
    turn = cv2.getRotationMatrix2D(middle, degrees, 1.0)
    return np.asarray(
        cv2.warpAffine(image, turn, (side, side), borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def covered(image: GreyFace, percent: float, *, middle: float, grey: int) -> GreyFace:
    """A band of an even grey over the whole width.

    Args:
        image: the face.
        percent: height of the band, of the face's; 0 changes nothing.
        middle: of the band, as a share of the height from the top, such as `EYES` or `MOUTH`.
        grey: of the band, 0..255.
    """
    side = image.shape[0]
    height = side * percent / 100
    top = round(min(max(side * middle - height / 2, 0), side - height))
    result = image.copy()
    result[top : top + round(height)] = grey
    return result


def coarsened(image: GreyFace, side_px: float) -> GreyFace:
    """Shrunk to `side_px` pixels a side and enlarged again."""
    few = cv2.resize(image, (int(side_px), int(side_px)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(few, image.shape, interpolation=cv2.INTER_LINEAR), np.uint8)


def _grey(values: NDArray[np.floating[Any]]) -> GreyFace:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)
