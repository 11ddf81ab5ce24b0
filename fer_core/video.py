"""Reads clips from strangers: by content, within limits, upright, by their own clock.

Only containers and codecs of a short list are opened: a text file named .mp4 can be a script
that makes FFmpeg open other files. Decoding uses one thread a clip, so a damaged clip gives
the same frames each time.
"""

import errno
import io
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fer_core.errors import MediaError
from fer_core.results import RgbImage

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

MAX_VIDEO_BYTES = 200_000_000
MAX_VIDEO_S = 600.0
MAX_FRAME_PIXELS = 25_000_000
MAX_DECODED_FRAMES = 240 * 600  # ten minutes of slow motion
MAX_SIDE_PX = 1_280  # frames are scaled down to this before they are analysed
_SHORTEST_STEP_S = 1e-3  # times of Matroska are rounded to milliseconds

_OPEN_OPTIONS = {
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi",
    "protocol_whitelist": "none",  # bytes come from us; nothing else may be opened
}
_CODECS = frozenset(
    ("h264", "hevc", "vp8", "vp9", "av1", "libdav1d", "mpeg4", "mpeg2video", "h263", "mjpeg")
)
_NO_FRAMES = (
    "Expected a video with pictures in it. Received one of which no picture can be read: it is "
    "empty, damaged or unfinished. Save or download it again, or choose another video."
)


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a clip says about itself.

    Attributes:
        duration_s: length in seconds.
        fps: average frames a second; phones vary it.
        size_wh: width and height in pixels as shown, upright, before any scaling.
        rotation: degrees clockwise that the stored pixels were turned to stand upright:
            0, 90, 180 or 270. `iter_frames` has turned them already.
    """

    duration_s: float
    fps: float
    size_wh: tuple[int, int]
    rotation: int


def probe_video(source: Path | str | bytes) -> VideoInfo:
    """Opens a clip, decodes its first frame and says what it is.

    Args:
        source: path of a file, or its whole content.

    Raises:
        MediaError: the clip is missing, too long, too large, damaged or has no picture.
    """
    with _opened(source) as (container, stream):
        frame = next(_decoded(container, stream), None)
        if frame is None:
            raise MediaError(_NO_FRAMES)
        turns = _quarter_turns(frame)
        width, height = _shown_size(frame, stream)
        duration_s = _stated_duration_s(container, stream)
        rate = stream.average_rate or stream.guessed_rate
    if duration_s is None:
        # Browsers record WebM without a length: it is where the last packet ends.
        with _opened(source) as (container, stream):
            duration_s = _measured_duration_s(container, stream)
    return VideoInfo(
        duration_s=duration_s,
        fps=float(rate) if rate else 0.0,
        size_wh=(height, width) if turns % 2 else (width, height),
        rotation=-90 * turns % 360,
    )


def iter_frames(
    source: Path | str | bytes, *, sample_fps: float
) -> Iterator[tuple[float, RgbImage]]:
    """The frames of a clip, sampled by their own time stamps.

    Of each 1 / `sample_fps` seconds the first frame is given, so clips with a varying frame
    rate keep their clock, and clips slower than `sample_fps` give every frame once. A clip
    that is damaged half-way gives what can be decoded. Closing the iterator closes the file.

    Args:
        source: path of a file, or its whole content.
        sample_fps: frames wanted a second, above 0.

    Yields:
        (timestamp_s, image): seconds since the first frame, growing; (H, W, 3) uint8 RGB,
        upright, at most 1,280 pixels a side, all of one size.

    Raises:
        MediaError: the clip is missing, too long, too large, damaged or has no picture.
        ValueError: `sample_fps` is not above 0.
    """
    if not (math.isfinite(sample_fps) and sample_fps > 0):
        raise ValueError(f"Expected sample_fps above 0. Received {sample_fps}.")
    return _sampled(source, sample_fps)


def _sampled(source: Path | str | bytes, sample_fps: float) -> Iterator[tuple[float, RgbImage]]:
    start_s: float | None = None
    due_s = 0.0
    found = False
    with _opened(source) as (container, stream):
        convert = _Converter(stream)
        for frame in _decoded(container, stream):
            if frame.time is None:
                continue
            start_s = frame.time if start_s is None else start_s
            timestamp_s = frame.time - start_s
            if timestamp_s > MAX_VIDEO_S:
                raise MediaError(_too_long(timestamp_s))
            if timestamp_s + _SHORTEST_STEP_S < due_s:
                continue
            image = convert(frame)
            if image is None:
                continue
            found = True
            yield timestamp_s, image
            steps = math.floor((timestamp_s + _SHORTEST_STEP_S) * sample_fps) + 1
            due_s = max(steps / sample_fps, timestamp_s + 2 * _SHORTEST_STEP_S)
    if not found:
        raise MediaError(_NO_FRAMES)


class _Converter:
    """Turns decoded frames into upright RGB, all of the size of the first."""

    def __init__(self, stream: "VideoStream") -> None:
        from av.video.reformatter import VideoReformatter

        self._reformatter = VideoReformatter()
        self._stream = stream
        self._size_wh = (0, 0)
        self._turns = 0

    def __call__(self, frame: "VideoFrame") -> RgbImage | None:
        """The picture of a frame; None when it cannot be converted."""
        if self._size_wh == (0, 0):
            width, height = _shown_size(frame, self._stream)
            scale = min(MAX_SIDE_PX / max(width, height), 1.0)
            self._size_wh = max(round(width * scale), 1), max(round(height * scale), 1)
            self._turns = _quarter_turns(frame)
        try:
            rgb = self._reformatter.reformat(
                frame, *self._size_wh, format="rgb24", interpolation="AREA"
            ).to_ndarray()
        except Exception:  # a damaged frame; the next one may be whole
            return None
        return np.ascontiguousarray(np.rot90(rgb, self._turns), dtype=np.uint8)


@contextmanager
def _opened(source: Path | str | bytes) -> Iterator[tuple["InputContainer", "VideoStream"]]:
    """An open clip and its picture stream, checked against every limit."""
    with _file_of(source) as file:
        container = _container_of(file)
        try:
            stream = _picture_stream(container)
            _check_limits(container, stream)
            yield container, stream
        finally:
            container.close()


def _file_of(source: Path | str | bytes) -> io.BufferedReader | io.BytesIO:
    if isinstance(source, bytes):
        _check_bytes(len(source))
        return io.BytesIO(source)
    path = Path(source)
    try:
        if not path.is_file():  # a pipe would be waited for, without end
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        _check_bytes(path.stat().st_size)
        return path.open("rb")
    except OSError as error:
        raise MediaError(
            f"Expected a video file at {path}. Received an error ({error.strerror}). "
            "Check the path and that the file may be read."
        ) from error


def _check_bytes(size: int) -> None:
    if size > MAX_VIDEO_BYTES:
        raise MediaError(
            f"Expected a video of at most {MAX_VIDEO_BYTES // 1_000_000} MB. Received "
            f"{size / 1_000_000:,.0f} MB. Cut it shorter or save it at a lower resolution."
        )


def _container_of(file: io.BufferedReader | io.BytesIO) -> "InputContainer":
    import av

    try:
        return av.open(file, "r", options=_OPEN_OPTIONS, metadata_errors="replace")
    except Exception as error:  # damaged files make the demuxers raise whatever they like
        raise MediaError(
            "Expected a video (MP4, MOV, WebM, AVI). Received a file that is damaged, unfinished "
            "or of another kind, whatever its name says. Save it again, or choose another video."
        ) from error


def _picture_stream(container: "InputContainer") -> "VideoStream":
    from av.stream import Disposition

    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams:
        found = "sound only" if container.streams.audio else "nothing to see in it"
        raise MediaError(
            f"Expected a video with pictures. Received one with {found}. Choose another video."
        )
    stream = streams[0]
    context = stream.codec_context
    codec = context.name if context is not None else "an unknown or damaged one"
    if codec not in _CODECS:
        raise MediaError(
            "Expected a video in a common codec (H.264, H.265, VP8, VP9, AV1, MPEG-4). "
            f"Received {codec}. Convert it to MP4 with H.264 and try again."
        )
    return stream


def _check_limits(container: "InputContainer", stream: "VideoStream") -> None:
    context = stream.codec_context
    _check_frame_size(context.width, context.height)
    duration_s = _stated_duration_s(container, stream)
    if duration_s is not None and duration_s > MAX_VIDEO_S:
        raise MediaError(_too_long(duration_s))


def _check_frame_size(width: int, height: int) -> None:
    if width * height > MAX_FRAME_PIXELS:
        raise MediaError(
            f"Expected a video of at most {MAX_FRAME_PIXELS // 1_000_000} million pixels a "
            f"picture. Received {width:,} × {height:,}. Save it at a lower resolution, such as "
            "1,920 × 1,080."
        )


def _too_long(duration_s: float) -> str:
    return (
        f"Expected a video of at most {MAX_VIDEO_S / 60:.0f} minutes. Received one of "
        f"{math.ceil(duration_s / 60):,} minutes. Cut it shorter and try again."
    )


def _decoded(container: "InputContainer", stream: "VideoStream") -> Iterator["VideoFrame"]:
    """Every frame that can be decoded; damaged packets are passed over."""
    packets = container.demux(stream)
    count = 0
    while True:
        try:
            packet = next(packets, None)
        except Exception:  # the rest of the file is missing or damaged
            packet = None
        try:
            frames = packet.decode() if packet is not None else stream.codec_context.decode(None)
        except Exception:
            frames = []
        for frame in frames:
            _check_frame_size(frame.width, frame.height)
            yield frame
        count += len(frames)
        if packet is None:
            return
        if count > MAX_DECODED_FRAMES:
            raise MediaError(
                f"Expected a video of at most {MAX_DECODED_FRAMES:,} pictures. Received more. "
                "Cut it shorter and try again."
            )


def _quarter_turns(frame: "VideoFrame") -> int:
    """Quarter turns counter-clockwise that set the stored pixels upright, 0..3."""
    return round(frame.rotation / 90) % 4


def _shown_size(frame: "VideoFrame", stream: "VideoStream") -> tuple[int, int]:
    """Width and height of a frame before it is turned, its pixels made square."""
    aspect = float(stream.sample_aspect_ratio or 1)
    stretch = aspect if 0.25 <= aspect <= 4 else 1.0
    return max(round(frame.width * stretch), 1), frame.height


def _stated_duration_s(container: "InputContainer", stream: "VideoStream") -> float | None:
    if stream.duration and stream.duration > 0 and stream.time_base:
        return float(stream.duration * stream.time_base)
    if container.duration and container.duration > 0:
        return container.duration / 1e6
    return None


def _measured_duration_s(container: "InputContainer", stream: "VideoStream") -> float:
    start_s, end_s = math.inf, 0.0
    try:
        for packet in container.demux(stream):
            if packet.pts is not None and packet.time_base:
                start_s = min(start_s, float(packet.pts * packet.time_base))
                end = packet.pts + (packet.duration or 0)
                end_s = max(end_s, float(end * packet.time_base))
    except Exception:  # the rest is missing: the length so far
        pass
    return max(end_s - start_s, 0.0)
