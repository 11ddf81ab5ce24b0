"""How often cuts of a clip are missed, and how often one is seen where there is none.

    python -m bench.shots --json bench/results/shots.json

Pairs of frames, as they are a third of a second apart at three frames a second, made from the
pictures that scikit-image and matplotlib carry, with the noise and the JPEG of a cheap camera.
Cuts: to another picture; to another person on another wall; to the same person on another wall;
to another person on the same wall, which colours and parts cannot tell. No cuts: pans, zooms,
tilts, blur, changes of light, a hand before the camera, people who move, come and go.
"""

import argparse
import importlib.util
import itertools
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

import cv2
import numpy as np
from PIL import Image

from bench.pipeline import command_line, machine
from bench.steady_scenes import camera
from fer_core.results import RgbImage
from fer_core.samples import sample_frames, sample_image
from fer_core.shots import ShotCuts

PICTURES = (
    *("astronaut.png", "brick.png", "camera.png", "cell.png", "chelsea.png", "coffee.png"),
    *("coins.png", "color.png", "grass.png", "gravel.png", "hubble_deep_field.jpg", "ihc.png"),
    *("moon.png", "motorcycle_left.png", "retina.jpg", "rocket.jpg", "text.png"),
)
WALLS = ((196, 202, 206), (60, 50, 45), (120, 150, 110), (170, 120, 90))
PORTRAITS = {"astronaut": (116, 10, 216), "grace_hopper": (90, 40, 340)}  # left, top, width
WH = 640, 360
SKIN = (190, 140, 115)

Pair = tuple[str, RgbImage, RgbImage]


def pictures() -> list[RgbImage]:
    """Photographs and micrographs, (H, W, 3) uint8 RGB."""
    spec = importlib.util.find_spec("skimage")
    assert spec is not None and spec.origin is not None
    folder = Path(spec.origin).parent / "data"
    loaded = [np.asarray(Image.open(folder / name).convert("RGB")) for name in PICTURES]
    return [*loaded, sample_image("grace_hopper")]


def view(image: RgbImage, x: float, y: float, part: float, *, lean: float = 0) -> RgbImage:
    """What a camera sees of a picture.

    Args:
        image: (H, W, 3) uint8 RGB.
        x, y: place of the view in the room that it has, 0..1.
        part: its width, of the widest view possible.
        lean: degrees.
    """
    height, width = image.shape[:2]
    cut_w = min(width, height * WH[0] / WH[1]) * part
    cut_h = cut_w * WH[1] / WH[0]
    center = cut_w / 2 + (width - cut_w) * x, cut_h / 2 + (height - cut_h) * y
    move = cv2.getRotationMatrix2D(center, lean, WH[0] / cut_w)
    move[:, 2] += WH[0] / 2 - center[0], WH[1] / 2 - center[1]
    return np.asarray(cv2.warpAffine(image, move, WH, borderMode=cv2.BORDER_REFLECT), np.uint8)


def anywhere(image: RgbImage, rng: np.random.Generator) -> RgbImage:
    """A view of the picture from a place that chance chose."""
    x, y = rng.random(2)
    return view(image, x, y, 0.8)


def person(wall: RgbImage, name: str, *, x: float = 0.5, size: float = 0.8) -> RgbImage:
    """A head before a wall; place in widths, size in heights of the frame."""
    left, top, width = PORTRAITS[name]
    cut = sample_image(name)[top : top + width * 5 // 4, left : left + width]
    height = round(size * WH[1])
    head = cv2.resize(cut, (height * 4 // 5, height), interpolation=cv2.INTER_AREA)
    mask = np.zeros(head.shape[:2], np.uint8)
    middle = head.shape[1] // 2, head.shape[0] // 2
    cv2.ellipse(mask, middle, (middle[0] - 2, middle[1] - 2), 0, 0, 360, 255, cv2.FILLED)
    frame = wall.copy()
    left, top = round(x * WH[0]) - middle[0], WH[1] // 2 - middle[1]
    place = frame[top : top + head.shape[0], max(left, 0) : left + head.shape[1]]
    shown = slice(max(-left, 0), max(-left, 0) + place.shape[1])
    place[mask[:, shown] > 0] = head[:, shown][mask[:, shown] > 0]
    return frame


def walls(rng: np.random.Generator) -> list[RgbImage]:
    """Plain walls, and blurred backgrounds."""
    plain = [np.full((WH[1], WH[0], 3), color, np.uint8) for color in WALLS]
    blurred = [cv2.GaussianBlur(anywhere(each, rng), (0, 0), 4) for each in pictures()]
    return [*plain, *(np.asarray(each, np.uint8) for each in blurred[:3])]


def cuts(rng: np.random.Generator) -> Iterator[Pair]:
    """The last frame of a shot and the first of the next."""
    for one, other in itertools.permutations(pictures(), 2):
        yield "another picture", anywhere(one, rng), anywhere(other, rng)
    rooms = walls(rng)
    for (first, second), size in itertools.product(
        itertools.permutations(PORTRAITS), (0.6, 0.8, 0.95)
    ):
        for here, there in itertools.permutations(rooms, 2):
            before = person(here, first, size=size)
            yield "another person and wall", before, person(there, second, size=size)
            yield "another wall", before, person(there, first, size=size)
        for room in rooms:
            yield "another person", person(room, first, size=size), person(room, second, size=size)


def going_on(rng: np.random.Generator) -> Iterator[Pair]:
    """Two frames of one shot."""
    for image in pictures():
        x, y = rng.random(2)
        still = view(image, x, y, 0.7)
        yield "still", still, still
        for name, change in changes(rng).items():
            yield name, still, change(still)
            yield name, change(still), still
        yield "tilt", still, view(image, x, y, 0.7, lean=6)
        for part in (0.85, 0.7):
            near, far = view(image, 0.5, 0.5, 0.8 * part), view(image, 0.5, 0.5, 0.8)
            yield from (("zoom", far, near), ("zoom", near, far))
        height, width = image.shape[:2]
        cut_w = min(width, height * WH[0] / WH[1]) * 0.5
        for share in (0.1, 0.2, 0.3):
            step = share * cut_w / (width - cut_w)
            start = rng.uniform(0, 1 - step)
            yield f"pan {share}", view(image, start, y, 0.5), view(image, start + step, y, 0.5)
    for room, name in itertools.product(walls(rng), PORTRAITS):
        there = person(room, name, x=0.4)
        for shift in (0.05, 0.1, 0.2, 0.3):
            yield "a head moves", there, person(room, name, x=0.4 + shift)
        yield "a head comes nearer", person(room, name, size=0.6), person(room, name, size=0.85)
        yield from (("a person comes", room, there), ("a person goes", there, room))
        second = next(other for other in PORTRAITS if other != name)
        yield "a second person comes", there, person(there, second, x=0.7, size=0.7)


def changes(rng: np.random.Generator) -> dict[str, Callable[[RgbImage], RgbImage]]:
    """What may happen to a picture within a shot."""

    def light(gain: float, lift: float = 0) -> Callable[[RgbImage], RgbImage]:
        return lambda image: np.clip(image * gain + lift, 0, 255).astype(np.uint8)

    def hand(cover: float) -> Callable[[RgbImage], RgbImage]:
        def cover_with(image: RgbImage) -> RgbImage:
            center = round(rng.uniform(0.2, 0.8) * WH[0]), round(rng.uniform(0.3, 0.9) * WH[1])
            axes = round(WH[0] * 0.55 * cover**0.5), round(WH[1] * 0.6 * cover**0.5)
            covered, lean = image.copy(), rng.uniform(-30, 30)
            return np.asarray(cv2.ellipse(covered, center, axes, lean, 0, 360, SKIN, -1), np.uint8)

        return cover_with

    blur = np.full((1, 31), 1 / 31, np.float32)
    return {
        **{f"light × {gain}": light(gain) for gain in (0.4, 0.6, 1.6, 2.2)},
        "flash": light(1.2, 90),
        **{f"hand over {cover:.0%}": hand(cover) for cover in (0.2, 0.4, 0.6)},
        "motion blur": lambda image: np.asarray(cv2.filter2D(image, -1, blur), np.uint8),
    }


def counted(pairs: Iterator[Pair], *, seed: int) -> dict[str, dict[str, int]]:
    """Kind → how many pairs there are, and in how many a new shot was seen."""
    counts: dict[str, dict[str, int]] = {}
    for name, one, other in pairs:
        before, now = camera([one, other], seed=seed)
        look = ShotCuts()
        look.begins(before)
        row = counts.setdefault(name, {"pairs": 0, "cuts_seen": 0})
        row["pairs"] += 1
        row["cuts_seen"] += look.begins(now)
    return counts


def milliseconds(size_wh: tuple[int, int]) -> dict[str, float]:
    """Time a frame of a moving scene takes, and one that is a cut."""
    frames = [frame for _, (_, frame) in zip(range(60), sample_frames(size_wh), strict=False)]
    usual, cut = ShotCuts(), []
    spent = [_timed(usual, frame) for frame in frames]
    others = [
        np.asarray(cv2.resize(each, size_wh), np.uint8)
        for each in (sample_image("astronaut"), sample_image("grace_hopper"))
    ]
    look = ShotCuts()
    for _ in range(30):
        cut += [_timed(look, other) for other in others]
    return {"usual": round(median(spent), 3), "at_a_cut": round(median(cut), 3)}


def _timed(look: ShotCuts, frame: RgbImage) -> float:
    start_s = perf_counter()
    look.begins(frame)
    return (perf_counter() - start_s) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.shots", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write the figures")
    arguments = parser.parse_args()
    report = {
        "command": command_line("bench.shots", sys.argv[1:]),
        "machine": machine(),
        "cuts": counted(cuts(np.random.default_rng(1)), seed=1),
        "no_cuts": counted(going_on(np.random.default_rng(2)), seed=2),
        "milliseconds_a_frame": {
            f"{width}x{height}": milliseconds((width, height))
            for width, height in ((640, 480), (1280, 720))
        },
    }
    text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    if arguments.json:
        arguments.json.write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
