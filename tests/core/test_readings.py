"""A model's answers face by face."""

import numpy as np
import pytest

from fer_core.errors import DataError
from fer_core.faces import LABELS, FaceSet
from fer_core.readings import read_faces
from fer_core.testing import FakeClassifier

FER2013 = LABELS["fer2013"]


def faces(*labels: str, votes: np.ndarray | None = None) -> FaceSet:
    positions = np.array([FER2013.index(label) for label in labels], np.int64)
    return FaceSet(np.zeros((len(labels), 48, 48), np.uint8), positions, votes)


def test_no_faces() -> None:
    readings = read_faces(FakeClassifier(), faces())
    assert readings.confusion.sum() == 0
    assert readings.probabilities.shape == (0, 7)
    assert list(readings.cell("sad", "fear")) == []


def test_a_cell_holds_its_faces() -> None:
    told: list[float] = []
    classifier = FakeClassifier(script=["happy", "fear", "happy"])
    readings = read_faces(classifier, faces("happy", "sad", "sad"), progress=told.append)
    assert list(readings.cell("sad", "fear")) == [1]
    assert list(readings.cell("sad", "happy")) == [2]
    assert readings.confusion[FER2013.index("sad")].sum() == 2
    assert readings.confusion.trace() == 1
    assert told == [1.0]


def test_the_surest_comes_first() -> None:
    readings = read_faces(FakeClassifier(script=["fear"] * 3), faces("sad", "sad", "sad"))
    column = FER2013.index("fear")
    readings.probabilities[:, column] = 0.5, 0.9, 0.7
    assert list(readings.cell("sad", "fear")) == [1, 2, 0]


def test_faces_without_a_majority_do_not_count() -> None:
    votes = np.zeros((2, 10), np.float32)
    votes[0, 1], votes[1, :5] = 10, 2
    classifier = FakeClassifier(LABELS["ferplus"], ["happy"], head="ferplus")
    readings = read_faces(classifier, faces("sad", "sad", votes=votes))
    assert len(readings.images) == 1
    assert readings.confusion[1, 1] == 1


def test_no_votes_to_judge_by() -> None:
    classifier = FakeClassifier(LABELS["ferplus"], ["happy"], head="ferplus")
    with pytest.raises(DataError, match="FER\\+ votes"):
        read_faces(classifier, faces("sad"))
