"""Files read in the background: to the end, cancelled, failed, in turn."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fer_core.media import kind_of
from fer_core.pipeline import FramePipeline
from fer_core.results import FrameResult, RgbImage, VideoTimeline
from fer_core.testing import FakeClassifier, FakeDetector
from tests.ui.upload_fakes import (
    PATIENCE_S,
    SlowPipeline,
    clip_bytes,
    given_one,
    happy_pipeline,
    photo_file,
    plan,
)
from ui import readings
from ui.files import GivenFile
from ui.jobs import ABANDONED_S, CANCEL_S, Job, JobView, Task
from ui.lost_sessions import UNWATCHED_S
from ui.readings import Reading
from ui.turns import Turns


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> GivenFile:
    """Two seconds, 10 frames a second."""
    path = Path(tmp_path_factory.mktemp("clip")) / "clip.mp4"
    return given_one("clip.mp4", clip_bytes(path))


def started(
    *tasks: GivenFile | Task,
    pipeline: FramePipeline | Callable[[bool], FramePipeline] = happy_pipeline,
    turns: Turns | None = None,
    watched: Callable[[], bool] = lambda: True,
    clock: Callable[[], float] | None = None,
    **planned: Any,
) -> Job:
    job = Job(
        [task if isinstance(task, tuple) else (task, None) for task in tasks],
        plan(**planned),
        new_pipeline=(lambda _: pipeline) if isinstance(pipeline, FramePipeline) else pipeline,
        turns=turns or Turns(1),
        watched=watched,
        **({"clock": clock} if clock else {}),
    )
    job.start()
    return job


def ended(job: Job) -> JobView:
    assert job.join(PATIENCE_S)
    return job.view()


def reading(view: JobView) -> Reading:
    (only,) = view.readings.values()
    return only


def timeline(read: Reading) -> VideoTimeline:
    assert isinstance(read.result, VideoTimeline)
    return read.result


def test_a_whole_clip(clip: GivenFile) -> None:
    view = ended(started(clip))
    assert (view.state, view.progress) == ("ended", 1.0)
    read = reading(view)
    assert (read.state, read.error, read.clip) == ("done", None, None)
    summary = timeline(read).summary()
    assert (summary["frames"], summary["dominant"]) == (10, "happy")
    assert timeline(read).duration_s == pytest.approx(2.0, abs=0.1)
    assert read.thumbnail is not None
    assert kind_of(read.thumbnail) == "image"


@pytest.mark.parametrize("sample_fps", [None, 5.0])
def test_an_annotated_clip_has_every_frame(clip: GivenFile, sample_fps: float | None) -> None:
    read = reading(ended(started(clip, sample_fps=sample_fps, annotated=True)))
    assert (read.state, read.error) == ("done", None)
    assert len(timeline(read).frames) == (20 if sample_fps is None else 10)
    assert read.clip is not None
    again = reading(ended(started(given_one("again.mp4", read.clip), sample_fps=None)))
    assert len(timeline(again).frames) == 20


def test_a_video_can_follow_without_reading_again(clip: GivenFile) -> None:
    known = reading(ended(started(clip)))

    def no_pipeline(_: bool) -> FramePipeline:
        raise AssertionError("it was read already")

    read = reading(ended(started((clip, known), pipeline=no_pipeline, annotated=True)))
    assert read.clip is not None
    assert timeline(read) == timeline(known)


def test_a_video_that_cannot_be_written_leaves_what_was_read(
    clip: GivenFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(readings, "annotated_clip", full)
    read = reading(ended(started(clip, annotated=True)))
    assert (read.state, read.clip, len(timeline(read).frames)) == ("done", None, 10)
    assert read.error == (
        "The annotated video could not be made. Drawing or writing it failed (OSError)."
    )


def test_photos_come_first_and_a_bad_file_costs_only_itself(clip: GivenFile) -> None:
    files = [
        clip,
        photo_file(),
        given_one("text.mp4", b"Just a letter to a friend.\n"),
        given_one("half.png", photo_file().content[:200]),
        photo_file("other.png", brightness=90),
    ]
    view = ended(started(*files))
    assert view.count == 5
    states = {file.name: view.readings[file.identity].state for file in files}
    assert states == {
        "clip.mp4": "done",
        "me.png": "done",
        "text.mp4": "failed",
        "half.png": "failed",
        "other.png": "done",
    }
    assert list(view.readings)[-1] == clip.identity
    failed = [view.readings[file.identity].error or "" for file in files[2:4]]
    assert all(error.startswith("Expected") for error in failed)


def test_cancel_keeps_what_is_done(clip: GivenFile) -> None:
    pipeline = SlowPipeline()
    another = given_one("later.mp4", clip.content + b"\0")
    job = started(clip, another, pipeline=pipeline, annotated=True, sample_fps=None)
    assert pipeline.reached.wait(PATIENCE_S)
    view = job.view()
    assert (view.state, view.frames, view.number, view.count) == ("running", 2, 1, 2)
    assert 0 < view.progress < 1
    assert view.left_s is not None
    assert view.newest is not None
    job.cancel()
    pipeline.go_on.set()
    view = ended(job)
    assert view.state == "cancelled"
    read, unread = view.readings[clip.identity], view.readings[another.identity]
    assert (read.state, len(timeline(read).frames)) == ("partial", 3)
    assert read.clip is not None
    assert (unread.state, unread.result, unread.error) == ("partial", None, None)


def test_cancel_does_not_wait_for_a_slow_frame(clip: GivenFile) -> None:
    pipeline, clock = SlowPipeline(), [0.0]
    job = started(clip, pipeline=pipeline, clock=lambda: clock[0])
    assert pipeline.reached.wait(PATIENCE_S)
    job.cancel()
    assert job.view().state == "running"
    clock[0] += CANCEL_S + 0.01
    view = job.view()
    assert view.state == "cancelled"
    assert len(timeline(reading(view)).frames) == 2
    pipeline.go_on.set()
    assert job.join(PATIENCE_S)


def test_cancel_while_drawing_keeps_the_reading(clip: GivenFile) -> None:
    known = reading(ended(started(clip)))
    job = Job([(clip, known)], plan(annotated=True), new_pipeline=happy_pipeline, turns=Turns(1))
    job.cancel()
    job.start()
    read = reading(ended(job))
    assert (read.state, read.clip) == ("done", None)


@pytest.mark.parametrize(
    ("seconds", "watched"), [(ABANDONED_S + 1, True), (UNWATCHED_S + 1, False)]
)
def test_a_job_that_nobody_follows_ends(clip: GivenFile, seconds: float, watched: bool) -> None:
    pipeline, clock = SlowPipeline(), [0.0]
    job = started(
        clip,
        pipeline=pipeline,
        watched=lambda: watched or clock[0] == 0,
        clock=lambda: clock[0],
    )
    assert pipeline.reached.wait(PATIENCE_S)
    clock[0] = seconds
    pipeline.go_on.set()
    view = ended(job)
    assert (view.state, len(timeline(reading(view)).frames)) == ("cancelled", 3)


def test_clips_wait_for_their_turn_and_photos_do_not(clip: GivenFile) -> None:
    turns, first = Turns(1), SlowPipeline()
    ahead = started(clip, pipeline=first, turns=turns)
    assert first.reached.wait(PATIENCE_S)
    second = SlowPipeline(waits_at=2)
    photo = photo_file()
    waiting = started(clip, photo, pipeline=second, turns=turns)
    assert ended(started(photo, turns=turns)).state == "ended"
    assert not waiting.join(0)
    first.go_on.set()
    second.go_on.set()
    assert ended(ahead).state == "ended"
    assert {read.state for read in ended(waiting).readings.values()} == {"done"}


def test_the_time_left_of_clips_is_told_by_the_pace_of_clips(clip: GivenFile) -> None:
    slow, clock = SlowPipeline(), [0.0]
    photos = [photo_file(f"{index}.png", brightness=90 + index) for index in range(20)]
    job = started(
        *photos,
        clip,
        pipeline=lambda is_clip: slow if is_clip else happy_pipeline(),
        clock=lambda: clock[0],
    )
    assert slow.reached.wait(PATIENCE_S)
    clock[0] = 20.0
    view = job.view()
    assert view.progress > 0.6
    assert view.left_s == pytest.approx(180, rel=0.1)  # 0.2 of 2 s took 20
    slow.go_on.set()
    assert ended(job).state == "ended"


def test_who_waits_can_cancel(clip: GivenFile) -> None:
    turns, first = Turns(1), SlowPipeline()
    ahead = started(clip, pipeline=first, turns=turns)
    assert first.reached.wait(PATIENCE_S)
    waiting = started(clip, turns=turns)
    waiting.cancel()
    view = ended(waiting)
    assert (view.state, reading(view).result) == ("cancelled", None)
    first.go_on.set()
    assert ended(ahead).state == "ended"


@pytest.mark.parametrize("head", [b"\x00\x00\x00\x18ftypmp42", b"\x1a\x45\xdf\xa3"])
def test_what_cannot_be_read_fails_with_a_sentence(head: bytes) -> None:
    read = reading(ended(started(given_one("clip.mp4", head + bytes(99)))))
    assert (read.state, read.result, read.clip) == ("failed", None, None)
    assert (read.error or "").startswith("Expected")


def test_an_unforeseen_error_fails_with_a_sentence(clip: GivenFile) -> None:
    class Broken(FramePipeline):
        def process(self, image: RgbImage, *, timestamp_s: float) -> FrameResult:
            raise RuntimeError("secret")

    for file in (clip, photo_file()):
        broken = Broken(FakeDetector([]), FakeClassifier())
        read = reading(ended(started(file, pipeline=broken)))
        assert read.state == "failed"
        assert "RuntimeError" in (read.error or "")
        assert "secret" not in (read.error or "")


def test_no_thread_is_left(clip: GivenFile) -> None:
    ended(started(clip))
    assert "reading" not in {thread.name for thread in threading.enumerate()}
