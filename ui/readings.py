"""Reading one file: a photo at once, a clip so that it can be followed and ended."""

import io
import logging
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from PIL import Image

from fer_core.analyze import iter_video
from fer_core.annotation import draw_faces
from fer_core.between import result_at
from fer_core.errors import FerError
from fer_core.media import VideoInfo, iter_frames, probe_video, read_image
from fer_core.pipeline import FramePipeline
from fer_core.results import FrameResult, RgbImage, VideoTimeline
from ui.clip_files import annotated_clip
from ui.controls import Settings
from ui.files import GivenFile

LOGGER = logging.getLogger(__name__)
THUMBNAIL_PX = 480
UNREAD = "This file could not be read to its end ({}). Try another one, or save this one again."
UNWRITTEN = "Drawing or writing it failed ({})."
_USUAL_FPS = 25.0  # of a clip that does not say
Stops = Callable[[], bool]
# Its argument is whether pictures follow one another.
NewPipeline = Callable[[bool], FramePipeline]
Pairs = Generator[tuple[RgbImage, FrameResult], None, None]
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with the files.

    Attributes:
        settings: how faces are read.
        sample_fps: how many frames of each second of a clip to read; None reads every one.
        annotated: whether to make a video with labels drawn in of each clip.
    """

    settings: Settings
    sample_fps: float | None
    annotated: bool


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What came of a file.

    Attributes:
        state: partial when it was cancelled, or damaged half-way.
        plan: what was to be done.
        result: of a photo a frame, of a clip a timeline; None when nothing was read.
        thumbnail: a small JPEG with labels drawn in.
        info: of a clip.
        clip: the annotated MP4; None unless it was asked for and made.
        error: what went wrong, as a sentence.
    """

    state: Literal["done", "partial", "failed"]
    plan: Plan
    result: FrameResult | VideoTimeline | None = None
    thumbnail: bytes | None = None
    info: VideoInfo | None = None
    clip: bytes | None = None
    error: str | None = None


def read_file(file: GivenFile, plan: Plan, new_pipeline: NewPipeline) -> Reading:
    """A photo, or a file that is neither photo nor clip; whatever happens becomes a sentence."""
    if file.problem is not None:
        return Reading("failed", plan, error=file.problem)
    reading, error = _tried(lambda: _read_photo(file, plan, new_pipeline))
    return reading or Reading("failed", plan, error=error)


def thumbnail(picture: RgbImage) -> bytes:
    """A small JPEG that holds pixels and nothing else."""
    small, buffer = Image.fromarray(picture), io.BytesIO()
    small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    small.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


class ClipReader:
    """Reads a clip, and makes its annotated video; may be looked at from other threads.

    Where every frame is read, the video is made in the same pass. Otherwise the frames in
    between are decoded once more and only drawn, with boxes that move from reading to reading.

    Args:
        file: the clip.
        plan: what to do with it.
        new_pipeline: makes the pipeline, which belongs to this clip alone.
        known: a reading that lacks only its video; None reads the clip.
    """

    def __init__(
        self,
        file: GivenFile,
        plan: Plan,
        new_pipeline: NewPipeline,
        known: Reading | None = None,
    ) -> None:
        self._file, self._plan, self._known = file, plan, known
        self._new_pipeline = new_pipeline
        self._lock = threading.Lock()
        self._info: VideoInfo | None = known.info if known else None
        self._frames: list[FrameResult] = []
        if known and isinstance(known.result, VideoTimeline):
            self._frames += known.result.frames
        self._newest: tuple[RgbImage, FrameResult] | None = None
        self._thumbnail: bytes | None = None
        self._most_faces = -1
        self._drawn_s: float | None = None

    @property
    def frames(self) -> int:
        """How many were read so far."""
        return len(self._frames)

    @property
    def newest(self) -> tuple[RgbImage, FrameResult] | None:
        """The newest frame with what was read in it."""
        return self._newest

    @property
    def drawing(self) -> bool:
        """Whether all is read and the video is being drawn."""
        return self._drawn_s is not None

    def part(self) -> float:
        """How much is done, 0..1; a video that is drawn afterwards counts as half of it."""
        with self._lock:
            if self._info is None or not self._info.duration_s:
                return 0.0
            reached_s = self._frames[-1].timestamp_s if self._frames else 0.0
            if self._plan.annotated and self._plan.sample_fps is not None:
                drawn_s = self._drawn_s or 0.0
                reached_s = drawn_s if self._known else (reached_s + drawn_s) / 2
            return min(reached_s / self._info.duration_s, 1.0)

    def so_far(self, error: str | None = None) -> Reading:
        """What there is when it ends now."""
        with self._lock:
            if self._known is not None:
                return replace(self._known, error=error)
            if not self._frames or self._info is None:
                return Reading("failed" if error else "partial", self._plan, error=error)
            timeline = VideoTimeline(tuple(self._frames), self._info.duration_s)
            return Reading(
                "partial", self._plan, timeline, self._thumbnail, self._info, error=error
            )

    def run(self, stops: Stops) -> Reading:
        """Reads and draws to the end, or until `stops`; whatever happens becomes a sentence."""
        reading = self._known
        if reading is None:
            clip, error = _tried(lambda: self._read(stops))
            reading = self.so_far(error)
            if error or stops():
                return replace(reading, clip=clip)
            reading = replace(reading, state="done", clip=clip)
        if self._plan.annotated and reading.clip is None and not stops():
            clip, error = _tried(lambda: self._draw(stops), else_say=UNWRITTEN)
            error = error and f"The annotated video could not be made. {error}"
            reading = replace(reading, clip=None if stops() else clip, error=error)
        return reading

    def _read(self, stops: Stops) -> bytes | None:
        """Reads the frames; the video, where one pass makes both."""
        info = probe_video(self._file.content)
        with self._lock:
            self._info = info
        with closing(self._read_pairs(stops)) as pairs:
            if self._plan.annotated and self._plan.sample_fps is None:
                return self._written(pairs, info)
            for _ in pairs:
                pass
        return None

    def _draw(self, stops: Stops) -> bytes | None:
        assert self._info is not None
        with closing(self._drawn_pairs(stops)) as pairs:
            return self._written(pairs, self._info)

    def _written(self, pairs: Pairs, info: VideoInfo) -> bytes | None:
        return annotated_clip(pairs, fps=info.fps or _USUAL_FPS, sound_from=self._file.content)

    def _read_pairs(self, stops: Stops) -> Pairs:
        frames = iter_video(
            self._file.content,
            pipeline=self._new_pipeline(True),
            sample_fps=self._plan.sample_fps,
        )
        with _closed(frames):
            for image, result in frames:
                self._keep(image, result)
                yield image, result
                if stops():
                    return

    def _drawn_pairs(self, stops: Stops) -> Pairs:
        frames = iter_frames(self._file.content, sample_fps=None)
        with _closed(frames):
            for timestamp_s, image in frames:
                if stops():
                    return
                result = result_at(self._frames, timestamp_s)
                with self._lock:
                    self._drawn_s, self._newest = timestamp_s, (image, result)
                yield image, result

    def _keep(self, image: RgbImage, result: FrameResult) -> None:
        faces = len(result.faces)
        small = thumbnail(draw_faces(image, result)) if faces > self._most_faces else None
        with self._lock:
            self._frames.append(result)
            self._newest = image, result
            if small is not None:
                self._thumbnail, self._most_faces = small, faces


def _read_photo(file: GivenFile, plan: Plan, new_pipeline: NewPipeline) -> Reading:
    image = read_image(file.content)
    result = new_pipeline(False).process(image, timestamp_s=0.0)
    return Reading("done", plan, result, thumbnail(draw_faces(image, result)))


@contextmanager
def _closed(frames: Iterator[Made]) -> Iterator[None]:
    """Stops the decoding behind these at the end of the block, however it ends."""
    try:
        yield
    finally:
        if isinstance(frames, Generator):
            frames.close()


def _tried(make: Callable[[], Made], *, else_say: str = UNREAD) -> tuple[Made | None, str | None]:
    """What is made, or why it is not; `else_say` where the error itself has no words for it."""
    try:
        return make(), None
    except FerError as error:
        return None, str(error)
    except Exception as error:
        LOGGER.exception("A file could not be read")
        return None, else_say.format(type(error).__name__)
