"""Results → words and frames, the empty case first."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from fer_core.palette import EMOTION_COLORS
from fer_core.reports import load_report
from fer_core.testing import write_fake_run
from tests.ui.conftest import MakeFrame, scores
from ui import tables


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ((), []),
        (("neutral", "happy"), ["happy", "neutral"]),
        (("strange", "contempt", "angry"), ["angry", "contempt", "strange"]),
        (tuple(reversed(EMOTION_COLORS)), list(EMOTION_COLORS)),
    ],
)
def test_labels_have_one_order(labels: tuple[str, ...], expected: list[str]) -> None:
    assert tables.ordered(labels) == expected


def test_frames_in_words(frame: MakeFrame) -> None:
    space = "\N{NO-BREAK SPACE}"
    assert tables.frame_words(frame(0, {})) == "No face found."
    assert tables.frame_words(frame(0, {1: 0.87, 2: 0.5})) == (
        f"Person 1: happy 87{space}%; Person 2: happy 50{space}%."
    )
    assert tables.frame_words(frame(0, {3: 0.9}, "small")) == "Person 3: not sure (small)."


def test_names_are_no_markdown() -> None:
    assert tables.plain("a[b](c)*_.jpg") == "a\\[b\\]\\(c\\)\\*\\_\\.jpg"
    assert tables.plain("Anna 2") == "Anna 2"


def test_shares_are_ordered_and_written_out() -> None:
    shown = tables.share_frame({"neutral": 0.25, "happy": 0.75})
    assert list(shown["label"]) == ["happy", "neutral"]
    assert list(shown["rank"]) == [0, 1]
    assert shown["row"][0] == "happy  75\N{NO-BREAK SPACE}%"


def test_ribbon_of_nobody() -> None:
    assert list(tables.ribbon_frame([], step_s=1.0)) == tables.RIBBON_COLUMNS


def test_ribbon_stacks_to_one_and_leaves_gaps() -> None:
    readings = [(0.0, scores(0.5), True), (0.2, scores(0.8), True), (5.0, scores(0.2), False)]
    ribbon = tables.ribbon_frame(readings, step_s=1.0)
    assert ribbon.groupby("start")["high"].max().tolist() == pytest.approx([1, 1, 1])
    assert ribbon.groupby("start")["low"].min().tolist() == [0, 0, 0]
    # Cut short by the next reading; one step long before the gap; one step at the end.
    assert ribbon.groupby("start")["end"].first().tolist() == pytest.approx([0.2, 1.2, 6.0])
    assert ribbon.groupby("start")["sure"].first().tolist() == [True, True, False]


def test_readings_by_person(frame: MakeFrame) -> None:
    assert tables.readings_by_person([]) == {}
    frames = [frame(0, {1: 0.5}), frame(1, {2: 0.6}), frame(2, {1: 0.7, 2: 0.8}), frame(3, {2: 1})]
    people = tables.readings_by_person(frames)
    assert list(people) == [2, 1]
    assert [reading[0] for reading in people[1]] == [0, 2]


def test_curves_of_training_and_validation() -> None:
    history = pd.DataFrame({"epoch": [1, 2], "loss": [2, 1], "val_loss": [3, 2]})
    curve = tables.curve_frame(history, "loss")
    assert curve["data"].tolist() == ["training"] * 2 + ["validation"] * 2
    assert curve["value"].tolist() == [2, 1, 3, 2]
    assert set(tables.curve_frame(history.drop(columns="val_loss"), "loss")["data"]) == {"training"}


def test_confusion_and_classes(tmp_path: Path) -> None:
    head = load_report(write_fake_run(tmp_path / "run", accuracy=0.75)).heads[0]
    cells = tables.confusion_frame(head, ("sad", "fear"))
    chosen = cells[cells["chosen"]]
    assert chosen[["true", "predicted"]].values.tolist() == [["sad", "fear"]]
    sums = cells.groupby("predicted")["precise"].sum()
    assert sums.tolist() == pytest.approx([1] * 7)
    diagonal = cells[cells["true"] == cells["predicted"]]
    assert len(cells) == 49
    assert diagonal["share"].tolist() == pytest.approx([0.75] * 7)
    classes = tables.class_frame(head)
    assert classes["label"].tolist() == tables.ordered(head.labels)
    assert classes["recall"].tolist() == pytest.approx([75] * 7)


def test_lanes_of_nobody(frame: MakeFrame) -> None:
    assert list(tables.lane_frame([], [], now_s=0.0, step_s=1.0)) == tables.LANE_COLUMNS
    assert tables.lane_frame([frame(0, {})], [1], now_s=1.0, step_s=1.0).empty


def test_a_lane_holds_its_person_from_the_top(frame: MakeFrame) -> None:
    frames = [frame(0, {1: 0.8}), frame(2.5, {1: 0.6, 2: 1.0}, "small"), frame(3, {2: 1.0, 9: 1.0})]
    lanes = tables.lane_frame(frames, [1, 2], now_s=10.0, step_s=1.0)
    assert lanes["person"].tolist() == [1, 1, 2, 2]  # nobody has a lane for person 9
    assert lanes["start"].tolist() == [-10, -7.5, -7.5, -7]
    # One step long before a gap; cut short by the next reading; one step at the end.
    assert lanes["end"].tolist() == pytest.approx([-9, -7, -7, -6])
    assert lanes["low"].tolist() == [1, 1, 0, 0]
    assert (lanes["high"] - lanes["low"]).tolist() == pytest.approx(
        [share * tables.LANE_HEIGHT for share in (0.8, 0.6, 1.0, 1.0)]
    )
    assert lanes["sure"].tolist() == [True, False, False, True]


def test_the_newest_reading_ends_now(frame: MakeFrame) -> None:
    lanes = tables.lane_frame([frame(2, {1: 0.8})], [1], now_s=2.25, step_s=1.0)
    assert lanes["end"].tolist() == [0]


def test_the_commonest_label(frame: MakeFrame) -> None:
    assert tables.commonest([], 1) == "nothing"
    frames = [frame(0, {1: 0.9}), frame(1, {1: 0.8}), frame(2, {1: 0.9}, "dark")]
    assert tables.commonest(frames, 1) == "happy"
    assert tables.commonest(frames[2:], 1) == "not sure"


def test_a_held_label_is_the_one_in_words(frame: MakeFrame) -> None:
    (face,) = frame(0, {1: 0.5}).faces
    held = replace(face, held="angry")
    assert tables.face_words(held) == "Person 1: angry 25\N{NO-BREAK SPACE}%"
