"""Guess first: faces with what is known about them, and who was right how often.

"Right" means: the label that the face carries. That is the label of the data set, the words of
the web search that found the picture, or the expression that a drawing was made for; it is not
what anybody felt.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fer_core.action_units import PROTOTYPES, ActionUnits, in_words, set_text
from fer_core.drawn_face import drawn_face
from fer_core.faces import LABELS, FaceSet
from fer_core.geometry import Box, square
from fer_core.results import Face, RgbImage

CANNOT_TELL = "could not tell"
CLEAR_VOTES, SPLIT_VOTES = 8, 6  # of ten: a clear face has at least, a split one at most so many


@dataclass(frozen=True, slots=True, eq=False)
class QuizFace:
    """A face to guess.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        face: in it.
        label: what it is called; None where nobody has named it.
        about: where picture and label come from, in a sentence.
        seen: what there is to see, for people who do not see it; "" where nobody wrote it down.
        votes: label, or `CANNOT_TELL`, → number of people; empty where nobody was asked.
    """

    image: RgbImage
    face: Face
    label: str | None
    about: str
    seen: str = ""
    votes: Mapping[str, int] = field(default_factory=dict)

    @property
    def asked(self) -> int:
        """How many people were asked."""
        return sum(self.votes.values())

    def votes_for(self, label: str) -> int:
        """How many of them chose a label."""
        return self.votes.get(label, 0)


@dataclass(frozen=True, slots=True)
class Answer:
    """One face of a round, answered: the labels, and the share of people who chose the face's.

    Attributes:
        you, model: labels.
        label: the face's; None where nobody has named it.
        people: share of the people asked who chose `label`, 0..1; None where nobody was asked.
    """

    you: str
    model: str
    label: str | None
    people: float | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """How a round stands.

    Attributes:
        answered: faces answered.
        named: those of them that carry a label.
        you, model: how many of the named ones each got right.
        voted: those of the named ones that people were asked about.
        people: how many of the voted ones one of these people got right, on average.
        alike: in how many of all answers you and the model agree.
    """

    answered: int
    named: int
    you: int
    model: int
    voted: int
    people: float
    alike: int


def score(answers: Sequence[Answer]) -> Score:
    """Counts a round."""
    named = [answer for answer in answers if answer.label is not None]
    shares = [answer.people for answer in named if answer.people is not None]
    return Score(
        answered=len(answers),
        named=len(named),
        you=sum(answer.you == answer.label for answer in named),
        model=sum(answer.model == answer.label for answer in named),
        voted=len(shares),
        people=float(sum(shares)),
        alike=sum(answer.you == answer.model for answer in answers),
    )


def drawn_faces(labels: Sequence[str]) -> tuple[QuizFace, ...]:
    """A drawing for each of the labels that a set of action units is known for."""
    deck = []
    for label in labels:
        if label in PROTOTYPES:
            units = PROTOTYPES[label]
            image, face = drawn_face(units)
            about = (
                f"Drawn for {label}: {in_words(units)}. In the numbers of FACS, the system that "
                f"counts movements of facial muscles: {set_text(units)}."
            )
            if units == ActionUnits():
                about = "Drawn at rest, with no action unit at all."
            deck.append(QuizFace(image, face, label, about, f"Drawn face. {in_words(units)}."))
    return tuple(deck)


def dataset_faces(faces: FaceSet, *, count: int, seed: int, margin: float) -> tuple[QuizFace, ...]:
    """Faces of FER-2013 for a round: every label in turn, and each face once.

    With votes, clear and split faces come by turns.

    Args:
        faces: one split, 48 px grey; with votes, faces that one of the raters calls no face
            are left out.
        count: how many, at most.
        seed: of the choice.
        margin: of the model's crop, so that it is given the whole picture, as in training.

    Returns:
        The deck, shuffled.
    """
    rng = np.random.default_rng(seed)
    names = LABELS["fer2013"]
    order = rng.permutation(len(faces))
    voted = faces.votes is not None
    piles = {
        (label, split): [
            row for row in order if faces.labels[row] == label and _fits(faces, row, split)
        ]
        for label in range(len(names))
        for split in {False, voted}
    }
    chosen: list[int] = []
    turns = [
        (label, voted and bool((turn + label) % 2))
        for turn in range(count)
        for label in range(len(names))
    ]
    for turn in turns:
        if len(chosen) < count and piles[turn]:
            chosen.append(int(piles[turn].pop()))
    return tuple(_from_dataset(faces, row, margin) for row in rng.permutation(chosen).tolist())


def _fits(faces: FaceSet, row: int, split: bool) -> bool:
    """Whether people agree on a face, or are split over it; without votes every face will do."""
    if faces.votes is None:
        return True
    *named, _, no_face = faces.votes[row].tolist()
    top = max(named)
    return bool(no_face == 0 and (top <= SPLIT_VOTES if split else top >= CLEAR_VOTES))


def _from_dataset(faces: FaceSet, row: int, margin: float) -> QuizFace:
    grey = faces.images[row]
    height, width = grey.shape[:2]
    image = np.repeat(grey[:, :, None], 3, axis=2) if grey.ndim == 2 else grey
    whole = square(Box(0, 0, width, height), margin=1 / margin)
    label = LABELS["fer2013"][faces.labels[row]]
    votes: dict[str, int] = {}
    if faces.votes is not None:
        *counts, unknown, _ = faces.votes[row].astype(int).tolist()
        pairs = zip((*LABELS["ferplus"], CANNOT_TELL), (*counts, unknown), strict=True)
        votes = {name: number for name, number in pairs if number}
    about = f"A face of FER-2013's PrivateTest; the data set calls it {label}."
    return QuizFace(image, Face(whole, 1.0), label, about, votes=votes)
