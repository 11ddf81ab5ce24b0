"""The figures of a model on faces that were just read: those of a run's report."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.calibration import CURVE, coverage_at, reliability
from fer_core.curves import class_curves
from fer_core.errors import DataError
from fer_core.metrics import metrics_of
from fer_core.readings import Readings
from fer_core.records import record
from fer_core.reports import HeadReport


def figures_of_readings(readings: Readings, *, not_sure: float) -> dict[str, Any]:
    """All that can be said without the training images, as a run's metrics.json says it.

    Args:
        readings: of at least one face.
        not_sure: the model's own threshold, 0..1.

    Returns:
        The figures of `metrics_of`, and reliability, curves, coverage and not_sure.

    Raises:
        DataError: there is no face.
    """
    if not len(readings.truth):
        raise DataError(
            "Expected faces that count for this label set. Received none. Choose other faces."
        )
    shown, truth = readings.probabilities, readings.truth
    right: NDArray[np.bool_] = readings.said == truth
    confidence = shown.max(axis=1)
    return {
        **metrics_of(shown, truth, readings.labels),
        "reliability": reliability(shown, truth),
        "curves": class_curves(shown, truth, readings.labels),
        "coverage": [coverage_at(each, confidence, right) for each in CURVE],
        "not_sure": coverage_at(not_sure, confidence, right),
    }


def report_of(figures: dict[str, Any], head: str) -> HeadReport:
    """Figures of `figures_of_readings` as the record that pages draw."""
    return record(HeadReport, {**figures, "head": head}, Path("of this evaluation"))


def truth_of_names(names: Sequence[str], labels: Sequence[str]) -> NDArray[np.int64]:
    """Names as (N,) positions in `labels`; -1 for a name that is none of them."""
    known = {label: position for position, label in enumerate(labels)}
    return np.array([known.get(name, -1) for name in names], np.int64)
