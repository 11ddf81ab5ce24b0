"""How much a stream may ask of the machine: pure decisions from measured numbers."""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

# Output pictures a second, longest side, and what a stream costs there next to the best level
# (the face detector works on a small copy, so half the pixels are not half the work).
LEVELS = (
    (15.0, 640, 1.0),
    (12.0, 640, 0.8),
    (10.0, 640, 0.67),
    (10.0, 480, 0.55),
    (10.0, 320, 0.45),
)
TOO_BUSY = 0.85  # share of the time that the worker works; above, pictures wait for each other
TOO_LATE_S = 0.1
CALM_BUSY = 0.7  # expected at the better level; the gap to TOO_BUSY keeps the level still
CALM_LATE_S = 0.05
FIRST_HOLD_S = 5.0  # calm for so long before a better level is tried
LONGEST_HOLD_S = 80.0


@dataclass(frozen=True, slots=True)
class Load:
    """What the engine allows at present.

    Attributes:
        streams: how many run.
        output_fps: at most so many pictures a second go to each viewer.
        longest_side: larger pictures are scaled down to it, in pixels.
        full: whether another stream would be refused.
    """

    streams: int = 0
    output_fps: float = LEVELS[0][0]
    longest_side: int = LEVELS[0][1]
    full: bool = False

    @property
    def note(self) -> str | None:
        """What a viewer is told about reduced quality, as a sentence; None at the best level."""
        if (self.output_fps, self.longest_side) == LEVELS[0][:2]:
            return None
        smaller = " and smaller" if self.longest_side < LEVELS[0][1] else ""
        return (
            f"The server is busy: pictures come {self.output_fps:.0f} a second{smaller}, "
            "so that what you see stays current."
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured since the last decision.

    Attributes:
        streams: how many run.
        busy: share of the time that the worker worked, 0..1.
        wait_s: how long frames waited for the worker, 90th percentile.
        late_s: how long finished pictures waited for event loop and encoder, 90th percentile.
    """

    streams: int
    busy: float
    wait_s: float
    late_s: float


class Meter:
    """Collects what a `Measured` is made of; the methods may be called from any thread.

    Args:
        now_s: when it begins.
    """

    def __init__(self, now_s: float) -> None:
        self._since_s = now_s
        self._busy_s = 0.0
        self._waits: deque[float] = deque(maxlen=256)
        self._lates: deque[float] = deque(maxlen=256)

    def waited(self, seconds: float) -> None:
        """A frame waited for the worker."""
        self._waits.append(seconds)

    def worked(self, seconds: float) -> None:
        """The worker worked."""
        self._busy_s += seconds

    def late(self, seconds: float) -> None:
        """A finished picture waited for the event loop or for the encoder."""
        self._lates.append(seconds)

    def age_s(self, now_s: float) -> float:
        """Seconds since the last reading."""
        return now_s - self._since_s

    def read(self, streams: int, now_s: float) -> Measured:
        """What was measured since the last reading; begins anew."""
        busy = min(self._busy_s / max(now_s - self._since_s, 1e-3), 1.0)
        measured = Measured(streams, busy, _high(self._waits), _high(self._lates))
        self._since_s, self._busy_s = now_s, 0.0
        self._waits.clear()
        self._lates.clear()
        return measured


def _high(values: Collection[float]) -> float:
    """The 90th percentile, so that one odd picture decides nothing; 0 of none."""
    ordered = sorted(values)
    return ordered[len(ordered) * 9 // 10] if ordered else 0.0


class LoadPolicy:
    """Picks the level from what was measured, a step at a time.

    A level is left downwards as soon as it is over budget, and upwards only after some calm
    time; when the better level then fails, the next try waits twice as long, so that the
    quality does not swing.

    Args:
        max_streams: never more than this, whatever was measured.
    """

    def __init__(self, max_streams: int) -> None:
        self._max_streams = max_streams
        self._level = 0
        self._overrun = False
        self._hold_s = FIRST_HOLD_S
        self._calm_since: float | None = None
        self._raised_at = -LONGEST_HOLD_S
        self._streams = 0

    def load(self, streams: int) -> Load:
        """What holds now for this many streams."""
        fps, side, _ = LEVELS[self._level]
        return Load(streams, fps, side, streams >= self._max_streams or self._overrun)

    def decide(self, measured: Measured, now_s: float) -> None:
        """Takes in one measurement; about one a second is expected."""
        if measured.streams < self._streams:
            self._hold_s = FIRST_HOLD_S  # somebody left: what failed before may work now
        self._streams = measured.streams
        if measured.busy > TOO_BUSY or max(measured.wait_s, measured.late_s) > TOO_LATE_S:
            self._lower(now_s)
        elif self._is_calm(measured):
            self._overrun = False
            if self._calm_since is None:
                self._calm_since = now_s
            elif now_s - self._calm_since >= self._hold_s:
                self._raise(now_s)
        else:
            self._calm_since = None

    def _is_calm(self, measured: Measured) -> bool:
        better = max(self._level - 1, 0)
        expected = measured.busy * LEVELS[better][2] / LEVELS[self._level][2]
        return expected < CALM_BUSY and max(measured.wait_s, measured.late_s) < CALM_LATE_S

    def _lower(self, now_s: float) -> None:
        self._calm_since = None
        if now_s - self._raised_at < 2 * self._hold_s:
            self._hold_s = min(2 * self._hold_s, LONGEST_HOLD_S)
            self._raised_at = -LONGEST_HOLD_S
        if self._level + 1 < len(LEVELS):
            self._level += 1
        else:
            self._overrun = True

    def _raise(self, now_s: float) -> None:
        if self._level > 0:
            self._level -= 1
            self._calm_since, self._raised_at = None, now_s


class Pace:
    """Lets through at most so many frames a second, on average.

    Frames may come up to a period early, as those of any camera do: a camera of 15 a second
    passes whole at 15 a second.
    """

    def __init__(self) -> None:
        self._due_s: float | None = None

    def allows(self, now_s: float, fps: float) -> bool:
        """Whether a frame that comes now passes; counts it if so."""
        period = 1.0 / fps
        due = now_s if self._due_s is None else self._due_s
        if now_s < due - period:
            return False
        self._due_s = max(due, now_s) + period
        return True
