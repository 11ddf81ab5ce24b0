"""Results for the frames between those that were read, so that a drawn clip moves smoothly."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from fer_core.geometry import Box
from fer_core.results import FaceResult, FrameResult


def result_at(frames: Sequence[FrameResult], timestamp_s: float) -> FrameResult:
    """What to draw into the frame of a moment: the reading before it, its boxes moved on.

    A face that the next reading has too moves there in a straight line; one that it has not
    stays for half of the way. Labels and scores are those of the reading before.

    Args:
        frames: what was read, by time.
        timestamp_s: the moment, in seconds since the start of the clip.

    Returns:
        A result of that moment; without a face when nothing was read before it.
    """
    position = bisect_right(frames, timestamp_s, key=lambda frame: frame.timestamp_s) - 1
    if position < 0:
        size_wh = frames[0].size_wh if frames else (1, 1)
        return FrameResult(timestamp_s, size_wh)
    before = frames[position]
    if position + 1 == len(frames) or before.timestamp_s == timestamp_s:
        return replace(before, timestamp_s=timestamp_s)
    after = frames[position + 1]
    part = (timestamp_s - before.timestamp_s) / (after.timestamp_s - before.timestamp_s)
    coming = {face.track_id: face.face.box for face in after.faces}
    faces = tuple(
        _moved(face, coming.get(face.track_id), part)
        for face in before.faces
        if part < 0.5 or face.track_id in coming
    )
    return replace(before, timestamp_s=timestamp_s, faces=faces)


def _moved(face: FaceResult, end: Box | None, part: float) -> FaceResult:
    """A face on its way to another box, without landmarks: they were not followed."""
    start = face.face.box
    if end is not None:
        left, top, right, bottom = (
            from_px + part * (to_px - from_px)
            for from_px, to_px in (
                (start.left, end.left),
                (start.top, end.top),
                (start.right, end.right),
                (start.bottom, end.bottom),
            )
        )
        start = Box(left, top, right, bottom)
    return replace(face, face=replace(face.face, box=start, landmarks=None))
