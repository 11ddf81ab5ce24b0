"""How steady people stay: labels that flicker, the delay to a real change, numbers, cost.

    python -m bench.steadiness --json bench/results/steadiness.json

Every picture is made from two public-domain portraits, at 640×480 and 15 frames a second, with
the noise of a cheap camera. A still face flickers only near a boundary of two labels, so the
still faces are blends of the two portraits that the model holds for either label about equally
often (the worst case), and the two portraits themselves. "raw" is the top label of each frame
alone, every frame searched; "shown" is what LIVE_OPTIONS show. The choices of half-life and
margin are replayed on the same scores.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from bench import steady_scenes as scenes
from bench.pipeline import command_line, machine
from bench.pipeline import scene as people
from fer_core.classification import EmotionClassifier, load_classifier
from fer_core.detection import create_detector
from fer_core.errors import FerError
from fer_core.geometry import Point
from fer_core.pipeline import LIVE_OPTIONS, FramePipeline, PipelineOptions
from fer_core.results import EmotionScores, FaceResult, FrameResult, RgbImage
from fer_core.smoothing import LabelHold, Smoother

RAW_OPTIONS = PipelineOptions(half_life_s=0.0)
FACE_PX = 70, 120, 200
HALF_LIVES_S = 0.1, 0.2, 0.3, 0.5
MARGINS = 0.0, 0.05, 0.1, 0.15, 0.2
CHANGES = (0.0, 1.0), (0.25, 0.75), (0.75, 0.25), (1.0, 0.0)  # from one blend to another


def run(
    classifier: EmotionClassifier, images: Iterable[RgbImage], options: PipelineOptions
) -> list[FrameResult]:
    """The results of a clip."""
    pipeline = FramePipeline(create_detector(), classifier, options)
    return [
        pipeline.process(image, timestamp_s=index / scenes.FPS)
        for index, image in enumerate(images)
    ]


def changes_per_s(labels: Sequence[str]) -> float:
    """How often a label differs from the one before, a second."""
    return sum(a != b for a, b in pairwise(labels)) * scenes.FPS / max(len(labels) - 1, 1)


def first_faces(results: Sequence[FrameResult]) -> list[FaceResult]:
    """The surest face of each frame that has one."""
    return [result.faces[0] for result in results if result.faces]


def boundary(classifier: EmotionClassifier, *, face_px: float) -> float:
    """The blend at which a noisy face gets its old label in half of the frames."""
    low, high = 0.0, 1.0
    old = _tops(classifier, low, face_px)[0]
    for _ in range(7):
        part = (low + high) / 2
        tops = _tops(classifier, part, face_px)
        if tops.count(old) * 2 >= len(tops):
            low = part
        else:
            high = part
    return (low + high) / 2


def _tops(classifier: EmotionClassifier, part: float, face_px: float) -> list[str]:
    images = list(scenes.camera([scenes.blend(part, face_px=face_px)] * 9, seed=7))
    return [face.raw.top for face in first_faces(run(classifier, images, RAW_OPTIONS))]


def still(
    classifier: EmotionClassifier, part: float, *, face_px: float, seconds: float, seed: int = 1
) -> tuple[dict[str, Any], list[EmotionScores]]:
    """A still face: how often its label changes, and the scores that it got."""
    frame = scenes.blend(part, face_px=face_px)
    images = list(scenes.camera([frame] * round(seconds * scenes.FPS), seed=seed))
    raw = [f.raw for f in first_faces(run(classifier, images, RAW_OPTIONS))]
    shown = first_faces(run(classifier, images, LIVE_OPTIONS))
    raw_rate = changes_per_s([scores.top for scores in raw])
    shown_rate = changes_per_s([face.label for face in shown])
    row = {
        "blend": round(part, 4),
        "face_px": face_px,
        "frames": len(images),
        "frames_with_face": len(shown),
        "raw_labels": dict(Counter(scores.top for scores in raw).most_common()),
        "raw_changes_per_s": round(raw_rate, 3),
        "shown_changes_per_s": round(shown_rate, 3),
        "not_sure_changes_per_s": round(changes_per_s([str(f.unsure) for f in shown]), 3),
    }
    return row, raw


def change(
    classifier: EmotionClassifier, parts: tuple[float, float], *, face_px: float, seed: int = 1
) -> tuple[dict[str, Any], list[EmotionScores]]:
    """A face that changes at once after 2 s: how long until the new label is shown."""
    before, after = (scenes.blend(part, face_px=face_px) for part in parts)
    images = list(scenes.camera([before] * 30 + [after] * 30, seed=seed))
    raw = [f.raw for f in first_faces(run(classifier, images, RAW_OPTIONS))]
    shown = [face.label for face in first_faces(run(classifier, images, LIVE_OPTIONS))]
    row = {
        "blends": parts,
        "face_px": face_px,
        "from": shown[29],
        "to": shown[-1],
        "delay_s": delay_s(shown, at=30),
    }
    return row, raw


def delay_s(labels: Sequence[str], *, at: int) -> float | None:
    """Seconds from frame `at` to the first from which on the last label stays; None: no change."""
    if labels[at - 1] == labels[-1]:
        return None
    others = [index for index, label in enumerate(labels) if label != labels[-1]]
    return round((others[-1] + 1 - at) / scenes.FPS, 3)


def replayed(raw: Sequence[EmotionScores], half_life_s: float, margin: float) -> list[str]:
    """The labels that other choices would have shown for the scores of one face."""
    smoother = Smoother(half_life_s=half_life_s)
    hold = LabelHold(switch_margin=margin)
    return [
        hold.label(1, smoother.update(1, scores, timestamp_s=index / scenes.FPS))
        for index, scores in enumerate(raw)
    ]


def choices(
    stills: Sequence[Sequence[EmotionScores]], changed: Sequence[Sequence[EmotionScores]]
) -> list[dict[str, Any]]:
    """Mean changes a second on still faces and the longest delay, for each choice."""
    rows = []
    for half_life_s in HALF_LIVES_S:
        for margin in MARGINS:
            rates = [changes_per_s(replayed(raw, half_life_s, margin)) for raw in stills]
            delays = [delay_s(replayed(raw, half_life_s, margin), at=30) for raw in changed]
            rows.append(
                {
                    "half_life_s": half_life_s,
                    "switch_margin": margin,
                    "shown_changes_per_s": round(float(np.mean(rates)), 3),
                    "longest_delay_s": max((d for d in delays if d is not None), default=None),
                    "changes_missed": delays.count(None),
                }
            )
    return rows


def number_switches(
    results: Sequence[FrameResult], truth: Sequence[dict[str, Point]], *, face_px: float
) -> dict[str, Any]:
    """How often a person's number changes; a face belongs to the person it is nearest to."""
    seen: dict[str, list[int]] = {}
    for result, centers in zip(results, truth, strict=True):
        for face in result.faces:
            far = {name: _distance(face.face.box.center, c) for name, c in centers.items()}
            name = min(far, key=lambda name: far[name])
            # Where both lie on top of each other, the one in front is the one that is seen.
            if far[name] < face_px / 2 and _apart(centers) > face_px / 2:
                seen.setdefault(name, []).append(face.track_id)
    switches = sum(a != b for numbers in seen.values() for a, b in pairwise(numbers))
    return {
        "switches": switches,
        "numbers": {name: sorted(set(numbers)) for name, numbers in seen.items()},
        "seen_share": {name: round(len(n) / len(results), 2) for name, n in seen.items()},
    }


def _distance(a: Point, b: Point) -> float:
    return float(np.hypot(a.x - b.x, a.y - b.y))


def _apart(centers: dict[str, Point]) -> float:
    return _distance(*centers.values())


def numbers(
    classifier: EmotionClassifier, *, seconds: float, face_px: float = 110.0, seed: int = 1
) -> list[dict[str, Any]]:
    """Two faces that cross and one that hides for a moment, searched always and followed."""
    rows = []
    for name, clip in (("crossing", scenes.crossing), ("hidden", scenes.hidden)):
        frames, truth = zip(*clip(seconds=seconds, face_px=face_px), strict=True)
        images = list(scenes.camera(frames, seed=seed))
        for every_s in sorted({0.0, LIVE_OPTIONS.detect_every_s, 0.2}):
            options = replace(LIVE_OPTIONS, detect_every_s=every_s)
            found = number_switches(run(classifier, images, options), truth, face_px=face_px)
            rows.append({"clip": name, "seconds": seconds, "detect_every_s": every_s, **found})
    return rows


def cost(classifier: EmotionClassifier) -> list[dict[str, Any]]:
    """Milliseconds of finding faces: searched in every frame against followed only."""
    rows = []
    for faces in (1, 4):
        images = people(faces) * 12
        for name, every_s in (("detect", 0.0), ("follow", 1e9)):
            options = replace(LIVE_OPTIONS, detect_every_s=every_s)
            results = run(classifier, images, options)[10:]
            found_ms = [result.timings["detect"] for result in results]
            rows.append(
                {"faces": faces, "by": name, "p50_ms": round(float(np.median(found_ms)), 2)}
            )
    return rows


def measure(classifier: EmotionClassifier, *, seconds: float) -> dict[str, Any]:
    """Everything, for one label set."""
    stills, changes, still_scores, change_scores = [], [], [], []
    for face_px in FACE_PX:
        for part in (boundary(classifier, face_px=face_px), 0.0, 1.0):
            row, scores = still(classifier, part, face_px=face_px, seconds=seconds)
            stills.append(row)
            still_scores.append(scores)
        for parts in CHANGES:
            row, scores = change(classifier, parts, face_px=face_px)
            changes.append(row)
            change_scores.append(scores)
    raw, shown = (sum(row[f"{kind}_changes_per_s"] for row in stills) for kind in ("raw", "shown"))
    return {
        "still": stills,
        "times_less_flicker": round(raw / shown, 1) if shown else None,
        "change": changes,
        "longest_delay_s": max((r["delay_s"] for r in changes if r["delay_s"]), default=None),
        "choices": choices(still_scores, change_scores),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.steadiness", description=__doc__)
    parser.add_argument("--json", type=Path, required=True, help="file to write")
    parser.add_argument("--seconds", type=float, default=20.0, help="length of a still clip")
    given = sys.argv[1:] if arguments is None else arguments
    options = parser.parse_args(given)
    start = perf_counter()
    try:
        classifier = load_classifier()
        report: dict[str, Any] = {
            "command": command_line("bench.steadiness", given),
            "machine": machine(),
            "model": classifier.card.name,
            "options": asdict(LIVE_OPTIONS),
        }
        for head in classifier.card.labels:
            report[head] = measure(load_classifier(head=head), seconds=options.seconds)
        report["numbers"] = numbers(classifier, seconds=3.0)
        report["find_faces"] = cost(classifier)
    except FerError as error:
        print(error, file=sys.stderr)
        return 1
    report["took_s"] = round(perf_counter() - start)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
