"""One live stream: the newest frame in, the newest result out. No Streamlit inside.

The sink and source callbacks of the stream run on the web server's event loop, so they only
exchange a reference under a lock. One worker thread converts, analyses and draws the newest
frame; frames that arrive meanwhile replace one another, so that the picture stays current
however slow the machine is.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from fer_core.annotation import draw_faces
from fer_core.errors import FerError
from fer_core.results import FrameResult, RgbImage

LOGGER = logging.getLogger(__name__)
LONGEST_SIDE = 640  # larger pictures are scaled down: faces stay large enough, work does not grow
HISTORY_STEP_S = 0.25
RATE_WINDOW_S = 3.0
SLOW_START_S = 8.0
STALLED_S = 3.0


class Pipeline(Protocol):
    """What a stream needs of `fer_core.pipeline.FramePipeline`."""

    def process(self, image: RgbImage, *, timestamp_s: float) -> FrameResult: ...


@dataclass(frozen=True, slots=True)
class LiveView:
    """What a page shows of a stream.

    Attributes:
        now_s: seconds since the session was made.
        result: newest result; None before the first.
        history: results of the last seconds, thinned out, oldest first.
        pictures_per_s: rate at which pictures are read.
        idle_s: seconds since the last picture was read, or since the session was made.
        error: why the newest picture could not be read, as a sentence; else None.
    """

    now_s: float = 0.0
    result: FrameResult | None = None
    history: tuple[FrameResult, ...] = ()
    pictures_per_s: float = 0.0
    idle_s: float = 0.0
    error: str | None = None


class LiveSession:
    """The hand-over between a camera stream, a worker thread and a page.

    Args:
        pipeline: belongs to this stream alone.
        window_s: how many seconds of results to remember.
        clock: seconds, never going back.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        *,
        window_s: float = 45.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pipeline = pipeline
        self._window_s = window_s
        self._clock = clock
        self._started = clock()
        self._changed = threading.Condition()
        self._incoming: av.VideoFrame | None = None
        self._outgoing = _blank()
        self._result: FrameResult | None = None
        self._history: deque[FrameResult] = deque()
        self._read_at: deque[float] = deque()
        self._error: str | None = None
        self._stopped = False
        self._thread: threading.Thread | None = None
        self._to_rgb, self._to_yuv = VideoReformatter(), VideoReformatter()

    @property
    def stopped(self) -> bool:
        """Whether the stream has ended; a new stream needs a new session."""
        return self._stopped

    def use(self, pipeline: Pipeline) -> None:
        """Reads the following frames with another pipeline."""
        self._pipeline = pipeline

    def put(self, frame: av.VideoFrame) -> None:
        """Takes a camera frame, in place of one that still waits."""
        with self._changed:
            if self._stopped:
                return
            self._incoming = frame
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="live", daemon=True)
                self._thread.start()
            self._changed.notify()

    def get(self, pts: int, time_base: Fraction) -> av.VideoFrame:
        """The newest annotated picture; a plain one before the first."""
        with self._changed:
            picture = self._outgoing
        return av.VideoFrame.from_ndarray(picture, format="yuv420p")

    def view(self) -> LiveView:
        """What there is to show now."""
        with self._changed:
            now = self._now()
            recent = [moment for moment in self._read_at if now - moment <= RATE_WINDOW_S]
            return LiveView(
                now_s=now,
                result=self._result,
                history=tuple(self._history),
                pictures_per_s=len(recent) / min(RATE_WINDOW_S, max(now, 1.0)),
                idle_s=now - (self._read_at[-1] if self._read_at else 0.0),
                error=self._error,
            )

    def stop(self) -> None:
        """Ends the worker thread and forgets what was seen. May be called twice."""
        with self._changed:
            self._stopped = True
            self._incoming = None
            self._outgoing = _blank()
            self._result = None
            self._history.clear()
            self._changed.notify()

    def join(self, timeout_s: float) -> bool:
        """Waits for the worker thread to end; whether it has."""
        if self._thread is not None:
            self._thread.join(timeout_s)
            return not self._thread.is_alive()
        return True

    def _now(self) -> float:
        return self._clock() - self._started

    def _work(self) -> None:
        while (frame := self._next()) is not None:
            self.step(frame)

    def _next(self) -> av.VideoFrame | None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._incoming is not None)
            frame, self._incoming = self._incoming, None
            return None if self._stopped else frame

    def step(self, frame: av.VideoFrame) -> None:
        """Reads and draws one frame; whatever goes wrong becomes the session's error."""
        try:
            width, height = _fitting(frame.width, frame.height)
            rgb = self._to_rgb.reformat(frame, width=width, height=height, format="rgb24")
            image = np.asarray(rgb.to_ndarray(), np.uint8)
            result = self._pipeline.process(image, timestamp_s=self._now())
            drawn = av.VideoFrame.from_ndarray(draw_faces(image, result), format="rgb24")
            yuv = self._to_yuv.reformat(drawn, format="yuv420p")
            picture = np.asarray(yuv.to_ndarray(), np.uint8)
        except Exception as error:
            self._fail(error)
            return
        with self._changed:
            if not self._stopped:
                self._outgoing = picture
                self._result, self._error = result, None
                self._remember(result)

    def _remember(self, result: FrameResult) -> None:
        now = result.timestamp_s
        self._read_at.append(self._now())
        while self._read_at[0] < self._read_at[-1] - RATE_WINDOW_S:
            self._read_at.popleft()
        if not self._history or now - self._history[-1].timestamp_s >= HISTORY_STEP_S:
            self._history.append(result)
        while self._history[0].timestamp_s < now - self._window_s:
            self._history.popleft()

    def _fail(self, error: Exception) -> None:
        words = f"A picture could not be read ({type(error).__name__}). The next one is tried."
        if isinstance(error, FerError):
            words = str(error)
        with self._changed:
            known, self._error = self._error, words
        if words != known:
            LOGGER.error("A live picture could not be read", exc_info=error)


def status_words(view: LiveView, *, signalling: bool, playing: bool, waited_s: float) -> str:
    """How the stream is doing, in one sentence.

    Args:
        view: of the session.
        signalling: whether the browser is connecting.
        playing: whether the stream runs.
        waited_s: seconds since the connecting or the stream began.
    """
    blocked = (
        "No picture has arrived yet. Is the camera allowed in the browser, and is it free? "
        "If so, the network may block live video: take a snapshot below instead."
    )
    if not playing:
        if not signalling:
            return "The camera is off. Press START to begin."
        return blocked if waited_s > SLOW_START_S else "Connecting to your camera…"
    if view.error:
        return view.error
    if view.result is None:
        return blocked if waited_s > SLOW_START_S else "Waiting for the first picture…"
    if view.idle_s > STALLED_S:
        return "The picture has stopped arriving. Press STOP and START again if it stays so."
    rate = f"Reading {view.pictures_per_s:.0f} pictures a second"
    faces = len(view.result.faces)
    if faces == 0:
        return f"{rate}. No face in view: come closer, face the camera, add light."
    return f"{rate}. {'One face' if faces == 1 else f'{faces} faces'} in view."


def _fitting(width: int, height: int) -> tuple[int, int]:
    """The size to read a frame at: no side over LONGEST_SIDE, both even for the encoder."""
    scale = min(1.0, LONGEST_SIDE / max(width, height))
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)


def _blank() -> NDArray[np.uint8]:
    """A dark grey picture of 640×480 in planar YUV."""
    picture = np.full((720, 640), 128, np.uint8)
    picture[:480] = 40
    return picture
