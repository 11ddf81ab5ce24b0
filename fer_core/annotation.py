"""Results drawn into the picture."""

from dataclasses import dataclass

import cv2
import numpy as np

from fer_core.geometry import Box, clip
from fer_core.palette import person_color
from fer_core.results import FaceResult, FrameResult, RgbImage

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_FONT_HEIGHT_PX = 22  # of a capital at scale 1
_UNSURE_COLOR = (70, 70, 70)
_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)
# People recognise faces they know from 7×10 blurred cells (Sinha et al. 2006,
# doi 10.1109/JPROC.2006.884093); here the face itself gets 4×4.
_BLUR_CELLS, _BLUR_MARGIN = 5, 1.3

Color = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class DrawStyle:
    """How `draw_faces` draws.

    Attributes:
        large: for a screen seen from the back of a room: thick boxes, and letters a 12th of
            the picture high where there is room.
        mirrored: the picture is flipped as in a mirror; the text stays readable.
        blur_others: faces that were found but not read are made unrecognisable.
    """

    large: bool = False
    mirrored: bool = False
    blur_others: bool = False


_PLAIN = DrawStyle()


def draw_faces(image: RgbImage, result: FrameResult, style: DrawStyle = _PLAIN) -> RgbImage:
    """Draws a box and a label plate for each face in the colour of the person.

    A face that the model is not sure of gets a dashed box, and a grey plate that says so with
    the reason, with a stripe of the person's colour.

    Args:
        image: (H, W, 3) uint8 RGB, the frame that `result` was read from.
        result: its faces; none gives an unchanged copy.
        style: sizes, mirror and blur.

    Returns:
        A new (H, W, 3) uint8 RGB image.
    """
    canvas = np.array(image, np.uint8, order="C")
    if style.blur_others:
        for other in result.others:
            _blur(canvas, other)
    if style.mirrored:
        canvas = np.asarray(cv2.flip(canvas, 1), np.uint8)
    height, width = canvas.shape[:2]
    shown = [(face, _shown(face.face.box, (width, height), style)) for face in result.faces]
    boxes = [box for _, box in shown if box]
    # The surest faces last, so that their plates stay on top.
    for face, box in reversed(shown):
        if box is None:
            continue
        _draw_box(canvas, box, face, style)
        if style.large:
            _draw_large_plate(canvas, box, face, room_px=_room(box, boxes, (width, height)))
        else:
            _draw_plate(canvas, box, face)
    return canvas


def label_of(face: FaceResult) -> str:
    """What the plate of a face says."""
    if face.unsure is not None:
        return f"#{face.track_id} not sure ({face.unsure})"
    return f"#{face.track_id} {face.label} {face.confidence:.0%}"


def _shown(box: Box, size_wh: tuple[int, int], style: DrawStyle) -> Box | None:
    """Where a box of the source stands in the drawn picture; None outside of it."""
    width = size_wh[0]
    if style.mirrored:
        box = Box(width - box.right, box.top, width - box.left, box.bottom)
    return clip(box, size_wh)


def _blur(canvas: RgbImage, box: Box) -> None:
    """Leaves of a face and its surroundings a few blurred cells."""
    center = box.center
    half_w, half_h = box.width * _BLUR_MARGIN / 2, box.height * _BLUR_MARGIN / 2
    wide = Box(center.x - half_w, center.y - half_h, center.x + half_w, center.y + half_h)
    inside = clip(wide, (canvas.shape[1], canvas.shape[0]))
    if inside is None:
        return
    # Rounded outwards: no row of the face stays.
    part = canvas[
        int(inside.top) : int(np.ceil(inside.bottom)),
        int(inside.left) : int(np.ceil(inside.right)),
    ]
    cells = cv2.resize(part, (_BLUR_CELLS, _BLUR_CELLS), interpolation=cv2.INTER_AREA)
    cells = cv2.blur(cells, (3, 3))
    part[:] = cv2.resize(cells, part.shape[1::-1], interpolation=cv2.INTER_LINEAR)


def _draw_box(canvas: RgbImage, box: Box, face: FaceResult, style: DrawStyle) -> None:
    """A light and a dark line together stand out on any skin, wall or shirt."""
    height, width = canvas.shape[:2]
    line = max(round(min(height / 200, width / 200, box.width / 40)), 1)
    if style.large:
        line = max(round(min(height / 80, width / 80, box.width / 20)), 2)
    color = _rgb(person_color(face.track_id))
    left, top = round(box.left), round(box.top)
    right, bottom = round(box.right) - 1, round(box.bottom) - 1
    cv2.rectangle(canvas, (left, top), (right, bottom), _contrast(color), line + 2)
    if face.unsure is None:
        cv2.rectangle(canvas, (left, top), (right, bottom), color, line)
        return
    dash = 4 * line + 2
    for start in range(left, right + 1, 2 * dash):
        end = min(start + dash, right)
        for y in (top, bottom):
            cv2.line(canvas, (start, y), (end, y), color, line)
    for start in range(top, bottom + 1, 2 * dash):
        end = min(start + dash, bottom)
        for x in (left, right):
            cv2.line(canvas, (x, start), (x, end), color, line)


def _draw_plate(canvas: RgbImage, box: Box, face: FaceResult) -> None:
    """The number, the label or the doubt, as wide as the face."""
    height, width = canvas.shape[:2]
    text = label_of(face)
    _draw_text(canvas, box, face, ((text, _text_scale(text, box, width, height)),))


def _draw_large_plate(canvas: RgbImage, box: Box, face: FaceResult, *, room_px: float) -> None:
    """Only the label, as large as there is room; the reason of an unsure one below it."""
    first = f"{face.label} {face.confidence:.0%}" if face.unsure is None else "not sure"
    (unit_w, _), _ = cv2.getTextSize(first, _FONT, 1.0, 2)
    edge = 4 * _FONT_HEIGHT_PX / 3  # of stripe and padding at scale 1, see _draw_text
    scale = min(canvas.shape[0] / 12 / _FONT_HEIGHT_PX, room_px / (unit_w + edge))
    lines: tuple[tuple[str, float], ...] = ((first, scale),)
    if face.unsure is not None:
        (unit_w, _), _ = cv2.getTextSize(face.unsure, _FONT, 1.0, 2)
        lines = (*lines, (face.unsure, min(0.6 * scale, (room_px - edge * scale) / unit_w)))
    _draw_text(canvas, box, face, lines)


def _room(box: Box, boxes: list[Box], size_wh: tuple[int, int]) -> float:
    """Width in pixels that a large plate may take without covering the one beside it."""
    beside = [
        abs(other.center.x - box.center.x)
        for other in boxes
        if other is not box and abs(other.top - box.top) < size_wh[1] / 5
    ]
    return max(min([*beside, size_wh[0] / (len(beside) + 1)]), size_wh[0] / 6)


def _draw_text(
    canvas: RgbImage, box: Box, face: FaceResult, lines: tuple[tuple[str, float], ...]
) -> None:
    """Lines of text, each with its scale, on one plate above the box; without room, below it."""
    height, width = canvas.shape[:2]
    person = _rgb(person_color(face.track_id))
    color = person if face.unsure is None else _UNSURE_COLOR
    strokes = [max(round(scale * 1.6), 1) for _, scale in lines]
    sizes = [
        cv2.getTextSize(text, _FONT, scale, stroke)
        for (text, scale), stroke in zip(lines, strokes, strict=True)
    ]
    pad = max(sizes[0][0][1] // 3, 2)
    stripe = 0 if face.unsure is None else 2 * pad
    plate_w = max(size[0] for size, _ in sizes) + 2 * pad + stripe
    plate_h = sum(size[1] + below + pad for size, below in sizes) + pad
    left = min(max(round(box.center.x - plate_w / 2), 0), max(width - plate_w, 0))
    top, under = round(box.top) - plate_h, round(box.bottom) + 2
    if top < 0:
        top = under if under + plate_h <= height else 0
    bottom = top + plate_h - 1
    cv2.rectangle(canvas, (left, top), (left + plate_w - 1, bottom), color, cv2.FILLED)
    if stripe:
        cv2.rectangle(canvas, (left, top), (left + stripe - 1, bottom), person, cv2.FILLED)
    y = top
    for (text, scale), stroke, ((_, text_h), below) in zip(lines, strokes, sizes, strict=True):
        origin = left + stripe + pad, y + pad + text_h
        cv2.putText(canvas, text, origin, _FONT, scale, _contrast(color), stroke, cv2.LINE_AA)
        y += text_h + below + pad


def _text_scale(text: str, box: Box, width: int, height: int) -> float:
    """Text about as wide as the face; its height between a 75th and a 24th of the picture's
    shorter side, never below 8 pixels, and never wider than the picture."""
    (unit_w, _), _ = cv2.getTextSize(text, _FONT, 1.0, 1)
    shorter = min(width, height)
    wanted_px = 1.1 * box.width / unit_w * _FONT_HEIGHT_PX
    height_px = max(min(wanted_px, shorter / 24), shorter / 75, 8)
    return min(height_px / _FONT_HEIGHT_PX, 0.96 * width / unit_w)


def _rgb(color: str) -> Color:
    """ "#RRGGBB" as numbers."""
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red, green, blue


def _contrast(color: Color) -> Color:
    """Black or white, whichever stands out more (WCAG 2 relative luminance)."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (channel / 255 for channel in color)
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return _BLACK if luminance > 0.179 else _WHITE
