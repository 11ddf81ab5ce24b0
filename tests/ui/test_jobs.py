"""Video analysis in the background: to the end, cancelled, failed."""

import threading
from pathlib import Path

import pytest

from fer_core.media import VideoWriter, kind_of
from fer_core.pipeline import FramePipeline
from fer_core.results import FrameResult, RgbImage
from fer_core.testing import FakeClassifier, FakeDetector, make_face, synthetic_frame
from ui.jobs import ABANDONED_S, VideoJob

PATIENCE_S = 30.0


class SlowPipeline(FramePipeline):
    """Waits at its third frame until it may go on."""

    def __init__(self) -> None:
        super().__init__(FakeDetector([make_face()]), FakeClassifier(script=["happy"]))
        self.reached, self.go_on = threading.Event(), threading.Event()
        self.count = 0

    def process(self, image: RgbImage, *, timestamp_s: float) -> FrameResult:
        self.count += 1
        if self.count == 3:
            self.reached.set()
            assert self.go_on.wait(PATIENCE_S)
        return super().process(image, timestamp_s=timestamp_s)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Two seconds, 10 frames a second."""
    path = Path(tmp_path_factory.mktemp("clip")) / "clip.mp4"
    with VideoWriter(path, size_wh=(320, 240), fps=10) as writer:
        for index in range(20):
            writer.write(synthetic_frame(size_wh=(320, 240)), index / 10)
    return path.read_bytes()


def job_of(clip: bytes, pipeline: FramePipeline) -> VideoJob:
    job = VideoJob(clip, new_pipeline=lambda: pipeline, sample_fps=5.0)
    job.start()
    return job


def test_a_whole_clip(clip: bytes) -> None:
    pipeline = FramePipeline(FakeDetector([make_face()]), FakeClassifier(script=["happy"]))
    job = job_of(clip, pipeline)
    assert job.join(PATIENCE_S)
    view = job.view()
    assert (view.state, view.progress, view.error) == ("done", 1.0, None)
    summary = view.timeline.summary()
    assert (summary["frames"], summary["dominant"]) == (10, "happy")
    assert view.timeline.duration_s == pytest.approx(2.0, abs=0.1)
    assert view.clip is not None
    assert kind_of(view.clip) == "video"


def test_a_job_that_nobody_asks_about_ends(clip: bytes) -> None:
    pipeline, clock = SlowPipeline(), [0.0]
    job = VideoJob(clip, new_pipeline=lambda: pipeline, sample_fps=5.0, clock=lambda: clock[0])
    job.start()
    assert pipeline.reached.wait(PATIENCE_S)
    clock[0] = ABANDONED_S + 1
    pipeline.go_on.set()
    assert job.join(PATIENCE_S)
    view = job.view()
    assert (view.state, len(view.timeline.frames)) == ("cancelled", 3)


def test_cancel_keeps_what_is_done(clip: bytes) -> None:
    pipeline = SlowPipeline()
    job = job_of(clip, pipeline)
    assert pipeline.reached.wait(PATIENCE_S)
    view = job.view()
    assert (view.state, len(view.timeline.frames)) == ("running", 2)
    assert 0 < view.progress < 1
    assert view.left_s is not None
    assert view.preview is not None
    job.cancel()
    pipeline.go_on.set()
    assert job.join(PATIENCE_S)
    view = job.view()
    assert (view.state, len(view.timeline.frames)) == ("cancelled", 3)
    assert view.clip is not None


@pytest.mark.parametrize("data", [b"", b"no video at all", b"\x00\x00\x00\x18ftypmp42" + bytes(99)])
def test_what_cannot_be_read_fails_with_a_sentence(data: bytes) -> None:
    job = job_of(data, FramePipeline(FakeDetector([]), FakeClassifier()))
    assert job.join(PATIENCE_S)
    view = job.view()
    assert view.state == "failed"
    assert (view.error or "").startswith("Expected")
    assert view.timeline.frames == ()
    assert view.clip is None


def test_an_unforeseen_error_fails_with_a_sentence(clip: bytes) -> None:
    class Broken(FramePipeline):
        def process(self, image: RgbImage, *, timestamp_s: float) -> FrameResult:
            raise RuntimeError("secret")

    job = job_of(clip, Broken(FakeDetector([]), FakeClassifier()))
    assert job.join(PATIENCE_S)
    assert "RuntimeError" in (job.view().error or "")
    assert "secret" not in (job.view().error or "")
