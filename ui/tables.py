"""Results as words and as data frames for the charts: pure functions, no Streamlit."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import zip_longest

import pandas as pd

from fer_core.palette import EMOTION_COLORS
from fer_core.reports import HeadReport
from fer_core.results import EmotionScores, FaceResult, FrameResult

EMOTIONS = tuple(EMOTION_COLORS)  # the one order of labels in every chart and table
RIBBON_COLUMNS = ["start", "end", "label", "share", "low", "high", "sure"]
LANE_COLUMNS = ["start", "end", "person", "label", "share", "low", "high", "sure"]
LANE_HEIGHT = 0.86  # of a lane's place; the rest keeps it apart from the next


def percent(share: float, digits: int = 0) -> str:
    """0.874 → "87 %", with a space that does not break."""
    return f"{share * 100:.{digits}f}\N{NO-BREAK SPACE}%"


def plain(text: str) -> str:
    """Text from outside, so that Markdown shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~:$&])", r"\\\1", text)


def ordered(labels: Iterable[str]) -> list[str]:
    """The labels in the one order; any that the palette does not know come last."""
    known = {label: rank for rank, label in enumerate(EMOTIONS)}
    return sorted(labels, key=lambda label: known.get(label, len(known)))


def label_words(face: FaceResult) -> str:
    """What a face was labelled: "happy 87 %", or "not sure (small)"."""
    if face.unsure:
        return f"not sure ({face.unsure})"
    return f"{face.label} {percent(face.confidence)}"


def face_words(face: FaceResult) -> str:
    """A face in words: "Person 1: happy 87 %", or "Person 1: not sure (small)"."""
    return f"Person {face.track_id}: {label_words(face)}"


def frame_words(result: FrameResult) -> str:
    """A frame in one sentence, for captions and for people who hear the page."""
    if not result.faces:
        return "No face found."
    return "; ".join(face_words(face) for face in result.faces) + "."


def scores_in_words(scores: EmotionScores) -> str:
    """Every score, for people who hear the page: "happy 87 %, sad 3 %, …"."""
    shares = scores.as_dict()
    return ", ".join(f"{label} {percent(shares[label])}" for label in ordered(shares))


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


def lane_frame(
    frames: Sequence[FrameResult], people: Sequence[int], *, now_s: float, step_s: float
) -> pd.DataFrame:
    """What each person's label was, as a rectangle a reading; a lane a person, the first on top.

    Args:
        frames: by time.
        people: whose lanes to fill.
        now_s: the time that counts as 0.
        step_s: width of a reading in seconds where the next one is not sooner.

    Returns:
        start, end (seconds, up to 0), person, label, share (0..1), low, high (a lane is 1 high,
        a full one `LANE_HEIGHT`), sure.
    """
    bottoms = {person: len(people) - 1.0 - lane for lane, person in enumerate(people)}
    rows = []
    for frame, following in zip_longest(frames, frames[1:]):
        end = min(frame.timestamp_s + step_s, following.timestamp_s if following else now_s)
        for face in frame.faces:
            if (low := bottoms.get(face.track_id)) is not None:
                high = low + LANE_HEIGHT * face.confidence
                span = frame.timestamp_s - now_s, end - now_s
                reading = face.track_id, face.label, face.confidence
                rows.append((*span, *reading, low, high, face.unsure is None))
    return pd.DataFrame(rows, columns=LANE_COLUMNS)


def commonest(frames: Iterable[FrameResult], person: int) -> str:
    """The label that a person had most often; "not sure" counts as one, "nothing" if never seen."""
    labels = Counter(
        "not sure" if face.unsure else face.label
        for frame in frames
        for face in frame.faces
        if face.track_id == person
    )
    return labels.most_common(1)[0][0] if labels else "nothing"


def curve_frame(history: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Training and validation of one measure as rows: epoch, data, value."""
    parts = [
        pd.DataFrame({"epoch": history["epoch"], "data": name, "value": history[column]})
        for name, column in (("training", measure), ("validation", f"val_{measure}"))
        if column in history
    ]
    return pd.concat(parts, ignore_index=True)


def confusion_frame(head: HeadReport, chosen: tuple[str, str] | None = None) -> pd.DataFrame:
    """A row a cell: true, predicted, count, its shares (0..1) and whether it is `chosen`.

    Args:
        head: whose matrix it is.
        chosen: true and predicted label of a cell.

    Returns:
        `share` is that of the images with this label, `precise` that of the answers that say so.
    """
    answers = dict(zip(head.labels, map(sum, zip(*head.confusion, strict=True)), strict=True))
    rows = []
    for true, counts in zip(head.labels, head.confusion, strict=True):
        total = sum(counts)
        for predicted, count in zip(head.labels, counts, strict=True):
            shares = (count / total if total else 0.0, count / max(answers[predicted], 1))
            rows.append((true, predicted, count, *shares, (true, predicted) == chosen))
    return pd.DataFrame(rows, columns=["true", "predicted", "count", "share", "precise", "chosen"])


def class_frame(head: HeadReport) -> pd.DataFrame:
    """A row a label in the one order: label, images, and recall, precision, f1 in percent."""
    rows = []
    for label in ordered(head.labels):
        figures = head.per_class[label]
        shares = (figures.recall, figures.precision, figures.f1)
        rows.append((label, figures.support, *(100 * share for share in shares)))
    return pd.DataFrame(rows, columns=["label", "images", "recall", "precision", "f1"])
