"""The engine and its sessions without a browser: frames in, pictures and words out."""

import gc
import weakref

import numpy as np
import pytest

from fer_core.annotation import DrawStyle
from fer_core.errors import FerError
from fer_core.pipeline import FramePipeline
from fer_core.testing import FakeClassifier, FakeDetector, make_face, synthetic_frame
from tests.ui.live_fakes import (
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
from ui.live import LiveEngine, LiveView


def test_before_the_first_frame() -> None:
    clock = Clock()
    session = LiveEngine(clock=clock).session(FakePipeline())
    clock.now += 2
    assert session.view() == LiveView(now_s=2.0, idle_s=2.0)
    assert (session.still(), session.numbers(), live_threads()) == (None, (), [])
    picture = sent(session)
    assert picture.shape == (480, 640, 3)
    assert np.ptp(picture) < 10


def test_a_frame_is_read_and_drawn() -> None:
    clock = Clock()
    engine = LiveEngine(clock=clock)
    pipeline = FramePipeline(FakeDetector([make_face()]), FakeClassifier(script=["happy"]))
    session = engine.session(pipeline)
    feed(engine, session, clock)
    view = session.view()
    assert view.result is not None
    assert [face.smoothed.top for face in view.result.faces] == ["happy"]
    assert view.result.timestamp_s == pytest.approx(0.1)
    assert view.history == (view.result,)
    assert np.abs(sent(session).astype(int) - synthetic_frame()).max() > 100  # the label
    engine.close()


@pytest.mark.parametrize(
    ("came", "read"),
    [
        ((640, 480), (640, 480)),
        ((1280, 720), (640, 360)),
        ((720, 1280), (360, 640)),
        ((321, 241), (320, 240)),
        ((1, 1), (2, 2)),
    ],
)
def test_sizes(came: tuple[int, int], read: tuple[int, int]) -> None:
    engine, pipeline = LiveEngine(), FakePipeline()
    session = engine.session(pipeline)
    session.put(video_frame(*came))
    until(engine, lambda: session.view().result is not None)
    assert session.join(PATIENCE_S)
    assert pipeline.sizes == [read]
    assert sent(session).shape == (read[1], read[0], 3)
    engine.close()


def test_the_worker_takes_the_newest_frame_only() -> None:
    clock, pipeline = Clock(), FakePipeline()
    engine = LiveEngine(clock=clock)
    pipeline.gate.clear()
    session = engine.session(pipeline)
    session.put(video_frame(640, 480))
    assert pipeline.begun.wait(PATIENCE_S)
    for width in (100, 200, 300):
        clock.now += 0.1
        session.put(video_frame(width, 100))
    pipeline.gate.set()
    until(engine, lambda: len(pipeline.sizes) == 2 and session.join(0))
    assert pipeline.sizes == [(640, 480), (300, 100)]
    engine.close()


def test_frames_over_the_allowed_rate_are_left_out() -> None:
    clock, pipeline = Clock(), FakePipeline()
    engine = LiveEngine(clock=clock)
    session = engine.session(pipeline)
    for _ in range(30):
        feed(engine, session, clock, 1 / 30)
    assert len(pipeline.sizes) == pytest.approx(15, abs=1)
    assert session.view().pictures_per_s == pytest.approx(15, abs=1)
    engine.close()


def test_streams_that_share_a_classifier_are_read_in_one_batch() -> None:
    engine, scorer, other = LiveEngine(max_streams=9), FakeScorer(), FakeScorer()
    first = engine.session(gate := FakePipeline(other))
    gate.gate.clear()
    first.put(video_frame())
    assert gate.begun.wait(PATIENCE_S)
    pipelines = [FakePipeline(scorer) for _ in range(3)]
    for faces, pipeline in enumerate(pipelines):
        pipeline.faces = faces
    sessions = [engine.session(pipeline) for pipeline in pipelines]
    for session in sessions:
        session.put(video_frame())
    gate.gate.set()
    until(engine, lambda: all(session.view().result is not None for session in sessions))
    results = [session.view().result for session in sessions]
    assert [len(result.faces) for result in results if result] == [0, 1, 2]
    assert (scorer.sizes, other.sizes) == ([3], [1])
    engine.close()


def test_stop_ends_the_thread_and_forgets_the_pictures() -> None:
    clock = Clock()
    engine = LiveEngine(clock=clock)
    pipeline = FakePipeline()
    session = engine.session(pipeline)
    feed(engine, session, clock)
    (thread,) = live_threads()
    session.stop()
    session.stop()
    assert session.stopped
    assert session.join(PATIENCE_S)
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    view = session.view()
    assert (view.result, view.history, session.still()) == (None, (), None)
    assert len(session.numbers()) == 1
    assert session.output.readyState == "ended"
    session.put(video_frame())
    assert (len(pipeline.sizes), live_threads()) == (1, [])


def test_a_session_that_ends_lets_go_of_what_read_it_without_the_collector() -> None:
    clock = Clock()
    engine = LiveEngine(clock=clock)
    session, stays = engine.session(FakePipeline()), engine.session(FakePipeline())
    feed(engine, stays, clock)
    feed(engine, session, clock)
    assert session._tools is not None
    held = [weakref.ref(session._tools.pipeline), weakref.ref(session._tools.converter)]
    assert session.output._newest is not None
    gc.disable()
    try:
        session.stop()
        assert session.join(PATIENCE_S)
        until(engine, lambda: [one() for one in held] == [None, None])
        assert session.output._newest is None
    finally:
        gc.enable()
        engine.close()


def test_the_end_of_the_track_is_the_end_of_the_session() -> None:
    clock = Clock()
    engine = LiveEngine(clock=clock)
    session = engine.session(FakePipeline())
    feed(engine, session, clock)
    session.output.stop()
    assert session.stopped
    assert engine.load.streams == 0


def test_a_result_that_comes_after_the_stop_is_thrown_away() -> None:
    engine, pipeline = LiveEngine(), FakePipeline()
    pipeline.gate.clear()
    session = engine.session(pipeline)
    session.put(video_frame())
    assert pipeline.begun.wait(PATIENCE_S)
    session.stop()
    assert not session.join(0)
    pipeline.gate.set()
    assert session.join(PATIENCE_S)
    assert (session.view().result, session.still(), session.numbers()) == (None, None, ())


def test_close_ends_all_streams() -> None:
    engine = LiveEngine()
    sessions = [engine.session(FakePipeline()) for _ in range(3)]
    for session in sessions:
        session.put(video_frame())
    engine.close()
    assert all(session.stopped and session.join(PATIENCE_S) for session in sessions)


def test_a_silent_stream_ends() -> None:
    clock = Clock()
    engine = LiveEngine(clock=clock)
    silent, loud = engine.session(FakePipeline()), engine.session(FakePipeline())
    feed(engine, silent, clock)
    clock.now += 50
    feed(engine, loud, clock)
    clock.now += 20
    until(engine, lambda: silent.stopped)
    assert not loud.stopped
    engine.close()


def test_a_stream_too_many_is_refused_until_another_ends() -> None:
    clock = Clock()
    engine = LiveEngine(max_streams=2, clock=clock)
    sessions = [engine.session(FakePipeline()) for _ in range(3)]
    for session in sessions[:2]:
        feed(engine, session, clock)
    assert engine.load.full
    sessions[2].put(video_frame())
    assert [session.view().refused for session in sessions] == [False, False, True]
    assert (engine.load.streams, np.ptp(sent(sessions[2])) < 10) == (2, True)
    sessions[0].stop()
    fourth = engine.session(FakePipeline())
    feed(engine, fourth, clock)
    assert not fourth.view().refused
    sessions[2].put(video_frame())
    assert sessions[2].view().refused
    engine.close()


def test_a_window_that_was_closed_keeps_nobody_out() -> None:
    clock = Clock()
    engine = LiveEngine(max_streams=2, clock=clock)
    ghost, other, newcomer, late = (engine.session(FakePipeline()) for _ in range(4))
    feed(engine, ghost, clock)
    clock.now += 10
    for session in (other, newcomer):
        feed(engine, session, clock)
        assert not session.view().refused
    late.put(video_frame())
    assert late.view().refused
    assert not ghost.stopped
    engine.close()


@pytest.mark.parametrize("text", ["", "0", "-1", "many", "2.5"])
def test_a_wrong_limit_is_named(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER_MAX_STREAMS", text)
    with pytest.raises(FerError, match="FER_MAX_STREAMS"):
        LiveEngine()


def test_the_limit_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER_MAX_STREAMS", "1")
    engine = LiveEngine()
    engine.session(FakePipeline()).put(video_frame())
    assert engine.load.full
    engine.close()


def test_settings_change_without_a_restart() -> None:
    clock = Clock()
    engine = LiveEngine(clock=clock)
    first, second = FakePipeline(), FakePipeline()
    session = engine.session(first)
    feed(engine, session, clock)
    plain = sent(session)
    session.use(second)
    session.draw(DrawStyle(mirrored=True))
    second.faces = first.faces = 0
    feed(engine, session, clock)
    assert (len(first.sizes), len(second.sizes), second.followed) == (1, 1, first)
    mirrored = sent(session)[:, ::-1]
    outside = slice(400, 640)  # of the face's box and plate
    assert np.abs(mirrored[360:, outside].astype(int) - plain[360:, outside]).mean() < 3
    engine.close()


def test_the_still_is_the_picture_as_it_was_read() -> None:
    clock = Clock()
    engine = LiveEngine(clock=clock)
    session = engine.session(FakePipeline(), style=DrawStyle(mirrored=True))
    feed(engine, session, clock)
    still = session.still()
    assert still is not None
    assert still.result == session.view().result
    assert np.abs(still.image.astype(int) - synthetic_frame()).mean() < 2
    engine.close()


def test_history_and_numbers_are_thinned_and_forgotten() -> None:
    clock = Clock()
    engine = LiveEngine(clock=clock)
    session = engine.session(FakePipeline(), window_s=2.0)
    for _ in range(40):
        feed(engine, session, clock, 0.125)
    view = session.view()
    assert [result.timestamp_s for result in view.history] == pytest.approx(
        [3.125 + 0.25 * i for i in range(8)]
    )
    numbers = session.numbers()
    assert [result.timestamp_s for result in numbers] == pytest.approx(
        [0.125 + 0.25 * i for i in range(20)]
    )
    assert numbers[0].faces[0].face.landmarks is None
    assert view.history[0].faces[0].face.landmarks is not None
    clock.now += 3600
    session.put(video_frame())
    until(engine, lambda: len(session.numbers()) == 1)
    engine.close()


def test_numbers_of_many_people_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.live_session.NUMBERS_FACES", 6)
    clock = Clock()
    engine = LiveEngine(clock=clock)
    pipeline = FakePipeline()
    pipeline.faces = 2
    session = engine.session(pipeline)
    for _ in range(5):
        feed(engine, session, clock, 0.5)
    assert [result.timestamp_s for result in session.numbers()] == pytest.approx([1.5, 2.0, 2.5])
    engine.close()


def test_how_long_nobody_was_in_view() -> None:
    clock = Clock()
    engine = LiveEngine(clock=clock)
    pipeline = FakePipeline()
    session = engine.session(pipeline)
    clock.now += 5
    assert session.view().no_face_s == 0
    feed(engine, session, clock)
    clock.now += 1
    pipeline.faces = 0
    feed(engine, session, clock, 1.0)
    assert session.view().no_face_s == pytest.approx(2.0)
    pipeline.faces = 1
    feed(engine, session, clock)
    assert session.view().no_face_s == 0
    engine.close()


def test_age_is_measured_from_the_camera_frame_to_the_encoder() -> None:
    clock = Clock()
    engine = LiveEngine(clock=clock)
    session = engine.session(FakePipeline())
    sent(session)
    feed(engine, session, clock)
    clock.now += 0.04
    sent(session)
    view = session.view()
    assert view.age_ms == pytest.approx(40.0)
    assert view.sent_per_s > 0
    engine.close()


def test_a_feature_lost_to_load_is_told() -> None:
    clock = Clock()
    engine = LiveEngine(clock=clock)
    session = engine.session(FakePipeline())
    feed(engine, session, clock)
    assert session.view().note is None
    for _ in range(200):
        engine.late(0.5)
    clock.now += 1
    feed(engine, session, clock)
    assert engine.load.output_fps == 12
    assert "busy" in (session.view().note or "")
    engine.close()


def test_after_an_overload_that_drove_everybody_away_newcomers_are_welcome() -> None:
    clock = Clock()
    engine = LiveEngine(clock=clock)
    session = engine.session(FakePipeline())
    for _ in range(10):
        engine.late(5.0)
        feed(engine, session, clock, 1.1)
    assert engine.load.full
    session.stop()
    newcomer = engine.session(FakePipeline())
    feed(engine, newcomer, clock)
    assert not newcomer.view().refused
    assert (engine.load.output_fps, engine.load.longest_side) == (15.0, 640)
    engine.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_worker_that_died_is_replaced() -> None:
    clock, pipeline = Clock(), FakePipeline()
    engine = LiveEngine(clock=clock)
    session = engine.session(pipeline)

    def die(_: object) -> None:
        raise SystemExit  # ends a thread without a word

    pipeline.on_begin = die
    feed(engine, session, clock)
    until(engine, lambda: not live_threads())
    pipeline.on_begin = lambda pending: pending
    feed(engine, session, clock)
    assert session.view().result is not None
    engine.close()
