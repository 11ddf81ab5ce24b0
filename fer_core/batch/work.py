"""One file → its record and its annotated copy: what every engine runs."""

import math
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from fer_core.analyze import iter_video, photo_pipeline, stream_pipeline
from fer_core.annotation import draw_faces
from fer_core.batch.inputs import Kind
from fer_core.bundle import sha256_of
from fer_core.classification import EmotionClassifier, load_classifier
from fer_core.errors import FerError, MediaError
from fer_core.export import error_entry, image_entry, model_identity, video_entry
from fer_core.media import VideoWriter, probe_video, read_image
from fer_core.results import RgbImage, VideoTimeline
from fer_core.writing import replacing

_USUAL_FPS = 30.0  # of a clip that does not say
Entry = dict[str, Any]  # a record of fer_core.export


@dataclass(frozen=True, slots=True)
class Task:
    """A file to analyse.

    Attributes:
        number: its place in the order of the results.
        file: as it is called there.
        path: where it lies, absolute.
        kind: by its content.
        target: where its annotated copy goes, absolute.
    """

    number: int
    file: str
    path: str
    kind: Kind
    target: str


class Reader:
    """Analyses file after file with one classifier.

    Args:
        classifier: of any model.
        sample_fps: frames of a clip to analyse a second; None takes every frame.
        progress: called with seconds done and seconds in all, while a clip is read.
    """

    def __init__(
        self,
        classifier: EmotionClassifier,
        *,
        sample_fps: float | None,
        progress: Callable[[float, float], None] | None = None,
    ) -> None:
        self._photos, self._clips = photo_pipeline(classifier), stream_pipeline(classifier)
        self._model, self._sample_fps = model_identity(classifier), sample_fps
        self._progress = progress

    def __call__(self, task: Task) -> Entry:
        """The record of a file, with the digest of its content; failures are records too."""
        try:
            entry = self._image(task) if task.kind == "image" else self._video(task)
            return entry | {"digest": sha256_of(Path(task.path))}
        except FerError as error:
            message = str(error)
        except Exception as error:  # one file must not cost the others
            message = (
                f"Expected to analyse this file. Received an unexpected {type(error).__name__} "
                f"({error}). Try another file."
            )
        return error_entry(task.file, message, task.kind)

    def _image(self, task: Task) -> Entry:
        image = read_image(task.path)
        self._photos.reset()
        result = self._photos.process(image, timestamp_s=0.0)
        _save_jpeg(draw_faces(image, result), Path(task.target))
        return image_entry(task.file, result, model=self._model)

    def _video(self, task: Task) -> Entry:
        info = probe_video(task.path)
        frames = []
        with ExitStack() as stack:
            writer: VideoWriter | None = None
            for image, result in iter_video(
                task.path, pipeline=self._clips, sample_fps=self._sample_fps
            ):
                if writer is None:
                    fps = min(self._sample_fps or math.inf, info.fps or _USUAL_FPS)
                    writer = VideoWriter(
                        task.target, size_wh=result.size_wh, fps=fps, sound_from=task.path
                    )
                    stack.enter_context(writer)
                writer.write(draw_faces(image, result), result.timestamp_s)
                frames.append(result)
                if self._progress is not None:
                    self._progress(result.timestamp_s, info.duration_s)
        timeline = VideoTimeline(tuple(frames), info.duration_s)
        return video_entry(task.file, timeline, model=self._model)


def make_reader(folder: Path | None, head: str | None, sample_fps: float | None) -> Reader:
    """A reader with a model of its own, for a process of its own.

    Raises:
        ModelError: see `load_classifier`.
    """
    return Reader(load_classifier(folder, head=head), sample_fps=sample_fps)


def _save_jpeg(image: RgbImage, target: Path) -> None:
    try:
        with replacing(target) as part:
            Image.fromarray(image).save(part, "JPEG", quality=92)
    except OSError as error:
        raise MediaError(
            f"Expected to write {target}. Received an error ({error.strerror}). Check that the "
            "folder may be written to and has free space."
        ) from error
