"""Results as rows and text."""

import csv
import io
import json

from fer_core.export import (
    error_entry,
    image_entry,
    to_csv,
    to_json,
    to_json_line,
    video_entry,
)
from fer_core.pipeline import FramePipeline
from fer_core.results import FrameResult, VideoTimeline
from fer_core.testing import FakeClassifier, FakeDetector, make_face, synthetic_frame

EMPTY = FrameResult(0.0, (640, 480))


def frame(*faces, timestamp_s=0.0):
    one = FramePipeline(FakeDetector(faces), FakeClassifier(script=("happy", "sad")))
    return one.process(synthetic_frame(faces), timestamp_s=timestamp_s)


def test_a_photo_without_a_face_is_ok_and_says_so():
    entry = image_entry("wall.png", EMPTY)
    assert entry["message"].startswith("No face found")
    del entry["message"]
    assert entry == {
        "file": "wall.png",
        "status": "ok",
        "kind": "image",
        "faces": [],
        "summary": {"faces": 0, "labels": [], "size_wh": [640, 480]},
    }


def test_a_photo_tells_its_faces():
    result = frame(make_face(40, 100, 200), make_face(360, 100, 200))
    entry = image_entry("two.jpg", result)
    assert entry["message"] == "2 faces found."
    assert entry["summary"]["labels"] == ["happy", "sad"]
    assert entry["faces"] == [face.to_dict() for face in result.faces]
    assert image_entry("one.jpg", frame(make_face()))["message"] == "1 face found."


def test_a_clip_tells_its_frames():
    timeline = VideoTimeline((frame(make_face()), EMPTY), 1.5)
    entry = video_entry("clip.mp4", timeline)
    assert (entry["status"], entry["kind"]) == ("ok", "video")
    assert entry["message"] == "Faces found in 1 of 2 frames."
    assert [len(row["faces"]) for row in entry["timeline"]] == [1, 0]
    assert entry["summary"] == timeline.summary()
    assert video_entry("wall.mp4", VideoTimeline((EMPTY,), 1.0))["message"].startswith("No face")


def test_a_failure_has_the_same_fields_and_the_kind_its_name_tells():
    assert error_entry("x.doc", "Expected …", None) == {
        "file": "x.doc",
        "status": "error",
        "message": "Expected …",
        "kind": "image",
        "faces": [],
        "summary": {},
    }
    assert error_entry("x.MP4", "Expected …", None)["kind"] == "video"
    assert error_entry("x.png", "Expected …", "video")["timeline"] == []


def test_json_gives_back_the_record():
    entry = image_entry("grün\udcff 😀.jpg", frame(make_face()))
    line = to_json_line(entry)
    assert json.loads(line) == entry
    assert line.isascii() and line.count("\n") == 1 and line.endswith("}\n")
    assert json.loads(to_json(entry)) == entry


def test_csv_has_a_row_a_face_a_frame():
    result = frame(make_face(40, 100, 200), make_face(360, 100, 200))
    for table in (to_csv(result), to_csv(VideoTimeline((EMPTY, result), 1.0))):
        rows = list(csv.DictReader(io.StringIO(table)))
        assert [(row["track_id"], row["label"]) for row in rows] == [("1", "happy"), ("2", "sad")]
    for nothing in (EMPTY, VideoTimeline((), 0.0)):
        header, *rows = to_csv(nothing).splitlines()
        assert header.startswith("timestamp_s,track_id") and rows == []
