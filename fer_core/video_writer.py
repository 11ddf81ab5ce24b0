"""Writes H.264 clips that every browser plays; a clip appears only when it is complete."""

import os
from collections.abc import Generator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np

from fer_core.decoding import open_source, read_sound
from fer_core.errors import MediaError
from fer_core.results import RgbImage
from fer_core.sound import RATE, Samples

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer

_TICKS = 90_000  # a second; the clock of MPEG
_ENCODER = {"preset": "veryfast", "crf": "23"}
_MOST_THREADS = 4  # each holds frames of its own
_SOUND_BITS_A_SECOND = 128_000


class VideoWriter:
    """A context manager that writes an MP4 file: H.264, yuv420p, playable while it loads.

    The clip grows without a name, or under a hidden one where the system knows no other way,
    and takes its own once it was closed, opened again and counted; when the block ends with an
    error, nothing is left behind.

    Args:
        path: the file to write; an existing one is replaced.
        size_wh: width and height in pixels; an odd side grows by one.
        fps: frames a second, above 0 and below 90,000: how long the last frame stays.
        sound_from: a clip, as a path or as its content, whose sound is added (AAC, stereo) as
            far as it can be read and the frames reach. Its first picture is at time 0.

    Raises:
        MediaError: the clip cannot be written there, or has no frame when the block ends.
        ValueError: a side is below 1, or `fps` out of its range.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        size_wh: tuple[int, int],
        fps: float,
        sound_from: Path | str | bytes | None = None,
    ) -> None:
        width, height = size_wh
        if width < 1 or height < 1 or not 0 < fps < _TICKS:
            raise ValueError(f"Expected a size and fps above 0. Received {size_wh} and {fps}.")
        self._path = Path(path).resolve()
        self._size_wh = width + width % 2, height + height % 2
        self._rate = Fraction(fps).limit_denominator(1001)
        self._sound_from = sound_from
        self._last_tick = -1
        self._count = 0

    def __enter__(self) -> Self:
        import av
        from av.video.reformatter import Colorspace, VideoReformatter

        self._reformatter = VideoReformatter()
        try:
            self._part = _Part(self._path)
        except OSError as error:
            raise self._failed(error) from error
        try:
            self._container = av.open(
                self._part.name, "w", format="mp4", options={"movflags": "+faststart"}
            )
            self._stream = self._container.add_stream("libx264", self._rate, options=_ENCODER)
            self._stream.width, self._stream.height = self._size_wh
            self._stream.pix_fmt = "yuv420p"
            self._stream.codec_context.time_base = Fraction(1, _TICKS)
            self._stream.codec_context.colorspace = Colorspace.ITU709  # or players guess it
            # Frames in order, or the length of a clip whose rate varies would be told wrong.
            self._stream.codec_context.max_b_frames = 0
            # Whole frames at a time: encoding goes on while the caller works on the next one.
            self._stream.thread_type = "FRAME"
            self._stream.thread_count = min(os.cpu_count() or 1, _MOST_THREADS)
            self._sound = _SoundTrack(self._container, self._sound_from)
        except Exception as error:
            self._part.discard()
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
        from av.video.reformatter import Colorspace

        tick = max(round(timestamp_s * _TICKS), self._last_tick + 1)
        try:
            self._sound.write_until(tick / _TICKS)
            picture = VideoFrame.from_numpy_buffer(np.ascontiguousarray(image), format="rgb24")
            frame = self._reformatter.reformat(
                picture, *self._size_wh, format="yuv420p", dst_colorspace=Colorspace.ITU709
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
            self._sound.close()
            self._part.discard()

    def _finish(self) -> None:
        if not self._count:
            self._container.close()
            raise MediaError(
                "Expected at least one picture for the video. Received none. Nothing was written."
            )
        self._sound.finish(self._last_tick / _TICKS + float(1 / self._rate))
        self._container.mux(self._stream.encode(None))
        self._container.close()
        if _count_frames(self._part.name) != self._count:
            raise OSError("the written video is incomplete")
        self._part.keep()

    def _failed(self, error: Exception) -> MediaError:
        return MediaError(
            f"Expected to write the video {self._path}. Received an error ({error}). Check that "
            "the folder exists, may be written to and has free space."
        )


class _SoundTrack:
    """The sound of another clip, added beside the pictures as they come."""

    def __init__(self, container: "OutputContainer", source: Path | str | bytes | None) -> None:
        self._container = container
        self._pieces = _sound_of(source)
        self._piece = next(self._pieces, None)
        self._position = 0
        self._stream: AudioStream | None = None
        if self._piece is not None:
            self._stream = container.add_stream("aac", RATE, layout="stereo")
            self._stream.bit_rate = _SOUND_BITS_A_SECOND

    def write_until(self, time_s: float) -> None:
        """Adds all that is heard before a moment."""
        while self._piece is not None and (left := round(time_s * RATE) - self._position) > 0:
            self._encode(self._piece[:left])
            self._piece = (
                self._piece[left:] if left < len(self._piece) else next(self._pieces, None)
            )

    def finish(self, time_s: float) -> None:
        """Adds the rest up to the end of the pictures."""
        self.write_until(time_s)
        if self._stream is not None:
            self._container.mux(self._stream.encode(None))

    def close(self) -> None:
        """Stops reading."""
        self._pieces.close()

    def _encode(self, samples: Samples) -> None:
        from av.audio.frame import AudioFrame

        assert self._stream is not None
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate, frame.pts = RATE, self._position
        frame.time_base = Fraction(1, RATE)
        self._container.mux(self._stream.encode(frame))
        self._position += len(samples)


def _sound_of(source: Path | str | bytes | None) -> Generator[Samples, None, None]:
    """The sound of a clip as far as it can be read: pictures matter more than sound."""
    if source is None:
        return
    with suppress(MediaError), open_source(source) as file:
        yield from read_sound(file)


class _Part:
    """The file that a clip grows in, of which nothing is left unless it is kept.

    Where the system can, it has no name, so nothing is left after a kill or a power cut either.

    Raises:
        OSError: nothing can be written there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._named = path.with_name(f".{os.getpid()}.{path.name}.part")
        self._file: int | None = None
        if hasattr(os, "O_TMPFILE"):
            with suppress(OSError):  # not every file system can
                self._file = os.open(path.parent, os.O_TMPFILE | os.O_RDWR, 0o666)
        if self._file is None:
            self._named.touch()

    @property
    def name(self) -> str:
        """To open it by."""
        return str(self._named) if self._file is None else f"/proc/self/fd/{self._file}"

    def keep(self) -> None:
        """Gives it the name of the clip, in place of what has that name."""
        if self._file is not None:
            # Naming a directory for the source is what makes Python follow the link in /proc.
            os.link(self.name, self._named, src_dir_fd=0)
        os.replace(self._named, self._path)

    def discard(self) -> None:
        """Lets go of it; what was not kept is gone."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        self._named.unlink(missing_ok=True)


def _count_frames(path: str) -> int:
    import av

    with av.open(path) as container:
        return sum(packet.size > 0 for packet in container.demux(container.streams.video[0]))
