"""A live session without a browser: frames in, pictures and words out."""

import threading
from fractions import Fraction

import av
import numpy as np
import pytest

from fer_core.errors import MediaError
from fer_core.pipeline import FramePipeline
from fer_core.results import FrameResult, RgbImage
from fer_core.testing import FakeClassifier, FakeDetector, make_face, synthetic_frame
from tests.ui.conftest import MakeFrame
from ui.live import LiveSession, LiveView, status_words

PATIENCE_S = 10.0


class Clock:
    """A clock that the test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Recorder:
    """A pipeline that says when it has been called, and may fail."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.sizes: list[tuple[int, int]] = []
        self.called = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def process(self, image: RgbImage, *, timestamp_s: float) -> FrameResult:
        self.sizes.append((image.shape[1], image.shape[0]))
        self.called.set()
        assert self.go_on.wait(PATIENCE_S)
        if self.error:
            raise self.error
        return FrameResult(timestamp_s, self.sizes[-1])


def video_frame(width: int = 640, height: int = 480) -> av.VideoFrame:
    image = synthetic_frame(size_wh=(width, height), faces=[])
    return av.VideoFrame.from_ndarray(image, format="rgb24")


def shown(session: LiveSession) -> np.ndarray:
    return session.get(0, Fraction(1, 90_000)).to_ndarray(format="rgb24")


def test_before_the_first_frame() -> None:
    clock = Clock()
    session = LiveSession(Recorder(), clock=clock)
    clock.now += 2
    assert session.view() == LiveView(now_s=2.0, idle_s=2.0)
    picture = shown(session)
    assert picture.shape == (480, 640, 3)
    assert np.ptp(picture) < 10


def test_a_frame_is_read_and_drawn() -> None:
    pipeline = FramePipeline(FakeDetector([make_face()]), FakeClassifier(script=["happy"]))
    session = LiveSession(pipeline, clock=Clock())
    session.step(av.VideoFrame.from_ndarray(synthetic_frame(), format="rgb24"))
    view = session.view()
    assert view.result is not None
    assert [face.smoothed.top for face in view.result.faces] == ["happy"]
    assert view.history == (view.result,)
    assert np.ptp(shown(session)) > 100


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ((640, 480), (640, 480)),
        ((1280, 720), (640, 360)),
        ((720, 1280), (360, 640)),
        ((321, 241), (320, 240)),
        ((1, 1), (2, 2)),
    ],
)
def test_sizes(sent: tuple[int, int], read: tuple[int, int]) -> None:
    pipeline = Recorder()
    session = LiveSession(pipeline)
    session.step(video_frame(*sent))
    assert pipeline.sizes == [read]
    assert shown(session).shape == (read[1], read[0], 3)


def test_the_worker_takes_the_newest_frame_only() -> None:
    pipeline = Recorder()
    pipeline.go_on.clear()
    session = LiveSession(pipeline)
    session.put(video_frame(640, 480))
    assert pipeline.called.wait(PATIENCE_S)
    pipeline.called.clear()
    for width in (100, 200, 300):
        session.put(video_frame(width, 100))
    pipeline.go_on.set()
    assert pipeline.called.wait(PATIENCE_S)
    session.stop()
    assert session.join(PATIENCE_S)
    assert pipeline.sizes == [(640, 480), (300, 100)]


def test_stop_ends_the_thread_and_forgets_the_picture() -> None:
    pipeline = Recorder()
    session = LiveSession(pipeline)
    session.put(video_frame())
    assert pipeline.called.wait(PATIENCE_S)
    session.stop()
    session.stop()
    assert session.join(PATIENCE_S)
    assert session.stopped
    assert (session.view().result, session.view().history) == (None, ())
    assert np.ptp(shown(session)) < 10
    session.put(video_frame())
    assert len(pipeline.sizes) == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MediaError("Expected light. Received none."), "Expected light. Received none."),
        (RuntimeError("secret"), "A picture could not be read (RuntimeError)."),
    ],
)
def test_errors_become_sentences_and_the_stream_goes_on(error: Exception, words: str) -> None:
    pipeline = Recorder(error)
    session = LiveSession(pipeline)
    session.step(video_frame())
    assert (session.view().error or "").startswith(words)
    pipeline.error = None
    session.step(video_frame())
    assert session.view().error is None


def test_history_is_thinned_and_forgotten() -> None:
    clock = Clock()
    session = LiveSession(Recorder(), window_s=2.0, clock=clock)
    for _ in range(40):
        session.step(video_frame(64, 48))
        clock.now += 0.125
    view = session.view()
    times = [result.timestamp_s for result in view.history]
    assert times == pytest.approx([3.0 + 0.25 * i for i in range(8)])
    assert view.pictures_per_s == pytest.approx(8, abs=0.5)


def test_another_pipeline_may_take_over() -> None:
    first, second = Recorder(), Recorder()
    session = LiveSession(first)
    session.use(second)
    session.step(video_frame())
    assert (len(first.sizes), len(second.sizes)) == (0, 1)


def test_status(frame: MakeFrame) -> None:
    def words(
        view: LiveView | None = None,
        *,
        signalling: bool = False,
        playing: bool = True,
        waited_s: float = 1.0,
    ) -> str:
        return status_words(
            view or LiveView(), signalling=signalling, playing=playing, waited_s=waited_s
        )

    def seen(*people: int) -> LiveView:
        return LiveView(result=frame(0, dict.fromkeys(people, 0.9)), pictures_per_s=14.6)

    assert words(playing=False) == "The camera is off. Press START to begin."
    assert words(playing=False, signalling=True) == "Connecting to your camera…"
    assert "snapshot" in words(playing=False, signalling=True, waited_s=9.0)
    assert words() == "Waiting for the first picture…"
    assert "snapshot" in words(waited_s=9.0)
    assert words(LiveView(error="Broken.")) == "Broken."
    assert "No face in view" in words(seen())
    assert words(seen(1)) == "Reading 15 pictures a second. One face in view."
    assert words(seen(1, 2)) == "Reading 15 pictures a second. 2 faces in view."
    assert "stopped arriving" in words(LiveView(result=frame(0, {}), idle_s=4.0))
