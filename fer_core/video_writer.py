"""Writes H.264 clips that every browser plays; a clip appears only when it is complete."""

import os
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from fer_core.errors import MediaError
from fer_core.results import RgbImage

_TICKS = 90_000  # a second; the clock of MPEG
_ENCODER = {"preset": "veryfast", "crf": "21"}


class VideoWriter:
    """A context manager that writes an MP4 file: H.264, yuv420p, playable while it loads.

    The clip grows under a hidden name beside `path` and takes its name once it was closed,
    opened again and counted; when the block ends with an error, nothing is left behind.

    Args:
        path: the file to write; an existing one is replaced.
        size_wh: width and height in pixels; an odd side grows by one.
        fps: frames a second, above 0: how long the last frame stays.

    Raises:
        MediaError: the clip cannot be written there, or has no frame when the block ends.
    """

    def __init__(self, path: Path | str, *, size_wh: tuple[int, int], fps: float) -> None:
        width, height = size_wh
        if width < 1 or height < 1 or not 0 < fps < _TICKS:
            raise ValueError(f"Expected a size and fps above 0. Received {size_wh} and {fps}.")
        self._path = Path(path).resolve()
        self._part = self._path.with_name(f".{os.getpid()}.{self._path.name}.part")
        self._size_wh = width + width % 2, height + height % 2
        self._rate = Fraction(fps).limit_denominator(1001)
        self._last_tick = -1
        self._count = 0

    def __enter__(self) -> Self:
        import av
        from av.video.reformatter import Colorspace

        try:
            self._container = av.open(
                str(self._part), "w", format="mp4", options={"movflags": "+faststart"}
            )
            self._stream = self._container.add_stream("libx264", self._rate, options=_ENCODER)
            self._stream.width, self._stream.height = self._size_wh
            self._stream.pix_fmt = "yuv420p"
            self._stream.codec_context.time_base = Fraction(1, _TICKS)
            self._stream.codec_context.colorspace = Colorspace.ITU709  # or players guess it
        except Exception as error:
            self._part.unlink(missing_ok=True)
            raise self._failed(error) from error
        return self

    def write(self, image: RgbImage, timestamp_s: float) -> None:
        """Adds a frame.

        Args:
            image: (H, W, 3) uint8 RGB; another size than the clip's is scaled to it.
            timestamp_s: seconds since the start of the clip, larger than the last one.

        Raises:
            MediaError: the frame cannot be written, for instance because the disk is full.
        """
        from av.video.frame import VideoFrame

        tick = max(round(timestamp_s * _TICKS), self._last_tick + 1)
        try:
            frame = VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24").reformat(
                *self._size_wh, format="yuv420p", dst_colorspace="itu709"
            )
            frame.pts, frame.time_base = tick, Fraction(1, _TICKS)
            frame.duration = round(_TICKS / self._rate)
            self._container.mux(self._stream.encode(frame))
        except Exception as error:
            raise self._failed(error) from error
        self._last_tick = tick
        self._count += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._finish()
            else:
                self._container.close()
        except MediaError:
            raise
        except Exception as failure:
            if error is None:
                raise self._failed(failure) from failure
        finally:
            self._part.unlink(missing_ok=True)

    def _finish(self) -> None:
        if not self._count:
            self._container.close()
            raise MediaError(
                "Expected at least one picture for the video. Received none. Nothing was written."
            )
        self._container.mux(self._stream.encode(None))
        self._container.close()
        if _count_frames(self._part) != self._count:
            raise OSError("the written video is incomplete")
        os.replace(self._part, self._path)

    def _failed(self, error: Exception) -> MediaError:
        return MediaError(
            f"Expected to write the video {self._path}. Received an error ({error}). Check that "
            "the folder exists, may be written to and has free space."
        )


def _count_frames(path: Path) -> int:
    import av

    with av.open(str(path)) as container:
        return sum(packet.size > 0 for packet in container.demux(container.streams.video[0]))
