"""The one path of every frame: detect, crop, classify, track, smooth."""

from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from fer_core.classification import EmotionClassifier
from fer_core.detection import FaceDetector
from fer_core.preprocessing import crop_face
from fer_core.quality import unsure_reason
from fer_core.results import FaceResult, FrameResult, RgbImage
from fer_core.smoothing import Smoother
from fer_core.tracking import Tracker


@dataclass(frozen=True, slots=True)
class PipelineOptions:
    """What a user may change.

    Attributes:
        half_life_s: what was seen this long ago counts half in the smoothed scores; 0 shows
            each frame alone.
        max_faces: at most this many faces of a frame are read, the surest detections first.
        min_confidence: readings less sure than this are marked "low confidence", 0..1; None
            takes the threshold of the model's card.
        max_gap_s: a face not seen for longer comes back with a new number.

    Raises:
        ValueError: a value is out of its range.
    """

    half_life_s: float = 0.3
    max_faces: int = 32
    min_confidence: float | None = None
    max_gap_s: float = 1.0

    def __post_init__(self) -> None:
        if (
            min(self.half_life_s, self.max_gap_s) < 0
            or self.max_faces < 1
            or not 0 <= (self.min_confidence or 0) <= 1
        ):
            raise ValueError(
                "Expected times of 0 s or more, at least 1 face, and a confidence in 0..1. "
                f"Received {self}."
            )


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

    def reset(self) -> None:
        """Forgets all that was seen, for a new picture or clip; numbers start at 1 again."""
        self._tracker = Tracker(max_gap_s=self.options.max_gap_s)
        self._smoother = Smoother(half_life_s=self.options.half_life_s)

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
        _check(image)
        start = perf_counter()
        faces = self.detector.detect(image)[: self.options.max_faces]
        detected = perf_counter()
        crops = [crop_face(image, face, self.classifier.card.input) for face in faces]
        batch = self.classifier.prepare(crops)
        prepared = perf_counter()
        scores = self.classifier.score(batch)
        classified = perf_counter()
        numbers = self._tracker.update(faces, timestamp_s=timestamp_s)
        self._smoother.keep(self._tracker.alive)
        results = []
        for face, crop, raw, number in zip(faces, crops, scores, numbers, strict=True):
            shown = self._smoother.update(number, raw, timestamp_s=timestamp_s)
            unsure = unsure_reason(crop, face, shown, min_confidence=self.min_confidence)
            results.append(FaceResult(face, raw, shown, number, unsure))
        end = perf_counter()
        return FrameResult(
            timestamp_s,
            (image.shape[1], image.shape[0]),
            tuple(results),
            {
                "detect": (detected - start) * 1e3,
                "preprocess": (prepared - detected) * 1e3,
                "classify": (classified - prepared) * 1e3,
                "track": (end - classified) * 1e3,
                "total": (end - start) * 1e3,
            },
        )


def _check(image: NDArray[np.uint8]) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        raise ValueError(
            "Expected an RGB image of type uint8 and shape (H, W, 3). "
            f"Received {image.dtype} {image.shape}."
        )
