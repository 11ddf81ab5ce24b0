"""Made-up reports of everything that can be measured about a run, small and whole."""

import json
from pathlib import Path
from typing import Any

PAPER = {
    "title": "A Paper",
    "authors": "Smith, Jones",
    "year": 2024,
    "url": "https://example.org/a-paper",
    "claim": "94 %",
    "claim_note": "On the images it learned from.",
    "reduced": "Three epochs in place of thirty.",
}
ROBUSTNESS = {
    "split": "PrivateTest",
    "head": "fer2013",
    "seed": 1,
    "images": 700,
    "weights_sha256": "0" * 64,
    "clean": 0.7,
    "rows": [
        {"corruption": "blur", "unit": "px", "strengths": [1, 2], "accuracy": [0.6, 0.4]},
        {"corruption": "noise", "unit": "%", "strengths": [4, 8], "accuracy": [0.7, 0.65]},
    ],
}
FORMATS = {
    "split": "PrivateTest",
    "head": "fer2013",
    "images": 700,
    "cpu": "a machine",
    "rows": [
        {
            "format": "f16",
            "bytes": 4_500_000,
            "bytes_deflated": 4_200_000,
            "accuracy": 0.7,
            "macro_f1": 0.68,
            "ms_1_thread": 1.25,
            "ms_2_threads": None,
        }
    ],
    "shipped": "f16",
    "reason": "The smallest that loses nothing.",
}
CLIPS = {
    "detector": "haar",
    "sample_fps": 3.0,
    "clips": [
        {
            "file": "two.mp4",
            "frames": 18,
            "frames_with_faces": 16,
            "dominant": "neutral",
            "dominant_share": 0.75,
            "average_confidence": 0.6,
            "distribution": {"neutral": 0.75, "happy": 0.25},
        },
        {"file": "nobody.mp4", "frames": 6},
        {"file": "broken.mp4", "message": "It is damaged."},
    ],
}
ABLATION = {
    "split": "PublicTest",
    "protocol": "Eight epochs.",
    "rows": [
        {"lever": "", "change": "the base", "epochs": 8, "accuracy": 0.6, "macro_f1": 0.5},
        {
            "lever": "mixup",
            "change": "none",
            "epochs": 8,
            "accuracy": 0.58,
            "macro_f1": 0.5,
            "ferplus_accuracy": 0.8,
            "kept": False,
            "run": "ablation-01",
        },
    ],
}
SEEDS = {
    "recipe": "ours",
    "split": "PrivateTest",
    "rows": [
        {"seed": 1, "accuracy": 0.70, "accuracy_flip": 0.71, "macro_f1": 0.68},
        {"seed": 2, "accuracy": 0.72, "accuracy_flip": 0.73, "macro_f1": 0.70},
    ],
    "mean": {"accuracy": 0.71, "accuracy_flip": 0.72, "macro_f1": 0.69},
    "std": {"accuracy": 0.014, "accuracy_flip": 0.014, "macro_f1": 0.014},
    "again": {"seed": 1, "accuracy": 0.73},
}
AUDIT = {
    "method": "perceptual hashes",
    "threshold_bits": 12,
    "pairs": {"Training-PrivateTest": 12, "PublicTest-PrivateTest": 3},
    "duplicates_in_private_test": 11,
    "label_conflicts": 4,
}
BINS = [
    {"low": 0.0, "high": 0.6, "count": 0, "confidence": None, "accuracy": None},
    {"low": 0.6, "high": 0.8, "count": 300, "confidence": 0.71, "accuracy": 0.68},
    {"low": 0.8, "high": 1.0, "count": 400, "confidence": 0.9, "accuracy": 0.88},
]
CURVE = {
    "auc": 0.85,
    "average_precision": 0.7,
    "false_positives": [0, 0.1, 1],
    "recall": [0, 0.8, 1],
    "recall_at": [0.5, 1],
    "precision": [1, 0.3],
}


def write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


def change_json(path: Path, **changes: object) -> None:
    """Replaces values at the top of a JSON file."""
    write_json(path, json.loads(path.read_text(encoding="utf-8")) | changes)


def further_figures(**others: object) -> dict[str, Any]:
    """What an evaluation says of a head beyond accuracy and calibration error."""
    return {
        "ece_before": 0.12,
        "reliability": BINS,
        "reliability_before": BINS,
        "curves": {"happy": CURVE, "sad": CURVE},
        "coverage": [
            {"threshold": 0.0, "coverage": 1.0, "accuracy": 0.7},
            {"threshold": 0.5, "coverage": 0.6, "accuracy": 0.9},
            {"threshold": 0.98, "coverage": 0.0, "accuracy": None},
        ],
        "not_sure": {
            "threshold": 0.42,
            "chosen_on": "PublicTest",
            "coverage": 0.9,
            "accuracy": 0.76,
        },
        "neutral_drift": 0.08,
        "neutral_drift_before": 0.15,
        "balanced_accuracy_before": 0.6,
        "intensity": {
            "levels": [
                {"level": "low", "from": 0.0, "to": 0.5, "faces": 0, "agreement": None},
                {"level": "strong", "from": 0.5, "to": 1.0, "faces": 500, "agreement": 0.8},
            ],
            "spearman": 0.5,
        },
        "deduplicated": {"images": 690, "removed": 10, "accuracy": 0.69},
        **others,
    }


def complete(run: Path) -> Path:
    """Adds to the run of `write_fake_run` all that can be measured, and the paper's table.

    Args:
        run: its folder; the files about all runs are written beside it.
    """
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    plus = metrics["other_heads"]["ferplus"] | further_figures(
        vote_cross_entropy={"model": 0.9, "model_calibrated": 0.95, "raters": 1.1}
    )
    same = {"accuracy": 0.85, "balanced_accuracy": 0.8, "neutral_drift": 0.05}
    change_json(
        run / "metrics.json",
        **further_figures(),
        other_heads={"ferplus": plus},
        agreed_faces={"images": 450, "heads": {"fer2013": same, "ferplus": same}},
    )
    change_json(run / "config.json", paper=PAPER, parameters=2_278_000, network="mobilenetv2")
    write_json(run / "robustness.json", ROBUSTNESS)
    write_json(run / "formats.json", FORMATS)
    write_json(run / "clips.json", CLIPS)
    for name, content in (("ablation", ABLATION), ("seeds", SEEDS), ("audit", AUDIT)):
        write_json(run.parent / f"{name}.json", content)
    return run
