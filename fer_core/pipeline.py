"""The one path of every frame: detect, crop, classify, track, smooth."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from fer_core.classification import EmotionClassifier
from fer_core.detection import FaceDetector
from fer_core.following import FaceFinder
from fer_core.geometry import Box
from fer_core.preprocessing import crop_face
from fer_core.quality import unsure_reason
from fer_core.results import EmotionScores, Face, FaceResult, FrameResult, RgbImage
from fer_core.smoothing import LabelHold, Smoother
from fer_core.tracking import Tracker


@dataclass(frozen=True, slots=True)
class PipelineOptions:
    """What a user may change.

    Attributes:
        half_life_s: what was seen this long ago counts half in the smoothed scores; 0 shows
            each frame alone.
        max_faces: at most this many faces of a frame are read: first the people read before,
            those known longest first, then the surest detections.
        min_confidence: readings less sure than this are marked "low confidence", 0..1; None
            takes the threshold of the model's card.
        max_gap_s: a face not seen for longer comes back with a new number.
        detect_every_s: faces are searched for this often and followed by their motion in
            between; 0 searches every frame.
        switch_margin: another label takes over when its smoothed probability leads by this
            much, 0..1; 0 shows the most probable label, as does a half-life of 0.

    Raises:
        ValueError: a value is out of its range.
    """

    half_life_s: float = 0.3
    max_faces: int = 200  # more than a school class on its photo
    min_confidence: float | None = None
    max_gap_s: float = 1.0
    detect_every_s: float = 0.0
    switch_margin: float = 0.0

    def __post_init__(self) -> None:
        if (
            min(self.half_life_s, self.max_gap_s, self.detect_every_s) < 0
            or self.max_faces < 1
            or not 0 <= (self.min_confidence or 0) <= 1
            or not 0 <= self.switch_margin <= 1
        ):
            raise ValueError(
                "Expected times of 0 s or more, at least 1 face, and a confidence and a margin "
                f"in 0..1. Received {self}."
            )


_FRAMES_OF_A_MISS = 2.5  # two steps, and what frames of a clip come too late

# For cameras, where the same few people stay in view. Chosen by bench.steadiness.
LIVE_OPTIONS = PipelineOptions(half_life_s=0.2, max_faces=32, detect_every_s=0.2, switch_margin=0.1)


@dataclass(frozen=True, slots=True, eq=False)
class Pending:
    """A frame whose faces are found and cut out, but not read yet.

    Attributes:
        timestamp_s: seconds since the start of the stream.
        size_wh: width and height of the frame in pixels.
        batch: (N, S, S, 3) uint8, what the classifier's `score` takes; N may be 0.
        faces: N faces, best detection first.
        crops: N crops in source pixels.
        track_ids: N numbers.
        others: faces that are not read.
        marks_s: clock at the start, when faces were found, numbered, and cut out.
    """

    timestamp_s: float
    size_wh: tuple[int, int]
    batch: NDArray[np.uint8]
    faces: tuple[Face, ...]
    crops: tuple[RgbImage, ...]
    track_ids: tuple[int, ...]
    others: tuple[Box, ...]
    marks_s: tuple[float, float, float, float]


class FramePipeline:
    """Reads the frames of one stream, one after the other, from one thread at a time.

    Args:
        detector: of this stream alone.
        classifier: may be shared by all streams.
        options: None takes the defaults.
    """

    def __init__(
        self,
        detector: FaceDetector,
        classifier: EmotionClassifier,
        options: PipelineOptions | None = None,
    ) -> None:
        self.detector, self.classifier = detector, classifier
        self.options = options or PipelineOptions()
        chosen = self.options.min_confidence
        self.min_confidence = classifier.not_sure if chosen is None else chosen
        self.reset()

    def reset(self, *, clip: bool = False) -> None:
        """Forgets all that was seen, for a new picture or clip; numbers start at 1 again.

        Args:
            clip: the frames are those of a clip, which may lie far apart: whoever is missed
                in one of them keeps the number, even when `max_gap_s` is shorter.
        """
        options = self.options
        self._width = 0
        self._finder = FaceFinder(self.detector, every_s=options.detect_every_s)
        self._tracker = Tracker(
            max_gap_s=options.max_gap_s, max_gap_frames=_FRAMES_OF_A_MISS if clip else 0.0
        )
        self._smoother = Smoother(half_life_s=options.half_life_s)
        steady = options.switch_margin > 0 and options.half_life_s > 0
        self._hold = LabelHold(switch_margin=options.switch_margin) if steady else None

    def follow(self, other: "FramePipeline") -> None:
        """Goes on in the middle of a stream: who was seen by `other` keeps the number.

        Args:
            other: has read the stream so far, and reads nothing from now on. Faces are found
                and followed with its detector and settings until `reset`.
        """
        self._width, self._finder, self._tracker = other._width, other._finder, other._tracker

    def new_shot(self) -> None:
        """All tracks end: whoever is seen from now on gets a new number, never used before."""
        self._finder = FaceFinder(self.detector, every_s=self.options.detect_every_s)
        self._tracker.end_all()

    def process(self, image: RgbImage, *, timestamp_s: float) -> FrameResult:
        """Reads one frame.

        Args:
            image: (H, W, 3) uint8 RGB.
            timestamp_s: seconds since the start of the stream. A time before the last one
                starts the tracks anew.

        Returns:
            The faces, best detection first. Timings in ms: detect, preprocess, classify,
            track (with smoothing and quality), total.

        Raises:
            ValueError: `image` has another shape or type, or no pixels.
        """
        pending = self.begin(image, timestamp_s=timestamp_s)
        return self.finish(pending, self.classifier.score(pending.batch))

    def begin(self, image: RgbImage, *, timestamp_s: float) -> Pending:
        """The first half of `process`, up to what the classifier takes.

        Batches of several streams that share a classifier can be scored in one go. A frame
        that is begun need not be finished.

        Args:
            image: see `process`.
            timestamp_s: see `process`.

        Raises:
            ValueError: see `process`.
        """
        _check(image)
        start_s = perf_counter()
        found = self._finder.find(image, timestamp_s=timestamp_s)
        found_s = perf_counter()
        if self._width and image.shape[1] != self._width:
            self._tracker.scale(image.shape[1] / self._width)
        self._width = image.shape[1]
        numbers = self._tracker.update(
            found, timestamp_s=timestamp_s, max_faces=self.options.max_faces
        )
        numbered_s = perf_counter()
        read = [(f, n) for f, n in zip(found, numbers, strict=True) if n is not None]
        crops = [crop_face(image, face, self.classifier.card.input) for face, _ in read]
        return Pending(
            timestamp_s,
            (image.shape[1], image.shape[0]),
            self.classifier.prepare(crops),
            tuple(face for face, _ in read),
            tuple(crops),
            tuple(number for _, number in read),
            tuple(f.box for f, n in zip(found, numbers, strict=True) if n is None),
            (start_s, found_s, numbered_s, perf_counter()),
        )

    def finish(self, pending: Pending, scores: Sequence[EmotionScores]) -> FrameResult:
        """The second half of `process`.

        Args:
            pending: what `begin` returned for this frame.
            scores: of each row of `pending.batch`.

        Returns:
            See `process`; "classify" is all the time since `begin` returned.

        Raises:
            ValueError: there is not one score a face.
        """
        scored_s = perf_counter()
        for memory in (self._smoother, self._hold):
            if memory is not None:
                memory.keep(self._tracker.alive)
        results = tuple(
            self._read(face, crop, number, raw, pending.timestamp_s)
            for face, crop, number, raw in zip(
                pending.faces, pending.crops, pending.track_ids, scores, strict=True
            )
        )
        start_s, found_s, numbered_s, prepared_s = pending.marks_s
        end_s = perf_counter()
        spans_s = {
            "detect": found_s - start_s,
            "preprocess": prepared_s - numbered_s,
            "classify": scored_s - prepared_s,
            "track": numbered_s - found_s + end_s - scored_s,
            "total": end_s - start_s,
        }
        timings = {name: span_s * 1e3 for name, span_s in spans_s.items()}
        return FrameResult(pending.timestamp_s, pending.size_wh, results, timings, pending.others)

    def _read(
        self, face: Face, crop: RgbImage, number: int, raw: EmotionScores, timestamp_s: float
    ) -> FaceResult:
        """One face with its smoothed scores, the label that they hold, and its doubt."""
        shown = self._smoother.update(number, raw, timestamp_s=timestamp_s)
        if self._hold is None:
            unsure = unsure_reason(crop, face, shown, min_confidence=self.min_confidence)
            return FaceResult(face, raw, shown, number, unsure)
        held = self._hold.label(number, shown)
        doubted = self._hold.doubts(
            number, shown.as_dict()[held], min_confidence=self.min_confidence
        )
        # The lowest confidence is doubted here; what is left are the reasons in the picture.
        unsure = unsure_reason(crop, face, shown, min_confidence=0.0)
        if unsure is None and doubted:
            unsure = "low confidence"
        return FaceResult(face, raw, shown, number, unsure, held)


def _check(image: NDArray[np.uint8]) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        raise ValueError(
            "Expected an RGB image of type uint8 and shape (H, W, 3). "
            f"Received {image.dtype} {image.shape}."
        )
