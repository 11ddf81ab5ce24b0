"""The spread of a recipe over its seeds."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fer_core.errors import DataError
from fer_core.records import read_json
from fer_core.reports import METRICS_FILE

FIGURES = ("accuracy", "accuracy_flip", "macro_f1", "ferplus_accuracy")


def spread_of_seeds(
    folders: Sequence[Path], out: Path, *, again: Path | None = None
) -> dict[str, Any]:
    """Collects the evaluations of runs that differ only in their seed.

    Args:
        folders: evaluated runs or models, each with a metrics.json.
        out: the JSON file to write, in a new folder or an old one: recipe, split, a row a
            seed with the SHA-256 of its weights, mean and std (of a sample, 0 for one seed) of
            each figure that all rows have, again; ferplus_accuracy is None in a row without that
            head.
        again: the evaluation of the same recipe with all that it starts from trained anew. Beside
            the seeds, which share their start, it has a row of its own.

    Returns:
        What the file holds.

    Raises:
        ReportError: an evaluation is damaged.
        DataError: a folder has no evaluation, or belongs to another recipe or split, or two
            have the same seed.
    """
    reports = [_read(folder / METRICS_FILE) for folder in folders]
    anew = [] if again is None else [_read(again / METRICS_FILE)]
    kinds = {(report["recipe"], report["split"]) for report in [*reports, *anew]}
    if len(kinds) != 1:
        raise DataError(
            "Expected evaluations of one recipe on one split. Received "
            f"{', '.join(f'{recipe} on {split}' for recipe, split in sorted(kinds))}. "
            "Name only runs that differ in their seed."
        )
    seeds = sorted(report["seed"] for report in reports)
    if len(set(seeds)) < len(seeds):
        raise DataError(
            f"Expected runs with a seed of their own each. Received the seeds "
            f"{', '.join(map(str, seeds))}. Name each run once, and train with other seeds."
        )
    ((recipe, split),) = kinds
    rows = sorted((_row(report) for report in reports), key=lambda row: int(row["seed"]))
    figures = [key for key in FIGURES if all(row[key] is not None for row in rows)]
    values = np.array([[row[key] for key in figures] for row in rows])
    spread = values.std(axis=0, ddof=1) if len(rows) > 1 else np.zeros(len(figures))
    study = {
        "recipe": recipe,
        "split": split,
        "rows": rows,
        "mean": dict(zip(figures, values.mean(axis=0).tolist(), strict=True)),
        "std": dict(zip(figures, spread.tolist(), strict=True)),
        "again": _row(anew[0]) if anew else None,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(study, indent=2) + "\n", encoding="utf-8")
    return study


def _read(path: Path) -> dict[str, Any]:
    report = read_json(path)
    missing = sorted({"recipe", "split", "seed", "weights_sha256", *FIGURES[:3]} - report.keys())
    if missing:
        raise DataError(
            f"Expected an evaluation in {path}. It lacks {', '.join(missing)}. "
            "Run `evaluate` for this model first."
        )
    return report


def _row(report: dict[str, Any]) -> dict[str, Any]:
    about = {key: report[key] for key in ("seed", "weights_sha256", *FIGURES[:3])}
    ferplus = report.get("other_heads", {}).get("ferplus", {}).get("accuracy")
    return {**about, "ferplus_accuracy": ferplus}
