"""Readings that raise, return nonsense or hang: the stream goes on and says so."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from fer_core.annotation import DrawStyle
from fer_core.errors import MediaError
from fer_core.geometry import Box
from fer_core.results import FrameResult
from fer_core.testing import synthetic_frame
from tests.ui.live_fakes import (
    HAPPY,
    PATIENCE_S,
    Clock,
    FakePipeline,
    FakeScorer,
    feed,
    live_threads,
    sent,
    until,
    video_frame,
)
from ui.live import LiveEngine, LiveSession
from ui.live_worker import HANGS, HANGS_S, LOST_THREADS


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(clock: Clock) -> Any:
    engine = LiveEngine(max_streams=20, clock=clock)
    yield engine
    engine.close()
    for thread in live_threads():
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def is_plain(picture: np.ndarray) -> bool:
    """Whether it is the camera's picture, at whatever size, with nothing drawn in."""
    camera = cv2.resize(synthetic_frame(), picture.shape[1::-1], interpolation=cv2.INTER_AREA)
    return bool(np.abs(picture.astype(int) - camera).mean() < 2)


def raising(error: Exception) -> Callable[..., Any]:
    def fail(*_: object) -> Any:
        raise error

    return fail


def moved(result: FrameResult, left: float) -> FrameResult:
    faces = tuple(
        replace(face, face=replace(face.face, box=Box(left, 0.0, 1.0, 1.0)))
        for face in result.faces
    )
    return replace(result, faces=faces)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MediaError("Expected light. Received none."), "Expected light. Received none."),
        (RuntimeError("secret"), "The picture could not be read (RuntimeError)"),
        (MemoryError(), "The picture could not be read (MemoryError)"),
    ],
)
@pytest.mark.parametrize("where", ["begin", "score", "finish"])
def test_what_raises_becomes_a_sentence_and_the_camera_goes_on(
    engine: LiveEngine, clock: Clock, where: str, error: Exception, words: str
) -> None:
    pipeline = FakePipeline()
    session, other = engine.session(pipeline), engine.session(FakePipeline())
    feed(engine, session, clock)
    assert not is_plain(sent(session))
    good = pipeline.on_begin, pipeline.on_finish, pipeline.classifier.answer
    if where == "begin":
        pipeline.on_begin = raising(error)
    elif where == "score":
        pipeline.classifier.answer = raising(error)
    else:
        pipeline.on_finish = raising(error)
    feed(engine, session, clock)
    feed(engine, other, clock)
    assert (session.view().error or "").startswith(words)
    assert "secret" not in (session.view().error or "")
    assert is_plain(sent(session))
    assert (other.view().error, other.view().result is not None) == (None, True)
    pipeline.on_begin, pipeline.on_finish, pipeline.classifier.answer = good
    feed(engine, session, clock)
    assert session.view().error is None
    assert not is_plain(sent(session))


class Odd:
    """Something with a batch that is none."""

    def __init__(self, batch: Any) -> None:
        self.batch = batch


@pytest.mark.parametrize(
    "garbage",
    [
        None,
        7,
        Odd(None),
        Odd([1, 2]),
        Odd(np.zeros((1, 8, 8, 3), np.float32)),
        Odd(np.zeros((8, 8, 3), np.uint8)),
    ],
)
def test_garbage_from_begin(engine: LiveEngine, clock: Clock, garbage: Any) -> None:
    pipeline = FakePipeline()
    pipeline.on_begin = lambda _: garbage
    check_garbage(engine, clock, pipeline)


@pytest.mark.parametrize("garbage", [None, 7, [], [HAPPY, HAPPY], [None], [float("nan")], "x"])
def test_garbage_from_the_classifier(engine: LiveEngine, clock: Clock, garbage: Any) -> None:
    pipeline = FakePipeline()
    pipeline.classifier.answer = lambda _: garbage
    check_garbage(engine, clock, pipeline)


@pytest.mark.parametrize(
    "garble",
    [
        lambda result: None,
        lambda result: "happy",
        lambda result: replace(result, size_wh=(1, 1)),
        lambda result: replace(result, faces=None),
        lambda result: replace(result, faces=("happy",)),
        lambda result: moved(result, float("nan")),
        lambda result: moved(result, float("-inf")),
    ],
)
def test_garbage_from_finish(
    engine: LiveEngine, clock: Clock, garble: Callable[[FrameResult], Any]
) -> None:
    pipeline = FakePipeline()
    pipeline.on_finish = garble
    check_garbage(engine, clock, pipeline)


def check_garbage(engine: LiveEngine, clock: Clock, pipeline: FakePipeline) -> None:
    session = engine.session(pipeline)
    feed(engine, session, clock)
    assert "could not be read" in (session.view().error or "")
    assert (session.view().result, session.still()) == (None, None)
    assert is_plain(sent(session))
    session.use(FakePipeline())
    feed(engine, session, clock)
    assert session.view().error is None


def test_one_odd_batch_does_not_spoil_those_of_others(engine: LiveEngine, clock: Clock) -> None:
    scorer, gate = FakeScorer(), FakePipeline()
    gate.gate.clear()
    engine.session(gate).put(video_frame())
    assert gate.begun.wait(PATIENCE_S)
    odd, good = FakePipeline(scorer), FakePipeline(scorer)
    odd.on_begin = lambda _: Odd(np.zeros((1, 5, 4, 3), np.uint8))
    odd.on_finish = raising(ValueError())
    sessions = engine.session(odd), engine.session(good)
    for session in sessions:
        session.put(video_frame())
    gate.gate.set()
    until(engine, lambda: all(session.join(0) and not session.waits for session in sessions))
    assert sessions[0].view().error is not None
    assert (sessions[1].view().error, sessions[1].view().result is not None) == (None, True)


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_picture_that_is_not_read_is_blurred_where_blurring_was_asked_for(
    engine: LiveEngine, clock: Clock, mirrored: bool
) -> None:
    pipeline = FakePipeline()
    pipeline.on_begin = raising(RuntimeError())
    session = engine.session(pipeline, style=DrawStyle(blur_others=True, mirrored=mirrored))
    feed(engine, session, clock)
    picture = sent(session)
    steps = np.abs(np.diff(picture.astype(int), axis=1)).max()
    assert steps < 10 < np.abs(np.diff(synthetic_frame().astype(int), axis=1)).max()


def test_a_broken_frame_is_left_out(engine: LiveEngine, clock: Clock) -> None:
    session = engine.session(FakePipeline())
    clock.now += 1
    session.put(None)  # type: ignore[arg-type]
    until(engine, lambda: session.view().error is not None)
    assert np.ptp(sent(session)) < 10
    feed(engine, session, clock)
    assert session.view().error is None


def hang(engine: LiveEngine, clock: Clock, session: LiveSession, pipeline: FakePipeline) -> None:
    """The worker gets lost inside this pipeline, and time goes by."""
    pipeline.gate.clear()
    pipeline.begun.clear()
    clock.now += 0.1
    session.put(video_frame())
    assert pipeline.begun.wait(PATIENCE_S)
    clock.now += HANGS_S + 0.1


def test_a_hanging_reading_is_left_behind_and_taken_up_again(
    engine: LiveEngine, clock: Clock
) -> None:
    pipeline = FakePipeline()
    session, other = engine.session(pipeline), engine.session(FakePipeline())
    hang(engine, clock, session, pipeline)
    try:
        other.put(video_frame())
        until(engine, lambda: other.view().result is not None)
        assert other.view().error is None
        for _ in range(20):
            clock.now += 1
            session.put(video_frame())
            until(engine, lambda: not session.waits and session.view().error is not None)
        assert session.view().error == HANGS
        until(engine, lambda: session._at_work == 1)
        assert is_plain(sent(session))
        assert len(pipeline.sizes) == 1
        assert len(live_threads()) == 2
    finally:
        pipeline.gate.set()
    until(engine, lambda: session.join(0))
    assert session.view().result is None  # it came too late
    feed(engine, session, clock)
    assert (session.view().error, session.view().result is not None) == (None, True)
    until(engine, lambda: len(live_threads()) == 1)


def test_a_shared_classifier_that_hangs_spares_the_others(engine: LiveEngine, clock: Clock) -> None:
    gate = FakePipeline().gate
    gate.clear()
    scorer, pipelines = FakeScorer(), []

    def wait(batch: np.ndarray) -> Any:
        assert gate.wait(PATIENCE_S)
        return [HAPPY] * len(batch)

    scorer.answer = wait
    pipelines = [FakePipeline(scorer), FakePipeline(scorer), FakePipeline()]
    sessions = [engine.session(pipeline) for pipeline in pipelines]
    try:
        sessions[0].put(video_frame())
        until(engine, lambda: len(scorer.sizes) == 1)
        clock.now += HANGS_S + 0.1
        for session in sessions:
            session.put(video_frame())
        until(engine, lambda: all(s.view().error or s.view().result for s in sessions))
        assert [session.view().error for session in sessions] == [HANGS, HANGS, None]
        assert len(scorer.sizes) == 1
    finally:
        gate.set()
    until(engine, lambda: sessions[0].join(0))
    for session in sessions:
        feed(engine, session, clock)
    assert [session.view().error for session in sessions] == [None, None, None]


def test_lost_threads_are_bounded(engine: LiveEngine, clock: Clock) -> None:
    pipelines = [FakePipeline() for _ in range(LOST_THREADS + 3)]
    sessions = [engine.session(pipeline) for pipeline in pipelines]
    try:
        for session, pipeline in list(zip(sessions, pipelines, strict=True))[:LOST_THREADS]:
            hang(engine, clock, session, pipeline)
        for session in sessions[LOST_THREADS:]:
            clock.now += 0.1
            session.put(video_frame())
            until(engine, lambda session=session: session.view().error == HANGS)
        assert len(live_threads()) == LOST_THREADS + 1
        assert [len(pipeline.sizes) for pipeline in pipelines[LOST_THREADS:]] == [0, 0, 0]
    finally:
        for pipeline in pipelines:
            pipeline.gate.set()
    until(engine, lambda: all(session.join(0) for session in sessions))
    for session in sessions:
        feed(engine, session, clock)
        assert session.view().error is None
