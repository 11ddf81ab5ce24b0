"""A set of labelled faces, and the names of labels and splits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIDE = 48
SPLITS = ("Training", "PublicTest", "PrivateTest")
LABELS: Mapping[str, tuple[str, ...]] = {
    "fer2013": ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"),
    "ferplus": ("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", "contempt"),
}


@dataclass(frozen=True, slots=True)
class FaceSet:
    """Faces of one split.

    Attributes:
        images: (N, S, S) uint8 grey, 48 px for FER-2013; or (N, S, S, 3) RGB.
        labels: (N,) int64, positions in `LABELS["fer2013"]`.
        votes: (N, 10) float32 counts in the order of `fer2013.VOTE_COLUMNS`; None without FER+.
        people: (N,) int64, a number a person; None where nobody knows who is who.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    votes: NDArray[np.float32] | None = None
    people: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def subset(self, rows: NDArray[np.int64]) -> "FaceSet":
        votes = None if self.votes is None else self.votes[rows]
        people = None if self.people is None else self.people[rows]
        return FaceSet(self.images[rows], self.labels[rows], votes, people)


def joined(sets: Iterable[FaceSet]) -> FaceSet:
    """Faces of several splits as one; votes and people only where all of them have these."""
    parts = list(sets)
    votes = [each.votes for each in parts if each.votes is not None]
    people = [each.people for each in parts if each.people is not None]
    return FaceSet(
        np.concatenate([each.images for each in parts]),
        np.concatenate([each.labels for each in parts]),
        np.concatenate(votes) if len(votes) == len(parts) else None,
        np.concatenate(people) if len(people) == len(parts) else None,
    )
