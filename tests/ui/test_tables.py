"""Results → words and frames, the empty case first."""

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
    cells = tables.confusion_frame(head)
    diagonal = cells[cells["true"] == cells["predicted"]]
    assert len(cells) == 49
    assert diagonal["share"].tolist() == pytest.approx([0.75] * 7)
    classes = tables.class_frame(head)
    assert classes["label"].tolist() == tables.ordered(head.labels)
    assert classes["recall"].tolist() == pytest.approx([75] * 7)
