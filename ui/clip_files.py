"""Annotated clips: written in a temporary folder that is gone as soon as they are in memory."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fer_core.annotation import draw_faces
from fer_core.media import VideoWriter
from fer_core.results import FrameResult, RgbImage

_PREFIX = "fer-clip-"


@contextmanager
def work_folder() -> Iterator[Path]:
    """A temporary folder for the time of the block; those that killed programs left go as well."""
    _sweep(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-") as folder:
        yield Path(folder)


def annotated_clip(
    pairs: Iterable[tuple[RgbImage, FrameResult]], *, fps: float, sound_from: bytes
) -> bytes | None:
    """The pictures with their faces drawn in, as an MP4 with the sound of another clip.

    Args:
        pairs: pictures of one size with what was read in them, by time.
        fps: pictures a second.
        sound_from: the clip whose sound goes with them.

    Returns:
        The file; None without a picture.

    Raises:
        MediaError: the clip cannot be written.
    """
    pairs = iter(pairs)
    first = next(pairs, None)
    if first is None:
        return None
    height, width = first[0].shape[:2]
    with work_folder() as folder:
        path = folder / "annotated.mp4"
        with VideoWriter(path, size_wh=(width, height), fps=fps, sound_from=sound_from) as writer:
            image, result = first
            writer.write(draw_faces(image, result), result.timestamp_s)
            for image, result in pairs:
                writer.write(draw_faces(image, result), result.timestamp_s)
        return path.read_bytes()


def _sweep(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*"):
        owner = re.match(rf"{_PREFIX}(\d+)-", folder.name)
        if owner and not _runs(int(owner[1])):
            shutil.rmtree(folder, ignore_errors=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it runs, but belongs to somebody else
        return True
    return True
