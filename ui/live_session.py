"""One stream as its page sees it: frames in, pictures and numbers out. No Streamlit inside."""

import math
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import av
import numpy as np
from numpy.typing import NDArray

from fer_core.annotation import DrawStyle
from fer_core.results import EmotionScores, FaceResult, FrameResult, RgbImage
from ui.live_load import Load, Pace
from ui.live_output import OutputPlayer, OutputTrack
from ui.live_picture import Converter, blank

HISTORY_STEP_S = 0.25
NUMBERS_S = 3600.0
NUMBERS_FACES = 15_000  # readings kept: an hour of one person at four a second
RATE_WINDOW_S = 3.0


class Classifier(Protocol):
    """What the engine needs of `fer_core.classification.EmotionClassifier`."""

    def score(self, batch: NDArray[np.uint8]) -> list[EmotionScores]: ...


class Pipeline(Protocol):
    """What a stream needs of `fer_core.pipeline.FramePipeline`."""

    @property
    def classifier(self) -> Classifier: ...

    def begin(self, image: RgbImage, *, timestamp_s: float) -> Any: ...

    def finish(self, pending: Any, scores: list[EmotionScores]) -> FrameResult: ...

    def follow(self, other: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class LiveView:
    """What a page shows of a stream.

    Attributes:
        now_s: seconds since the session was made.
        result: newest result; None before the first.
        history: results of the last seconds, thinned out, oldest first.
        pictures_per_s: rate at which pictures are read.
        sent_per_s: rate at which new pictures go back to the viewer.
        age_ms: from the arrival of a camera frame to the hand-out of its picture to the
            encoder, the median of late; None before the first.
        idle_s: seconds since the last picture was read, or since the session was made.
        no_face_s: seconds for which no face has been in view; 0 while one is, or none was read.
        stopped: the stream has ended.
        refused: the server is full; this session stays without a stream.
        error: why pictures are not read at present, as a sentence; else None.
        note: what is reduced because the server is busy, as a sentence; else None.
    """

    now_s: float = 0.0
    result: FrameResult | None = None
    history: tuple[FrameResult, ...] = ()
    pictures_per_s: float = 0.0
    sent_per_s: float = 0.0
    age_ms: float | None = None
    idle_s: float = 0.0
    no_face_s: float = 0.0
    stopped: bool = False
    refused: bool = False
    error: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Still:
    """A camera picture as it was read, nothing drawn in, and what was read from it."""

    image: RgbImage
    result: FrameResult


@dataclass(frozen=True, slots=True)
class Waiting:
    """A camera frame that nobody has looked at yet, and when it came."""

    frame: av.VideoFrame
    came_s: float


@dataclass(frozen=True, slots=True)
class Tools:
    """What reads the pictures of one stream: megabytes, held no longer than it runs."""

    pipeline: Pipeline
    converter: Converter


class Host(Protocol):
    """What a session needs of the engine that it belongs to."""

    changed: threading.Condition  # guards the sessions' state too
    clock: Callable[[], float]

    @property
    def load(self) -> Load: ...

    def arrived(self, session: "LiveSession") -> bool: ...

    def left(self, session: "LiveSession") -> None: ...

    def late(self, seconds: float) -> None: ...


class LiveSession:
    """The hand-over between a camera stream, the engine and a page; made by `LiveEngine`.

    Idle until the first frame. A stream that has ended needs a new session.

    Attributes:
        output: the track to send to the viewer.
    """

    def __init__(
        self, host: Host, pipeline: Pipeline, style: DrawStyle, *, window_s: float
    ) -> None:
        self._host, self._window_s = host, window_s
        self._tools: Tools | None = Tools(pipeline, Converter())
        self._style = style
        self._started = host.clock()
        self._pace = Pace()
        self._waiting: Waiting | None = None
        self._refused = self._stopped = False
        self._at_work = 0
        self._error: str | None = None
        self._still: Still | None = None
        self._result: FrameResult | None = None
        self._history: deque[FrameResult] = deque()
        self._numbers: deque[FrameResult] = deque()
        self._faces_in_numbers = 0
        self._read_at: deque[float] = deque()
        self._last_put_s = self._started
        self._face_s: float | None = None
        self.output = OutputTrack(blank(), clock=host.clock, on_stop=self.stop, on_late=host.late)

    def player(self) -> Any:
        """The output as `webrtc_streamer(player_factory=session.player)` takes it.

        The component asks for a `MediaPlayer` and uses its two tracks alone; hence Any.
        Better than `source_video_track=session.output`: the component stops a player whenever
        its stream ends, which ends this session; and it puts one relay less in between, one
        that would never be freed.
        """
        return OutputPlayer(self.output)

    @property
    def stopped(self) -> bool:
        """Whether the stream has ended; a new stream needs a new session."""
        return self._stopped

    def use(self, pipeline: Pipeline) -> None:
        """Reads the following frames with another pipeline; people keep their numbers."""
        with self._host.changed:
            if self._tools is not None:
                pipeline.follow(self._tools.pipeline)
                self._tools = replace(self._tools, pipeline=pipeline)

    def draw(self, style: DrawStyle) -> None:
        """Draws the following frames another way."""
        with self._host.changed:
            self._style = style

    def put(self, frame: av.VideoFrame) -> None:
        """Takes a camera frame, in place of one that still waits; keeps a reference only."""
        host = self._host
        with host.changed:
            if self._stopped or self._refused:
                return
            now = self._last_put_s = host.clock()
            if not host.arrived(self):
                self._refused = True
            elif self._pace.allows(now, host.load.output_fps):
                self._waiting = Waiting(frame, now)
                host.changed.notify_all()

    def view(self) -> LiveView:
        """What there is to show now."""
        with self._host.changed:
            moment = self._host.clock()
            now = moment - self._started
            recent = [read for read in self._read_at if now - read <= RATE_WINDOW_S]
            sent_per_s, age_s = self.output.statistics(moment)
            return LiveView(
                now_s=now,
                result=self._result,
                history=tuple(self._history),
                pictures_per_s=len(recent) / min(RATE_WINDOW_S, max(now, 1.0)),
                sent_per_s=sent_per_s,
                age_ms=None if age_s is None else age_s * 1e3,
                idle_s=now - (self._read_at[-1] if self._read_at else 0.0),
                no_face_s=0.0 if self._face_s is None else max(now - self._face_s, 0.0),
                stopped=self._stopped,
                refused=self._refused,
                error=self._error,
                note=None if self._refused else self._host.load.note,
            )

    def still(self) -> Still | None:
        """The newest picture that was read; None before the first and after the end."""
        with self._host.changed:
            return self._still

    def numbers(self) -> tuple[FrameResult, ...]:
        """What was read so far, four a second, at most the last hour; kept after the end.

        Landmarks and timings are left out.
        """
        with self._host.changed:
            return tuple(self._numbers)

    def stop(self) -> None:
        """Ends the stream, forgets its pictures and lets go of what read them.

        May be called twice, from any thread.
        """
        with self._host.changed:
            if self._stopped:
                return
            self._stopped = True
            # At once: the session itself stays for its numbers, and in cycles with its track.
            self._waiting = self._still = self._result = self._tools = None
            self._history.clear()
            self._host.left(self)
        self.output.stop()

    def join(self, timeout_s: float) -> bool:
        """Waits until the engine no longer works on this stream; whether that is so."""
        with self._host.changed:
            return self._host.changed.wait_for(lambda: not self._at_work, timeout_s)

    # What follows is for the engine.

    def take(self) -> tuple[Waiting, Tools, DrawStyle] | None:
        """The waiting frame and how to read it; the caller holds the lock."""
        waiting, self._waiting = self._waiting, None
        if waiting is None or self._tools is None:
            return None
        self._at_work += 1
        return waiting, self._tools, self._style

    def gave_back(self) -> None:
        """Says that the work on a taken frame has ended; the caller holds the lock."""
        self._at_work -= 1
        self._host.changed.notify_all()

    @property
    def waits(self) -> bool:
        return self._waiting is not None

    def silent_s(self, now_s: float) -> float:
        """For how long no camera frame has come."""
        return now_s - self._last_put_s

    def since_start(self, moment_s: float) -> float:
        """A moment on the engine's clock as seconds of this session."""
        return moment_s - self._started

    def show(self, picture: av.VideoFrame, taken_s: float) -> None:
        """Sends a picture to the viewer."""
        with self._host.changed:
            if self._stopped:
                return
        self.output.show(picture, taken_s)

    def read(self, image: RgbImage, result: FrameResult) -> None:
        """Remembers what was read."""
        with self._host.changed:
            if self._stopped:
                return
            now = self._host.clock() - self._started
            if result.faces or self._face_s is None:
                self._face_s = now
            self._still, self._result, self._error = Still(image, result), result, None
            self._read_at.append(now)
            while self._read_at[0] < now - RATE_WINDOW_S:
                self._read_at.popleft()
            self._remember(result)

    def failed(self, words: str) -> bool:
        """Says why a picture could not be read; whether that is news."""
        with self._host.changed:
            known, self._error = self._error, words
            return words != known

    def _remember(self, result: FrameResult) -> None:
        now = result.timestamp_s
        if not self._history or now - self._history[-1].timestamp_s >= HISTORY_STEP_S:
            self._history.append(result)
            self._numbers.append(_numbers_only(result))
            self._faces_in_numbers += len(result.faces)
        while self._history[0].timestamp_s < now - self._window_s:
            self._history.popleft()
        while (
            self._numbers[0].timestamp_s < now - NUMBERS_S or self._faces_in_numbers > NUMBERS_FACES
        ):
            self._faces_in_numbers -= len(self._numbers.popleft().faces)


def _numbers_only(result: FrameResult) -> FrameResult:
    faces = tuple(replace(face, face=replace(face.face, landmarks=None)) for face in result.faces)
    return replace(result, faces=faces, timings={})


def check_result(result: object, image: RgbImage) -> FrameResult:
    """Refuses what no page could show.

    Raises:
        ValueError: `result` is not a result of `image` with numbers in it.
    """
    fits = (
        isinstance(result, FrameResult)
        and result.size_wh == (image.shape[1], image.shape[0])
        and isinstance(result.faces, tuple)
        and all(isinstance(face, FaceResult) and _is_finite(face) for face in result.faces)
    )
    if not fits:
        raise ValueError("Expected a result of this picture. Received something else.")
    assert isinstance(result, FrameResult)
    return result


def _is_finite(face: FaceResult) -> bool:
    box = face.face.box
    return all(math.isfinite(side) for side in (box.left, box.top, box.right, box.bottom))
