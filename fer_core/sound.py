"""Decodes the sound of clips from strangers. Runs in the limited process of `fer_core.decoder`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from numpy.typing import NDArray

from fer_core.clips import MAX_VIDEO_S, decoded, opened, packets, sound_stream

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

Samples = NDArray[np.int16]  # (N, 2): left and right, 48,000 a second

RATE = 48_000
_PIECE = RATE // 2  # at most this many samples at once
_SLACK = RATE // 20  # the ear does not notice pictures that are so much early or late


def sound(file: BinaryIO) -> Iterator[Samples | None]:
    """The sound of a clip from the moment of its first picture, without gaps.

    Where sound is missing or damaged there is silence; a clip without sound gives nothing.

    Yields:
        Pieces of at most half a second; None after a part of the file that gave none.

    Raises:
        MediaError: the clip is too long, too large, damaged or has no picture.
    """
    with opened(file) as (container, pictures):
        if sound_stream(container) is None:
            return
        batches = decoded(container, pictures)
        start_s = next((f.time for batch in batches for f in batch if f.time is not None), None)
    if start_s is None:
        return
    with opened(file) as (container, _):
        stream = sound_stream(container)
        if stream is not None:
            yield from _from_moment(container, stream, start_s)


def _from_moment(
    container: "InputContainer", stream: "AudioStream", start_s: float
) -> Iterator[Samples | None]:
    from av.audio.resampler import AudioResampler

    resampler = AudioResampler(format="s16", layout="stereo", rate=RATE)
    position = 0
    for frame in _decoded(container, stream):
        if frame is None or frame.time is None:
            yield None
            continue
        late = round((frame.time - start_s) * RATE) - position
        if position + late > MAX_VIDEO_S * RATE:
            return
        frame.pts = None  # the resampler would fill gaps by its own rules
        try:
            parts = [part.to_ndarray().reshape(-1, 2) for part in resampler.resample(frame)]
        except Exception:  # a damaged frame, or one unlike those before
            yield None
            continue
        samples = np.concatenate([_silence(late if late > _SLACK else 0), *parts])
        for piece in _pieces(samples[-late if late < -_SLACK else 0 :]):
            position += len(piece)
            yield piece


def _decoded(container: "InputContainer", stream: "AudioStream") -> Iterator["AudioFrame | None"]:
    for packet in packets(container, stream):
        try:
            frames = packet.decode() if packet is not None else stream.codec_context.decode(None)
        except Exception:  # a damaged packet; the next one may be whole
            frames = []
        for frame in frames:
            if packet is None and stream.time_base is not None:
                frame.time_base = stream.time_base  # the last frames come without a packet's
            yield frame
        if not frames:
            yield None


def _silence(count: int) -> Samples:
    return np.zeros((count, 2), np.int16)


def _pieces(samples: Samples) -> Iterator[Samples]:
    return (samples[at : at + _PIECE] for at in range(0, len(samples), _PIECE))
