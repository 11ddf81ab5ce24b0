"""Results as rows and text: the same for the command line and the pages."""

import json
import mimetypes
from typing import Any

from fer_core.results import FrameResult, VideoTimeline

NO_FACE_PHOTO = (
    "No face found. Try a photo in which the face is larger, well lit and turned to the camera."
)
NO_FACE_VIDEO = (
    "No face found. Try a video in which a face is larger, well lit and turned to the camera."
)


def image_entry(file: str, result: FrameResult) -> dict[str, Any]:
    """The record of a photo: its name, a message, its faces, their number and labels."""
    labels = [face.label for face in result.faces]
    return {
        "file": file,
        "status": "ok",
        "message": _found(len(labels)) if labels else NO_FACE_PHOTO,
        "kind": "image",
        "faces": [face.to_dict() for face in result.faces],
        "summary": {"faces": len(labels), "labels": labels, "size_wh": list(result.size_wh)},
    }


def video_entry(file: str, timeline: VideoTimeline) -> dict[str, Any]:
    """The record of a clip: its name, a message, every sampled frame, the table of the clip."""
    summary = timeline.summary()
    return {
        "file": file,
        "status": "ok",
        "message": (
            f"Faces found in {summary['frames_with_faces']} of {summary['frames']} frames."
            if summary["faces"]
            else NO_FACE_VIDEO
        ),
        "kind": "video",
        "timeline": [frame.to_dict() for frame in timeline.frames],
        "summary": summary,
    }


def error_entry(file: str, message: str, kind: str | None) -> dict[str, Any]:
    """The record of a file that could not be analysed.

    Where its content does not tell the kind (None), its name does: a photo unless it ends
    like a video.
    """
    if kind is None:
        named_video = (mimetypes.guess_type(file)[0] or "").startswith("video/")
        kind = "video" if named_video else "image"
    entry = {"file": file, "status": "error", "message": message, "kind": kind}
    return entry | {"timeline" if kind == "video" else "faces": [], "summary": {}}


def to_csv(result: FrameResult | VideoTimeline) -> str:
    """A table with a row a face a frame; only its head when there is no face."""
    if isinstance(result, FrameResult):
        result = VideoTimeline((result,), 0.0)
    return str(result.to_dataframe().to_csv(index=False, lineterminator="\n"))


def to_json(entry: dict[str, Any]) -> str:
    """A record as indented JSON text."""
    return json.dumps(entry, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def to_json_line(entry: dict[str, Any]) -> str:
    """A record as one line of JSON, in ASCII so that any file name can be written."""
    return json.dumps(entry, allow_nan=False) + "\n"


def _found(faces: int) -> str:
    return "1 face found." if faces == 1 else f"{faces} faces found."
