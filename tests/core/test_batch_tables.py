"""Labelled files judged."""

import json

import pandas as pd
import pytest

from fer_core.batch.tables import judge, label_lines, write_labels
from fer_core.export import error_entry, image_entry, overview, video_entry
from fer_core.pipeline import FramePipeline
from fer_core.results import FrameResult, VideoTimeline
from fer_core.testing import FER2013_LABELS, FakeClassifier, FakeDetector, synthetic_frame


def reads(*labels):
    """A frame a label."""
    one = FramePipeline(FakeDetector(), FakeClassifier(script=labels))
    return [one.process(synthetic_frame(), timestamp_s=2.0 * n) for n in range(len(labels))]


def judged():
    """Right, wrong, a clip by its commonest label, no face, failed, unnamed, no such label."""
    entries = [
        image_entry("1.jpg", reads("happy")[0]),
        image_entry("2.jpg", reads("sad")[0]),
        video_entry("3.mp4", VideoTimeline(tuple(reads("fear", "sad", "fear")), 6.0)),
        image_entry("4.jpg", FrameResult(0.0, (4, 3))),
        error_entry("5.jpg", "Expected …", None),
        image_entry("6.jpg", reads("happy")[0]),
        image_entry("=7.jpg", reads("happy")[0]),
    ]
    expected = ["happy", "happy", "fear", "angry", "angry", None, "contempt"]
    return judge(overview(entries), expected, FER2013_LABELS)


def test_figures_count_what_was_read_and_say_what_was_not():
    report, table = judged()
    assert (report["files"], report["read"]) == (5, 3)
    assert report["accuracy"] == pytest.approx(2 / 3)
    assert report["accuracy_of_all"] == pytest.approx(2 / 5)
    assert report["per_class"]["happy"]["recall"] == 0.5
    assert report["per_class"]["angry"]["support"] == 0
    happy, fear, sad = (FER2013_LABELS.index(name) for name in ("happy", "fear", "sad"))
    assert report["confusion_matrix"][happy][happy] == report["confusion_matrix"][happy][sad] == 1
    assert report["confusion_matrix"][fear][fear] == 1
    assert report["without_a_label"] == ["6.jpg", "=7.jpg"]
    assert table["right"].tolist()[:3] == [True, False, True]
    assert table["right"].isna().tolist() == [False] * 3 + [True] * 4


def test_they_are_written_and_printed(tmp_path):
    report, table = judged()
    write_labels(tmp_path, report, table, {"sample_fps": 3.0})
    written = json.loads((tmp_path / "labels.json").read_text())
    assert written == {"sample_fps": 3.0, **report}
    rows = pd.read_csv(tmp_path / "labels.csv", keep_default_na=False)
    assert rows["file"].tolist()[-1] == "'=7.jpg"
    assert rows["right"].tolist() == ["True", "False", "True", "", "", "", ""]
    head, figures, columns, *lines = label_lines(report)
    assert head == "Files with a label in their names: 5, with a face: 3."
    assert "66.7%" in figures and "40.0%" in figures
    assert columns.endswith("read as fear happy sad")
    assert [line.split()[0] for line in lines] == ["fear", "happy", "sad"]
    assert lines[1].split()[1:5] == ["1.000", "0.500", "0.667", "2"]
    assert lines[1].split("|")[1].split() == ["0", "1", "1"]


def test_names_without_an_expression_are_said() -> None:
    (line,) = label_lines({"files": 0, "read": 0})
    assert "nothing to compare" in line


@pytest.mark.parametrize("expected", [[], ["angry"]])
def test_without_a_reading_there_are_no_figures(tmp_path, expected):
    entries = [image_entry("1.jpg", FrameResult(0.0, (4, 3)))][: len(expected)]
    report, table = judge(overview(entries), expected, FER2013_LABELS)
    assert (report["files"], report["read"], report["accuracy"]) == (len(expected), 0, None)
    assert report["accuracy_of_all"] == (0.0 if expected else None)
    write_labels(tmp_path, report, table, {})
    assert len(label_lines(report)) == 1
