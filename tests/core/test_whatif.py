"""Changes of one face: each slider's effect, and where a label flips."""

from dataclasses import replace

import numpy as np
import pytest

from fer_core.action_units import ActionUnits
from fer_core.bundle import InputSpec
from fer_core.preprocessing import crop_face, prepare
from fer_core.testing import make_face, synthetic_frame
from fer_core.whatif import (
    UNIT_VALUES,
    Change,
    Flip,
    Knob,
    changed,
    flips,
    for_people,
    knob_faces,
    knobs,
    small_face,
    unit_faces,
)

SPEC = InputSpec(96, margin=1.1)
FRAME, FACE = synthetic_frame(), make_face()


def small(change: Change) -> np.ndarray:
    return small_face(FRAME, FACE, SPEC, change)


def test_an_unchanged_face_is_what_the_app_gives_the_network() -> None:
    app = prepare([crop_face(FRAME, FACE, SPEC)], SPEC)
    lab = prepare([small(Change())], SPEC)
    assert (app == lab).all()


@pytest.mark.parametrize("knob", knobs(SPEC), ids=lambda knob: knob.field)
def test_every_slider_changes_the_face_and_rests_where_it_changes_nothing(knob: Knob) -> None:
    assert knob.usual in knob.values
    faces = dict(zip(knob.values, knob_faces(FRAME, FACE, SPEC, Change(), knob), strict=True))
    plain = small(Change())
    assert (faces[knob.usual] == plain).all()
    ends = [faces[end] for end in (knob.low, knob.high) if end != knob.usual]
    assert all((end != plain).any() for end in ends)


def test_sliders_keep_to_each_other() -> None:
    both = small(Change(blur_px=1.0, brightness_percent=20))
    blur = next(knob for knob in knobs(SPEC) if knob.field == "blur_px")
    swept = knob_faces(FRAME, FACE, SPEC, Change(brightness_percent=20), blur)
    assert (swept[blur.values.index(1.0)] == both).all()


def test_the_same_noise_every_time() -> None:
    face = small(Change())
    assert (changed(face, Change(noise_percent=9)) == changed(face, Change(noise_percent=9))).all()


def test_what_is_worn_turns_with_the_head() -> None:
    face = np.full((48, 48), 100, np.uint8)
    upright = changed(face, Change(mask_percent=30))
    turned = changed(face, Change(mask_percent=30, rotation_deg=90))
    assert (upright[37] == 200).all()
    assert (turned[:, 37] == 200).all()


def test_a_model_without_a_small_face_is_changed_at_its_input() -> None:
    assert small_face(FRAME, FACE, InputSpec(96, source_size=0), Change()).shape == (96, 96)


def test_an_action_unit_moves_the_drawing() -> None:
    faces = unit_faces(ActionUnits(), "au12", SPEC, Change())
    assert len(faces) == len(UNIT_VALUES)
    assert (faces[0] != faces[-1]).any()


@pytest.mark.parametrize(
    ("labels", "usual", "expected"),
    [
        ([], 0, ()),
        (["a"], 0, ()),
        (["a", "a", "a"], 0, ()),
        (["a", "a", "b"], 0, (Flip(2, "a", "b"),)),
        (["b", "a", "a"], 2, (Flip(0, "a", "b"),)),
        (["b", "a", "c"], 1, (Flip(0, "a", "b"), Flip(2, "a", "c"))),
        (["a", "b", "a"], 0, (Flip(1, "a", "b"), Flip(2, "b", "a"))),
    ],
)
def test_flips(labels: list[str], usual: float, expected: tuple[Flip, ...]) -> None:
    assert flips(range(len(labels)), labels, usual=usual) == expected


@pytest.mark.parametrize("side", [24, 48, 96])
def test_pictures_for_people(side: int) -> None:
    shown = for_people(small(Change()), side)
    assert shown.shape == (side, side, 3)
    assert shown.dtype == np.uint8
    assert for_people(np.dstack([small(Change())] * 3), side).shape == (side, side, 3)


def test_a_change_starts_from_nothing() -> None:
    assert (small(replace(Change(), margin_times=SPEC.margin)) == small(Change())).all()
