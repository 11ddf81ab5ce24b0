"""Decodes files from strangers: in a process apart where the system can, else in this one.

The steps are those of `photos`, `video` and `sound`. On Linux each runs in a process of
`fer_core.sandbox`. Elsewhere the same code runs in this process, under the same limits of size
and length but without those of time and memory.
"""

import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from fer_core.decoder import BROKE_OFF, END, INFO, PICTURE, SOUND
from fer_core.errors import MediaError
from fer_core.photos import MAX_SIDE_PX as PHOTO_SIDE_PX
from fer_core.photos import decode_photo
from fer_core.results import RgbImage
from fer_core.sandbox import AVAILABLE, Job
from fer_core.sound import RATE, Samples, sound
from fer_core.video import MAX_SIDE_PX as FRAME_SIDE_PX
from fer_core.video import VideoInfo, frame_at, frames, probe

_PHOTO_BYTES = PHOTO_SIDE_PX**2 * 3
_FRAME_BYTES = FRAME_SIDE_PX**2 * 3
_SOUND_BYTES = RATE * 2
_SLOTS, _LENT = 6, 3  # pictures decoded ahead, and of those at most in the caller's hands


def open_source(source: Path | str | bytes) -> BinaryIO:
    """A file, or the content of one, open for reading from its start; content stays in memory.

    Raises:
        MediaError: the file is missing or may not be read.
    """
    if isinstance(source, bytes):
        return _memory_file(source) if AVAILABLE else BytesIO(source)
    path = Path(source)
    try:
        if path.is_file():  # a pipe would be waited for, without end
            return path.open("rb")
        found = "a folder" if path.is_dir() else "nothing of that name"
    except OSError as error:
        raise MediaError(
            f"Expected to read {path}. Received an error ({error.strerror}). "
            "Check that the file may be read, or copy it elsewhere."
        ) from error
    raise MediaError(f"Expected a file at {path}. Received {found}. Check the path.")


def read_photo(file: BinaryIO) -> RgbImage:
    """See `photos.decode_photo`."""
    if not AVAILABLE:
        with _sentences():
            return decode_photo(file)
    with Job("photo", file, slots=1, slot_bytes=_PHOTO_BYTES) as job:
        return job.only_picture()


def read_info(file: BinaryIO) -> VideoInfo:
    """See `video.probe`."""
    if not AVAILABLE:
        with _sentences():
            return probe(file)
    with Job("probe", file, slots=0, slot_bytes=1) as job:
        facts = job.reply(INFO)
        job.reply(END)
        duration_s, fps, width, height, rotation, has_sound, hdr = facts
        return VideoInfo(duration_s, fps, (width, height), rotation, bool(has_sound), bool(hdr))


def read_frame(file: BinaryIO, *, timestamp_s: float) -> RgbImage:
    """See `video.frame_at`."""
    if not AVAILABLE:
        with _sentences():
            return frame_at(file, _new_canvas, timestamp_s=timestamp_s)
    with Job("frame", file, slots=1, slot_bytes=_FRAME_BYTES, timestamp_s=timestamp_s) as job:
        return job.only_picture()


def read_frames(file: BinaryIO, *, sample_fps: float | None) -> Iterator[tuple[float, RgbImage]]:
    """See `video.frames`. Closing the iterator kills the decoder at once.

    The decoder works ahead of the caller. Its pictures lie in memory that is used again when
    the caller has dropped them: fresh memory for each would cost more than decoding it.
    """
    if not AVAILABLE:
        with _sentences():
            found = frames(file, _new_canvas, sample_fps=sample_fps)
            yield from (pair for pair in found if pair is not None)
        return
    lent: dict[int, weakref.ref[NDArray[np.uint8]]] = {}
    with Job("frames", file, slots=_SLOTS, slot_bytes=_FRAME_BYTES, sample_fps=sample_fps) as job:
        while reply := job.reply(PICTURE, END):
            slot, width, height, timestamp_s = reply
            pixels = job.memory_of(slot, width * height * 3)
            if len(lent) < _LENT:
                lent[slot] = weakref.ref(pixels)
            else:  # a caller who collects pictures gets memory of its own
                pixels = pixels.copy()
                job.free(slot)
            yield timestamp_s, pixels.reshape(height, width, 3)
            del pixels
            for slot in [slot for slot, picture in lent.items() if picture() is None]:
                del lent[slot]
                job.free(slot)


def read_sound(file: BinaryIO) -> Iterator[Samples]:
    """See `sound.sound`. Closing the iterator kills the decoder at once."""
    if not AVAILABLE:
        with _sentences():
            yield from (samples for samples in sound(file) if samples is not None)
        return
    with Job("sound", file, slots=_SLOTS, slot_bytes=_SOUND_BYTES) as job:
        while reply := job.reply(SOUND, END):
            slot, count, channels, _ = reply
            samples = job.memory_of(slot, count * channels * 2).view(np.int16).copy()
            job.free(slot)
            yield samples.reshape(count, channels)


def _memory_file(data: bytes) -> BinaryIO:
    file = os.fdopen(os.memfd_create("upload"), "w+b", buffering=0)
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]
    file.seek(0)
    return file


@contextmanager
def _sentences() -> Iterator[None]:
    """Damaged files make the decoders raise whatever they like."""
    try:
        yield
    except MediaError:
        raise
    except Exception as error:
        raise MediaError(BROKE_OFF) from error


def _new_canvas(width: int, height: int) -> RgbImage:
    return np.empty((height, width, 3), np.uint8)
