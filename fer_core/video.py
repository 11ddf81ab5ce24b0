"""Decodes clips from strangers to pictures, by their own clock, upright.

Runs in the limited process of `fer_core.decoder`; only `VideoInfo` is for everybody.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from fer_core.clips import (
    MAX_VIDEO_S,
    NO_FRAMES,
    check_time,
    decoded,
    opened,
    packets,
    sound_stream,
    stated_duration_s,
)
from fer_core.errors import MediaError
from fer_core.results import RgbImage

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

Before = Callable[["Packet[VideoStream]"], None]  # called with each packet before it is decoded
Canvas = Callable[[int, int], RgbImage]  # width, height → (height, width, 3) uint8 to fill

MAX_SIDE_PX = 1_280  # frames are scaled down to this before they are analysed
_UNSPECIFIED = 2  # ITU-T H.273, MatrixCoefficients
_ROUNDING_S = 1e-3  # times of Matroska are rounded to milliseconds


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a clip says about itself.

    Attributes:
        duration_s: length in seconds.
        fps: average frames a second; phones vary it.
        size_wh: width and height in pixels as shown, upright, before any scaling.
        rotation: degrees clockwise that the stored pixels were turned to stand upright:
            0, 90, 180 or 270. `iter_frames` has turned them already.
        has_sound: there is sound in a common codec.
        hdr: its brightness goes beyond what ordinary screens show (PQ or HLG), so pictures
            look paler here than on the phone.
    """

    duration_s: float
    fps: float
    size_wh: tuple[int, int]
    rotation: int
    has_sound: bool = False
    hdr: bool = False


def probe(file: BinaryIO) -> VideoInfo:
    """Decodes the first frame of a clip and says what it is.

    Raises:
        MediaError: the clip is too long, too large, damaged or has no picture.
    """
    from av.video.reformatter import ColorTrc

    with opened(file) as (container, stream):
        frame = next((f for frames in decoded(container, stream) for f in frames), None)
        if frame is None:
            raise MediaError(NO_FRAMES)
        turns = _quarter_turns(frame)
        width, height = _shown_size(frame, stream)
        duration_s = stated_duration_s(container, stream)
        rate = stream.average_rate or stream.guessed_rate
        has_sound = sound_stream(container) is not None
        hdr = frame.color_trc in (ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67)
    if duration_s is None:
        # Browsers record WebM without a length: it is where the last packet ends.
        with opened(file) as (container, stream):
            duration_s = _measured_duration_s(container, stream)
        check_time(duration_s)
    return VideoInfo(
        duration_s=duration_s,
        fps=float(rate) if rate else 0.0,
        size_wh=(height, width) if turns % 2 else (width, height),
        rotation=-90 * turns % 360,
        has_sound=has_sound,
        hdr=hdr,
    )


def frames(
    file: BinaryIO, canvas: Canvas, *, sample_fps: float | None
) -> Iterator[tuple[float, RgbImage] | None]:
    """The frames of a clip, see `fer_core.media.iter_frames`.

    Args:
        file: open for reading; read from its start.
        canvas: gives the array for each picture.
        sample_fps: frames wanted a second, above 0; None gives every frame.

    Yields:
        (timestamp_s, image); None after a part of the file in which no wanted frame was.

    Raises:
        MediaError: the clip is too long, too large, damaged or has no picture.
    """
    found = False
    with opened(file) as (container, stream):
        sampler = _Sampler(stream, sample_fps)
        convert = _Converter(stream, canvas)
        for batch in decoded(container, stream, sampler.prepare):
            image = None
            for frame in batch:
                timestamp_s = sampler.time_of(frame)
                if timestamp_s is None or (image := convert(frame)) is None:
                    continue
                sampler.took(timestamp_s)
                found = True
                yield timestamp_s, image
            if image is None:
                yield None
    if not found:
        raise MediaError(NO_FRAMES)


def frame_at(
    file: BinaryIO, canvas: Canvas, *, timestamp_s: float, before: Before | None = None
) -> RgbImage:
    """The frame that is shown at a moment, see `fer_core.media.read_frame`.

    Args:
        file: see `frames`.
        canvas: see `frames`.
        timestamp_s: seconds since the first frame.
        before: called with each packet before it is decoded; where key frames are rare, that
            may go on for long.

    Raises:
        MediaError: the clip is too long, too large, damaged or has no picture.
    """
    with opened(file) as (container, stream):
        convert = _Converter(stream, canvas)
        first = next((f for batch in decoded(container, stream, before) for f in batch), None)
        if first is None or first.time is None:
            raise MediaError(NO_FRAMES)
        convert.fit(first)
        until_s = first.time + min(timestamp_s, MAX_VIDEO_S) + _ROUNDING_S
        shown = None
        if stream.time_base is not None and _seek(container, stream, until_s):
            shown = _last_until(container, stream, until_s, before)
    if shown is None:  # no index to seek by, or nothing before that moment after the leap
        with opened(file) as (container, stream):
            shown = _last_until(container, stream, until_s, before) or first
    image = convert(shown)
    if image is None:
        raise MediaError(NO_FRAMES)
    return image


class _Sampler:
    """Chooses the first frame of each 1 / sample_fps seconds, or every frame."""

    def __init__(self, stream: "VideoStream", sample_fps: float | None) -> None:
        self._context = stream.codec_context
        self._sample_fps = sample_fps
        self._start_s: float | None = None
        self._last_s = -math.inf
        self._earliest_s: dict[int, float] = {}  # step → time of its first packet so far
        # That no other frame needs a skipped one is certain for this codec alone.
        self._may_skip = sample_fps is not None and self._context.name == "h264"

    def prepare(self, packet: "Packet[VideoStream]") -> None:
        """Lets the decoder leave out a frame that is not wanted and that no other one needs."""
        if not self._may_skip or self._start_s is None:
            return
        wanted = True
        if packet.pts is not None and packet.time_base is not None:
            time_s = float(packet.pts * packet.time_base) - self._start_s
            earliest_s = self._earliest_s.setdefault(self._step(time_s), time_s)
            wanted = time_s <= earliest_s and self._is_due(time_s)
            self._earliest_s[self._step(time_s)] = min(time_s, earliest_s)
        self._context.skip_frame = "DEFAULT" if wanted else "NONREF"

    def time_of(self, frame: "VideoFrame") -> float | None:
        """Seconds since the first frame; None for a frame that is not wanted.

        Raises:
            MediaError: the clip is too long.
        """
        if frame.time is None:
            return None
        if self._start_s is None:
            self._start_s = frame.time
        timestamp_s = frame.time - self._start_s
        check_time(timestamp_s)
        return timestamp_s if self._is_due(timestamp_s) else None

    def took(self, timestamp_s: float) -> None:
        """Remembers a frame that was given out."""
        self._last_s = timestamp_s

    def _is_due(self, timestamp_s: float) -> bool:
        if self._sample_fps is None or self._last_s < 0:
            return timestamp_s > self._last_s
        return timestamp_s > self._last_s and self._step(timestamp_s) > self._step(self._last_s)

    def _step(self, timestamp_s: float) -> int:
        assert self._sample_fps is not None
        return math.floor((timestamp_s + _ROUNDING_S) * self._sample_fps)


class _Converter:
    """Turns decoded frames into upright RGB, all of the size of the first."""

    def __init__(self, stream: "VideoStream", canvas: Canvas) -> None:
        from av.video.reformatter import VideoReformatter

        self._reformatter = VideoReformatter()
        self._stream, self._canvas = stream, canvas
        self._size_wh = (0, 0)
        self._turns = 0

    def fit(self, frame: "VideoFrame") -> None:
        """Takes size and turn of all pictures from the first frame."""
        width, height = _shown_size(frame, self._stream)
        scale = min(MAX_SIDE_PX / max(width, height), 1.0)
        self._size_wh = max(round(width * scale), 1), max(round(height * scale), 1)
        self._turns = _quarter_turns(frame)

    def __call__(self, frame: "VideoFrame") -> RgbImage | None:
        """The picture of a frame; None when it cannot be converted."""
        from av.video.reformatter import Interpolation

        if self._size_wh == (0, 0):
            self.fit(frame)
        try:
            rgb = self._reformatter.reformat(
                frame,
                *self._size_wh,
                format="rgb24",
                src_colorspace=_unsaid_matrix(frame),
                interpolation=Interpolation.AREA,
                threads=1,
            ).to_ndarray()
        except Exception:  # a damaged frame; the next one may be whole
            return None
        upright = np.rot90(rgb, self._turns)
        image = self._canvas(upright.shape[1], upright.shape[0])
        np.copyto(image, upright)
        return image


def _seek(container: "InputContainer", stream: "VideoStream", time_s: float) -> bool:
    """Goes to the last key frame before a moment; whether that could be done."""
    assert stream.time_base is not None
    try:
        container.seek(math.floor(time_s / stream.time_base), stream=stream)
    except Exception:  # without an index some formats cannot seek
        return False
    return True


def _last_until(
    container: "InputContainer", stream: "VideoStream", time_s: float, before: Before | None
) -> "VideoFrame | None":
    """The last frame up to a moment, from where the container stands."""
    shown = None
    for batch in decoded(container, stream, before):
        for frame in batch:
            if frame.time is None:
                continue
            if frame.time > time_s:
                return shown
            shown = frame
    return shown


def _quarter_turns(frame: "VideoFrame") -> int:
    """Quarter turns counter-clockwise that set the stored pixels upright, 0..3."""
    return round(frame.rotation / 90) % 4


def _shown_size(frame: "VideoFrame", stream: "VideoStream") -> tuple[int, int]:
    """Width and height of a frame before it is turned, its pixels made square."""
    aspect = float(stream.sample_aspect_ratio or 1)
    stretch = aspect if 0.25 <= aspect <= 4 else 1.0
    return max(round(frame.width * stretch), 1), frame.height


def _unsaid_matrix(frame: "VideoFrame") -> int | None:
    """What players take for the colours of a clip that does not say: BT.709 from HD up."""
    from av.video.reformatter import Colorspace

    is_hd = frame.width >= 1280 or frame.height > 576
    return Colorspace.ITU709 if is_hd and frame.colorspace == _UNSPECIFIED else None


def _measured_duration_s(container: "InputContainer", stream: "VideoStream") -> float:
    start_s, end_s = math.inf, 0.0
    for packet in packets(container, stream):
        if packet is not None and packet.pts is not None and packet.time_base:
            start_s = min(start_s, float(packet.pts * packet.time_base))
            end = packet.pts + (packet.duration or 0)
            end_s = max(end_s, float(end * packet.time_base))
    return max(end_s - start_s, 0.0)
