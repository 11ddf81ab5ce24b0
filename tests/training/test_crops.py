"""The measurement of margin and alignment, with a detector whose answers are known."""

import json
from pathlib import Path

import numpy as np
import pytest

from fer_core.bundle import InputSpec, ModelCard
from fer_core.classification import EmotionClassifier
from fer_core.detection import create_detector
from fer_core.faces import FaceSet
from fer_core.testing import FER2013_LABELS, FakeClassifier, FakeDetector, make_face
from fer_core.training import crops
from fer_core.training.crops import MARGINS, crop_choice, measure, photograph

# The photograph of a 48 px face is 288 px wide, the face in it 144 px from 72 on.
CENTERED = make_face(72 + 22, 72 + 22, 100)
LOW = make_face(72 + 22, 72 + 42, 100)


def images(count: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, 48, 48), dtype=np.uint8)


def test_a_photograph_holds_the_face_in_its_middle() -> None:
    face = np.zeros((48, 48), np.uint8)
    face[:, 24:] = 200
    photo = photograph(face)
    assert photo.shape == (288, 288, 3) and photo.dtype == np.uint8
    assert photo[:, :140].max() == 0
    assert photo[:, 148:].min() == 200


def test_margin_and_offset_follow_the_boxes() -> None:
    report = measure(FakeClassifier(), FakeDetector([CENTERED]), images(2), ["happy", "sad"])
    assert report["margin_of_training_crops"] == pytest.approx(1.44)
    assert report["margin_quartiles"] == pytest.approx([1.44, 1.44])
    assert (report["offset_right"], report["offset_down"]) == pytest.approx((0, 0))
    low = measure(FakeClassifier(), FakeDetector([LOW]), images(2), ["happy", "sad"])
    assert (low["offset_right"], low["offset_down"]) == pytest.approx((0, -0.2))


def test_each_margin_is_read_with_and_without_alignment() -> None:
    report = measure(FakeClassifier(), FakeDetector([CENTERED]), images(2), ["happy", "sad"])
    assert [(row["align"], row["margin"]) for row in report["rows"]] == [
        (align, margin) for align in (False, True) for margin in MARGINS
    ]
    assert {row["accuracy"] for row in report["rows"]} == {0.5}
    assert report["accuracy_of_training_crops"] == 0.5


def test_only_the_faces_found_count() -> None:
    detector = FakeDetector([CENTERED], [])
    report = measure(FakeClassifier(), detector, images(3), ["happy", "sad", "sad"])
    assert report["faces_found"] == 1
    assert {(row["faces_found"], row["accuracy"]) for row in report["rows"]} == {(1, 1.0)}


def test_no_face_at_all_gives_no_figures() -> None:
    report = measure(FakeClassifier(), FakeDetector([]), images(1), ["happy"])
    assert report["faces_found"] == 0
    assert report["margin_of_training_crops"] is None
    assert {row["accuracy"] for row in report["rows"]} == {None}


def test_the_default_detector_takes_the_photographs() -> None:
    report = measure(FakeClassifier(), create_detector(), images(1), ["happy"])
    assert report["detector"] == "BlazeFaceDetector"


def test_the_file_says_what_was_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = {"fer2013": FER2013_LABELS}
    card = ModelCard("run", labels, InputSpec(48), "x", sha256={"model.tflite": "abc"})
    (tmp_path / "card.json").write_text(card.to_json(), encoding="utf-8")

    def load(folder: Path) -> EmotionClassifier:
        return FakeClassifier()

    monkeypatch.setattr(crops, "load_classifier", load)
    monkeypatch.setattr(crops, "create_detector", lambda: FakeDetector([CENTERED]))
    faces = FaceSet(images(2), np.array([3, 4]))
    report = crop_choice(tmp_path, faces, split="PublicTest")
    assert json.loads((tmp_path / "crop_choice.json").read_text(encoding="utf-8")) == report
    assert (report["split"], report["head"], report["run"]) == ("PublicTest", "fer2013", "run")
    assert (report["images"], report["weights_sha256"]) == (2, "abc")
    assert report["rows"][0]["accuracy"] == 0.5
