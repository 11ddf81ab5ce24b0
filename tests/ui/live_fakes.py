"""What the tests of live streams share: a clock, a pipeline that misbehaves, frames."""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from fer_core.results import EmotionScores, FaceResult, FrameResult, RgbImage
from fer_core.testing import make_face, synthetic_frame
from tests.loops import run
from ui.live import LiveEngine, LiveSession

PATIENCE_S = 20.0
LABELS = ("happy", "sad")
HAPPY = EmotionScores(LABELS, (0.9, 0.1))


class Clock:
    """A clock that the test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class FakeScorer:
    """A classifier that answers "happy", or what `answer` makes of the batch."""

    def __init__(self) -> None:
        self.answer: Callable[[NDArray[np.uint8]], Any] = lambda batch: [HAPPY] * len(batch)
        self.sizes: list[int] = []

    def score(self, batch: NDArray[np.uint8]) -> Any:
        self.sizes.append(len(batch))
        return self.answer(batch)


@dataclass
class FakePending:
    timestamp_s: float
    size_wh: tuple[int, int]
    batch: Any


class FakePipeline:
    """Sees one face in each picture. A test may close its gate or replace its answers."""

    def __init__(self, classifier: FakeScorer | None = None) -> None:
        self.classifier = classifier or FakeScorer()
        self.sizes: list[tuple[int, int]] = []
        self.begun = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        self.faces = 1
        self.followed: Any = None
        self.on_begin: Callable[[FakePending], Any] = lambda pending: pending
        self.on_finish: Callable[[FrameResult], Any] = lambda result: result

    def begin(self, image: RgbImage, *, timestamp_s: float) -> Any:
        self.sizes.append((image.shape[1], image.shape[0]))
        self.begun.set()
        assert self.gate.wait(PATIENCE_S)
        batch = np.zeros((self.faces, 8, 8, 3), np.uint8)
        return self.on_begin(FakePending(timestamp_s, self.sizes[-1], batch))

    def follow(self, other: Any) -> None:
        self.followed = other

    def finish(self, pending: Any, scores: list[EmotionScores]) -> Any:
        faces = tuple(
            FaceResult(make_face(), one, one, number) for number, one in enumerate(scores, 1)
        )
        return self.on_finish(FrameResult(pending.timestamp_s, pending.size_wh, faces))


def video_frame(width: int = 640, height: int = 480) -> av.VideoFrame:
    """A frame with a drawn face: fine detail, so that blurring shows."""
    image = synthetic_frame(size_wh=(width, height))
    return av.VideoFrame.from_ndarray(image, format="rgb24")


def sent(session: LiveSession) -> NDArray[np.uint8]:
    """The picture that goes out next, as RGB."""

    async def receive() -> av.VideoFrame:
        return await asyncio.wait_for(session.output.recv(), PATIENCE_S)

    return run(receive()).to_ndarray(format="rgb24")


def until(
    engine: LiveEngine, condition: Callable[[], bool], *, patience_s: float = PATIENCE_S
) -> None:
    """Waits until something has become true; not all of it is announced by the engine."""
    end_s = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end_s, "waited in vain"
        with engine.changed:
            engine.changed.wait(0.01)


def feed(engine: LiveEngine, session: LiveSession, clock: Clock, step_s: float = 0.1) -> None:
    """One frame in, `step_s` after the last, and waits until the engine is done with it."""
    clock.now += step_s
    session.put(video_frame())
    until(engine, lambda: not session.waits and session.join(0))


def live_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "live"]
