"""Downloads of the upload page: what a report states beside the model."""

from dataclasses import replace

from fer_core.pipeline import PipelineOptions
from fer_core.results import VideoTimeline
from tests.ui.conftest import MakeFrame
from tests.ui.upload_fakes import plan
from ui.controls import Settings
from ui.readings import Plan, Reading
from ui.upload_exports import settings_in_words

RATE, STEADINESS = "Frames read of each second of video", "Steadiness, for videos"
CALM = Settings("fer2013", PipelineOptions(half_life_s=1.5))


def clip(frame: MakeFrame, asked: Plan) -> Reading:
    return Reading("done", asked, VideoTimeline((frame(0, {1: 0.9}),), 1.0))


def test_files_that_were_not_read_have_no_settings() -> None:
    assert settings_in_words([]) == {}
    assert settings_in_words([Reading("failed", plan(), error="Expected better.")]) == {}


def test_a_photo_has_no_settings_of_clips(frame: MakeFrame) -> None:
    words = settings_in_words([Reading("done", plan(), frame(0, {1: 0.9}))])
    assert list(words) == ["Label set", "“Not sure” below"]


def test_a_clip_that_was_read_again_beside_a_photo_that_was_not(frame: MakeFrame) -> None:
    photo = Reading("done", plan(sample_fps=3.0), frame(0, {1: 0.9}))
    words = settings_in_words([photo, clip(frame, replace(plan(sample_fps=10.0), settings=CALM))])
    assert (words[RATE], words[STEADINESS]) == ("10", "1.5 s")
    assert words["Label set"] == "FER-2013 · 7 labels"


def test_clips_that_were_read_otherwise(frame: MakeFrame) -> None:
    plans = plan(sample_fps=3.0), plan(sample_fps=None), plan(sample_fps=3.0)
    words = settings_in_words([clip(frame, each) for each in plans])
    assert words[RATE] == "differs between files: 3, every one"
    assert "differs" not in words[STEADINESS]
