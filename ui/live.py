"""The engine of all live streams of a process: one worker, the newest frames, bounded delay.

The callbacks of the streams run on the web server's event loop, so they only exchange
references under a lock. One worker thread converts, reads and draws the newest frame of each
stream; frames that arrive meanwhile replace one another, so that the picture stays current
however slow the machine is. No Streamlit inside.
"""

import os
import threading
import time
from collections.abc import Callable

from fer_core.annotation import DrawStyle
from ui.heap import give_back
from ui.live_load import Load, LoadPolicy, Meter
from ui.live_session import HISTORY_STEP_S, LiveSession, LiveView, Pipeline, Still
from ui.live_worker import Abandoned, Crew, Job, Round
from ui.turns import limit_of

__all__ = ["HISTORY_STEP_S", "LiveEngine", "LiveSession", "LiveView", "Still"]

STREAMS_A_CORE = 4
DECIDE_S = 1.0
SILENT_S = 60.0  # a stream without camera frames for so long has ended
PAUSES_S = 5.0  # one that only pauses, or whose window was closed, keeps nobody out


class LiveEngine:
    """Reads all streams of a process with one worker thread.

    The thread runs while there are streams. Without a stream the engine costs nothing.

    Args:
        max_streams: more are refused; None takes `FER_MAX_STREAMS` of the environment, else
            four a core.
        clock: seconds, never going back.

    Attributes:
        changed: guards the state of the engine and of its sessions.

    Raises:
        FerError: `FER_MAX_STREAMS` is not a number above 0.
    """

    def __init__(
        self, *, max_streams: int | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.clock = clock
        self.changed = threading.Condition(threading.RLock())
        if max_streams is None:
            max_streams = limit_of("FER_MAX_STREAMS", STREAMS_A_CORE * (os.cpu_count() or 1))
        self._limit = max_streams
        self._policy = LoadPolicy(self._limit)
        self._meter = Meter(clock())
        self._crew = Crew(self.changed, clock)
        self._sessions: list[LiveSession] = []
        self._load = self._policy.load(0)
        self._thread: threading.Thread | None = None

    def session(
        self, pipeline: Pipeline, *, style: DrawStyle | None = None, window_s: float = 60.0
    ) -> LiveSession:
        """A session for one stream; it counts as a stream from its first frame on.

        Args:
            pipeline: belongs to this stream alone; its classifier may be shared.
            style: how pictures are drawn; None takes the default style.
            window_s: how many seconds of results the page sees.
        """
        return LiveSession(self, pipeline, style or DrawStyle(), window_s=window_s)

    @property
    def load(self) -> Load:
        """What the engine allows at present."""
        return self._load

    def close(self) -> None:
        """Ends all streams."""
        with self.changed:
            sessions = tuple(self._sessions)
        for session in sessions:
            session.stop()

    def arrived(self, session: LiveSession) -> bool:
        """A frame came in; whether its stream may go on. The caller holds the lock."""
        if session not in self._sessions:
            active = sum(each.silent_s(self.clock()) < PAUSES_S for each in self._sessions)
            if active and self._policy.load(active).full:
                return False
            if not self._sessions:
                self._meter = Meter(self.clock())
            self._sessions.append(session)
            self._load = self._policy.load(len(self._sessions))
        replace = self._crew.overdue()
        if self._thread is None or not self._thread.is_alive() or replace:
            self._thread = threading.Thread(
                target=self._work, args=(self._crew.turn,), name="live", daemon=True
            )
            self._thread.start()
        return True

    def left(self, session: LiveSession) -> None:
        """A stream has ended. The caller holds the lock."""
        if session in self._sessions:
            self._sessions.remove(session)
            if not self._sessions:  # nobody is left to measure with: the next begins afresh
                self._policy = LoadPolicy(self._limit)
            self._load = self._policy.load(len(self._sessions))
            self.changed.notify_all()

    def late(self, seconds: float) -> None:
        """A finished picture waited this long for the event loop or for the encoder."""
        with self.changed:
            self._meter.late(seconds)

    def _work(self, turn: int) -> None:
        try:
            while (jobs := self._next(turn)) is not None:
                self._round(turn, jobs)
                del jobs  # nothing of a stream that ends is held while this waits
            give_back()
        except Abandoned:
            pass

    def _next(self, turn: int) -> list[Job] | None:
        """The waiting frames, oldest first; None when this worker is to end."""
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self._is_news(turn), DECIDE_S)
                if turn != self._crew.turn:
                    return None
                if not self._sessions:
                    self._thread = None
                    return None
                taken = [(session, session.take()) for session in self._sessions]
                silent = [s for s in self._sessions if s.silent_s(self.clock()) > SILENT_S]
                self._decide()
            for session in silent:
                session.stop()
            jobs = [Job(session, *what) for session, what in taken if what is not None]
            if jobs:
                return sorted(jobs, key=lambda job: job.waiting.came_s)

    def _is_news(self, turn: int) -> bool:
        return (
            turn != self._crew.turn
            or not self._sessions
            or any(session.waits for session in self._sessions)
        )

    def _round(self, turn: int, jobs: list[Job]) -> None:
        start = self.clock()
        for job in jobs:
            self._meter.waited(start - job.waiting.came_s)
        try:
            Round(self._crew, turn, self._load.longest_side).work(jobs)
        finally:
            with self.changed:
                for job in jobs:
                    job.session.gave_back()
        self._meter.worked(self.clock() - start)

    def _decide(self) -> None:
        now = self.clock()
        if self._meter.age_s(now) >= DECIDE_S:
            self._policy.decide(self._meter.read(len(self._sessions), now), now)
            self._load = self._policy.load(len(self._sessions))
