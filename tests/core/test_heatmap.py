from dataclasses import replace

import numpy as np
import pytest

from fer_core.bundle import InputSpec
from fer_core.classification import EmotionClassifier, load_classifier
from fer_core.detection import create_detector
from fer_core.heatmap import draw_heat_map, heat_map
from fer_core.preprocessing import crop_face
from fer_core.results import Face
from fer_core.samples import SAMPLE_NAMES, sample_image
from fer_core.testing import FakeClassifier, make_face

SIDE = 96


class CornerRuntime:
    """A network that sees brightness in the top left quarter, and calls it the first label."""

    def predict(self, batch: np.ndarray) -> np.ndarray:
        seen = batch[:, : SIDE // 2, : SIDE // 2].mean(axis=(1, 2, 3)) / 255
        return np.stack([seen, 1 - seen], axis=1).astype(np.float32)


def corner_classifier() -> EmotionClassifier:
    card = FakeClassifier().card
    card = replace(card, labels={"two": ("bright", "dim")}, input=InputSpec(SIDE), temperature={})
    return EmotionClassifier(card, CornerRuntime(), head="two")


def bright_corner() -> np.ndarray:
    crop = np.zeros((SIDE, SIDE, 3), np.uint8)
    crop[: SIDE // 2, : SIDE // 2] = 250
    return crop


def test_what_the_network_looks_at_is_hot_and_the_rest_cold() -> None:
    heat = heat_map(corner_classifier(), bright_corner())
    assert (heat.shape, heat.dtype) == ((SIDE, SIDE), np.float32)
    assert (heat.min(), heat.max()) == (0, 1)
    assert heat[:36, :36].mean() > 0.5
    assert heat[64:, 64:].max() < 0.05


def test_covering_what_speaks_against_a_label_is_not_hot() -> None:
    heat = heat_map(corner_classifier(), bright_corner(), label="dim")
    assert heat[:36, :36].max() < 0.05


def test_a_face_that_nothing_changes_is_cold_all_over() -> None:
    classifier = FakeClassifier()
    heat = heat_map(classifier, np.full((30, 40, 3), 120, np.uint8))
    assert heat.shape == (classifier.card.input.size,) * 2
    assert not heat.any()


def test_an_unknown_label_is_refused() -> None:
    with pytest.raises(ValueError, match="sleepy"):
        heat_map(FakeClassifier(), np.full((48, 48, 3), 120, np.uint8), label="sleepy")


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_the_hottest_tenth_matters_more_than_another_tenth(name: str) -> None:
    classifier, picture = load_classifier(), sample_image(name)
    face = create_detector().detect(picture)[0]
    (crop,) = classifier.prepare([crop_face(picture, face, classifier.card.input)])
    heat = heat_map(classifier, crop)
    hot = heat >= np.quantile(heat, 0.9)
    # The same shape in other places: what is covered counts, not how much.
    elsewhere = [np.roll(hot, (y, x), (0, 1)) for y in range(0, 96, 24) for x in range(0, 96, 24)]
    fill = crop.mean(axis=(0, 1)).round().astype(np.uint8)
    whole, covered, *others = classifier.score(
        np.stack([crop, *(np.where(mask[..., None], fill, crop) for mask in [hot, *elsewhere[1:]])])
    )
    column = whole.labels.index(whole.top)
    average = np.mean([scores.probabilities[column] for scores in others])
    assert covered.probabilities[column] < average


def test_the_map_lies_on_the_crop_and_nowhere_else() -> None:
    face, spec = make_face(220, 140, 200), InputSpec(96, margin=1.2)
    picture = np.full((480, 640, 3), 120, np.uint8)
    drawn = draw_heat_map(picture, face, np.ones((96, 96), np.float32), spec=spec)
    assert (picture == 120).all()
    rows, columns = np.nonzero((drawn != 120).any(axis=2))
    # A square of 240 pixels around (320, 240).
    assert (rows.min(), rows.max()) == (pytest.approx(120, abs=2), pytest.approx(359, abs=2))
    assert (columns.min(), columns.max()) == (pytest.approx(200, abs=2), pytest.approx(439, abs=2))


@pytest.mark.parametrize("align", [False, True])
def test_the_map_is_where_the_crop_was(align: bool) -> None:
    face = make_face()
    assert face.landmarks is not None
    if align:  # one eye lower: the crop is turned
        marks = replace(face.landmarks, left_eye=replace(face.landmarks.left_eye, y=260.0))
        face = Face(face.box, face.score, marks)
    spec = InputSpec(96, margin=1.2, align=align)
    picture = np.zeros((480, 640, 3), np.uint8)
    picture[180:200, 250:270] = 255
    crop = crop_face(picture, face, spec)
    heat = (crop[:, :, 0] > 127).astype(np.float32)
    glow = draw_heat_map(np.zeros_like(picture), face, heat, spec=spec).max(axis=2)
    rows, columns = np.nonzero(glow > 100)
    assert rows.mean() == pytest.approx(189.5, abs=1.5)
    assert columns.mean() == pytest.approx(259.5, abs=1.5)


def test_a_face_at_the_edge_can_be_drawn() -> None:
    picture = np.full((100, 100, 3), 120, np.uint8)
    drawn = draw_heat_map(
        picture, make_face(-60, 50, 100), np.ones((96, 96), np.float32), spec=InputSpec(96)
    )
    assert drawn.shape == picture.shape
    assert (drawn[60, 5] != 120).any()
