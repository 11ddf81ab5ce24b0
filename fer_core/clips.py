"""Opens clips from strangers: by content, within limits. Runs in the limited decoder process.

Only containers and codecs of a short list are opened: a text file named .mp4 can be a script
that makes FFmpeg open other files. Decoding uses one thread a clip, so a damaged clip gives
the same frames each time.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from fer_core.errors import MediaError

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    Kind = TypeVar("Kind", VideoStream, AudioStream)

MAX_VIDEO_BYTES = 200_000_000
MAX_VIDEO_S = 600.0
MAX_FRAME_PIXELS = 25_000_000
MAX_DECODED_FRAMES = 240 * 600  # ten minutes of slow motion

_OPEN_OPTIONS = {
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi",
    "protocol_whitelist": "none",  # bytes come from us; nothing else may be opened
}
_CODECS = frozenset(
    ("h264", "hevc", "vp8", "vp9", "av1", "libdav1d", "mpeg4", "mpeg2video", "h263", "mjpeg")
)
_SOUND_CODECS = frozenset(
    ("aac", "mp3", "mp3float", "opus", "libopus", "vorbis", "libvorbis", "flac", "alac")
    + ("ac3", "eac3", "amrnb", "amrwb", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_u8")
    + ("pcm_f32le", "pcm_mulaw", "pcm_alaw")
)
NO_FRAMES = (
    "Expected a video with pictures in it. Received one of which no picture can be read: it is "
    "empty, damaged or unfinished. Save or download it again, or choose another video."
)


def load_decoders() -> None:
    """Imports all of PyAV that decoding needs, for a process that may open no file later on."""
    import av.audio.resampler
    import av.audio.stream
    import av.subtitles.stream
    import av.video.reformatter
    import av.video.stream

    assert av.subtitles.stream and av.audio.stream and av.video.stream
    assert av.audio.resampler and av.video.reformatter


@contextmanager
def opened(file: BinaryIO) -> Iterator[tuple["InputContainer", "VideoStream"]]:
    """An open clip and its picture stream, checked against every limit.

    Raises:
        MediaError: the clip is too long, too large, damaged or has no picture.
    """
    file.seek(0)
    container = _container_of(file)
    try:
        stream = _picture_stream(container)
        stream.codec_context.thread_count = 1
        check_frame_size(stream.codec_context.width, stream.codec_context.height)
        duration_s = stated_duration_s(container, stream)
        check_time(duration_s or 0.0)
        yield container, stream
    finally:
        container.close()


def check_bytes(size: int) -> None:
    """Refuses files that are too large.

    Raises:
        MediaError: there are more than 200 MB.
    """
    if size > MAX_VIDEO_BYTES:
        raise MediaError(
            f"Expected a video of at most {MAX_VIDEO_BYTES // 1_000_000} MB. Received "
            f"{size / 1_000_000:,.0f} MB. Cut it shorter or save it at a lower resolution."
        )


def sound_stream(container: "InputContainer") -> "AudioStream | None":
    """The sound of a clip; None when there is none in a common codec."""
    for stream in container.streams.audio:
        context = stream.codec_context
        if context is not None and context.name in _SOUND_CODECS:
            context.thread_count = 1
            return stream
    return None


def decoded(
    container: "InputContainer",
    stream: "VideoStream",
    before: "Callable[[Packet[VideoStream]], None] | None" = None,
) -> Iterator["list[VideoFrame]"]:
    """The frames of each packet that can be decoded; damaged packets give none.

    Args:
        before: called with each packet before it is decoded.

    Raises:
        MediaError: a frame is too large, or there are too many.
    """
    count = 0
    for packet in packets(container, stream):
        if packet is not None and before is not None:
            before(packet)
        try:
            frames = packet.decode() if packet is not None else stream.codec_context.decode(None)
        except Exception:
            frames = []
        for frame in frames:
            check_frame_size(frame.width, frame.height)
            if packet is None and stream.time_base is not None:
                frame.time_base = stream.time_base  # the last frames come without a packet's
        yield frames
        count += len(frames)
        if count > MAX_DECODED_FRAMES:
            raise MediaError(
                f"Expected a video of at most {MAX_DECODED_FRAMES:,} pictures. Received more. "
                "Cut it shorter and try again."
            )


def packets(container: "InputContainer", stream: "Kind") -> Iterator["Packet[Kind] | None"]:
    """The packets of a stream up to its end or to where the file is damaged, then None."""
    demuxed = container.demux(stream)
    while True:
        try:
            packet = next(demuxed, None)
        except Exception:  # the rest of the file is missing or damaged
            packet = None
        if packet is None:
            yield None
            return
        if packet.size:  # an empty one stands for a dropped frame and would end the decoding
            yield packet


def stated_duration_s(container: "InputContainer", stream: "VideoStream") -> float | None:
    """What the file says about its length; None when it says nothing."""
    if stream.duration and stream.duration > 0 and stream.time_base:
        return float(stream.duration * stream.time_base)
    if container.duration and container.duration > 0:
        return container.duration / 1e6
    return None


def check_frame_size(width: int, height: int) -> None:
    """Refuses pictures of too many pixels.

    Raises:
        MediaError: there are more than 25 million.
    """
    if width * height > MAX_FRAME_PIXELS:
        raise MediaError(
            f"Expected a video of at most {MAX_FRAME_PIXELS // 1_000_000} million pixels a "
            f"picture. Received {width:,} × {height:,}. Save it at a lower resolution, such as "
            "1,920 × 1,080."
        )


def check_time(time_s: float) -> None:
    """Refuses what lies too late in a clip, and clips that are too long.

    Raises:
        MediaError: it is later than ten minutes.
    """
    if time_s > MAX_VIDEO_S:
        raise MediaError(
            f"Expected a video of at most {MAX_VIDEO_S / 60:.0f} minutes. Received one of "
            f"{math.ceil(time_s / 60):,} minutes. Cut it shorter and try again."
        )


def _container_of(file: BinaryIO) -> "InputContainer":
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
