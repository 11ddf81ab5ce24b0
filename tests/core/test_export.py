"""Results as rows and text."""

import csv
import io
import json

import pandas as pd
import pytest

from fer_core.export import (
    csv_text,
    error_entry,
    image_entry,
    in_brief,
    model_identity,
    overview,
    table,
    to_csv,
    to_json,
    to_json_line,
    video_entry,
)
from fer_core.pipeline import FramePipeline, PipelineOptions
from fer_core.results import FrameResult, VideoTimeline
from fer_core.testing import (
    FERPLUS_LABELS,
    FakeClassifier,
    FakeDetector,
    make_face,
    synthetic_frame,
)

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


def test_in_brief():
    """Where many files scroll by: the label, or why there is none."""
    unsure = frame(make_face(40, 100, 200), make_face(360, 100, 20))
    assert in_brief(image_entry("two.jpg", unsure)) == "happy 90%, not sure (small)"
    assert in_brief(image_entry("wall.png", EMPTY)).startswith("No face found")
    clip = VideoTimeline((frame(make_face()), frame(make_face(), timestamp_s=1.0)), 2.0)
    assert in_brief(video_entry("clip.mp4", clip)) == "mostly happy (100%)"
    small = frame(make_face(360, 100, 20))
    clip = VideoTimeline((small, small), 2.0)
    assert in_brief(video_entry("far.mp4", clip)) == "not sure"
    clip = VideoTimeline((frame(make_face()), frame(make_face()), frame(make_face()), small), 4.0)
    assert in_brief(video_entry("near.mp4", clip)) == "mostly happy (100%; not sure 25%)"
    assert in_brief(error_entry("bad.jpg", "Expected a photo.", None)) == "Expected a photo."


def test_a_clip_tells_its_frames():
    timeline = VideoTimeline((frame(make_face()), EMPTY), 1.0)
    entry = video_entry("clip.mp4", timeline)
    assert (entry["status"], entry["kind"]) == ("ok", "video")
    assert entry["message"] == "Faces found in 1 of 2 frames."
    assert [len(row["faces"]) for row in entry["timeline"]] == [1, 0]
    assert entry["summary"] == timeline.summary()
    assert video_entry("wall.mp4", VideoTimeline((EMPTY,), 1.0))["message"].startswith("No face")


def test_faces_that_were_not_read_are_counted():
    one = FramePipeline(
        FakeDetector([make_face(40, 100, 200), make_face(360, 100, 200)]),
        FakeClassifier(),
        PipelineOptions(max_faces=1),
    )
    entry = image_entry("two.jpg", one.process(synthetic_frame(), timestamp_s=0.0))
    assert entry["message"] == "2 faces found. 1 of them not read."


@pytest.mark.parametrize(
    ("times_s", "duration_s", "last_s"),
    [
        ((0.0, 0.5, 1.0), 1.5, None),
        ((0.0, 0.5, 1.0), 60.0, 1.0),
        ((0.0, 2.0, 4.0), 7.9, None),
        ((0.0,), 60.0, None),
    ],
)
def test_a_clip_that_ended_early_says_where(times_s, duration_s, last_s):
    frames = tuple(frame(make_face(), timestamp_s=time_s) for time_s in times_s)
    timeline = VideoTimeline(frames, duration_s)
    assert timeline.ended_early_s == last_s
    message = video_entry("clip.mp4", timeline)["message"]
    assert message.endswith("The last picture that was read is at 1.0 of 60.0 s.") == bool(last_s)


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
    for text in (to_csv(result), to_csv(VideoTimeline((EMPTY, result), 1.0))):
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [(row["track_id"], row["label"]) for row in rows] == [("1", "happy"), ("2", "sad")]
    for nothing in (EMPTY, VideoTimeline((), 0.0)):
        header, *rows = to_csv(nothing).splitlines()
        assert header.startswith("timestamp_s,track_id") and rows == []


def test_a_record_can_tell_its_model():
    model = model_identity(FakeClassifier())
    assert model == {"name": "fake", "recipe": "fake", "head": "fer2013", "sha256": None}
    assert image_entry("wall.png", EMPTY, model=model)["model"] == model
    assert video_entry("wall.mp4", VideoTimeline((EMPTY,), 1.0), model=model)["model"] == model


def test_the_identity_holds_the_weights_checksum():
    classifier = FakeClassifier()
    classifier.card.sha256["model.tflite"] = "ab" * 32
    assert model_identity(classifier)["sha256"] == "ab" * 32


def many():
    """A clip, a photo with two faces, one without a face, a failure, and one of other labels."""
    both = frame(make_face(40, 100, 200), make_face(360, 100, 200))
    clip = VideoTimeline((both, EMPTY, frame(make_face(), timestamp_s=0.5)), 1.0)
    other = FramePipeline(FakeDetector(), FakeClassifier(FERPLUS_LABELS, ("contempt",)))
    return [
        video_entry("clip.mp4", clip),
        image_entry("two.jpg", both),
        image_entry("wall.png", EMPTY),
        error_entry("x.jpg", "Expected …", None),
        image_entry("other.jpg", other.process(synthetic_frame(), timestamp_s=0)),
    ]


def test_the_table_of_many_files_has_a_row_a_face_a_frame():
    rows = table(many())
    assert list(rows.columns[:4]) == ["file", "timestamp_s", "track_id", "left"]
    assert rows["file"].tolist() == ["clip.mp4"] * 3 + ["two.jpg"] * 2 + ["other.jpg"]
    assert rows["timestamp_s"].tolist() == [0, 0, 0.5, 0, 0, 0]
    assert rows["raw_happy"].tolist()[:2] == pytest.approx([0.9, 0.1 / 6])
    assert rows["contempt"].isna().tolist() == [True] * 5 + [False]
    columns = list(rows.columns)
    assert columns.index("contempt") < columns.index("raw_angry") < columns.index("raw_contempt")


def test_tables_have_the_same_types_with_and_without_rows():
    fixed = list(table([]).columns)
    assert table([]).dtypes.to_dict() == table(many()).dtypes[fixed].to_dict()
    assert overview([]).dtypes.to_dict() == overview(many()).dtypes.to_dict()


def test_a_record_read_from_json_gives_the_same_tables():
    again = [json.loads(to_json_line(entry)) for entry in many()]
    pd.testing.assert_frame_equal(table(again), table(many()), check_exact=True)
    pd.testing.assert_frame_equal(overview(again), overview(many()), check_exact=True)


def test_the_overview_has_a_row_a_file():
    rows = overview(many())
    assert rows["file"].tolist() == ["clip.mp4", "two.jpg", "wall.png", "x.jpg", "other.jpg"]
    assert rows["status"].tolist() == ["ok", "ok", "ok", "error", "ok"]
    assert rows["faces"].tolist() == [3, 2, 0, 0, 1]
    assert rows["people"].tolist() == [2, 2, 0, 0, 1]
    assert rows["dominant"].fillna("").tolist() == ["happy", "happy", "", "", "contempt"]
    assert rows["share"].fillna(-1).tolist() == [pytest.approx(2 / 3), 0.5, -1, -1, 1]
    assert rows["confidence"].fillna(-1).tolist() == pytest.approx([0.9, 0.9, -1, -1, 0.9])


@pytest.mark.parametrize("name", ["=1+1.jpg", "+1.jpg", "-1.jpg", "@x.jpg", "\t=1.jpg", "＝1.jpg"])
def test_a_spreadsheet_runs_nothing(name):
    entry = error_entry(name, "=HYPERLINK()", None)
    (row,) = csv.DictReader(io.StringIO(csv_text(overview([entry]))))
    assert (row["file"], row["message"]) == ("'" + name, "'=HYPERLINK()")
    (row,) = csv.DictReader(io.StringIO(csv_text(table([image_entry(name, frame(make_face()))]))))
    assert row["file"] == "'" + name


def test_numbers_below_zero_and_odd_names_stay_what_they_are(tmp_path):
    entry = image_entry('a,"b"\n\udcff.jpg', frame(make_face(-5.5, 0, 300)))
    (row,) = csv.DictReader(io.StringIO(csv_text(table([entry]))))
    assert (row["file"], row["left"]) == ('a,"b"\n\\udcff.jpg', "-5.5")
    table([entry]).to_parquet(tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "t.parquet"), table([entry]))
