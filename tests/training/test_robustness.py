"""Damage to faces, each kind by what it must do to plain pictures, and the report of it."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fer_core.bundle import InputSpec, ModelCard
from fer_core.classification import EmotionClassifier
from fer_core.errors import DataError
from fer_core.faces import FaceSet
from fer_core.studies import load_robustness
from fer_core.testing import FER2013_LABELS, FERPLUS_LABELS, make_face, synthetic_frame
from fer_core.training import robustness as module
from fer_core.training.robustness import CORRUPTIONS, Corruption, damaged, robustness
from tests.training.conftest import votes_for

HAPPY, NEUTRAL = 3, 6


def corruption(name: str) -> Corruption:
    return next(each for each in CORRUPTIONS if each.name == name)


def plain(value: int, count: int = 1) -> NDArray[np.uint8]:
    return np.full((count, 48, 48), value, np.uint8)


def drawn_face() -> NDArray[np.uint8]:
    """One drawn face, (1, 48, 48)."""
    frame = synthetic_frame([make_face(40, 30, 120)], size_wh=(200, 200))
    return cv2.resize(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), (48, 48))[None]


class BrightRuntime:
    """A network that calls bright faces happy and the others neutral."""

    def __init__(self, labels: tuple[str, ...]) -> None:
        self.labels = labels

    def predict(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        bright = batch.mean(axis=(1, 2, 3)) > 100
        answers = np.where(bright, self.labels.index("happy"), self.labels.index("neutral"))
        return np.eye(len(self.labels), dtype=np.float32)[answers]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model folder with a card; its network is a `BrightRuntime`."""
    labels = {"fer2013": FER2013_LABELS, "ferplus": FERPLUS_LABELS}
    card = ModelCard("bright", labels, InputSpec(48), "x", sha256={"model.tflite": "abc"})
    (tmp_path / "card.json").write_text(card.to_json(), encoding="utf-8")

    def load(folder: Path, *, head: str) -> EmotionClassifier:
        return EmotionClassifier(card, BrightRuntime(labels[head]), head=head)

    monkeypatch.setattr(module, "load_classifier", load)
    return tmp_path


def test_each_kind_has_a_name_of_its_own() -> None:
    assert len({each.name for each in CORRUPTIONS}) == len(CORRUPTIONS)


@pytest.mark.parametrize("each", CORRUPTIONS, ids=lambda each: each.name)
def test_damage_grows_with_its_strength_and_repeats(each: Corruption) -> None:
    faces = np.concatenate([drawn_face()] * 4)
    before = faces.copy()
    changes = []
    for strength in each.strengths:
        result = damaged(faces, each, strength)
        assert result.shape == faces.shape and result.dtype == np.uint8
        assert np.array_equal(result, damaged(faces, each, strength))
        changes.append(np.abs(result.astype(int) - faces).mean())
    assert np.array_equal(faces, before)
    assert 0 < changes[0] < changes[-1] == max(changes)


@pytest.mark.parametrize("name", ["blur", "motion blur", "contrast", "rotation", "low resolution"])
def test_an_even_grey_stays_as_it_is(name: str) -> None:
    each = corruption(name)
    assert np.array_equal(damaged(plain(90, 3), each, each.strengths[-1]), plain(90, 3))


@pytest.mark.parametrize(
    ("name", "strength", "grey", "expected"),
    [
        ("brighter", 20, 100, 151),
        ("brighter", 50, 200, 255),
        ("darker", 20, 100, 49),
        ("darker", 50, 100, 0),
        ("noise", 0, 100, 100),
    ],
)
def test_light_is_counted_in_shares_of_white(
    name: str, strength: float, grey: int, expected: int
) -> None:
    assert np.array_equal(damaged(plain(grey), corruption(name), strength), plain(expected))


def test_noise_has_the_spread_it_is_told() -> None:
    noisy = damaged(plain(128, 4), corruption("noise"), 10).astype(float)
    assert noisy.std() == pytest.approx(25.5, rel=0.05)
    assert not np.array_equal(noisy[0], noisy[1])


def test_contrast_shrinks_about_the_mean() -> None:
    halves = plain(50)
    halves[:, 24:] = 150
    result = damaged(halves, corruption("contrast"), 0.1)
    assert np.unique(result).tolist() == [95, 105]


def test_gamma_darkens_some_faces_and_brightens_the_others() -> None:
    values = {int(face[0, 0]) for face in damaged(plain(64, 32), corruption("gamma"), 2)}
    assert values == {round(255 * (64 / 255) ** 2), round(255 * (64 / 255) ** 0.5)}


@pytest.mark.parametrize(("name", "inside"), [("eyes covered", 19), ("mouth covered", 37)])
def test_a_covering_hides_its_part_of_the_face(name: str, inside: int) -> None:
    ramp = np.tile(np.arange(48, dtype=np.uint8), (1, 48, 1))
    for strength, rows in ((10, 5), (50, 24)):
        hidden = (damaged(ramp, corruption(name), strength)[0] != ramp[0]).any(axis=1)
        assert hidden.sum() == rows
        assert hidden[inside]


def test_motion_smears_along_one_line_only() -> None:
    dot = plain(0)
    dot[0, 24, 24] = 240
    result = damaged(dot, corruption("motion blur"), 6)[0].astype(float)
    places = np.argwhere(result > 0) - 24
    spread = np.sqrt(np.linalg.eigvalsh(np.cov(places.T, aweights=result[result > 0])))
    assert spread[1] == pytest.approx(6 / np.sqrt(12), rel=0.15)
    assert spread[0] < 0.6
    assert result.sum() == pytest.approx(240, rel=0.05)


def test_low_resolution_leaves_as_many_pixels_as_it_says() -> None:
    stripes = plain(0)
    stripes[:, :, ::2] = 200
    assert np.array_equal(damaged(stripes, corruption("low resolution"), 24), plain(100))


def test_the_report_says_what_each_kind_costs(folder: Path) -> None:
    images = np.concatenate([plain(140, 3), plain(60, 1)])
    faces = FaceSet(images, np.array([HAPPY, HAPPY, HAPPY, NEUTRAL]))
    report = robustness(folder, faces, split="PublicTest", head="fer2013")
    assert json.loads((folder / "robustness.json").read_text(encoding="utf-8")) == report
    assert {key: report[key] for key in ("split", "head", "images", "clean")} == {
        "split": "PublicTest",
        "head": "fer2013",
        "images": 4,
        "clean": 1.0,
    }
    assert report["weights_sha256"] == "abc"
    rows = {row["corruption"]: row for row in report["rows"]}
    assert list(rows) == [each.name for each in CORRUPTIONS]
    assert rows["blur"]["accuracy"] == [1.0] * 5
    # Minus 25.5 a step: 140 falls under 100 at the second; plus: 60 rises over it at the second.
    assert rows["darker"]["accuracy"] == [1.0, 0.25, 0.25, 0.25, 0.25]
    assert rows["brighter"]["accuracy"] == [1.0, 0.75, 0.75, 0.75, 0.75]


def test_the_dashboard_can_read_the_report(folder: Path) -> None:
    faces = FaceSet(plain(140, 2), np.array([HAPPY, NEUTRAL]))
    robustness(folder, faces, split="PrivateTest", head="fer2013")
    read = load_robustness(folder)
    assert read is not None
    assert (read.split, read.head, read.images, read.clean) == ("PrivateTest", "fer2013", 2, 0.5)
    assert [row.unit for row in read.rows] == [each.unit for each in CORRUPTIONS]


def test_ferplus_counts_the_faces_on_which_raters_agree(folder: Path) -> None:
    votes = np.array([votes_for(HAPPY), [2, 2, 2, 2, 2, 0, 0, 0, 0, 0]], np.float32)
    faces = FaceSet(plain(140, 2), np.array([HAPPY, HAPPY]), votes)
    report = robustness(folder, faces, split="PublicTest", head="ferplus")
    assert (report["head"], report["images"], report["clean"]) == ("ferplus", 1, 1.0)


def test_other_pictures_than_grey_ones_of_48_pixels_are_refused(folder: Path) -> None:
    for shape in ((2, 48, 48, 3), (2, 96, 96)):
        faces = FaceSet(np.zeros(shape, np.uint8), np.array([HAPPY, NEUTRAL]))
        with pytest.raises(DataError, match="Expected grey faces of 48"):
            robustness(folder, faces, split="PublicTest", head="fer2013")
    assert not (folder / "robustness.json").exists()
