"""The drawing: every unit is seen, prototypes differ, strengths are checked."""

from dataclasses import fields

import numpy as np
import pytest

from fer_core.action_units import PROTOTYPES, UNITS, ActionUnits, in_words, set_text
from fer_core.drawn_face import SIDE, drawn_face
from fer_core.testing import FERPLUS_LABELS


def test_a_face_at_rest() -> None:
    image, face = drawn_face(ActionUnits())
    assert image.shape == (SIDE, SIDE, 3)
    assert image.dtype == np.uint8
    assert 0 < face.box.left < face.box.right < SIDE
    assert (image == drawn_face(ActionUnits())[0]).all()


@pytest.mark.parametrize("field", [each.name for each in fields(ActionUnits)])
def test_every_unit_is_seen_and_grows(field: str) -> None:
    rest, *stronger = (
        drawn_face(ActionUnits(**{field: strength}))[0].astype(int) for strength in (0, 1, 5)
    )
    little, much = (np.abs(image - rest).sum() for image in stronger)
    assert 0 < little < much


def test_every_unit_has_words() -> None:
    assert {unit.field for unit in UNITS} == {each.name for each in fields(ActionUnits)}


@pytest.mark.parametrize("strength", [-0.1, 5.1])
def test_strengths_are_checked(strength: float) -> None:
    with pytest.raises(ValueError, match=r"au12 in 0\.\.5"):
        ActionUnits(au12=strength)


def test_prototypes_cover_every_label_and_differ() -> None:
    assert set(PROTOTYPES) == set(FERPLUS_LABELS)
    assert len(set(PROTOTYPES.values())) == len(PROTOTYPES)


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("happy", "AU 6 + 12"),
        ("sad", "AU 1 + 4 + 15"),
        ("surprise", "AU 1 + 2 + 5 + 26"),
        ("fear", "AU 1 + 2 + 4 + 5 + 7 + 20 + 26"),
        ("angry", "AU 4 + 5 + 7 + 23"),
        ("disgust", "AU 9 + 15 + 17"),
        ("contempt", "AU R12 + R14"),
        ("neutral", "no action unit"),
    ],
)
def test_sets_are_those_of_emfacs(label: str, text: str) -> None:
    assert set_text(PROTOTYPES[label]) == text


def test_words_for_those_who_do_not_see_it() -> None:
    assert in_words(ActionUnits()) == "at rest"
    assert in_words(ActionUnits(au4=2, au15=1)) == "brows: down and together; mouth corners: down"
    assert in_words(ActionUnits(au9=2, au15=1)) == "mouth corners: down; nose wrinkled"
