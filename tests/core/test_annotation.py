from dataclasses import replace

import numpy as np
import pytest

from fer_core.annotation import DrawStyle, draw_faces, label_of
from fer_core.detection import create_detector
from fer_core.geometry import Box
from fer_core.palette import person_color
from fer_core.results import EmotionScores, Face, FaceResult, FrameResult, Unsure

VIOLET, SLATE = tuple(bytes.fromhex(person_color(3)[1:])), (70, 70, 70)


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
    assert has_color(draw_faces(source, frame(reading())), VIOLET)


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


def test_the_plate_says_the_label_that_is_held() -> None:
    scores = EmotionScores(("happy", "sad"), (0.45, 0.55))
    assert label_of(FaceResult(Face(HEAD, 0.9), scores, scores, 3, held="happy")) == "#3 happy 45%"


def test_the_colour_is_that_of_the_person_whatever_the_label() -> None:
    happy, sad = reading(), reading(happy=0.1)
    assert has_color(draw_faces(image(), frame(happy)), VIOLET)
    assert has_color(draw_faces(image(), frame(sad)), VIOLET)
    other = tuple(bytes.fromhex(person_color(4)[1:]))
    assert not has_color(draw_faces(image(), frame(happy)), other)
    assert has_color(draw_faces(image(), frame(replace(happy, track_id=4))), other)


@pytest.mark.parametrize("large", [False, True])
def test_an_unsure_face_looks_different_and_keeps_the_colour_of_its_person(large: bool) -> None:
    def plate_and_side(unsure: Unsure | None) -> tuple[np.ndarray, np.ndarray]:
        drawn = draw_faces(image(), frame(reading(unsure=unsure)), DrawStyle(large=large))
        return drawn[:148], (drawn[160:340, 200] == VIOLET).all(axis=1)

    plate, side = plate_and_side(None)
    assert has_color(plate, VIOLET)
    assert not has_color(plate, SLATE)
    assert side.all()
    plate, side = plate_and_side("small")
    assert has_color(plate, VIOLET)
    assert (plate == SLATE).all(axis=2).sum() > 3 * (plate == VIOLET).all(axis=2).sum()
    assert 0.3 < side.mean() < 0.8


def test_the_box_follows_the_face_and_the_plate_stands_above() -> None:
    changed = (draw_faces(image(), frame(reading())) != 120).any(axis=2)
    rows, columns = np.nonzero(changed)
    assert rows.max() == pytest.approx(350, abs=4)
    assert (columns.min(), columns.max()) == (
        pytest.approx(200, abs=20),
        pytest.approx(400, abs=20),
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
    assert has_color(drawn, VIOLET)


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


def test_large_letters_are_a_twelfth_of_the_picture() -> None:
    def letters_px(style: DrawStyle) -> int:
        plate = draw_faces(image(), frame(reading(happy=0.1)), style)[:140]
        rows = np.nonzero((plate > 250).all(axis=2))[0]
        return int(rows.max() - rows.min() + 1)

    assert letters_px(DrawStyle(large=True)) == pytest.approx(480 / 12, abs=12)
    assert letters_px(DrawStyle(large=True)) > 1.7 * letters_px(DrawStyle())


def test_large_plates_of_people_beside_one_another_do_not_meet() -> None:
    people = [
        replace(reading(Box(left, 200, left + 120, 320)), track_id=number)
        for number, left in ((1, 100), (2, 260), (3, 420))
    ]
    drawn = draw_faces(image(), frame(*people), DrawStyle(large=True))
    for number in (1, 2, 3):
        color = tuple(bytes.fromhex(person_color(number)[1:]))
        columns = np.nonzero((drawn[:195] == color).all(axis=2))[1]
        assert columns.min() >= 160 * number - 85
        assert columns.max() <= 160 * number + 85


def test_mirrored_pictures_and_boxes_flip_and_text_does_not() -> None:
    source = image()
    source[:, :100] = 60
    drawn = draw_faces(source, frame(reading()), DrawStyle(mirrored=True))
    assert (drawn[400:, 540:] == 60).all()
    box = Box(640 - HEAD.right, HEAD.top, 640 - HEAD.left, HEAD.bottom)
    by_hand = draw_faces(np.ascontiguousarray(source[:, ::-1]), frame(reading(box)))
    assert np.array_equal(drawn, by_hand)


def test_of_other_faces_only_coarse_cells_stay() -> None:
    rng = np.random.default_rng(1)
    box = Box(200, 150, 360, 310)
    plain = image()
    detailed = plain.copy()
    # Fine detail that no coarse cell keeps: each 2×2 block has the mean of the wall.
    noise = rng.integers(-90, 90, (240, 320, 3))
    detailed[::2, ::2], detailed[1::2, 1::2] = 120 + noise, 120 + noise
    detailed[::2, 1::2], detailed[1::2, ::2] = 120 - noise, 120 - noise
    others = replace(frame(), others=(box,))
    hidden = draw_faces(detailed, others, DrawStyle(blur_others=True))
    assert np.abs(hidden[126:334, 176:384].astype(int) - 120).max() < 10  # 30 % wider
    assert np.array_equal(hidden[:120], detailed[:120])
    assert np.array_equal(draw_faces(detailed, others), detailed)


def test_no_face_is_found_where_one_was_blurred(astronaut: np.ndarray) -> None:
    detector = create_detector()
    faces = detector.detect(astronaut)
    result = FrameResult(0.0, (512, 512), others=tuple(face.box for face in faces))
    assert len(faces) == 1
    assert detector.detect(draw_faces(astronaut, result, DrawStyle(blur_others=True))) == []


@pytest.mark.parametrize("box", [Box(-60, -40, 50, 60), Box(700, 0, 800, 100), Box(5, 5, 5.5, 5.5)])
def test_other_faces_at_and_over_the_edge(box: Box) -> None:
    others = replace(frame(), others=(box,))
    assert draw_faces(image(), others, DrawStyle(blur_others=True)).shape == (480, 640, 3)
