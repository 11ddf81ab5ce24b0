"""Faces at a size to look at, with what the network looked at where that is wanted."""

import numpy as np
from numpy.typing import NDArray

from fer_core.bundle import InputSpec
from fer_core.classification import EmotionClassifier
from fer_core.geometry import Box
from fer_core.heatmap import draw_heat_map, heat_map
from fer_core.results import Face, RgbImage
from fer_core.whatif import for_people

SIDE = 384  # of a picture, in pixels: eight times a face of 48


def large(face: NDArray[np.uint8], classifier: EmotionClassifier | None = None) -> RgbImage:
    """A face crop, enlarged.

    Args:
        face: (S, S) grey or (S, S, 3) RGB.
        classifier: its heat map for its top label is laid over the face; None for none.

    Returns:
        (384, 384, 3) uint8 RGB.
    """
    image = for_people(face, SIDE)
    if classifier is None:
        return image
    whole = Face(Box(0, 0, SIDE, SIDE), 1.0)
    return draw_heat_map(image, whole, heat_map(classifier, face), spec=InputSpec(SIDE))
