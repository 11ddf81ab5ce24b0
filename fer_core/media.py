"""The gate for photos and videos from strangers: what comes through is a plain RGB array.

All decoding happens in a process apart, see `fer_core.decoding`; this module is the one door.
What a file is, is decided by its first bytes, never by its name.
"""

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

from fer_core.clips import check_bytes
from fer_core.decoding import open_source, read_frames, read_info, read_photo
from fer_core.decoding import read_frame as read_frame_of
from fer_core.errors import MediaError
from fer_core.results import RgbImage
from fer_core.sniffing import HEAD_BYTES, photo_formats
from fer_core.video import VideoInfo
from fer_core.video_writer import VideoWriter

__all__ = [
    "VideoInfo",
    "VideoWriter",
    "iter_frames",
    "kind_of",
    "probe_video",
    "read_frame",
    "read_image",
]


def kind_of(source: Path | str | bytes) -> Literal["image", "video"]:
    """Whether a file is a photo or a video, by its content.

    Args:
        source: path of a file, or its whole content.

    Raises:
        MediaError: the file is missing, empty or neither of the two.
    """
    if isinstance(source, bytes):
        head = source[:HEAD_BYTES]
    else:
        with open_source(source) as file:
            head = file.read(HEAD_BYTES)
    return "image" if photo_formats(head) else "video"


def read_image(source: Path | str | bytes) -> RgbImage:
    """Reads a photo the right way up, at most 2,000 pixels a side.

    Transparent parts become white, 16-bit values are scaled to 8 bits, and of an animation
    the first picture is taken that is not all one colour.

    Args:
        source: path of a file, or its whole content.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        MediaError: the file is missing, too large, damaged or no photo.
    """
    with open_source(source) as file:
        return read_photo(file)


def probe_video(source: Path | str | bytes) -> VideoInfo:
    """Opens a clip, decodes its first frame and says what it is.

    Args:
        source: path of a file, or its whole content.

    Raises:
        MediaError: the clip is missing, too long, too large, damaged or has no picture.
    """
    with _opened_video(source) as file:
        return read_info(file)


def iter_frames(
    source: Path | str | bytes, *, sample_fps: float | None
) -> Iterator[tuple[float, RgbImage]]:
    """The frames of a clip, sampled by their own time stamps.

    Of each 1 / `sample_fps` seconds the first frame is given, so clips with a varying frame
    rate keep their clock, and clips slower than `sample_fps` give every frame once. A clip
    that is damaged half-way gives what can be decoded. Closing the iterator stops the
    decoding at once.

    Args:
        source: path of a file, or its whole content.
        sample_fps: frames wanted a second, above 0; None gives every frame.

    Yields:
        (timestamp_s, image): seconds since the first frame, growing; (H, W, 3) uint8 RGB,
        upright, at most 1,280 pixels a side, all of one size.

    Raises:
        MediaError: the clip is missing, too long, too large, damaged or has no picture.
        ValueError: `sample_fps` is not above 0.
    """
    if sample_fps is not None and not (math.isfinite(sample_fps) and sample_fps > 0):
        raise ValueError(f"Expected sample_fps above 0. Received {sample_fps}.")
    return _frames(source, sample_fps)


def _frames(
    source: Path | str | bytes, sample_fps: float | None
) -> Iterator[tuple[float, RgbImage]]:
    with _opened_video(source) as file:
        yield from read_frames(file, sample_fps=sample_fps)


def read_frame(source: Path | str | bytes, *, timestamp_s: float) -> RgbImage:
    """The frame that is shown at a moment: the last one up to then, else the first.

    Args:
        source: path of a clip, or its whole content.
        timestamp_s: seconds since the first frame.

    Returns:
        (H, W, 3) uint8 RGB, as from `iter_frames`.

    Raises:
        MediaError: the clip is missing, too long, too large, damaged or has no picture.
        ValueError: `timestamp_s` is not a number.
    """
    if not math.isfinite(timestamp_s):
        raise ValueError(f"Expected timestamp_s in seconds. Received {timestamp_s}.")
    with _opened_video(source) as file:
        return read_frame_of(file, timestamp_s=timestamp_s)


def _opened_video(source: Path | str | bytes) -> BinaryIO:
    file = open_source(source)
    try:
        check_bytes(file.seek(0, os.SEEK_END))
    except MediaError:
        file.close()
        raise
    return file
