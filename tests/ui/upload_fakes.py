"""Files, plans and pipelines for tests of the upload page's parts."""

import threading
from pathlib import Path

from fer_core.media import VideoWriter
from fer_core.pipeline import FramePipeline, PipelineOptions
from fer_core.results import FrameResult, RgbImage
from fer_core.testing import FakeClassifier, FakeDetector, make_face, synthetic_frame
from tests.media_corpus import photo_bytes
from ui.controls import Settings
from ui.files import GivenFile, given
from ui.readings import Plan

PATIENCE_S = 60.0
SETTINGS = Settings("fer2013", PipelineOptions())


def plan(*, sample_fps: float | None = 5.0, annotated: bool = False) -> Plan:
    return Plan(SETTINGS, sample_fps, annotated)


def happy_pipeline(_: bool = True) -> FramePipeline:
    return FramePipeline(FakeDetector([make_face()]), FakeClassifier(script=["happy"]))


def clip_bytes(path: Path, *, seconds: float = 2.0) -> bytes:
    """A drawn face, 320×240, 10 frames a second."""
    with VideoWriter(path, size_wh=(320, 240), fps=10) as writer:
        for index in range(round(seconds * 10)):
            writer.write(synthetic_frame(size_wh=(320, 240)), index / 10)
    return path.read_bytes()


def given_one(name: str, content: bytes) -> GivenFile:
    (file,) = given(name, content)
    return file


def photo_file(name: str = "me.png", brightness: int = 150) -> GivenFile:
    return given_one(name, photo_bytes(synthetic_frame(brightness=brightness)))


class SlowPipeline(FramePipeline):
    """Waits at a frame until it may go on."""

    def __init__(self, waits_at: int = 3) -> None:
        super().__init__(FakeDetector([make_face()]), FakeClassifier(script=["happy"]))
        self.reached, self.go_on = threading.Event(), threading.Event()
        self._waits_at, self._count = waits_at, 0

    def process(self, image: RgbImage, *, timestamp_s: float) -> FrameResult:
        self._count += 1
        if self._count == self._waits_at:
            self.reached.set()
            assert self.go_on.wait(PATIENCE_S)
        return super().process(image, timestamp_s=timestamp_s)
