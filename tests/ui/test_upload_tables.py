"""What was read in photos and clips as words and data frames, the empty case first."""

import math
from dataclasses import replace

import pytest

from fer_core.results import FaceResult, VideoTimeline
from tests.ui.conftest import MakeFrame, scores
from tests.ui.upload_fakes import given_one, photo_file, plan
from ui import upload_tables
from ui.readings import Reading
from ui.tables import LANE_COLUMNS, LANE_HEIGHT

SPACE = "\N{NO-BREAK SPACE}"


def test_a_doubt_in_words(frame: MakeFrame) -> None:
    assert upload_tables.doubt_words(frame(0, {1: 0.9}).faces[0]) == ""
    (face,) = frame(0, {1: 0.9}, "dark").faces
    assert upload_tables.doubt_words(face) == (
        f"Not sure, because the face is too dark. The best guess would be happy, 90{SPACE}%."
    )


def test_a_face_in_short(frame: MakeFrame) -> None:
    assert upload_tables.short_words(frame(0, {3: 0.9}).faces[0]) == f"#3 happy 90{SPACE}%"
    assert upload_tables.short_words(frame(0, {3: 0.9}, "dark").faces[0]) == "#3 not sure"


@pytest.mark.parametrize(
    ("seconds", "clock", "length"),
    [(0, "0:00.0", f"0.0{SPACE}s"), (9.94, "0:09.9", f"9.9{SPACE}s"), (62.46, "1:02.5", "1:02")],
)
def test_times(seconds: float, clock: str, length: str) -> None:
    assert (upload_tables.clock(seconds), upload_tables.length(seconds)) == (clock, length)


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, f"under 0.1{SPACE}MB"),
        (1_260_000, f"1.3{SPACE}MB"),
        (2_000_000_000, f"2,000.0{SPACE}MB"),
    ],
)
def test_sizes(size: int, words: str) -> None:
    assert upload_tables.megabytes(size) == words


def test_labels_are_those_that_were_read_with(frame: MakeFrame) -> None:
    assert upload_tables.labels_of([]) == ()
    assert upload_tables.labels_of([frame(0, {}), frame(1, {1: 0.5})]) == (
        "happy",
        "angry",
        "neutral",
    )


def test_how_many_are_not_sure(frame: MakeFrame) -> None:
    sure, unsure = frame(0, {1: 0.9}).faces, frame(1, {1: 0.9}, "small").faces
    assert upload_tables.unsure_words(sure).startswith("Every reading is sure")
    words = upload_tables.unsure_words([*sure, *sure, *sure, *unsure])
    assert words.startswith(f"1 of 4 readings (25{SPACE}%) are “not sure”.")


def test_a_time_line_of_nobody() -> None:
    frame = upload_tables.timeline_frame({}, step_s=1.0)
    assert list(frame) == LANE_COLUMNS
    assert frame.empty


def test_a_lane_a_person_the_first_on_top() -> None:
    people = {7: [(0.0, scores(0.8), True)], 2: [(0.5, scores(0.4), False)]}
    frame = upload_tables.timeline_frame(people, step_s=0.5)
    lanes = frame.groupby("person")[["low", "high"]].agg({"low": "min", "high": "max"})
    assert lanes.loc[7].tolist() == pytest.approx([1.0, 1.0 + LANE_HEIGHT])
    assert lanes.loc[2].tolist() == pytest.approx([0.0, LANE_HEIGHT])
    assert frame.groupby("person")["sure"].first().to_dict() == {2: False, 7: True}


def test_few_readings_stay_as_they_are() -> None:
    sights = [(0.0, scores(0.8), True), (1.0, scores(0.4), False)]
    assert upload_tables.thinned(sights, step_s=1.0, most=2) == (sights, 1.0)


def test_many_readings_become_means() -> None:
    sights = [(index / 10, scores(index % 2), index < 60) for index in range(100)]
    means, width_s = upload_tables.thinned(sights, step_s=0.1, most=10)
    assert width_s == pytest.approx(1.0)
    assert len(means) == pytest.approx(10, abs=1)
    assert all(mean.as_dict()["happy"] == pytest.approx(0.5, abs=0.1) for _, mean, _ in means)
    assert means[0][2]
    assert not means[-1][2]


def timeline(frame: MakeFrame) -> VideoTimeline:
    """Person 1 four times, once not sure; person 2 twice, angry."""
    frames = [frame(0, {1: 0.9}), frame(1, {1: 0.9}, "dark"), frame(2, {1: 0.9, 2: 0.2})]
    return VideoTimeline((*frames, frame(3, {1: 0.9, 2: 0.2})), 5.0)


def test_the_table_of_a_clip(frame: MakeFrame) -> None:
    table = upload_tables.clip_table(timeline(frame)).set_index("who")
    assert list(table.index) == ["Everybody", "Person 1", "Person 2"]
    assert list(table)[-2:] == ["happy", "angry"]
    assert table.loc["Everybody", ["seen", "frames", "expression"]].tolist() == [
        "0:00.0 – 0:03.0",
        4,
        "happy",
    ]
    assert table["share"].tolist() == pytest.approx([4 / 6, 1, 1])
    assert table["not sure"].tolist() == pytest.approx([1 / 6, 1 / 4, 0])
    assert table["angry"].tolist() == pytest.approx([2 / 6, 0, 1])
    assert table.loc["Person 2", "seen"] == "0:02.0 – 0:03.0"


def test_the_table_of_a_clip_without_a_face(frame: MakeFrame) -> None:
    table = upload_tables.clip_table(VideoTimeline((frame(0, {}),), 1.0))
    assert table["expression"].tolist() == ["none"]
    assert list(table)[-1] == "not sure"


def test_nobody_of_whom_every_reading_is_unsure_gets_an_expression(frame: MakeFrame) -> None:
    frames = frame(0, {1: 0.9, 2: 0.9}, "dark"), frame(1, {1: 0.9})
    table = upload_tables.clip_table(VideoTimeline(frames, 2.0)).set_index("who")
    assert table["expression"].to_dict() == {
        "Everybody": "happy",
        "Person 1": "happy",
        "Person 2": "not sure",
    }
    assert table["share"].isna().to_dict() == {
        "Everybody": False,
        "Person 1": False,
        "Person 2": True,
    }
    assert table.loc["Person 2", "happy"] == 1, "the guesses are counted, under their own names"


def test_clips_beside_each_other(frame: MakeFrame) -> None:
    one, empty = timeline(frame), VideoTimeline((frame(0, {}),), 70.0)
    table = upload_tables.compare_frame({"a.mp4": one, "b.mp4": empty}).set_index("clip")
    assert table["length"].tolist() == [f"5.0{SPACE}s", "1:10"]
    assert table["people"].tolist() == [2, 0]
    assert table["happy"].tolist() == pytest.approx([4 / 6, 0])
    assert table["expression"].tolist() == ["happy", "none"]
    for share in upload_tables.SAID[1:]:
        assert table[share].isna().tolist() == [False, True], "a share of no readings"


def test_files_beside_each_other(frame: MakeFrame) -> None:
    photo, clip, bad = photo_file(), given_one("c.mp4", bytes(4) + b"ftyp"), given_one("x.jpg", b"")
    read = [
        (photo, Reading("done", plan(), frame(0, {1: 0.9, 2: 0.8}))),
        (clip, Reading("partial", plan(), timeline(frame))),
        (bad, Reading("failed", plan(), error="Expected better.")),
    ]
    table = upload_tables.files_frame(read).set_index("file")
    assert table["kind"].tolist() == ["photo", "video", "unknown"]
    assert table["people"].tolist() == [2, 2, 0]
    assert table["expression"].fillna("").tolist() == ["happy", "happy", ""]
    assert table["share"].tolist() == pytest.approx([1, 4 / 6, float("nan")], nan_ok=True)
    assert table["note"].tolist() == ["", "Stopped before the end.", "Expected better."]
    assert upload_tables.files_frame([]).empty


def test_a_photo_of_unsure_faces_alone_is_not_sure_in_the_table(frame: MakeFrame) -> None:
    reading = Reading("done", plan(), frame(0, {1: 0.9}, "dark"))
    (row,) = upload_tables.files_frame([(photo_file(), reading)]).to_dict("records")
    assert (row["expression"], row["not sure"]) == ("not sure", 1.0)
    assert math.isnan(row["share"])


def test_a_file_in_a_few_words(frame: MakeFrame) -> None:
    def words(reading: Reading) -> str:
        return upload_tables.file_words(reading)

    assert words(Reading("done", plan(), frame(0, {}))) == "No face found."
    assert words(Reading("partial", plan())) == "Not read yet."
    assert words(Reading("failed", plan(), error="Expected better.")) == "Could not be read."
    assert words(Reading("done", plan(), frame(0, {1: 0.9}))) == f"happy 90{SPACE}%"
    assert words(Reading("done", plan(), frame(0, {1: 0.9}, "dark"))) == "not sure (dark)"
    many = frame(0, {1: 0.9, 2: 0.9, 3: 0.2})
    assert words(Reading("done", plan(), many)) == "3 people, mostly happy"
    assert words(Reading("done", plan(), frame(0, {1: 0.9, 2: 0.9}))) == "2 people, happy"
    assert words(Reading("done", plan(), timeline(frame))) == "2 people, different labels"


def test_how_often_each_label_was_given(frame: MakeFrame) -> None:
    def faces(happy: float, count: int, *, sure: bool = True) -> list[FaceResult]:
        (face,) = frame(0, {1: happy}).faces
        return [face if sure else replace(face, unsure="dark")] * count

    assert list(upload_tables.spread_frame({"a": []})) == upload_tables.SPREAD_COLUMNS
    rows = {"a": [*faces(0.9, 2), *faces(0.2, 1), *faces(0.9, 1, sure=False)], "b": []}
    spread = upload_tables.spread_frame(rows)
    assert spread[["row", "label", "sure"]].to_numpy().tolist() == [
        ["a", "happy", True],
        ["a", "angry", True],
        ["a", "happy", False],
    ]
    assert spread["low"].tolist() == pytest.approx([0, 0.5, 0.75])
    assert spread["high"].tolist() == pytest.approx([0.5, 0.75, 1.0])


def test_scores_beside_each_other(frame: MakeFrame) -> None:
    assert list(upload_tables.scores_frame({})) == upload_tables.SPREAD_COLUMNS
    (face,) = frame(0, {1: 0.6}, "small").faces
    stacked = upload_tables.scores_frame({"me.jpg #1": face})
    assert stacked["label"].tolist() == ["happy", "angry", "neutral"]
    assert stacked["high"].tolist() == pytest.approx([0.6, 0.8, 1.0])
    assert not stacked["sure"].any()


def test_scores_in_figures(frame: MakeFrame) -> None:
    assert upload_tables.scores_table({}).empty
    sure, unsure = frame(0, {1: 0.6}).faces + frame(0, {1: 0.4}, "dark").faces
    table = upload_tables.scores_table({"a.jpg #1": sure, "b.jpg #1": unsure})
    assert list(table) == ["face", "expression", "happy", "angry", "neutral"]
    assert table["expression"].tolist() == [f"happy 60{SPACE}%", "not sure (dark)"]
    assert table["angry"].tolist() == pytest.approx([0.2, 0.3])
