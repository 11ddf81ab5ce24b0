"""Reads files in the background, so that a page can show progress and cancel."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from fer_core.results import FrameResult, RgbImage
from ui.files import GivenFile
from ui.lost_sessions import UNWATCHED_S
from ui.readings import ClipReader, NewPipeline, Plan, Reading, read_file
from ui.turns import Turns

LOGGER = logging.getLogger(__name__)
# A page in a hidden tab may ask only once a minute; one that asks no more was closed.
ABANDONED_S = 75.0
# The page shows what is done, even where the frame at hand takes longer than this.
CANCEL_S = 0.5

Task = tuple[GivenFile, Reading | None]


@dataclass(frozen=True, slots=True, eq=False)
class JobView:
    """What a page shows of a job.

    Attributes:
        state: nothing more is to come of a job that has ended or was cancelled.
        ahead: how many other jobs with clips are before it, while it waits.
        number: which file it is at, from 1.
        count: how many files there are.
        name: of the file that it is at.
        frames: how many frames of the clip at hand were read.
        drawing: whether its frames are only drawn, having been read.
        progress: share of all that is to do, 0..1.
        left_s: estimated seconds until the end; None while it cannot be told.
        newest: the newest frame of a clip with what was read in it.
        readings: of the identity of each file that is finished; when nothing more is to come,
            of every file.
    """

    state: Literal["waiting", "running", "ended", "cancelled"]
    ahead: int
    number: int
    count: int
    name: str
    frames: int
    drawing: bool
    progress: float
    left_s: float | None
    newest: tuple[RgbImage, FrameResult] | None
    readings: dict[str, Reading]

    @property
    def over(self) -> bool:
        """Whether nothing more is to come."""
        return self.state in ("ended", "cancelled")


class Job:
    """Works through files in a thread of its own. What is done stays when it is cancelled.

    It also ends when nobody has asked for its view for `ABANDONED_S`, and when `watched` has
    said no for `UNWATCHED_S`. Photos come first; clips wait for their turn.

    Args:
        tasks: at least one file, each with a reading that lacks only its video, or None.
        plan: what to do with them.
        new_pipeline: makes the pipelines; called from the thread.
        turns: the line in which those with clips wait.
        watched: whether somebody may be looking; called from the thread.
        clock: seconds, never going back.

    Attributes:
        plan: what it does.
        has_clips: whether some of its files are clips.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        plan: Plan,
        *,
        new_pipeline: NewPipeline,
        turns: Turns,
        watched: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tasks = sorted(tasks, key=lambda task: task[0].kind == "video")
        self.plan, self._turns, self._watched, self._clock = plan, turns, watched, clock
        self._new_pipeline = new_pipeline
        weights = [_weight(file) for file, _ in self._tasks]
        self._done_at = [sum(weights[:place]) / sum(weights) for place in range(len(weights) + 1)]
        self.has_clips = any(file.kind == "video" for file, _ in tasks)
        self._lock = threading.RLock()
        self._started = self._asked = self._seen = clock()
        self._started_from = 0.0  # the progress at that moment
        self._cancelled_at: float | None = None
        self._over = False
        self._place = 0
        self._clip: ClipReader | None = None
        self._readings: dict[str, Reading] = {}
        self._thread = threading.Thread(target=self._work, name="reading", daemon=True)

    def start(self) -> None:
        """Begins; to be called once."""
        self._thread.start()

    def cancel(self) -> None:
        """Asks the job to end after the frame it is at."""
        with self._lock:
            if self._cancelled_at is None:
                self._cancelled_at = self._clock()

    def join(self, timeout_s: float) -> bool:
        """Waits for the end; whether it has come."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def view(self) -> JobView:
        """What there is to show now."""
        ahead = self._turns.ahead(self)
        with self._lock:
            now = self._asked = self._clock()
            state: Literal["waiting", "running", "ended", "cancelled"]
            state = "ended" if self._over else "waiting" if ahead else "running"
            cancelled = self._cancelled_at
            if cancelled is not None and (self._over or now - cancelled > CANCEL_S):
                state = "cancelled"
            clip, place = self._clip, min(self._place, len(self._tasks) - 1)
            progress = 1.0 if state == "ended" else self._progress()
            return JobView(
                state=state,
                ahead=ahead,
                number=place + 1,
                count=len(self._tasks),
                name=self._tasks[place][0].name,
                frames=clip.frames if clip else 0,
                drawing=clip is not None and clip.drawing,
                progress=progress,
                left_s=self._left_s(now, progress),
                newest=clip.newest if clip else None,
                readings=self._all() if state in ("ended", "cancelled") else dict(self._readings),
            )

    def _progress(self) -> float:
        before = self._done_at[self._place]
        after = self._done_at[min(self._place + 1, len(self._tasks))]
        return before + (after - before) * (self._clip.part() if self._clip else 0.0)

    def _left_s(self, now: float, progress: float) -> float | None:
        """Estimated at the pace since the start or, for clips, since their turn came."""
        done = (progress - self._started_from) / (1 - self._started_from)
        return (now - self._started) * (1 / done - 1) if done > 0.02 else None

    def _all(self) -> dict[str, Reading]:
        """A reading of every file: of those that are not finished, what there is of them."""
        readings = dict(self._readings)
        for place, (file, known) in enumerate(self._tasks):
            if file.identity not in readings:
                begun = self._clip.so_far() if self._clip and place == self._place else None
                readings[file.identity] = begun or known or Reading("partial", self.plan)
        return readings

    def _work(self) -> None:
        photos = [task for task in self._tasks if task[0].kind != "video"]
        clips = self._tasks[len(photos) :]
        try:
            self._each(photos)
            if self.has_clips:
                with self._turns.turn(self, self._stops) as seated:
                    if seated:
                        with self._lock:
                            self._started, self._started_from = self._clock(), self._progress()
                        self._each(clips)
        except Exception:
            LOGGER.exception("A job failed")
        with self._lock:
            self._readings = self._all()
            self._over, self._clip = True, None

    def _each(self, tasks: Sequence[Task]) -> None:
        for file, known in tasks:
            if self._stops():
                return
            if file.kind == "video":
                clip = ClipReader(file, self.plan, self._new_pipeline, known)
                with self._lock:
                    self._clip = clip
                reading = clip.run(self._stops)
            else:
                reading = read_file(file, self.plan, self._new_pipeline)
            with self._lock:
                self._readings[file.identity] = reading
                self._place, self._clip = self._place + 1, None

    def _stops(self) -> bool:
        """Whether to end early: somebody said so, or nobody is there any more."""
        now = self._clock()
        watched = self._watched()
        with self._lock:
            self._seen = now if watched else self._seen
            if now - self._asked > ABANDONED_S or now - self._seen > UNWATCHED_S:
                self.cancel()
            return self._cancelled_at is not None


def _weight(file: GivenFile) -> float:
    """About how long a file takes; a photo is 1."""
    return 1.0 if file.kind != "video" else 10 + len(file.content) / 500_000
