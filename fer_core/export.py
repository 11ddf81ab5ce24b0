"""Results as records, tables and text: the same for the command line and the pages."""

import json
import mimetypes
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fer_core.bundle import LITERT_FILE
from fer_core.classification import EmotionClassifier
from fer_core.results import (
    READING_COLUMNS,
    FrameResult,
    VideoTimeline,
    shares,
    table_row,
)

if TYPE_CHECKING:
    import pandas as pd

Entry = Mapping[str, Any]

NO_FACE_PHOTO = (
    "No face found. Try a photo in which the face is larger, well lit and turned to the camera."
)
NO_FACE_VIDEO = (
    "No face found. Try a video in which a face is larger, well lit and turned to the camera."
)


OVERVIEW_COLUMNS = {
    "file": "str",
    "kind": "str",
    "status": "str",
    "faces": "int64",
    "people": "int64",
    "dominant": "str",
    "share": "float64",
    "confidence": "float64",
    "message": "str",
}
# What makes a spreadsheet run a cell, by OWASP's list ("CSV Injection"), full-width forms included.
_FORMULA_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def model_identity(classifier: EmotionClassifier) -> dict[str, Any]:
    """Which model, with which set of labels, gave the numbers.

    Returns:
        name, recipe, head, and sha256 of its weights; None where the card lists none.
    """
    card = classifier.card
    return {
        "name": card.name,
        "recipe": card.recipe,
        "head": classifier.head,
        "sha256": card.sha256.get(LITERT_FILE),
    }


def image_entry(file: str, result: FrameResult, *, model: Entry | None = None) -> dict[str, Any]:
    """The record of a photo: its name, a message, its faces, their number and labels.

    Args:
        file: its name.
        result: what was read.
        model: see `model_identity`; None leaves it out.
    """
    labels = [face.label for face in result.faces]
    return {
        "file": file,
        "status": "ok",
        "message": _found(result) if labels else NO_FACE_PHOTO,
        "kind": "image",
        "faces": [face.to_dict() for face in result.faces],
        "summary": {"faces": len(labels), "labels": labels, "size_wh": list(result.size_wh)},
        **_model(model),
    }


def video_entry(
    file: str, timeline: VideoTimeline, *, model: Entry | None = None
) -> dict[str, Any]:
    """The record of a clip: its name, a message, every sampled frame, the table of the clip.

    Args:
        file: its name.
        timeline: what was read.
        model: see `model_identity`; None leaves it out.
    """
    summary = timeline.summary()
    message = NO_FACE_VIDEO
    if summary["faces"]:
        message = f"Faces found in {summary['frames_with_faces']} of {summary['frames']} frames."
    return {
        "file": file,
        "status": "ok",
        "message": " ".join(filter(None, (message, ended_early(timeline)))),
        "kind": "video",
        "timeline": [frame.to_dict() for frame in timeline.frames],
        "summary": summary,
        "people": timeline.people(),
        **_model(model),
    }


def _model(model: Entry | None) -> dict[str, Any]:
    return {} if model is None else {"model": dict(model)}


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


def in_brief(entry: Entry) -> str:
    """What was read in a file, on a line: "happy 87%, not sure (small)" for the faces of a photo,
    "mostly sad (61%; not sure 12%)" for the readings of a clip.
    """
    faces = [face for _, face in readings(entry)]
    if not faces:
        return str(entry["message"])
    if entry["kind"] == "video":
        unsure = sum(face["unsure"] is not None for face in faces)
        if unsure == len(faces):
            return "not sure"
        doubt = f"; not sure {unsure / len(faces):.0%}" if unsure else ""
        summary = entry["summary"]
        return f"mostly {summary['dominant']} ({summary['dominant_share']:.0%}{doubt})"
    return ", ".join(
        f"not sure ({face['unsure']})"
        if face["unsure"]
        else f"{face['label']} {face['confidence']:.0%}"
        for face in faces
    )


def readings(entry: Entry) -> list[tuple[float, Entry]]:
    """Every face of a record with its time in seconds: of a photo all at 0, of a failure none."""
    frames = entry.get("timeline", [{"timestamp_s": 0.0, "faces": entry.get("faces", [])}])
    return [(frame["timestamp_s"], face) for frame in frames for face in frame["faces"]]


def table(entries: Sequence[Entry], *, labels: Sequence[str] | None = None) -> "pd.DataFrame":
    """The readings of many files.

    Args:
        entries: records of files, perhaps read from JSON again.
        labels: whose scores are columns; None takes those that occur.

    Returns:
        A row a face a frame: file, `READING_COLUMNS`, and the scores, see `table_row`; empty
        cells where a file was read with other labels. A file without a face has no row.
    """
    import pandas as pd

    rows = [
        {"file": printable(entry["file"]), **table_row(timestamp_s, face)}
        for entry in entries
        for timestamp_s, face in readings(entry)
    ]
    fixed = {"file": "str", **READING_COLUMNS}
    if labels is None:  # smoothed scores first, as in a table of one file
        found = dict.fromkeys(name for row in rows for name in row if name not in fixed)
        scores = sorted(found, key=lambda name: name.startswith("raw_"))
    else:
        scores = [*labels, *(f"raw_{label}" for label in labels)]
    types = fixed | dict.fromkeys(scores, "float64")
    return pd.DataFrame(rows, columns=list(types)).astype(types)


def overview(entries: Sequence[Entry]) -> "pd.DataFrame":
    """What many files say, a row each.

    Args:
        entries: records of files, perhaps read from JSON again.

    Returns:
        file, kind, status, faces: readings over all frames; people: numbers given to them;
        dominant: commonest label; share: of the readings, 0..1; confidence: mean, 0..1;
        message. Without a face, dominant, share and confidence are empty.
    """
    import pandas as pd

    rows = []
    for entry in entries:
        faces = [face for _, face in readings(entry)]
        said = shares([(face["label"], face["confidence"]) for face in faces])
        rows.append(
            {
                **{name: printable(entry[name]) for name in ("file", "kind", "status", "message")},
                "faces": len(faces),
                "people": len({face["track_id"] for face in faces}),
                "dominant": said["dominant"],
                "share": said["dominant_share"] if faces else None,
                "confidence": said["average_confidence"] if faces else None,
            }
        )
    return pd.DataFrame(rows, columns=list(OVERVIEW_COLUMNS)).astype(OVERVIEW_COLUMNS)


def printable(text: str) -> str:
    """Text that can be written: bytes of a file name that are no letters become \\udc…"""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def csv_text(frame: "pd.DataFrame", *, header: bool = True) -> str:
    """A table as CSV, with which a spreadsheet runs nothing: text that it would take for a
    formula begins with an apostrophe. Numbers stay as they are.
    """
    safe = frame.rename(columns=_harmless).map(_harmless)
    return str(safe.to_csv(index=False, header=header, lineterminator="\n"))


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell


def to_csv(result: FrameResult | VideoTimeline) -> str:
    """A table with a row a face a frame; only its head when there is no face."""
    if isinstance(result, FrameResult):
        result = VideoTimeline((result,), 0.0)
    return csv_text(result.to_dataframe())


def to_json(entry: dict[str, Any]) -> str:
    """A record as indented JSON text."""
    return json.dumps(entry, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def to_json_line(entry: dict[str, Any]) -> str:
    """A record as one line of JSON, in ASCII so that any file name can be written."""
    return json.dumps(entry, allow_nan=False) + "\n"


def ended_early(timeline: VideoTimeline) -> str | None:
    """Says so where the last picture that was read lies clearly before the end of the clip."""
    at_s = timeline.ended_early_s
    if at_s is None:
        return None
    return f"The last picture that was read is at {at_s:.1f} of {timeline.duration_s:.1f} s."


def _found(result: FrameResult) -> str:
    read, others = len(result.faces), len(result.others)
    found = "1 face found." if read + others == 1 else f"{read + others} faces found."
    return f"{found} {others} of them not read." if others else found
