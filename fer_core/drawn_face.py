"""A face drawn from action units, in greys; the drawing is ours.

Lengths are pixels of the picture; strengths of units are used as 0..1.
"""

from collections.abc import Mapping
from dataclasses import fields

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.action_units import MOST, ActionUnits
from fer_core.geometry import Box, Point
from fer_core.results import Face, Landmarks, RgbImage

SIDE = 480  # of the picture
_X, _EYES, _NOSE, _MOUTH = 240.0, 196.0, 270.0, 330.0  # of the face at rest
_FACE_Y, _FACE_SIDE = 236.0, 336.0  # of the box that a detector would give
_WALL, _SKIN, _LIGHT, _SHADE, _HAIR, _INK, _LIP = 214, 186, 220, 118, 52, 34, 112
_TINT = np.array([1.0, 0.96, 0.92])  # of warm paper

Curve = NDArray[np.float64]  # (N, 2): x, y
Strengths = Mapping[str, float]  # unit → 0..1


def drawn_face(units: ActionUnits) -> tuple[RgbImage, Face]:
    """Draws a face.

    Returns:
        (480, 480, 3) uint8 RGB, and the face in it as a detector would give it. Whether a
        detector finds it is another question.
    """
    a = {each.name: getattr(units, each.name) / MOST for each in fields(units)}
    page = _Page()
    _head(page, a)
    _forehead(page, a)
    for side in (-1, 1):
        _eye(page, a, side)
        _brow(page, a, side)
        _cheek(page, a, side)
    _nose(page, a)
    _mouth(page, a)
    half = _FACE_SIDE / 2
    box = Box(_X - half, _FACE_Y - half, _X + half, _FACE_Y + half)
    marks = Landmarks(
        Point(_X - 52, _EYES), Point(_X + 52, _EYES), Point(_X, _NOSE), Point(_X, _MOUTH)
    )
    return page.picture(), Face(box, 1.0, marks)


class _Page:
    """A grey sheet to paint on."""

    def __init__(self) -> None:
        self._sheet = np.full((SIDE, SIDE), _WALL, np.float32)

    def fill(
        self,
        outline: Curve,
        tone: float,
        *,
        soft: float = 0.0,
        strength: float = 1.0,
        within: Curve | None = None,
    ) -> None:
        """Paints an area.

        Args:
            outline: of the area, closed by itself.
            tone: 0..255.
            soft: standard deviation of its edge in pixels.
            strength: 0..1, how much of what was there is covered.
            within: outline of what may be painted; None for all.
        """
        self._paint(outline, tone, None, soft, strength, within)

    def line(
        self,
        along: Curve,
        tone: float,
        width: int,
        *,
        soft: float = 0.0,
        strength: float = 1.0,
    ) -> None:
        """Paints a line of a width in pixels; the rest as `fill`."""
        self._paint(along, tone, width, soft, strength, None)

    def picture(self) -> RgbImage:
        tinted = self._sheet[:, :, None] * _TINT
        return np.asarray(np.clip(tinted, 0, 255).round(), np.uint8)

    def _paint(
        self,
        curve: Curve,
        tone: float,
        width: int | None,
        soft: float,
        strength: float,
        within: Curve | None,
    ) -> None:
        if strength <= 0:
            return
        reach = 3 * soft + (width or 0) + 1
        left, top = np.clip(np.floor(curve.min(axis=0) - reach), 0, SIDE).astype(int)
        right, bottom = np.clip(np.ceil(curve.max(axis=0) + reach), 0, SIDE).astype(int)
        mask = _mask(curve, width, (left, top, right, bottom))
        if soft:
            mask = _softened(mask, soft)
        alpha = mask.astype(np.float32) * (strength / 255)
        if within is not None:
            alpha *= _mask(within, None, (left, top, right, bottom)).astype(np.float32) / 255
        part = self._sheet[top:bottom, left:right]
        part += alpha * (tone - part)


def _mask(curve: Curve, width: int | None, area: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """White where a part of the page is painted; the part as left, top, right, bottom."""
    left, top, right, bottom = area
    mask = np.zeros((bottom - top, right - left), np.uint8)
    # In sixteenths of a pixel, so that a small change of a strength is seen.
    points = ((curve - (left, top)) * 16).round().astype(np.int32)
    if width is None:
        return np.asarray(cv2.fillPoly(mask, [points], 255, cv2.LINE_AA, 4))
    return np.asarray(cv2.polylines(mask, [points], False, 255, width, cv2.LINE_AA, 4))


def _softened(mask: NDArray[np.uint8], soft: float) -> NDArray[np.uint8]:
    """Gaussian blur; a wide one on a quarter of the pixels, which looks the same."""
    if soft < 6:
        return np.asarray(cv2.GaussianBlur(mask, (0, 0), soft), np.uint8)
    height, width = mask.shape
    small = cv2.resize(mask, (-(-width // 4), -(-height // 4)), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), soft / 4)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _head(page: _Page, a: Strengths) -> None:
    """Shoulders, neck, ears, hair, the face with its shades, and the chin where the jaw has it."""
    drop = 30 * a["au26"]
    page.fill(_oval(_X, 520, 210, 92), _HAIR + 40, soft=2)
    page.fill(_oval(_X, 440, 70, 76), _SKIN - 45, soft=3)
    for side in (-1, 1):
        page.fill(_oval(_X + side * 148, 226, 18, 36), _SKIN - 30, soft=1.5)
    page.fill(_cap(), _HAIR, soft=2)
    face = _face_outline(drop)
    page.fill(face, _SKIN, soft=1.5)
    for side in (-1, 1):
        shade = _oval(_X + side * 150, 250, 40, 170)
        page.fill(shade, _SHADE, soft=22, strength=0.75, within=face)
    page.fill(_oval(_X, 116, 90, 30), _LIGHT, soft=20, strength=0.6, within=face)
    page.fill(_oval(_X, 392 + drop, 44, 14), _LIGHT, soft=12, strength=0.4, within=face)
    page.fill(_oval(_X, 442 + drop, 100, 14), _SHADE, soft=9, strength=0.6, within=face)
    page.fill(_oval(_X, 44, 150, 40), _HAIR, soft=4, within=_cap())


def _cap() -> Curve:
    """The hair down to the ears."""
    turn = np.linspace(np.pi, 2 * np.pi, 60)
    top = np.stack([_X + 164 * np.cos(turn), 200 + 186 * np.sin(turn)], axis=1)
    return np.concatenate([top, [(_X + 150, 232.0), (_X - 150, 232.0)]])


def _face_outline(drop: float) -> Curve:
    turn = np.linspace(0, 2 * np.pi, 80)
    x, y = np.cos(turn), np.sin(turn)
    lower = np.maximum(y, 0)
    return np.stack(
        [_X + 146 * x * (1 - 0.14 * lower**2), 228 + np.where(y > 0, (202 + drop) * y, 182 * y)], 1
    )


def _forehead(page: _Page, a: Strengths) -> None:
    """Level wrinkles of raised brows, upright ones between lowered brows."""
    lift = max(a["au1"], a["au2"])
    outer = a["au2"] / lift if lift else 0.0
    for row in range(3):
        half = 34 + 52 * outer
        wrinkle = _curve(
            (_X - half, 106 + 14 * row),
            (_X, 98 + 14 * row - 6 * outer),
            (_X + half, 106 + 14 * row),
        )
        page.line(wrinkle, _SHADE, 3, soft=2, strength=0.75 * lift)
    for side in (-1, 1):
        x = _X + side * (11 - 2 * a["au4"])
        page.line(
            _curve((x, 140), (x - side * 3, 156), (x, 174)),
            _INK,
            4,
            soft=2,
            strength=0.8 * a["au4"],
        )


def _brow(page: _Page, a: Strengths, side: int) -> None:
    down = 18 * a["au4"] + 6 * a["au9"]
    inner = (
        _X + side * (24 - 9 * a["au4"]),
        160 - 22 * a["au1"] - 4 * a["au2"] + down + 3 * a["au4"],
    )
    middle = (_X + side * 58, 143 - 10 * a["au1"] - 20 * a["au2"] + 0.8 * down)
    outer = (_X + side * 98, 160 - 19 * a["au2"] + 4 * a["au1"] + 0.35 * down)
    upper, lower = (
        _curve(inner, middle, outer),
        _curve((inner[0], inner[1] + 13), (middle[0], middle[1] + 14), (outer[0], outer[1] + 3)),
    )
    page.fill(np.concatenate([upper, lower[::-1]]), _INK, soft=1.6)


def _eye(page: _Page, a: Strengths, side: int) -> None:
    x = _X + side * 54
    frown = a["au4"] * (1 - a["au5"])
    up = 13 + 13 * a["au5"] - 5 * a["au7"] - 2 * a["au6"] - 4 * a["au9"] - 3 * frown
    low = 10 + 2 * a["au5"] - 4 * a["au7"] - 5 * a["au6"] - 3 * a["au9"]
    sorrow = 8 * a["au1"] * (1 - a["au5"])
    inner = (x - side * 30, _EYES + 4 - 0.4 * sorrow)
    outer = (x + side * 31, _EYES - 1 + sorrow)
    top = _curve(inner, (x - side * 2, _EYES - 1.9 * up), outer)
    bottom = _curve(inner, (x + side * 3, _EYES + 1.9 * low), outer)
    eye = np.concatenate([top, bottom[::-1]])
    page.fill(_oval(x, _EYES - 12, 44, 26), _SHADE, soft=10, strength=0.5)
    page.fill(_oval(x, _EYES + 20, 36, 9), _SHADE, soft=6, strength=0.35 + 0.3 * a["au6"])
    page.fill(eye, 244, soft=0.8)
    page.fill(_oval(x, _EYES - 1, 14, 14), 84, within=eye)
    page.fill(_oval(x, _EYES - 1, 6.5, 6.5), 14, within=eye)
    page.fill(_oval(x - 4, _EYES - 6, 3, 3), 255, within=eye)
    page.line(top, _INK, 4)
    page.line(bottom, _INK, 2, strength=0.55)
    fold = top + np.array([0, -7 + 3 * a["au5"] + 3 * a["au4"]])
    page.line(fold, _SHADE - 30, 2, soft=1.2, strength=0.7)
    for row in range(3):
        start = (x + side * 44, _EYES + 2 + 7 * row)
        end = (x + side * 62, _EYES - 8 + 14 * row)
        page.line(np.array([start, end]), _SHADE - 20, 2, soft=1.2, strength=0.8 * a["au6"])


def _cheek(page: _Page, a: Strengths, side: int) -> None:
    """The cheek's light, pushed up by a smile, and the fold from nose to mouth."""
    push = max(a["au6"], a["au12"])
    page.fill(
        _oval(_X + side * 86, 272 - 14 * push, 34, 24 + 4 * push),
        _LIGHT,
        soft=13,
        strength=0.5 + 0.3 * push,
    )
    depth = max(0.9 * a["au12"], 0.9 * a["au9"], 0.5 * a["au15"], 0.6 * a["au20"], 0.15)
    wide = 16 * a["au12"] + 12 * a["au20"] - 4 * a["au9"]
    fold = _curve(
        (_X + side * 36, 262 - 8 * a["au9"]),
        (_X + side * (66 + wide), 284 - 6 * a["au9"]),
        (_X + side * (72 + wide), 324 + 4 * a["au15"]),
    )
    page.line(fold, _SHADE - 20, 3, soft=2.6, strength=depth)
    if a["au12"]:
        bag = _curve((x := _X + side * 24, 222), (x + side * 34, 236), (x + side * 70, 218))
        page.line(bag, _SHADE, 3, soft=2.5, strength=0.7 * a["au6"])


def _nose(page: _Page, a: Strengths) -> None:
    lift = 8 * a["au9"]
    for side in (-1, 1):
        edge = _curve((_X + side * 17, 186), (_X + side * 10, 226), (_X + side * 22, 258 - lift))
        page.line(edge, _SHADE, 8, soft=6, strength=0.6)
        wing = _curve(
            (_X + side * 24, 254 - lift),
            (_X + side * (40 + 5 * a["au9"]), 266 - lift),
            (_X + side * 25, 279 - lift),
        )
        page.line(wing, _SHADE - 30, 3, soft=1.6, strength=0.75 + 0.25 * a["au9"])
        page.fill(_oval(_X + side * 13, 278 - lift, 8, 4), _INK, soft=1.4, strength=0.9)
        for row in range(3):
            wrinkle = _curve(
                (_X + side * 3, 190 + 12 * row),
                (_X + side * 14, 194 + 12 * row),
                (_X + side * 25, 206 + 13 * row),
            )
            page.line(wrinkle, _SHADE - 50, 3, soft=1.6, strength=0.9 * a["au9"])
    page.fill(_oval(_X, 232 - lift, 8, 40), _LIGHT, soft=7, strength=0.7)
    page.fill(_oval(_X, 264 - lift, 13, 9), _LIGHT + 15, soft=6, strength=0.7)


def _mouth(page: _Page, a: Strengths) -> None:
    half = 46 + 22 * a["au12"] + 20 * a["au20"] + 2 * a["au15"] - 12 * a["au26"] - 6 * a["au23"]
    smile, sink = 24 * a["au12"], 20 * a["au15"]
    gap = 8 * a["au25"] + 46 * a["au26"]
    push = 9 * a["au17"]
    full = 1 - 0.75 * a["au23"] - 0.25 * a["au12"]
    corner_y = _MOUTH - smile + sink + 0.35 * gap + 2 * a["au20"]
    one, dimple = 28 * a["au12_one_side"], a["au14_one_side"]
    left = (_X - half, corner_y)
    right = (_X + half + 0.6 * one - 6 * dimple, corner_y - one - 6 * dimple)
    seam_y = _MOUTH - push - 3 * a["au9"] + 3 * a["au12"]
    top_y = seam_y - 12 * full - 5 * a["au9"]
    upper_seam = _curve(left, (_X, 2 * seam_y - (left[1] + right[1]) / 2), right)
    lower_seam = _curve(left, (_X, 2 * (seam_y + gap) - (left[1] + right[1]) / 2), right)
    top = _curve(left, (_X, 2 * top_y - (left[1] + right[1]) / 2), right)
    low_y = seam_y + gap + 15 * full - 2 * a["au17"]
    bottom = _curve(left, (_X, 2 * low_y - (left[1] + right[1]) / 2), right)
    page.fill(np.concatenate([top, upper_seam[::-1]]), _LIP - 12, soft=1.4)
    page.fill(np.concatenate([lower_seam, bottom[::-1]]), _LIP + 18, soft=1.4)
    inside = np.concatenate([upper_seam, lower_seam[::-1]])
    if gap > 1:
        page.fill(inside, 24, soft=0.8)
        teeth = upper_seam + np.array([0, min(0.6 * gap, 13)])
        page.fill(np.concatenate([upper_seam, teeth[::-1]]), 238, soft=0.8, within=inside)
    page.line(upper_seam, _INK, 3, soft=0.8)
    under = bottom + np.array([0, 9.0])
    page.line(under[12:-12], _SHADE, 6, soft=5, strength=0.6)
    for side, (x, y) in ((-1, left), (1, right)):
        dent = _curve((x + side * 2, y - 7), (x + side * 7, y + 1), (x + side * 2, y + 9))
        strength = 0.35 + 0.6 * max(a["au12"], a["au15"], a["au20"], dimple if side > 0 else 0)
        page.line(dent, _INK, 3, soft=1.8, strength=strength)
    if a["au17"]:
        chin = _curve((_X - 30, 378), (_X, 366), (_X + 30, 378))
        page.line(chin, _SHADE - 30, 4, soft=2.5, strength=0.8 * a["au17"])


def _oval(x: float, y: float, half_width: float, half_height: float) -> Curve:
    turn = np.linspace(0, 2 * np.pi, 60)
    return np.stack([x + half_width * np.cos(turn), y + half_height * np.sin(turn)], axis=1)


def _curve(
    start: tuple[float, float], pull: tuple[float, float], end: tuple[float, float]
) -> Curve:
    """A quadratic Bézier curve, (40, 2)."""
    t = np.linspace(0, 1, 40)[:, None]
    a, b, c = np.array(start), np.array(pull), np.array(end)
    return np.asarray((1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c)
