"""What if the picture were darker, blurred, turned, covered? One face under changes with units.

A face is changed as the robustness study changes the test faces (`damage.py`): on the small grey
face that all of the network's input is made of. So a slider here and a figure there mean the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.action_units import MOST, ActionUnits
from fer_core.bundle import InputSpec
from fer_core.damage import (
    EYES,
    MOUTH,
    GreyFace,
    blurred,
    brightened,
    coarsened,
    contrasted,
    covered,
    noisy,
    rotated,
)
from fer_core.drawn_face import drawn_face
from fer_core.preprocessing import crop_face, prepare
from fer_core.results import Face, RgbImage

MASK_GREY, GLASSES_GREY = 200, 30  # of a pale mask and of dark glasses, 0..255
UNIT_STEP = 0.2
UNIT_VALUES = tuple(round(UNIT_STEP * step, 6) for step in range(round(MOST / UNIT_STEP) + 1))
_SEED = 1  # the same noise at every strength, so that a slider moves one thing alone


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to a face; a new `Change()` does nothing.

    Attributes:
        brightness_percent: of white, -100..100.
        contrast_times: differences from the mean grey, 0 or more.
        blur_px: standard deviation, in pixels of the small face.
        noise_percent: standard deviation, of white.
        rotation_deg: -180..180; above 0 counter-clockwise.
        resolution_px: pixels a side that are left; 0 leaves all.
        mask_percent: height of a pale band over the mouth, of the face's, 0..100.
        glasses_percent: height of a dark band over the eyes, likewise.
        margin_times: side of the crop, in sides of the detected box; 0 takes the model's own.
    """

    brightness_percent: float = 0.0
    contrast_times: float = 1.0
    blur_px: float = 0.0
    noise_percent: float = 0.0
    rotation_deg: float = 0.0
    resolution_px: float = 0.0
    mask_percent: float = 0.0
    glasses_percent: float = 0.0
    margin_times: float = 0.0


@dataclass(frozen=True, slots=True)
class Knob:
    """A slider: one field of `Change` and its range.

    Attributes:
        field: of `Change`.
        name: in plain words.
        term: what exactly is changed.
        unit: behind a value, such as " px".
        low, high, step: of the slider.
        usual: the value that changes nothing.
    """

    field: str
    name: str
    term: str
    unit: str
    low: float
    high: float
    step: float
    usual: float

    @property
    def values(self) -> tuple[float, ...]:
        """Every position of the slider, from low to high."""
        count = round((self.high - self.low) / self.step)
        return tuple(round(self.low + step * self.step, 6) for step in range(count + 1))


@dataclass(frozen=True, slots=True)
class Flip:
    """A place on a slider where the label changes.

    Attributes:
        value: the first position, going away from the usual one, that has the new label.
        before, after: the labels.
    """

    value: float
    before: str
    after: str


def knobs(spec: InputSpec) -> tuple[Knob, ...]:
    """The sliders for a model that reads faces as `spec` says."""
    side = small_side(spec)
    deviation = "Gaussian, standard deviation"
    return (
        Knob("brightness_percent", "Brightness", "added, of white", " %", -60, 60, 2, 0),
        Knob("contrast_times", "Contrast", "factor about the mean", " ×", 0.05, 2, 0.05, 1),
        Knob("blur_px", "Blur", deviation, " px", 0, 4, 0.1, 0),
        Knob("noise_percent", "Noise", f"{deviation}, of white", " %", 0, 40, 1, 0),
        Knob("rotation_deg", "Rotation", "counter-clockwise", "°", -90, 90, 3, 0),
        Knob("resolution_px", "Resolution", "pixels a side", " px", 4, side, 1, side),
        Knob("mask_percent", "Mask", "over the mouth, of the height", " %", 0, 60, 2, 0),
        Knob("glasses_percent", "Dark glasses", "over the eyes, of the height", " %", 0, 60, 2, 0),
        Knob("margin_times", "Crop", "margin, in face boxes", " ×", 0.6, 2, 0.05, spec.margin),
    )


def small_side(spec: InputSpec) -> int:
    """The side in pixels of the small face that the network's input is made of."""
    return spec.source_size or spec.size


def small_face(image: RgbImage, face: Face, spec: InputSpec, change: Change) -> GreyFace:
    """The face as the network gets it, changed, before it is enlarged to the network's input.

    Args:
        image: (H, W, 3) uint8 RGB.
        face: in the pixels of `image`.
        spec: how the model reads faces; colour is dropped here even where it keeps it.
        change: what to do to it.

    Returns:
        (S, S) uint8 grey, S as `small_side` says.
    """
    crop = crop_face(image, face, replace(spec, margin=change.margin_times or spec.margin))
    plain = InputSpec(small_side(spec), grayscale=True, source_size=0)
    return changed(prepare([crop], plain)[0, :, :, 0], change)


def changed(face: GreyFace, change: Change) -> GreyFace:
    """A new face after all changes but the crop: what is worn, the turn, the light, the camera."""
    glasses = partial(covered, middle=EYES, grey=GLASSES_GREY)
    mask = partial(covered, middle=MOUTH, grey=MASK_GREY)
    rng = np.random.default_rng(_SEED)
    coarse = 0 < change.resolution_px < len(face)
    steps: tuple[tuple[bool | float, Callable[[GreyFace], GreyFace]], ...] = (
        (change.glasses_percent, partial(glasses, percent=change.glasses_percent)),
        (change.mask_percent, partial(mask, percent=change.mask_percent)),
        (change.rotation_deg, partial(rotated, degrees=change.rotation_deg)),
        (change.contrast_times != 1, partial(contrasted, times=change.contrast_times)),
        (change.brightness_percent, partial(brightened, percent=change.brightness_percent)),
        (change.blur_px, partial(blurred, sigma_px=change.blur_px)),
        (coarse, partial(coarsened, side_px=change.resolution_px)),
        (change.noise_percent, partial(noisy, percent=change.noise_percent, rng=rng)),
    )
    for wanted, step in steps:
        if wanted:
            face = step(face)
    return face.copy()


def knob_faces(
    image: RgbImage, face: Face, spec: InputSpec, change: Change, knob: Knob
) -> list[GreyFace]:
    """The small face at every position of one slider, the others as `change` has them."""
    return [
        small_face(image, face, spec, replace(change, **{knob.field: value}))
        for value in knob.values
    ]


def unit_faces(units: ActionUnits, field: str, spec: InputSpec, change: Change) -> list[GreyFace]:
    """The small drawn face at each of `UNIT_VALUES` of one action unit, the others as given."""
    drawings = (drawn_face(replace(units, **{field: value})) for value in UNIT_VALUES)
    return [small_face(image, face, spec, change) for image, face in drawings]


def flips(values: Sequence[float], labels: Sequence[str], *, usual: float) -> tuple[Flip, ...]:
    """Where the label changes on a slider, seen from its usual position.

    Args:
        values: positions from low to high.
        labels: the label at each.
        usual: the position that changes nothing.

    Returns:
        The flips on both sides of `usual`, nearest first.
    """
    found = []
    for (low, below), (high, above) in pairwise(zip(values, labels, strict=True)):
        if below != above:
            away = high > usual
            found.append(Flip(high, below, above) if away else Flip(low, above, below))
    return tuple(sorted(found, key=lambda flip: abs(flip.value - usual)))


def for_people(image: NDArray[np.uint8], side: int) -> RgbImage:
    """A square picture at a size to look at; small ones keep visible pixels.

    Args:
        image: (S, S) grey or (S, S, 3) RGB.
        side: of the result in pixels; whole multiples of S stay sharp.

    Returns:
        (side, side, 3) uint8 RGB.
    """
    how = cv2.INTER_NEAREST if len(image) < side else cv2.INTER_AREA
    sized = cv2.resize(image, (side, side), interpolation=how)
    return np.asarray(cv2.cvtColor(sized, cv2.COLOR_GRAY2RGB) if sized.ndim == 2 else sized)
