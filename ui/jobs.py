"""A video analysis in the background, so that a page can show progress and cancel."""

import logging
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fer_core.analyze import iter_video
from fer_core.annotation import draw_faces
from fer_core.errors import FerError
from fer_core.media import VideoWriter, probe_video
from fer_core.pipeline import FramePipeline
from fer_core.results import FrameResult, RgbImage, VideoTimeline

LOGGER = logging.getLogger(__name__)
# A page in a hidden tab may ask only once a minute; one that asks no more was closed.
ABANDONED_S = 75.0
JobState = Literal["running", "done", "cancelled", "failed"]


@dataclass(frozen=True, slots=True)
class JobView:
    """What a page shows of a job.

    Attributes:
        state: running until everything, the annotated clip included, is there.
        progress: share of the clip that was read, 0..1.
        left_s: estimated seconds until the end; None while it cannot be told.
        timeline: what was read so far.
        preview: newest annotated picture; None before the first.
        clip: the annotated clip (MP4); None while running, or when nothing was read.
        error: why it failed, as a sentence; None unless it failed.
    """

    state: JobState
    progress: float
    left_s: float | None
    timeline: VideoTimeline
    preview: RgbImage | None
    clip: bytes | None
    error: str | None


class VideoJob:
    """Analyses a clip in a thread of its own. What is done so far stays when it is cancelled.

    It also ends when nobody has asked for its view for `ABANDONED_S` seconds.

    Args:
        data: the whole clip.
        new_pipeline: makes the pipeline, which belongs to this job alone.
        sample_fps: how many frames of each second to read.
        clock: seconds, never going back.
    """

    def __init__(
        self,
        data: bytes,
        *,
        new_pipeline: Callable[[], FramePipeline],
        sample_fps: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._data = data
        self._new_pipeline = new_pipeline
        self._sample_fps = sample_fps
        self._clock = clock
        self._started = self._asked = clock()
        self._lock = threading.Lock()
        self._cancelled = threading.Event()
        self._duration_s = 0.0
        self._frames: list[FrameResult] = []
        self._preview: RgbImage | None = None
        self._clip: bytes | None = None
        self._error: str | None = None
        self._state: JobState = "running"
        self._thread = threading.Thread(target=self._work, name="video", daemon=True)

    def start(self) -> None:
        """Begins; to be called once."""
        self._thread.start()

    def cancel(self) -> None:
        """Asks the job to end after the frame it is at."""
        self._cancelled.set()

    def join(self, timeout_s: float) -> bool:
        """Waits for the end; whether it has come."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def view(self) -> JobView:
        """What there is to show now."""
        with self._lock:
            self._asked = self._clock()
            frames = tuple(self._frames)
            reached_s = frames[-1].timestamp_s if frames else 0.0
            duration_s = max(self._duration_s, reached_s)
            progress = reached_s / duration_s if duration_s else 0.0
            spent_s = self._clock() - self._started
            return JobView(
                state=self._state,
                progress=1.0 if self._state == "done" else progress,
                left_s=spent_s * (1 / progress - 1) if progress > 0.02 else None,
                timeline=VideoTimeline(frames, duration_s),
                preview=self._preview,
                clip=self._clip,
                error=self._error,
            )

    def _work(self) -> None:
        try:
            self._read()
            state: JobState = "cancelled" if self._cancelled.is_set() else "done"
            error = None
        except FerError as reason:
            state, error = "failed", str(reason)
        except Exception as reason:
            LOGGER.exception("A video could not be analysed")
            state, error = (
                "failed",
                (
                    f"The video could not be read to its end ({type(reason).__name__}). "
                    "Try another one, or save this one again as MP4."
                ),
            )
        with self._lock:
            self._state, self._error = state, error
            self._data = b""

    def _read(self) -> None:
        info = probe_video(self._data)
        with self._lock:
            self._duration_s = info.duration_s
        frames = iter_video(self._data, pipeline=self._new_pipeline(), sample_fps=self._sample_fps)
        with tempfile.TemporaryDirectory(prefix="fer-") as folder:
            path = Path(folder) / "annotated.mp4"
            image, result = next(frames)
            height, width = image.shape[:2]
            with VideoWriter(path, size_wh=(width, height), fps=self._sample_fps) as writer:
                self._keep(image, result, writer)
                while not self._ends_early() and (pair := next(frames, None)) is not None:
                    self._keep(*pair, writer)
            with self._lock:
                self._clip = path.read_bytes()

    def _ends_early(self) -> bool:
        with self._lock:
            if self._clock() - self._asked > ABANDONED_S:
                self._cancelled.set()
        return self._cancelled.is_set()

    def _keep(self, image: RgbImage, result: FrameResult, writer: VideoWriter) -> None:
        drawn = draw_faces(image, result)
        writer.write(drawn, result.timestamp_s)
        with self._lock:
            self._frames.append(result)
            self._preview = drawn
