import numpy as np
import pytest

from fer_core.bundle import InputSpec
from fer_core.geometry import Box
from fer_core.preprocessing import crop_face, prepare
from fer_core.results import Face
from fer_core.testing import make_face

COUNTED = np.arange(20 * 30 * 3, dtype=np.uint32).reshape(20, 30, 3).astype(np.uint8)
SPEC = InputSpec(8, source_size=0)


def test_no_crops_make_an_empty_batch() -> None:
    assert prepare([], SPEC).shape == (0, 8, 8, 3)


@pytest.mark.parametrize("shape", [(48, 48), (48, 48, 1), (48, 48, 3), (1, 1), (7, 300, 3)])
def test_every_legal_crop_becomes_network_input(shape: tuple[int, ...]) -> None:
    batch = prepare([np.full(shape, 77, np.uint8)], InputSpec(96))
    assert (batch.shape, batch.dtype) == ((1, 96, 96, 3), np.uint8)
    assert (batch == 77).all()


@pytest.mark.parametrize(
    "crop",
    [
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros(4, np.uint8),
        np.zeros((4, 4), np.float32),
    ],
)
def test_other_arrays_are_refused(crop: np.ndarray) -> None:
    with pytest.raises(ValueError, match="face crop"):
        prepare([crop], SPEC)


def test_grey_input_has_three_equal_channels_and_colour_input_keeps_them() -> None:
    red = np.zeros((8, 8, 3), np.uint8)
    red[:, :, 0] = 200
    gray = prepare([red], InputSpec(8, source_size=0))[0]
    assert (gray == round(0.299 * 200)).all()
    assert (prepare([red], InputSpec(8, grayscale=False, source_size=0))[0] == red).all()


def test_a_sharp_face_is_brought_to_the_training_resolution_first() -> None:
    stripes = np.tile(np.array([0, 255], np.uint8), (96, 48))
    assert prepare([stripes], InputSpec(96, source_size=0)).std() > 100
    assert prepare([stripes], InputSpec(96, source_size=48)).std() < 1


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (Box(5, 4, 15, 14), COUNTED[4:14, 5:15]),
        (Box(5, 6, 15, 12), COUNTED[4:14, 5:15]),  # squared
        (Box(-4, -4, 6, 6), np.pad(COUNTED[:6, :6], ((4, 0), (4, 0), (0, 0)), "edge")),
        (Box(25, 15, 35, 25), np.pad(COUNTED[15:, 25:], ((0, 5), (0, 5), (0, 0)), "edge")),
        (Box(-5, -10, 35, 30), np.pad(COUNTED, ((10, 10), (5, 5), (0, 0)), "edge")),
    ],
)
def test_a_crop_past_the_edge_repeats_it(box: Box, expected: np.ndarray) -> None:
    crop = crop_face(COUNTED, Face(box, 1.0), SPEC)
    assert np.array_equal(crop, expected)


@pytest.mark.parametrize(
    "box", [Box(-50, -50, -30, -30), Box(100, 5, 110, 15), Box(3.2, 3.2, 3.4, 3.4)]
)
def test_a_crop_is_never_empty(box: Box) -> None:
    crop = crop_face(COUNTED, Face(box, 1.0), SPEC)
    assert crop.shape[0] == crop.shape[1] >= 1


def test_the_margin_widens_the_crop() -> None:
    face = Face(Box(10, 5, 20, 15), 1.0)
    assert crop_face(COUNTED, face, InputSpec(8, margin=1.4)).shape == (14, 14, 3)


def test_alignment_levels_the_eyes() -> None:
    image = np.full((200, 200, 3), 90, np.uint8)
    face = make_face(50, 50, 100)
    assert face.landmarks is not None
    marks = face.landmarks
    tilted = type(marks)(
        type(marks.nose)(80, 70), type(marks.nose)(120, 110), marks.nose, marks.mouth
    )
    for eye in (tilted.right_eye, tilted.left_eye):
        image[int(eye.y) - 4 : int(eye.y) + 5, int(eye.x) - 4 : int(eye.x) + 5] = 255
    crop = crop_face(image, Face(face.box, 1.0, tilted), InputSpec(8, align=True))
    assert crop.shape == (100, 100, 3)
    rows, columns = np.nonzero(crop[:, :, 0] > 200)
    left_half = columns < columns.mean()
    assert rows[left_half].mean() == pytest.approx(rows[~left_half].mean(), abs=1.5)
    assert columns[left_half].mean() < 50 < columns[~left_half].mean()


def test_alignment_without_landmarks_or_with_one_eye_place_is_the_plain_crop() -> None:
    spec = InputSpec(8, align=True)
    plain = crop_face(COUNTED, Face(Box(5, 4, 15, 14), 1.0), SPEC)
    assert np.array_equal(crop_face(COUNTED, Face(Box(5, 4, 15, 14), 1.0), spec), plain)
    face = make_face(5, 4, 10)
    assert face.landmarks is not None
    same = face.landmarks.nose
    marks = type(face.landmarks)(same, same, same, same)
    assert np.array_equal(crop_face(COUNTED, Face(face.box, 1.0, marks), spec), plain)
