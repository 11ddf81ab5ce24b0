"""Results as words and as data frames for the charts: pure functions, no Streamlit."""

from collections.abc import Iterable, Sequence

import pandas as pd

from fer_core.palette import EMOTION_COLORS
from fer_core.reports import HeadReport
from fer_core.results import EmotionScores, FaceResult, FrameResult

EMOTIONS = tuple(EMOTION_COLORS)  # the one order of labels in every chart and table
RIBBON_COLUMNS = ["start", "end", "label", "share", "low", "high", "sure"]


def percent(share: float, digits: int = 0) -> str:
    """0.874 → "87 %", with a space that does not break."""
    return f"{share * 100:.{digits}f}\N{NO-BREAK SPACE}%"


def ordered(labels: Iterable[str]) -> list[str]:
    """The labels in the one order; any that the palette does not know come last."""
    known = {label: rank for rank, label in enumerate(EMOTIONS)}
    return sorted(labels, key=lambda label: known.get(label, len(known)))


def face_words(face: FaceResult) -> str:
    """A face in words: "Person 1: happy 87 %", or "Person 1: not sure (small)"."""
    if face.unsure:
        return f"Person {face.track_id}: not sure ({face.unsure})"
    scores = face.smoothed
    return f"Person {face.track_id}: {scores.top} {percent(scores.confidence)}"


def frame_words(result: FrameResult) -> str:
    """A frame in one sentence, for captions and for people who hear the page."""
    if not result.faces:
        return "No face found."
    return "; ".join(face_words(face) for face in result.faces) + "."


def share_frame(shares: dict[str, float]) -> pd.DataFrame:
    """A row a label in the one order: label, share (0..1), row (both as text), rank."""
    labels = ordered(shares)
    return pd.DataFrame(
        {
            "label": labels,
            "share": [shares[label] for label in labels],
            "row": [f"{label}  {percent(shares[label])}" for label in labels],
            "rank": range(len(labels)),
        }
    )


def ribbon_frame(
    readings: Sequence[tuple[float, EmotionScores, bool]], *, step_s: float
) -> pd.DataFrame:
    """Readings of one person as stacked rectangles: a column of labels a reading.

    Args:
        readings: time in seconds, scores, and whether the label can be trusted; by time.
        step_s: width of a reading in seconds where the next one is not sooner.

    Returns:
        start, end (seconds), label, share, low, high (0..1, stacked), sure.
    """
    rows = []
    for position, (start, scores, sure) in enumerate(readings):
        end = start + step_s
        if position + 1 < len(readings):
            end = min(end, readings[position + 1][0])
        shares, low = scores.as_dict(), 0.0
        for label in ordered(shares):
            high = low + shares[label]
            rows.append((start, end, label, shares[label], low, high, sure))
            low = high
    return pd.DataFrame(rows, columns=RIBBON_COLUMNS)


def readings_by_person(
    frames: Iterable[FrameResult],
) -> dict[int, list[tuple[float, EmotionScores, bool]]]:
    """Person → their readings by time; the person seen most often comes first."""
    people: dict[int, list[tuple[float, EmotionScores, bool]]] = {}
    for frame in frames:
        for face in frame.faces:
            reading = (frame.timestamp_s, face.smoothed, face.unsure is None)
            people.setdefault(face.track_id, []).append(reading)
    return dict(sorted(people.items(), key=lambda item: -len(item[1])))


def curve_frame(history: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Training and validation of one measure as rows: epoch, data, value."""
    parts = [
        pd.DataFrame({"epoch": history["epoch"], "data": name, "value": history[column]})
        for name, column in (("training", measure), ("validation", f"val_{measure}"))
        if column in history
    ]
    return pd.concat(parts, ignore_index=True)


def confusion_frame(head: HeadReport) -> pd.DataFrame:
    """A row a cell: true, predicted, count, share of the true label's images (0..1)."""
    rows = []
    for true, counts in zip(head.labels, head.confusion, strict=True):
        total = sum(counts)
        for predicted, count in zip(head.labels, counts, strict=True):
            rows.append((true, predicted, count, count / total if total else 0.0))
    return pd.DataFrame(rows, columns=["true", "predicted", "count", "share"])


def class_frame(head: HeadReport) -> pd.DataFrame:
    """A row a label in the one order: label, images, and recall, precision, f1 in percent."""
    rows = []
    for label in ordered(head.labels):
        figures = head.per_class[label]
        shares = (figures.recall, figures.precision, figures.f1)
        rows.append((label, figures.support, *(100 * share for share in shares)))
    return pd.DataFrame(rows, columns=["label", "images", "recall", "precision", "f1"])
