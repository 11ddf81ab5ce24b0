"""Decks and scores: who was right how often."""

import numpy as np
import pytest

from fer_core.bundle import InputSpec
from fer_core.faces import LABELS, FaceSet
from fer_core.preprocessing import crop_face
from fer_core.quiz import CANNOT_TELL, Answer, Score, dataset_faces, drawn_faces, score
from fer_core.testing import FER2013_LABELS

ROUND = 10  # more than a face a label
SPEC = InputSpec(96, margin=1.1)


def face_set(*, votes: bool = True, no_face: int = 0) -> FaceSet:
    """A clear and a split face a label; the grey of a face is its row."""
    labels = np.repeat(np.arange(7), 2)
    images = np.repeat(np.arange(14, dtype=np.uint8), 48 * 48).reshape(14, 48, 48)
    counts = np.zeros((14, 10), np.float32)
    for row, label in enumerate(labels):
        column = LABELS["ferplus"].index(LABELS["fer2013"][label])
        counts[row, column] = 9 if row % 2 == 0 else 5
        counts[row, 8] = 10 - counts[row].sum() - no_face
        counts[row, 9] = no_face
    return FaceSet(images, labels, counts if votes else None)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([], Score(0, 0, 0, 0, 0, 0.0, 0)),
        ([Answer("sad", "sad", None)], Score(1, 0, 0, 0, 0, 0.0, 1)),
        ([Answer("sad", "happy", "sad")], Score(1, 1, 1, 0, 0, 0.0, 0)),
        (
            [Answer("sad", "happy", "happy", 0.6), Answer("fear", "fear", "fear", 0.9)],
            Score(2, 2, 1, 2, 2, 1.5, 1),
        ),
    ],
)
def test_scores(answers: list[Answer], expected: Score) -> None:
    assert score(answers) == expected


def test_a_drawing_a_label() -> None:
    deck = drawn_faces([*FER2013_LABELS, "bored"])
    assert [face.label for face in deck] == list(FER2013_LABELS)
    assert all(face.asked == 0 for face in deck)
    assert "9 + 15 + 17" in deck[1].about
    assert "no action unit" in deck[-1].about


@pytest.mark.parametrize("count", [0, 1, 7, 14])
def test_decks_take_every_label_in_turn(count: int) -> None:
    deck = dataset_faces(face_set(), count=count, seed=3, margin=1.1)
    assert len(deck) == count
    often = [sum(face.label == label for face in deck) for label in FER2013_LABELS]
    assert max(often) - min(often) <= 1


def test_clear_and_split_faces_by_turns() -> None:
    deck = dataset_faces(face_set(), count=7, seed=3, margin=1.1)
    clear = sum(face.votes_for(face.label or "") == 9 for face in deck)
    assert clear == 4


def test_the_votes_are_those_of_the_face() -> None:
    for face in dataset_faces(face_set(), count=14, seed=3, margin=1.1):
        row = int(face.image[0, 0, 0])
        assert face.label == LABELS["fer2013"][row // 2]
        assert face.votes == {face.label: 9 if row % 2 == 0 else 5} | {
            CANNOT_TELL: 1 if row % 2 == 0 else 5
        }
        assert face.asked == 10


def test_the_network_gets_the_whole_picture() -> None:
    (face,) = dataset_faces(face_set(), count=1, seed=3, margin=1.1)
    assert crop_face(face.image, face.face, SPEC).shape == (48, 48, 3)


def test_faces_that_a_rater_calls_no_face_are_left_out() -> None:
    assert dataset_faces(face_set(no_face=1), count=14, seed=3, margin=1.1) == ()


@pytest.mark.parametrize("count", [1, 7, ROUND])
def test_without_votes_nobody_was_asked_and_no_face_comes_twice(count: int) -> None:
    deck = dataset_faces(face_set(votes=False), count=count, seed=3, margin=1.1)
    assert [face.asked for face in deck] == [0] * count
    assert len({int(face.image[0, 0, 0]) for face in deck}) == count


def test_the_seed_decides() -> None:
    def rows(seed: int) -> list[int]:
        deck = dataset_faces(face_set(), count=10, seed=seed, margin=1.1)
        return [int(face.image[0, 0, 0]) for face in deck]

    assert rows(1) == rows(1)
    assert rows(1) != rows(2)
