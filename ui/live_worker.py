"""The thread that reads the newest frames of all streams, a round at a time."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from fer_core.annotation import DrawStyle, draw_faces
from fer_core.errors import FerError
from fer_core.results import EmotionScores, RgbImage
from ui.live_picture import Converter, without_labels
from ui.live_session import LiveSession, Pipeline, Tools, Waiting, check_result

LOGGER = logging.getLogger(__name__)
HANGS_S = 2.0
LOST_THREADS = 4  # so many may hang at once; then nothing is read until one comes back
HANGS = (
    "Reading the picture takes too long, so labels are missing. "
    "They come back by themselves; if not, press STOP and START again."
)
FAILS = (
    "The picture could not be read ({name}), so labels are missing. The next one is tried; "
    "if it stays so, press STOP and START again."
)
Answer = TypeVar("Answer")


@dataclass(slots=True)
class Job:
    """One frame of one stream on its way through a round."""

    session: LiveSession
    waiting: Waiting
    tools: Tools
    style: DrawStyle
    image: RgbImage = field(default_factory=lambda: np.empty((0, 0, 3), np.uint8))
    pending: Any = None
    batch: Any = None
    scores: list[EmotionScores] | None = None
    words: str | None = None  # why it could not be read

    @property
    def pipeline(self) -> Pipeline:
        return self.tools.pipeline

    @property
    def converter(self) -> Converter:
        return self.tools.converter


class Abandoned(BaseException):
    """Ends a worker that hung for so long that another has taken its place."""


class Crew:
    """Who works, what hangs, and since when; the engine's lock guards it.

    What hangs (a stream's pipeline, or a classifier that streams share) is left alone until
    the thread inside it comes back, so no more threads can be lost than things can hang.
    """

    def __init__(self, changed: threading.Condition, clock: Callable[[], float]) -> None:
        self._changed, self._clock = changed, clock
        self._doing: tuple[object, float] | None = None
        self._turn = 0
        self._hanging: list[object] = []

    def may_do(self, thing: object) -> bool:
        """Whether work inside this may be tried: no thread is lost in it, nor too many at all."""
        with self._changed:
            lost = len(self._hanging)
            return lost < LOST_THREADS and all(other is not thing for other in self._hanging)

    def overdue(self) -> bool:
        """Whether the present worker hangs; if so it is given up, and needs a successor."""
        if self._doing is None or self._clock() - self._doing[1] <= HANGS_S:
            return False
        self._hanging.append(self._doing[0])
        self._doing = None
        self._turn += 1
        return True

    @property
    def turn(self) -> int:
        """Counts the workers."""
        return self._turn

    def do(self, turn: int, thing: object, work: Callable[[], Answer]) -> Answer:
        """Does work that may hang inside `thing`.

        Raises:
            Abandoned: it took so long that another worker goes on instead.
        """
        with self._changed:
            self._doing = thing, self._clock()
        try:
            return work()
        finally:
            with self._changed:
                if turn != self._turn:
                    self._hanging = [other for other in self._hanging if other is not thing]
                    raise Abandoned
                self._doing = None


class Round:
    """Reads one frame each of several streams, with one batch for each shared classifier.

    Args:
        crew: knows what hangs.
        turn: of the worker that works this round.
        longest_side: of the pictures, in pixels.
    """

    def __init__(self, crew: Crew, turn: int, longest_side: int) -> None:
        self._crew, self._turn, self._longest_side = crew, turn, longest_side

    def work(self, jobs: list[Job]) -> None:
        """Reads, draws and sends. Whatever goes wrong stays within its stream.

        Raises:
            Abandoned: see `Crew`.
        """
        jobs = [job for job in jobs if self._convert(job)]
        for job in jobs:
            self._try(job, self._begin)
        for group in _groups([job for job in jobs if job.words is None]):
            self._score(group)
        for job in jobs:
            self._try(job, self._finish)
            if job.words is not None:
                self._send_without_labels(job)

    def _convert(self, job: Job) -> bool:
        try:
            job.image = job.converter.image_of(job.waiting.frame, self._longest_side)
        except Exception as error:
            self._fail(job, error)
            return False
        return True

    def _begin(self, job: Job) -> None:
        at = job.session.since_start(job.waiting.came_s)
        job.pending = self._crew.do(
            self._turn, job.pipeline, lambda: job.pipeline.begin(job.image, timestamp_s=at)
        )
        job.batch = job.pending.batch
        if (
            not isinstance(job.batch, np.ndarray)
            or job.batch.dtype != np.uint8
            or job.batch.ndim != 4
        ):
            raise ValueError("Expected a batch of faces. Received something else.")

    def _score(self, group: list[Job]) -> None:
        classifier = group[0].pipeline.classifier
        scores: list[EmotionScores] = []
        try:
            batch = np.concatenate([job.batch for job in group])
            if len(batch):
                scores = self._crew.do(self._turn, classifier, lambda: classifier.score(batch))
            if len(scores) != len(batch) or not all(
                isinstance(one, EmotionScores) for one in scores
            ):
                raise ValueError("Expected scores for each face. Received something else.")
        except Exception as error:
            for job in group:
                self._fail(job, error)
            return
        start = 0
        for job in group:
            job.scores = list(scores[start : start + len(job.batch)])
            start += len(job.batch)

    def _finish(self, job: Job) -> None:
        scores = job.scores
        assert scores is not None
        result = check_result(
            self._crew.do(
                self._turn, job.pipeline, lambda: job.pipeline.finish(job.pending, scores)
            ),
            job.image,
        )
        picture = job.converter.frame_of(draw_faces(job.image, result, job.style))
        job.session.read(job.image, result)
        job.session.show(picture, job.waiting.came_s)

    def _try(self, job: Job, step: Callable[[Job], None]) -> None:
        if job.words is not None:
            return
        try:
            if self._crew.may_do(job.pipeline) and self._crew.may_do(job.pipeline.classifier):
                step(job)
            else:
                job.words = HANGS
                job.session.failed(HANGS)
        except Exception as error:
            self._fail(job, error)

    def _send_without_labels(self, job: Job) -> None:
        try:
            plain = without_labels(job.image, job.style)
            job.session.show(job.converter.frame_of(plain), job.waiting.came_s)
        except Exception as error:
            self._fail(job, error)

    def _fail(self, job: Job, error: Exception) -> None:
        words = FAILS.format(name=type(error).__name__)
        job.words = str(error) if isinstance(error, FerError) else words
        if job.session.failed(job.words):
            LOGGER.error("A live picture could not be read", exc_info=error)


def _groups(jobs: list[Job]) -> list[list[Job]]:
    """Jobs whose faces one classifier reads in one batch."""
    groups: dict[tuple[int, tuple[int, ...]], list[Job]] = {}
    for job in jobs:
        key = id(job.pipeline.classifier), job.batch.shape[1:]
        groups.setdefault(key, []).append(job)
    return list(groups.values())
