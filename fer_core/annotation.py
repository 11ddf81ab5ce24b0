"""Results drawn into the picture."""

import cv2
import numpy as np

from fer_core.geometry import Box, clip
from fer_core.palette import EMOTION_COLORS
from fer_core.results import FaceResult, FrameResult, RgbImage

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_FONT_HEIGHT_PX = 22  # of a capital at scale 1
_UNSURE_COLOR = (70, 70, 70)
_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)

Color = tuple[int, int, int]


def draw_faces(image: RgbImage, result: FrameResult) -> RgbImage:
    """Draws a box and a label plate for each face; sizes follow those of picture and face.

    A face that the model is not sure of gets a grey plate that says so, with the reason.

    Args:
        image: (H, W, 3) uint8 RGB, the frame that `result` was read from.
        result: its faces; none gives an unchanged copy.

    Returns:
        A new (H, W, 3) uint8 RGB image.
    """
    canvas = np.array(image, np.uint8, order="C")
    # The surest faces last, so that their plates stay on top.
    for face in reversed(result.faces):
        _draw_face(canvas, face)
    return canvas


def label_of(face: FaceResult) -> str:
    """What the plate of a face says."""
    if face.unsure is not None:
        return f"#{face.track_id} not sure ({face.unsure})"
    return f"#{face.track_id} {face.smoothed.top} {face.smoothed.confidence:.0%}"


def _draw_face(canvas: RgbImage, face: FaceResult) -> None:
    height, width = canvas.shape[:2]
    box = clip(face.face.box, (width, height))
    if box is None:
        return
    color = _UNSURE_COLOR if face.unsure else color_of(face.smoothed.top)
    line = max(round(min(height / 200, width / 200, box.width / 40)), 1)
    corners = (round(box.left), round(box.top)), (round(box.right) - 1, round(box.bottom) - 1)
    # A light and a dark line together stand out on any skin, wall or shirt.
    cv2.rectangle(canvas, *corners, _contrast(color), line + 2, cv2.LINE_AA)
    cv2.rectangle(canvas, *corners, color, line, cv2.LINE_AA)
    _draw_plate(canvas, box, label_of(face), color)


def _draw_plate(canvas: RgbImage, box: Box, text: str, color: Color) -> None:
    """The text on a filled plate above the box, or inside its top where there is no room."""
    height, width = canvas.shape[:2]
    scale = _text_scale(text, box, width, height)
    stroke = max(round(scale * 1.6), 1)
    (text_w, text_h), below = cv2.getTextSize(text, _FONT, scale, stroke)
    pad = max(text_h // 3, 2)
    plate_w, plate_h = text_w + 2 * pad, text_h + below + 2 * pad
    left = min(max(round(box.left), 0), max(width - plate_w, 0))
    top = round(box.top) - plate_h
    if top < 0:
        top = max(round(box.top), 0)
    cv2.rectangle(canvas, (left, top), (left + plate_w - 1, top + plate_h - 1), color, cv2.FILLED)
    origin = left + pad, top + pad + text_h
    cv2.putText(canvas, text, origin, _FONT, scale, _contrast(color), stroke, cv2.LINE_AA)


def _text_scale(text: str, box: Box, width: int, height: int) -> float:
    """Text about as wide as the face; its height between a 75th and a 24th of the picture's
    shorter side, never below 8 pixels, and never wider than the picture."""
    (unit_w, _), _ = cv2.getTextSize(text, _FONT, 1.0, 1)
    shorter = min(width, height)
    wanted_px = 1.1 * box.width / unit_w * _FONT_HEIGHT_PX
    height_px = max(min(wanted_px, shorter / 24), shorter / 75, 8)
    return min(height_px / _FONT_HEIGHT_PX, 0.96 * width / unit_w)


def color_of(label: str) -> Color:
    """The palette's colour of a label as RGB; grey for a label that it lacks."""
    digits = EMOTION_COLORS.get(label, EMOTION_COLORS["neutral"]).lstrip("#")
    red, green, blue = bytes.fromhex(digits)
    return red, green, blue


def _contrast(color: Color) -> Color:
    """Black or white, whichever stands out more (WCAG 2 relative luminance)."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (channel / 255 for channel in color)
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return _BLACK if luminance > 0.179 else _WHITE
