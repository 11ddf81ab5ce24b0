"""What a model says of labelled faces, one by one: where its mistakes are looked at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_core.calibration import Probabilities, Truth
from fer_core.classification import EmotionClassifier
from fer_core.confusion import confusion_matrix
from fer_core.faces import FaceSet
from fer_core.fer2013 import truth_of

Progress = Callable[[float], None]
_CHUNK = 16  # few, as the camera may be waiting for the same network


def _ignore(share: float) -> None:
    """For who does not ask how far it is."""


@dataclass(frozen=True, slots=True)
class Readings:
    """A model's answers for the faces that count for its label set.

    Attributes:
        labels: K names.
        images: N face crops, uint8, grey (S, S) or RGB (S, S, 3).
        truth: (N,) positions in `labels`.
        probabilities: (N, K), rows sum to 1.
        votes: (N, 10) counts in the order of `fer2013.VOTE_COLUMNS`; None where nobody voted.
    """

    labels: tuple[str, ...]
    images: Sequence[NDArray[np.uint8]]
    truth: Truth
    probabilities: Probabilities
    votes: NDArray[np.float32] | None = None

    @property
    def said(self) -> Truth:
        """(N,) positions in `labels` of the top answers."""
        return np.asarray(self.probabilities.argmax(axis=1))

    @property
    def confusion(self) -> NDArray[np.int64]:
        """(K, K) counts, rows true, columns said."""
        return confusion_matrix(self.said, self.truth, len(self.labels))

    def cell(self, true: str, said: str) -> NDArray[np.int64]:
        """The faces of one cell of the confusion matrix, the surest answer first.

        Args:
            true, said: of `labels`.

        Returns:
            (n,) positions in `images`.
        """
        row, column = self.labels.index(true), self.labels.index(said)
        inside = np.flatnonzero((self.truth == row) & (self.said == column))
        return inside[np.argsort(-self.probabilities[inside, column], kind="stable")]


def read_faces(
    classifier: EmotionClassifier, faces: FaceSet, *, progress: Progress = _ignore
) -> Readings:
    """Reads every face of a data set that counts for the classifier's label set.

    Args:
        classifier: the model.
        faces: for ferplus with votes.
        progress: see `read_crops`.

    Raises:
        DataError: there are no votes to judge this label set by.
    """
    truth = truth_of(faces, classifier.head, classifier.labels)
    rows = np.flatnonzero(truth >= 0)
    counted = faces.subset(rows)
    return read_crops(
        classifier, list(counted.images), truth[rows], votes=counted.votes, progress=progress
    )


def read_crops(
    classifier: EmotionClassifier,
    images: Sequence[NDArray[np.uint8]],
    truth: Truth,
    *,
    votes: NDArray[np.float32] | None = None,
    progress: Progress = _ignore,
) -> Readings:
    """Reads face crops on the path of the app.

    Args:
        classifier: the model.
        images: N crops as `EmotionClassifier.classify` takes them.
        truth: (N,) positions in the classifier's labels.
        votes: (N, 10), see `Readings`.
        progress: is told the share that is done, 0..1, after each few faces; may raise to stop.
    """
    parts = [np.empty((0, len(classifier.labels)))]
    for start in range(0, len(images), _CHUNK):
        scores = classifier.classify(images[start : start + _CHUNK])
        parts.append(np.array([each.probabilities for each in scores]))
        progress(min(start + _CHUNK, len(images)) / len(images))
    return Readings(classifier.labels, images, truth, np.concatenate(parts), votes)
