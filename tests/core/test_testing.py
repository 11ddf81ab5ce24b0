import csv
import json
from pathlib import Path

import numpy as np
import pytest

from fer_core.bundle import load_card
from fer_core.testing import (
    FER2013_LABELS,
    FakeClassifier,
    FakeDetector,
    make_face,
    synthetic_frame,
    write_fake_run,
)

FRAME = np.zeros((4, 4, 3), np.uint8)


def test_the_fake_detector_follows_its_script() -> None:
    face = make_face()
    assert FakeDetector([]).detect(FRAME) == []
    assert FakeDetector().detect(FRAME) == [face]
    detector = FakeDetector([face], [], [face, face])
    assert [len(detector.detect(FRAME)) for _ in range(4)] == [1, 0, 2, 2]
    assert detector.calls == 4


def test_the_fake_classifier_follows_its_script() -> None:
    classifier = FakeClassifier(script=("happy", "sad"), confidence=0.6)
    tops = [s.top for _ in range(2) for s in classifier.classify([FRAME] * 3)]
    assert tops == ["happy", "sad", "happy", "sad", "happy", "sad"]
    (scores,) = classifier.classify([FRAME])
    assert scores.confidence == pytest.approx(0.6)
    with pytest.raises(ValueError, match="not in"):
        FakeClassifier(script=("joyful",))


@pytest.mark.parametrize("size_wh", [(1, 1), (641, 479)])
def test_synthetic_frames_of_any_size(size_wh: tuple[int, int]) -> None:
    frame = synthetic_frame(size_wh=size_wh)
    assert (frame.shape, frame.dtype) == ((size_wh[1], size_wh[0], 3), np.uint8)
    assert (synthetic_frame([], size_wh=size_wh, brightness=9) == 9).all()


def test_a_fake_run_is_consistent(tmp_path: Path) -> None:
    folder = write_fake_run(tmp_path / "models" / "made-up", accuracy=0.6, epochs=4)
    assert load_card(folder).name == "made-up"
    metrics = json.loads((folder / "metrics.json").read_text())
    matrix = np.array(metrics["confusion_matrix"])
    assert matrix.trace() / matrix.sum() == pytest.approx(metrics["accuracy"]) == 0.6
    assert matrix.sum() == metrics["images"]
    with (folder / "confusion_matrix.csv").open(encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert header == ["true", *FER2013_LABELS]
    assert [list(map(int, row[1:])) for row in rows] == matrix.tolist()
    with (folder / "history.csv").open(encoding="utf-8") as file:
        history = list(csv.DictReader(file))
    assert [row["epoch"] for row in history] == ["1", "2", "3", "4"]
    assert float(history[-1]["val_accuracy"]) > float(history[0]["val_accuracy"])
    assert json.loads((folder / "config.json").read_text())["name"] == "made-up"
