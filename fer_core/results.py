"""What the pipeline returns: frozen, validated at birth, comparable with ==."""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from fer_core.geometry import Box, Point

if TYPE_CHECKING:
    import pandas as pd

RgbImage = NDArray[np.uint8]  # (H, W, 3), RGB, 0..255
Unsure = Literal["small", "dark", "blurred", "turned", "low confidence"]
Intensity = Literal["low", "moderate", "strong"]
LEVELS: tuple[Intensity, ...] = ("low", "moderate", "strong")
# Of a table of readings, before the scores: what, and as which type of pandas. Lengths in source
# pixels; unsure: nothing, or the reason.
READING_COLUMNS = {
    "timestamp_s": "float64",
    "track_id": "int64",
    **dict.fromkeys(("left", "top", "right", "bottom"), "float64"),
    "label": "str",
    "confidence": "float64",
    "intensity": "str",
    "unsure": "str",
}


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Four points of a face in source pixels; right and left are the SUBJECT's."""

    right_eye: Point
    left_eye: Point
    nose: Point
    mouth: Point


@dataclass(frozen=True, slots=True)
class Face:
    """A detected face.

    Attributes:
        box: the face in source pixels; may reach past the edge of the image.
        score: the detector's confidence, 0..1.
        landmarks: None when the detector gives none.
    """

    box: Box
    score: float
    landmarks: Landmarks | None = None


@dataclass(frozen=True, slots=True)
class EmotionScores:
    """Probabilities over expression labels; they sum to 1.

    Attributes:
        labels: K names.
        probabilities: K values in 0..1.
        intensity_from: the least confidence that is moderate, and the least that is strong;
            those of the model's card come from what ten raters say, see `intensity`.

    Raises:
        ValueError: lengths differ, a probability is outside 0..1, or the sum is not 1.
    """

    labels: tuple[str, ...]
    probabilities: tuple[float, ...]
    intensity_from: tuple[float, float] = (0.5, 0.8)

    def __post_init__(self) -> None:
        if not self.labels or len(self.labels) != len(self.probabilities):
            raise ValueError(
                f"Expected one probability a label ({len(self.labels)} labels). "
                f"Received {len(self.probabilities)}."
            )
        total = math.fsum(self.probabilities)
        if not all(0 <= p <= 1 for p in self.probabilities) or abs(total - 1) > 1e-3:
            raise ValueError(
                f"Expected probabilities in 0..1 that sum to 1. Received a sum of {total}."
            )

    @property
    def top(self) -> str:
        """The most probable label."""
        return self.labels[self.probabilities.index(self.confidence)]

    @property
    def confidence(self) -> float:
        """The probability of the top label, 0..1."""
        return max(self.probabilities)

    @property
    def intensity(self) -> Intensity:
        """How clearly the face shows the top label, after EmoNet (Jenisha & Livingston 2023).

        With the limits of a model's card, "strong" means that of ten people about eight or
        more would choose the label, "low" that fewer than five would. It does not say how
        strongly anybody feels: people feel much and show little, and a posed face is the
        clearest of all.
        """
        return LEVELS[bisect_right(self.intensity_from, self.confidence)]

    def as_dict(self) -> dict[str, float]:
        return dict(zip(self.labels, self.probabilities, strict=True))


@dataclass(frozen=True, slots=True)
class FaceResult:
    """One face of one frame, read.

    Attributes:
        raw: scores of this frame alone.
        smoothed: scores smoothed over the frames of the same track; equal to raw for a photo.
        track_id: 1, 2, 3 … within one pipeline; the same person keeps the number.
        unsure: None, or why the label should not be trusted.
        held: the label that stays although another one leads by a little; None: the most
            probable one is shown.

    Raises:
        ValueError: `held` is not one of the labels.
    """

    face: Face
    raw: EmotionScores
    smoothed: EmotionScores
    track_id: int
    unsure: Unsure | None = None
    held: str | None = None

    def __post_init__(self) -> None:
        if self.held is not None and self.held not in self.smoothed.labels:
            raise ValueError(
                f"Expected a held label of {self.smoothed.labels}. Received {self.held!r}."
            )

    @property
    def label(self) -> str:
        """The label to show: the held one, or the most probable."""
        return self.smoothed.top if self.held is None else self.held

    @property
    def confidence(self) -> float:
        """The smoothed probability of `label`, 0..1."""
        return self.smoothed.probabilities[self.smoothed.labels.index(self.label)]

    @property
    def intensity(self) -> Intensity:
        """How clearly the face shows `label`, see `EmotionScores.intensity`."""
        return LEVELS[bisect_right(self.smoothed.intensity_from, self.confidence)]

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and strings, for JSON."""
        return {
            "track_id": self.track_id,
            "box": asdict(self.face.box),
            "detector_score": self.face.score,
            "landmarks": asdict(self.face.landmarks) if self.face.landmarks else None,
            "label": self.label,
            "confidence": self.confidence,
            "intensity": self.intensity,
            "unsure": self.unsure,
            "scores": self.smoothed.as_dict(),
            "raw_scores": self.raw.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class FrameResult:
    """One frame, read.

    Attributes:
        timestamp_s: seconds since the start of the stream.
        size_wh: width and height of the frame in pixels.
        faces: best detection first; empty when there is no face.
        timings: milliseconds a stage; left out of ==.
        others: boxes of faces that were found but not read, being too many.
    """

    timestamp_s: float
    size_wh: tuple[int, int]
    faces: tuple[FaceResult, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict, compare=False)
    others: tuple[Box, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and strings, for JSON; timings left out, so equal results are equal."""
        return {
            "timestamp_s": self.timestamp_s,
            "size_wh": list(self.size_wh),
            "faces": [face.to_dict() for face in self.faces],
        }


@dataclass(frozen=True, slots=True)
class VideoTimeline:
    """The analysed frames of one clip, in order of time.

    Attributes:
        frames: one result a sampled frame.
        duration_s: length of the clip in seconds.
    """

    frames: tuple[FrameResult, ...]
    duration_s: float

    @property
    def ended_early_s(self) -> float | None:
        """Time of the last frame in seconds, where it lies clearly before the end of the clip:
        the reading was stopped, the rest of the file is missing, or its picture stands still.
        """
        times_s = [frame.timestamp_s for frame in self.frames[-2:]]
        if len(times_s) < 2:
            return None
        left_s, step_s = self.duration_s - times_s[-1], times_s[-1] - times_s[0]
        return times_s[-1] if left_s > max(1.0, 2 * step_s) else None

    def to_dataframe(self) -> "pd.DataFrame":
        """A row a face a frame: the columns of `table_row`; without a face, all but the scores."""
        import pandas as pd

        rows = [
            table_row(frame.timestamp_s, face.to_dict())
            for frame in self.frames
            for face in frame.faces
        ]
        return pd.DataFrame(rows, columns=None if rows else list(READING_COLUMNS))

    def summary(self) -> dict[str, Any]:
        """The per-clip table of Maulana's KDEF video evaluation, over all faces of the clip.

        Returns:
            frames: sampled frames; frames_with_faces; faces: readings over all frames;
            duration_s; and the `shares` of the readings.
        """
        readings = [face for frame in self.frames for face in frame.faces]
        return {
            "frames": len(self.frames),
            "frames_with_faces": sum(bool(frame.faces) for frame in self.frames),
            "faces": len(readings),
            "duration_s": self.duration_s,
            **shares([(face.label, face.confidence) for face in readings]),
        }

    def people(self) -> list[dict[str, Any]]:
        """The same table for each person, that is for each track, by number.

        Somebody who left the picture for long, or came back after a scene cut, has another
        number.

        Returns:
            A record a person: track_id; first_s, last_s: when first and last seen, in seconds;
            frames: readings; and the `shares` of these.
        """
        sights: dict[int, list[tuple[float, FaceResult]]] = {}
        for frame in self.frames:
            for face in frame.faces:
                sights.setdefault(face.track_id, []).append((frame.timestamp_s, face))
        return [
            {
                "track_id": number,
                "first_s": seen[0][0],
                "last_s": seen[-1][0],
                "frames": len(seen),
                **shares([(face.label, face.confidence) for _, face in seen]),
            }
            for number, seen in sorted(sights.items())
        ]


def shares(readings: Sequence[tuple[str, float]]) -> dict[str, Any]:
    """What some readings say together.

    Args:
        readings: label and confidence (0..1) of each.

    Returns:
        dominant: the commonest label, the first of equals, None without a reading;
        dominant_share: its share of the readings, 0..1; average_confidence: mean confidence,
        0..1; distribution: label → share of the readings, the commonest first.
    """
    counts = Counter(label for label, _ in readings)
    dominant = counts.most_common(1)[0][0] if counts else None
    return {
        "dominant": dominant,
        "dominant_share": counts[dominant] / len(readings) if dominant else 0.0,
        "average_confidence": (
            math.fsum(confidence for _, confidence in readings) / len(readings) if readings else 0.0
        ),
        "distribution": {label: n / len(readings) for label, n in counts.most_common()},
    }


def table_row(timestamp_s: float, face: Mapping[str, Any]) -> dict[str, Any]:
    """One reading as a row.

    Args:
        timestamp_s: of its frame, in seconds.
        face: what `FaceResult.to_dict` gave, perhaps read from JSON again.

    Returns:
        `READING_COLUMNS`, then each label with its smoothed score, then the scores of the
        frame alone as raw_…
    """
    fixed = {"timestamp_s": timestamp_s, **face["box"], **face}
    return {
        **{name: fixed[name] for name in READING_COLUMNS},
        **face["scores"],
        **{f"raw_{label}": score for label, score in face["raw_scores"].items()},
    }
