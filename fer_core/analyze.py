"""One photo or one clip through the pipeline, with the model and detector of the app."""

import functools
from collections.abc import Iterator
from pathlib import Path

from fer_core.classification import EmotionClassifier, load_classifier
from fer_core.detection import create_detector
from fer_core.detection.tiled import TiledDetector
from fer_core.media import iter_frames, probe_video, read_image
from fer_core.pipeline import FramePipeline, PipelineOptions
from fer_core.results import FrameResult, RgbImage, VideoTimeline
from fer_core.shots import ShotCuts


def analyze_image(
    source: Path | str | bytes, *, pipeline: FramePipeline | None = None
) -> FrameResult:
    """Reads the faces of a photo.

    Args:
        source: path of a photo, or its whole content.
        pipeline: forgets what it saw before; None makes one with the default model.

    Returns:
        The faces, at time 0, in the pixels of `read_image(source)`; none is no error.

    Raises:
        MediaError: the photo cannot be read.
        ModelError: the default model cannot be loaded (only without `pipeline`).
    """
    image = read_image(source)
    pipeline = pipeline or photo_pipeline(_classifier())
    pipeline.reset()
    return pipeline.process(image, timestamp_s=0.0)


def analyze_video(
    source: Path | str | bytes,
    *,
    sample_fps: float | None = 3.0,
    pipeline: FramePipeline | None = None,
) -> VideoTimeline:
    """Reads the faces of a clip, frame by sampled frame.

    Args:
        source: path of a clip, or its whole content.
        sample_fps: frames a second to analyse, above 0 (3: Maulana's video evaluation); None
            analyses every frame.
        pipeline: forgets what it saw before; None makes one with the default model.

    Raises:
        MediaError: the clip cannot be read.
        ModelError: the default model cannot be loaded (only without `pipeline`).
        ValueError: `sample_fps` is not above 0.
    """
    duration_s = probe_video(source).duration_s
    pipeline = pipeline or stream_pipeline(_classifier())
    pairs = iter_video(source, pipeline=pipeline, sample_fps=sample_fps)
    return VideoTimeline(tuple(result for _, result in pairs), duration_s)


def iter_video(
    source: Path | str | bytes, *, pipeline: FramePipeline, sample_fps: float | None
) -> Iterator[tuple[RgbImage, FrameResult]]:
    """The sampled frames of a clip with their results, one by one, to show progress or stop.

    Where the clip cuts to another shot, everybody gets a new number.

    Args:
        source: path of a clip, or its whole content.
        pipeline: forgets what it saw before.
        sample_fps: frames a second to analyse, above 0; None analyses every frame.

    Yields:
        (image, result): the upright frame, (H, W, 3) uint8 RGB, and its faces.

    Raises:
        MediaError: the clip cannot be read.
        ValueError: `sample_fps` is not above 0.
    """
    pipeline.reset(clip=True)
    cuts = ShotCuts()
    for timestamp_s, image in iter_frames(source, sample_fps=sample_fps):
        if cuts.begins(image):
            pipeline.new_shot()
        yield image, pipeline.process(image, timestamp_s=timestamp_s)


def photo_pipeline(
    classifier: EmotionClassifier, options: PipelineOptions | None = None
) -> FramePipeline:
    """A pipeline that takes its time: large photos are searched part by part as well."""
    return FramePipeline(TiledDetector(create_detector()), classifier, options)


def stream_pipeline(
    classifier: EmotionClassifier, options: PipelineOptions | None = None
) -> FramePipeline:
    """A pipeline for clips and cameras: it looks at each frame once."""
    return FramePipeline(create_detector(), classifier, options)


@functools.cache
def _classifier() -> EmotionClassifier:
    """One a process: loading and warming a model takes longer than using it."""
    return load_classifier()
