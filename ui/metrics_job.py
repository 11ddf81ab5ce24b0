"""An evaluation in the background: the faces of the settings, or of a zip of class folders."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fer_core.bundle import InputSpec
from fer_core.classification import EmotionClassifier
from fer_core.errors import FerError, MediaError
from fer_core.evaluation import figures_of_readings, truth_of_names
from fer_core.expected import expected_label
from fer_core.faces import SIDE, FaceSet
from fer_core.media import read_image
from fer_core.preprocessing import prepare
from fer_core.readings import Readings, read_crops, read_faces
from ui.lost_sessions import UNWATCHED_S
from ui.zips import listed, shown_name, unzipped

LOGGER = logging.getLogger(__name__)
MOST_IMAGES = 2_000
_AS_FER2013 = InputSpec(SIDE, source_size=0)
_UNPACKING = 0.8  # of the time that a zip takes
_ONE_AT_A_TIME = threading.Lock()
State = Literal["waiting", "running", "done", "cancelled", "failed"]


class _Stopped(Exception):
    """Nobody wants the result any more."""


@dataclass(frozen=True, slots=True)
class Result:
    """What an evaluation found.

    Attributes:
        readings: of each face that counted.
        figures: see `figures_of_readings`.
        left_out: name of each file that did not count, and why.
    """

    readings: Readings
    figures: dict[str, Any]
    left_out: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class EvaluationView:
    """What a page shows of an evaluation: its state, the share that is done (0..1), its end."""

    state: State
    progress: float
    result: Result | None = None
    error: str | None = None


class Evaluation:
    """Reads labelled faces in a thread of its own; all sessions together one at a time.

    It also ends when `watched` has said no for `UNWATCHED_S` seconds.

    Args:
        classifier: makes the model, once it is this evaluation's turn.
        faces: the test faces, or makes them; or the content of a zip file whose folders are
            named after labels and hold cut-out faces.
        watched: whether somebody may be looking; called from the thread.
        clock: seconds, never going back.
    """

    def __init__(
        self,
        classifier: Callable[[], EmotionClassifier],
        faces: bytes | Callable[[], FaceSet],
        *,
        watched: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._classifier, self._faces = classifier, faces
        self._watched, self._clock = watched, clock
        self._seen = clock()
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._view = EvaluationView("waiting", 0.0)
        self._thread = threading.Thread(target=self._work, name="evaluation", daemon=True)

    def start(self) -> None:
        """Begins; to be called once."""
        self._thread.start()

    def cancel(self) -> None:
        """Asks it to end after the faces it is at."""
        self._cancelled.set()

    def join(self, timeout_s: float) -> bool:
        """Waits for the end; whether it has come."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def view(self) -> EvaluationView:
        """What there is to show now."""
        with self._lock:
            return self._view

    def _work(self) -> None:
        try:
            while not _ONE_AT_A_TIME.acquire(timeout=0.5):
                self._tell("waiting", 0.0)
            try:
                self._tell("running", 0.0)
                end = EvaluationView("done", 1.0, result=self._result())
            finally:
                _ONE_AT_A_TIME.release()
        except _Stopped:
            end = EvaluationView("cancelled", 0.0)
        except FerError as reason:
            end = EvaluationView("failed", 0.0, error=str(reason))
        except Exception:
            LOGGER.exception("An evaluation failed")
            end = EvaluationView(
                "failed", 0.0, error="The faces could not be read to their end. Try again."
            )
        with self._lock:
            self._view, self._faces = end, b""

    def _tell(self, state: State, progress: float) -> None:
        """Notes how far it is.

        Raises:
            _Stopped: it was cancelled, or nobody is there any more.
        """
        now = self._clock()
        if self._watched():
            self._seen = now
        if self._cancelled.is_set() or now - self._seen > UNWATCHED_S:
            raise _Stopped
        with self._lock:
            self._view = EvaluationView(state, progress)

    def _result(self) -> Result:
        classifier, left_out = self._classifier(), list[tuple[str, str]]()
        if isinstance(self._faces, bytes):
            images, names = self._unpacked(self._faces, classifier, left_out)
            readings = read_crops(
                classifier,
                images,
                truth_of_names(names, classifier.labels),
                progress=lambda done: self._tell("running", _UNPACKING + (1 - _UNPACKING) * done),
            )
        else:
            readings = read_faces(
                classifier, self._faces(), progress=lambda done: self._tell("running", done)
            )
        figures = figures_of_readings(readings, not_sure=classifier.not_sure)
        return Result(readings, figures, left_out)

    def _unpacked(
        self, data: bytes, classifier: EmotionClassifier, left_out: list[tuple[str, str]]
    ) -> tuple[list[NDArray[np.uint8]], list[str]]:
        """The faces of a zip file as small as FER-2013's, and their labels."""
        images, names = [], []
        total = max(listed(data), 1)
        for name, content in unzipped(data, most=MOST_IMAGES, folders=True):
            folders = PurePosixPath(name.replace("\\", "/")).parts[:-1]
            label = expected_label("", folders[::-1])
            try:
                if isinstance(content, MediaError):
                    raise content
                if label not in classifier.labels:
                    raise MediaError("Its folder is not named after a label of this set.")
                images.append(prepare([read_image(content)], _AS_FER2013)[0, :, :, 0])
                names.append(label)
            except MediaError as error:
                left_out.append((shown_name(name), str(error)))
            self._tell("running", _UNPACKING * (len(images) + len(left_out)) / total)
        return images, names
