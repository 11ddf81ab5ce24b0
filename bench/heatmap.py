"""Whether heat maps show what the network uses: covering the hottest tenth against another tenth.

    python -m bench.heatmap --data private_test.parquet --json bench/results/heatmap.json

For each face the hottest tenth of its pixels is covered with its mean grey, then as a control
the same shape moved to a random place (cyclically), and a tenth of single pixels at random. What
counts is how much the probability of the top label falls.
"""

import argparse
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from bench.pipeline import command_line, machine
from fer_core.classification import EmotionClassifier, load_classifier
from fer_core.errors import FerError
from fer_core.heatmap import heat_map

SHARE = 0.1
COVERS = ("hottest", "elsewhere", "scattered")


def faces(path: Path, count: int, *, seed: int) -> list[NDArray[np.uint8]]:
    """Faces drawn at random from a parquet file as Hugging Face writes them: (48, 48) grey."""
    images = pd.read_parquet(path, columns=["image"])["image"]
    rows = np.random.default_rng(seed).permutation(len(images))[:count]
    opened = (Image.open(io.BytesIO(images[row]["bytes"])) for row in rows)
    return [np.asarray(image.convert("L"), np.uint8) for image in opened]


def masks(heat: NDArray[np.float32], rng: np.random.Generator) -> list[NDArray[np.bool_]]:
    """What is covered, in the order of `COVERS`; each a tenth of the pixels."""
    count = round(heat.size * SHARE)
    hottest, scattered = np.zeros((2, heat.size), np.bool_)
    hottest[np.argsort(-heat, axis=None, kind="stable")[:count]] = True
    scattered[rng.choice(heat.size, count, replace=False)] = True
    shape = hottest.reshape(heat.shape)
    down, right = rng.integers(0, heat.shape[0], 2).tolist()
    return [shape, np.roll(shape, (down, right), (0, 1)), scattered.reshape(heat.shape)]


def falls(
    classifier: EmotionClassifier, crop: NDArray[np.uint8], rng: np.random.Generator
) -> tuple[list[float], float]:
    """How much each cover of `COVERS` takes from the top label, and the milliseconds of the map."""
    start = perf_counter()
    heat = heat_map(classifier, crop)
    spent_ms = (perf_counter() - start) * 1e3
    (face,) = classifier.prepare([crop])
    fill = face.mean(axis=(0, 1)).round().astype(np.uint8)
    covered = [np.where(mask[..., None], fill, face) for mask in masks(heat, rng)]
    whole, *rest = classifier.score(np.stack([face, *covered]))
    column = whole.labels.index(whole.top)
    return [whole.confidence - scores.probabilities[column] for scores in rest], spent_ms


def interval(values: NDArray[np.float64]) -> dict[str, float]:
    """Mean with the limits of its 95 % confidence interval (normal approximation)."""
    half = 1.96 * float(values.std(ddof=1)) / len(values) ** 0.5
    mean = float(values.mean())
    return {
        "mean": round(mean, 4),
        "low": round(mean - half, 4),
        "high": round(mean + half, 4),
    }


def measure(
    classifier: EmotionClassifier, crops: Sequence[NDArray[np.uint8]], *, seed: int
) -> dict[str, Any]:
    """Falls with confidence intervals, by how much the hottest part leads, and the time."""
    rng = np.random.default_rng(seed)
    rows = [falls(classifier, crop, rng) for crop in crops]
    table = np.array([fall for fall, _ in rows])
    times = np.array([spent_ms for _, spent_ms in rows])
    return {
        "faces": len(crops),
        "fall": {name: interval(table[:, i]) for i, name in enumerate(COVERS)},
        "hottest_minus": {
            name: interval(table[:, 0] - table[:, i]) for i, name in enumerate(COVERS) if i
        },
        "map_ms": {
            "min": round(float(times.min()), 1),
            "p50": round(float(np.median(times)), 1),
            "p95": round(float(np.percentile(times, 95)), 1),
        },
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.heatmap", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="parquet file of faces")
    parser.add_argument("--json", type=Path, required=True, help="file to write")
    parser.add_argument("--model", type=Path, help="model folder (default: models/default's)")
    parser.add_argument("--faces", type=int, default=300, help="how many, drawn at random")
    parser.add_argument("--seed", type=int, default=1)
    given = sys.argv[1:] if arguments is None else arguments
    options = parser.parse_args(given)
    try:
        classifier = load_classifier(options.model)
        crops = faces(options.data, options.faces, seed=options.seed)
    except (FerError, OSError, KeyError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    report = {
        "command": command_line("bench.heatmap", given),
        "data": options.data.name,
        "seed": options.seed,
        "model": classifier.card.name,
        "head": classifier.head,
        "sha256": classifier.card.sha256,
        "machine": machine(),
        **measure(classifier, crops, seed=options.seed),
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps({key: report[key] for key in ("fall", "hottest_minus", "map_ms")}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
