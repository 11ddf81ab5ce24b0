import numpy as np
import pytest

from fer_core.annotation import color_of, draw_faces, label_of
from fer_core.geometry import Box
from fer_core.palette import EMOTION_COLORS
from fer_core.results import EmotionScores, Face, FaceResult, FrameResult, Unsure
from fer_core.testing import FERPLUS_LABELS

ORANGE, SLATE = (230, 159, 0), (70, 70, 70)


HEAD = Box(200, 150, 400, 350)


def reading(box: Box = HEAD, unsure: Unsure | None = None, happy: float = 0.875) -> FaceResult:
    scores = EmotionScores(("happy", "sad"), (happy, 1 - happy))
    return FaceResult(Face(box, 0.9), scores, scores, 3, unsure)


def frame(*faces: FaceResult, size_wh: tuple[int, int] = (640, 480)) -> FrameResult:
    return FrameResult(0.0, size_wh, faces)


def image(width: int = 640, height: int = 480) -> np.ndarray:
    return np.full((height, width, 3), 120, np.uint8)


def has_color(picture: np.ndarray, color: tuple[int, int, int]) -> bool:
    return bool((picture == color).all(axis=2).any())


def test_without_faces_the_picture_is_an_unchanged_copy() -> None:
    source = image()
    drawn = draw_faces(source, frame())
    assert np.array_equal(drawn, source)
    assert not np.shares_memory(drawn, source)


def test_drawing_leaves_its_input_alone() -> None:
    source = image()
    drawn = draw_faces(source, frame(reading()))
    assert (source == 120).all()
    assert (drawn.shape, drawn.dtype) == (source.shape, np.uint8)
    assert not np.array_equal(drawn, source)


def test_a_read_only_or_strided_picture_can_be_drawn_on() -> None:
    source = image()[:, ::-1]
    source.flags.writeable = False
    assert has_color(draw_faces(source, frame(reading())), ORANGE)


@pytest.mark.parametrize(
    ("face", "expected"),
    [
        (reading(), "#3 happy 88%"),
        (reading(happy=0.1), "#3 sad 90%"),
        (reading(unsure="dark"), "#3 not sure (dark)"),
        (reading(unsure="low confidence"), "#3 not sure (low confidence)"),
    ],
)
def test_what_the_plate_says(face: FaceResult, expected: str) -> None:
    assert label_of(face) == expected
    assert expected.isascii()  # OpenCV's fonts have nothing else


def test_an_unsure_face_does_not_wear_the_colour_of_its_label() -> None:
    assert has_color(draw_faces(image(), frame(reading())), ORANGE)
    unsure = draw_faces(image(), frame(reading(unsure="small")))
    assert has_color(unsure, SLATE)
    assert not has_color(unsure, ORANGE)


def test_the_box_follows_the_face_and_the_plate_stands_above() -> None:
    changed = (draw_faces(image(), frame(reading())) != 120).any(axis=2)
    rows, columns = np.nonzero(changed)
    assert rows.max() == pytest.approx(350, abs=4)
    assert (columns.min(), columns.max()) == (
        pytest.approx(200, abs=4),
        pytest.approx(400, abs=40),
    )
    assert 90 < rows.min() < 148
    assert not changed[170:330, 220:380].any()  # the face itself stays free


@pytest.mark.parametrize("size_wh", [(1, 1), (3, 500), (48, 48), (640, 480), (6000, 4000)])
@pytest.mark.parametrize("unsure", [None, "low confidence"])
def test_any_size_of_picture(size_wh: tuple[int, int], unsure: Unsure | None) -> None:
    width, height = size_wh
    face = reading(Box(width * 0.3, height * 0.3, width * 0.7, height * 0.7), unsure)
    assert draw_faces(image(width, height), frame(face, size_wh=size_wh)).shape[:2] == (
        height,
        width,
    )


@pytest.mark.parametrize(
    "box",
    [
        Box(-50, -50, 60, 60),
        Box(600, 440, 700, 540),
        Box(-500, -500, 1500, 1500),
        Box(5, 0, 6, 1),
        Box(639.7, 100, 639.9, 120),
    ],
)
def test_a_face_at_the_edge_is_drawn(box: Box) -> None:
    drawn = draw_faces(image(), frame(reading(box)))
    assert has_color(drawn, ORANGE)


def test_a_face_outside_the_picture_is_left_out() -> None:
    drawn = draw_faces(image(), frame(reading(Box(700, 0, 800, 100))))
    assert (drawn == 120).all()


def test_text_grows_with_the_picture() -> None:
    def plate_height(scale: int) -> int:
        box = Box(*(side * scale for side in (200, 150, 400, 350)))
        size_wh = 640 * scale, 480 * scale
        drawn = draw_faces(image(*size_wh), frame(reading(box), size_wh=size_wh))
        return int(box.top - np.nonzero((drawn != 120).any(axis=2))[0].min())

    assert plate_height(4) > 3 * plate_height(1)


def test_every_label_has_a_colour_of_the_palette() -> None:
    assert set(FERPLUS_LABELS) == set(EMOTION_COLORS)
    assert color_of("happy") == ORANGE
    assert color_of("unheard of") == color_of("neutral")
