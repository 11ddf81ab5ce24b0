"""The track that goes back to the viewer: the newest picture, as soon as there is one."""

import asyncio
import contextlib
import threading
import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

import av
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

CLOCK_RATE = 90_000
TIME_BASE = Fraction(1, CLOCK_RATE)
REPEAT_S = 1.0  # the last picture goes out again, so that the viewer's side stays awake
STATISTICS_S = 3.0
IN_FLIGHT = 2  # handed out and not yet encoded: one at the encoder, one right behind it


class OutputTrack(MediaStreamTrack):
    """Hands the newest picture to the encoder; older ones are replaced, never queued.

    `show` may be called from any thread; `recv` belongs to one event loop. Between this track
    and the encoder stand relays that take whatever they get, so a picture is handed out only
    when those before it have been encoded.

    Args:
        first: to send until there is another.
        clock: seconds, never going back.
        on_stop: called once when the track ends, from whichever thread ends it.
        on_late: is told how many seconds a finished picture, or one that it replaced, waited
            for the event loop and the encoder; called on the event loop.
    """

    kind = "video"

    def __init__(
        self,
        first: av.VideoFrame,
        *,
        clock: Callable[[], float],
        on_stop: Callable[[], None],
        on_late: Callable[[float], None],
    ) -> None:
        super().__init__()
        self._clock, self._on_stop, self._on_late = clock, on_stop, on_late
        self._lock = threading.Lock()
        self._first = self._last = first
        self._newest: tuple[av.VideoFrame, float] | None = None  # and when its frame came
        self._ready_s: float | None = None  # since when there has been something to hand out
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._in_flight: list[weakref.ref[_Mark]] = []
        self._started_s: float | None = None
        self._sent_s = 0.0
        self._pts = -1
        self._sent: deque[tuple[float, float]] = deque()

    def show(self, picture: av.VideoFrame, taken_s: float) -> None:
        """Takes a picture in place of one that still waits.

        Args:
            picture: planar YUV; the caller keeps no reference.
            taken_s: on the clock, when its camera frame came.
        """
        with self._lock:
            self._newest = picture, taken_s
            if self._ready_s is None:
                self._ready_s = self._clock()
        self._post(self._wake)

    async def recv(self) -> av.VideoFrame:
        """The next picture, when there is one.

        Raises:
            MediaStreamError: the track has ended.
        """
        self._loop = asyncio.get_running_loop()
        while self.readyState == "live":
            now = self._clock()
            if self._started_s is None:
                self._started_s = self._sent_s = now
            if (picture := self._next(now)) is not None:
                return picture
            await self._sleep(max(self._sent_s + REPEAT_S - now, 0.01))
        raise MediaStreamError

    def stop(self) -> None:
        """Ends the track and forgets its pictures. May be called twice, from any thread."""
        if self.readyState == "live":
            super().stop()
            with self._lock:
                self._last, self._newest = self._first, None
            self._post(self._wake)
            self._on_stop()

    def statistics(self, now_s: float) -> tuple[float, float | None]:
        """New pictures a second, and the median age at hand-out in seconds, of late."""
        with self._lock:
            recent = [age for moment, age in self._sent if now_s - moment <= STATISTICS_S]
            started = self._started_s
        if started is None or not recent:
            return 0.0, None
        return len(recent) / min(STATISTICS_S, max(now_s - started, 1.0)), median(recent)

    def _next(self, now: float) -> av.VideoFrame | None:
        """A picture to send now, marked and stamped; None when it is better to wait."""
        overdue = now - self._sent_s >= REPEAT_S
        if not overdue and self._pts >= 0 and self._encoding() >= IN_FLIGHT:
            return None
        with self._lock:
            newest, self._newest = self._newest, None
            ready_s, self._ready_s = self._ready_s, None
            if newest is not None:
                self._sent.append((now, now - newest[1]))
                while self._sent[0][0] < now - STATISTICS_S:
                    self._sent.popleft()
        if newest is not None and ready_s is not None:
            self._on_late(now - ready_s)
            picture = self._last = newest[0]
        elif overdue or self._pts < 0:
            # A copy: the frame sent before may still be at the encoder, with its own time.
            picture = av.VideoFrame.from_ndarray(self._last.to_ndarray(), format="yuv420p")
        else:
            return None
        return self._stamped(picture, now)

    def _stamped(self, picture: av.VideoFrame, now: float) -> av.VideoFrame:
        assert self._started_s is not None
        self._pts = max(round((now - self._started_s) * CLOCK_RATE), self._pts + 1)
        self._sent_s = now
        picture.pts, picture.time_base = self._pts, TIME_BASE
        mark = _Mark()
        picture.opaque = mark
        self._in_flight.append(weakref.ref(mark, self._encoded))
        return picture

    def _encoding(self) -> int:
        self._in_flight = [mark for mark in self._in_flight if mark() is not None]
        return len(self._in_flight)

    def _encoded(self, _: "weakref.ref[_Mark]") -> None:
        self._post(self._wake)

    def _post(self, call: Callable[[], None]) -> None:
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(call)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _sleep(self, timeout_s: float) -> None:
        assert self._loop is not None
        self._waiter = self._loop.create_future()
        timer = self._loop.call_later(timeout_s, self._wake)
        try:
            await self._waiter
        finally:
            timer.cancel()
            self._waiter = None


@dataclass(frozen=True, slots=True)
class OutputPlayer:
    """What `streamlit_webrtc` takes for a player of media: a track that it stops at the end."""

    video: OutputTrack
    audio: None = None


class _Mark:
    """Travels with a picture and goes when the last user of the picture lets go."""

    __slots__ = ("__weakref__",)
