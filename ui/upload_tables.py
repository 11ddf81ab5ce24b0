"""What was read in photos and clips as words and data frames: pure functions, no Streamlit."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from fer_core.results import (
    EmotionScores,
    FaceResult,
    FrameResult,
    Unsure,
    VideoTimeline,
    shares,
)
from ui.files import GivenFile
from ui.readings import Reading
from ui.tables import LANE_COLUMNS, LANE_HEIGHT, label_words, ordered, percent, ribbon_frame

Sight = tuple[float, EmotionScores, bool]  # seconds, scores, whether the label can be trusted

DOUBTS: Mapping[Unsure, str] = {
    "small": "the face is too small in the picture",
    "dark": "the face is too dark",
    "blurred": "the face is blurred",
    "turned": "the face is turned away or tilted",
    "low confidence": "the model itself is not sure enough",
}
SAID = ("expression", "share", "confidence", "not sure")
SPREAD_COLUMNS = ["row", "label", "share", "low", "high", "sure"]
MAX_STEPS = 400  # of a person along a clip; more would be narrower than a pixel


def doubt_words(face: FaceResult) -> str:
    """Why a face is "not sure", with the guess; "" for one that is sure."""
    if face.unsure is None:
        return ""
    return (
        f"Not sure, because {DOUBTS[face.unsure]}. The best guess would be {face.label}, "
        f"{percent(face.confidence)}."
    )


def short_words(face: FaceResult) -> str:
    """A face as on its plate: "#1 happy 87 %", or "#1 not sure"."""
    said = "not sure" if face.unsure else f"{face.label} {percent(face.confidence)}"
    return f"#{face.track_id} {said}"


def clock(seconds: float) -> str:
    """62.5 → "1:02.5"."""
    minutes, rest = divmod(round(seconds, 1), 60)
    return f"{minutes:.0f}:{rest:04.1f}"


def length(seconds: float) -> str:
    """62.5 → "1:03", for lengths; under ten seconds "6.0 s"."""
    if seconds < 10:
        return f"{seconds:.1f}\N{NO-BREAK SPACE}s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def megabytes(size: int) -> str:
    """1_234_567 → "1.2 MB"."""
    return (
        f"{size / 1e6:,.1f}\N{NO-BREAK SPACE}MB"
        if size >= 50_000
        else "under 0.1\N{NO-BREAK SPACE}MB"
    )


def labels_of(results: Iterable[FrameResult]) -> tuple[str, ...]:
    """The labels that these were read with, in the one order; () when there is no face."""
    names = dict.fromkeys(
        label for result in results for face in result.faces for label in face.smoothed.labels
    )
    return tuple(ordered(names))


def unsure_words(faces: Sequence[FaceResult]) -> str:
    """How many of the readings are not sure, and what that means for a table of them all."""
    unsure = sum(face.unsure is not None for face in faces)
    if not unsure:
        return "Every reading is sure enough to be shown."
    return (
        f"{unsure:,} of {len(faces):,} readings ({percent(unsure / len(faces))}) are “not sure”. "
        "They count under their best guess, and are faded where there are colours."
    )


def timeline_frame(
    people: Mapping[int, Sequence[Sight]], *, step_s: float, most: int = MAX_STEPS
) -> pd.DataFrame:
    """The shares of all labels over time, a lane a person, the first on top.

    Args:
        people: readings of each person, by time.
        step_s: width of a reading in seconds where the next one is not sooner.
        most: more readings of a person than this are put together.

    Returns:
        start, end (seconds), person, label, share (0..1), low, high (a lane is 1 high, a full
        one `LANE_HEIGHT`), sure.
    """
    parts = []
    for lane, (person, sights) in enumerate(people.items()):
        thin, width_s = thinned(sights, step_s=step_s, most=most)
        part = ribbon_frame(thin, step_s=width_s)
        bottom = len(people) - 1.0 - lane
        for column in ("low", "high"):
            part[column] = bottom + LANE_HEIGHT * part[column].astype(float)
        parts.append(part.assign(person=person))
    if not parts:
        return pd.DataFrame(columns=LANE_COLUMNS)
    return pd.concat(parts, ignore_index=True)[LANE_COLUMNS]


def thinned(sights: Sequence[Sight], *, step_s: float, most: int) -> tuple[list[Sight], float]:
    """Readings put together into at most about `most` means, and the time that each stands for."""
    if len(sights) <= most:
        return list(sights), step_s
    width_s = max((sights[-1][0] - sights[0][0] + step_s) / most, step_s)
    means: list[Sight] = []
    for _, group in groupby(sights, key=lambda sight: int((sight[0] - sights[0][0]) / width_s)):
        near = list(group)
        labels = near[0][1].labels
        mean = np.mean([scores.probabilities for _, scores, _ in near], axis=0)
        sure = 2 * sum(sure for _, _, sure in near) >= len(near)
        means.append((near[0][0], EmotionScores(labels, tuple((mean / mean.sum()).tolist())), sure))
    return means, width_s


def clip_table(timeline: VideoTimeline) -> pd.DataFrame:
    """The table of Maulana's video evaluation, of the whole clip and of each person.

    Args:
        timeline: of at least one frame.

    Returns:
        who, seen ("from – to"), frames, expression: the commonest label; share: its share of
        the readings; confidence: mean; not sure: share of the readings; then the share of each
        label that anybody had. All shares are 0..1. Where every reading is not sure, the
        expression is "not sure", without a share.
    """
    faces = faces_in(timeline)
    whole = timeline.summary()
    seen = f"{clock(0.0)} – {clock(timeline.frames[-1].timestamp_s)}"
    rows = [{"who": "Everybody", "seen": seen, "frames": whole["frames"], **_said(whole, faces)}]
    by_person: dict[int, list[FaceResult]] = {}
    for face in faces:
        by_person.setdefault(face.track_id, []).append(face)
    for person in timeline.people():
        number = person["track_id"]
        seen = f"{clock(person['first_s'])} – {clock(person['last_s'])}"
        known = {"who": f"Person {number}", "seen": seen, "frames": person["frames"]}
        rows.append(known | _said(person, by_person[number]))
    return _with_shares(rows, ["who", "seen", "frames"])


def compare_frame(timelines: Mapping[str, VideoTimeline]) -> pd.DataFrame:
    """The same table of several clips, a row a clip: clip, length, frames, people, then as there.

    Args:
        timelines: by the name of the clip.
    """
    rows = []
    for name, timeline in timelines.items():
        faces = faces_in(timeline)
        known = {
            "clip": name,
            "length": length(timeline.duration_s),
            "frames": len(timeline.frames),
            "people": len(timeline.people()),
        }
        rows.append(known | _said(timeline.summary(), faces))
    return _with_shares(rows, ["clip", "length", "frames", "people"])


def files_frame(read: Iterable[tuple[GivenFile, Reading]]) -> pd.DataFrame:
    """What was read in many files, a row each.

    Returns:
        file, kind, people: faces of a photo, tracks of a clip; expression: the commonest label;
        share: of the readings; confidence: mean; not sure: share of the readings, all 0..1;
        note: what went wrong. Without a face, expression and shares are empty; where every
        reading is not sure, the expression is "not sure", without a share.
    """
    rows = []
    for file, reading in read:
        faces = faces_of(reading)
        row = {
            "file": file.name,
            "kind": {"image": "photo", "video": "video", None: "unknown"}[file.kind],
            "people": len({face.track_id for face in faces}),
        }
        if faces:
            said = shares([(face.label, face.confidence) for face in faces])
            row |= {name: _said(said, faces)[name] for name in SAID}
        rows.append(row | {"note": note_of(reading)})
    columns = ["file", "kind", "people", *SAID, "note"]
    types = dict.fromkeys(SAID[1:], float)
    return pd.DataFrame(rows, columns=columns).astype(types)


def faces_in(timeline: VideoTimeline) -> list[FaceResult]:
    """Every face of every frame of a clip, by time."""
    return [face for frame in timeline.frames for face in frame.faces]


def faces_of(reading: Reading) -> list[FaceResult]:
    """Every face of every frame."""
    if isinstance(reading.result, VideoTimeline):
        return faces_in(reading.result)
    return [] if reading.result is None else list(reading.result.faces)


def note_of(reading: Reading) -> str:
    """What a person should know about how the reading ended; "" when all is well."""
    if reading.error:
        return reading.error
    if reading.state == "partial":
        return "Stopped before the end." if reading.result else "Not read yet."
    return "" if faces_of(reading) else "No face found."


def file_words(reading: Reading) -> str:
    """A file in a few words."""
    faces = faces_of(reading)
    if reading.state == "failed":
        return "Could not be read."
    if not faces:
        return note_of(reading)
    if isinstance(reading.result, FrameResult) and len(faces) == 1:
        return label_words(faces[0])
    said = Counter("not sure" if face.unsure else face.label for face in faces)
    people = len({face.track_id for face in faces})
    many = "1 person" if people == 1 else f"{people} people"
    commonest, times = said.most_common(1)[0]
    if times == len(faces):
        return f"{many}, {commonest}"
    return f"{many}, {f'mostly {commonest}' if times > len(faces) / 2 else 'different labels'}"


def never_sure(faces: Sequence[FaceResult]) -> bool:
    """Whether there are readings, and every one of them is "not sure"."""
    return bool(faces) and all(face.unsure is not None for face in faces)


def _said(said: Mapping[str, Any], faces: Sequence[FaceResult]) -> dict[str, Any]:
    """The columns of `SAID`, and a share for each label; without a face there are no shares."""
    if not faces:
        return dict(zip(SAID, ("none", math.nan, math.nan, math.nan), strict=True))
    unsure = sum(face.unsure is not None for face in faces)
    named = {"expression": said["dominant"], "share": said["dominant_share"]}
    if never_sure(faces):
        named = {"expression": "not sure", "share": math.nan}
    return {
        **named,
        "confidence": said["average_confidence"],
        "not sure": unsure / len(faces),
        **said["distribution"],
    }


def _with_shares(rows: Sequence[Mapping[str, Any]], first: Sequence[str]) -> pd.DataFrame:
    """Rows with their labels in the one order behind all else; labels that are missing are 0."""
    named = [*first, *SAID]
    labels = {name for row in rows for name in row} - set(named)
    columns = [*named, *ordered(labels)]
    return pd.DataFrame(rows, columns=columns).fillna(dict.fromkeys(labels, 0.0))


def spread_frame(rows: Mapping[str, Sequence[FaceResult]]) -> pd.DataFrame:
    """How often each label was given, as stacked rectangles; those not sure stand at the end.

    Args:
        rows: name of the row → its readings; a row without any stays empty.

    Returns:
        row, label, share, low, high (0..1), sure.
    """
    stacked = []
    for name, faces in rows.items():
        counts = Counter((face.label, face.unsure is None) for face in faces)
        low = 0.0
        for sure in (True, False):
            for label in ordered({label for label, _ in counts}):
                if count := counts[label, sure]:
                    high = low + count / len(faces)
                    stacked.append((name, label, count / len(faces), low, high, sure))
                    low = high
    return pd.DataFrame(stacked, columns=SPREAD_COLUMNS)


def scores_frame(rows: Mapping[str, FaceResult]) -> pd.DataFrame:
    """The scores of faces as stacked rectangles, a row a face; columns as of `spread_frame`."""
    stacked = []
    for name, face in rows.items():
        shares, low = face.smoothed.as_dict(), 0.0
        for label in ordered(shares):
            high = low + shares[label]
            stacked.append((name, label, shares[label], low, high, face.unsure is None))
            low = high
    return pd.DataFrame(stacked, columns=SPREAD_COLUMNS)


def scores_table(rows: Mapping[str, FaceResult]) -> pd.DataFrame:
    """The scores of faces in figures, a row a face: face, expression, then each label (0..1)."""
    table = [
        {"face": name, "expression": label_words(face), **face.smoothed.as_dict()}
        for name, face in rows.items()
    ]
    labels = ordered({label for face in rows.values() for label in face.smoothed.labels})
    return pd.DataFrame(table, columns=["face", "expression", *labels])
