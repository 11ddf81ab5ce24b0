"""Thresholds and curves → data frames for the metrics page: pure functions, no Streamlit."""

import pandas as pd

from fer_core.reports import CoveragePoint, HeadReport
from ui.tables import ordered, percent


def coverage_near(head: HeadReport, threshold: float) -> CoveragePoint | None:
    """What a threshold would give: as measured, or between the two measured ones around it.

    Args:
        head: an evaluation.
        threshold: 0..1.

    Returns:
        None where nothing was measured, or nothing would be answered.
    """
    measured = {round(point.threshold, 4): point for point in head.coverage}
    if head.not_sure is not None:
        measured[round(head.not_sure.threshold, 4)] = head.not_sure
    if exact := measured.get(round(threshold, 4)):
        return exact
    below = max((each for each in measured if each < threshold), default=None)
    above = min((each for each in measured if each > threshold), default=None)
    if below is None or above is None:
        return None
    low, high = measured[below], measured[above]
    if low.accuracy is None or high.accuracy is None:
        return None
    share = (threshold - below) / (above - below)

    def between(a: float, b: float) -> float:
        return a + share * (b - a)

    return CoveragePoint(
        threshold, between(low.coverage, high.coverage), between(low.accuracy, high.accuracy)
    )


def coverage_frame(head: HeadReport, now: CoveragePoint | None = None) -> pd.DataFrame:
    """A row a threshold: threshold, coverage, accuracy (0..1), mark, words.

    Args:
        head: an evaluation.
        now: the threshold that is set; gets a mark of its own where it is not the chosen one.
    """
    points = [("", point) for point in head.coverage]
    chosen = head.not_sure
    if now is not None and (chosen is None or now.threshold != chosen.threshold):
        points.append(("set", now))
    if chosen is not None:
        points.append(("model", chosen))
    words = {"": "", "model": "the model’s own: {}", "set": "set: {}"}
    rows = [
        (
            each.threshold,
            each.coverage,
            each.accuracy,
            mark,
            words[mark].format(percent(each.threshold)),
        )
        for mark, each in points
        if each.accuracy is not None
    ]
    columns = ["threshold", "coverage", "accuracy", "mark", "words"]
    return pd.DataFrame(rows, columns=columns).sort_values("threshold", ignore_index=True)


def threshold_frame(head: HeadReport, now: CoveragePoint | None) -> pd.DataFrame:
    """A row a threshold, in steps of ten: what becomes of 100 faces.

    Args:
        head: an evaluation.
        now: the threshold that is set, which gets a row as well.

    Returns:
        threshold, answered, accuracy (percent), right, wrong, unsure (of 100 faces), note.
    """
    points = {
        point.threshold: point for point in head.coverage if round(point.threshold * 100) % 10 == 0
    }
    notes: dict[float, str] = {}
    for note, marked in (("the model’s own", head.not_sure), ("set now", now)):
        if marked is not None:
            points[marked.threshold] = marked
            before = notes.get(marked.threshold)
            notes[marked.threshold] = f"{before}, {note}" if before else note
    rows = [
        (
            100 * each.threshold,
            100 * each.coverage,
            100 * each.accuracy,
            100 * each.coverage * each.accuracy,
            100 * each.coverage * (1 - each.accuracy),
            100 * (1 - each.coverage),
            notes.get(each.threshold, ""),
        )
        for _, each in sorted(points.items())
        if each.accuracy is not None
    ]
    columns = ["threshold", "answered", "accuracy", "right", "wrong", "unsure", "note"]
    return pd.DataFrame(rows, columns=columns)


def class_curve_frame(head: HeadReport, *, roc: bool) -> pd.DataFrame:
    """A row a point: label, place (its order along the curve), x, y (0..1)."""
    rows = []
    for label in ordered(head.curves):
        curve = head.curves[label]
        pairs = (curve.false_positives, curve.recall) if roc else (curve.recall_at, curve.precision)
        rows += [(label, i, x, y) for i, (x, y) in enumerate(zip(*pairs, strict=True))]
    return pd.DataFrame(rows, columns=["label", "place", "x", "y"])


def area_frame(head: HeadReport) -> pd.DataFrame:
    """A row a label: label, images, average_precision, auc, frequency (percent)."""
    rows = [
        (
            label,
            head.per_class[label].support,
            100 * head.curves[label].average_precision,
            100 * head.per_class[label].support / head.images,
            100 * head.curves[label].auc,
        )
        for label in ordered(head.curves)
    ]
    columns = ["label", "images", "average_precision", "frequency", "auc"]
    return pd.DataFrame(rows, columns=columns)
