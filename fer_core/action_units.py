"""Action units: the movements of facial muscles that FACS numbers, and sets of them.

Units and their strengths (1 = A, a trace … 5 = E, the most) follow Ekman & Friesen, Facial Action
Coding System (1978; Ekman, Friesen & Hager 2002). Which units together are read as which
expression follows EMFACS: Friesen & Ekman, EMFACS-7: Emotional Facial Action Coding System
(unpublished manual, University of California at San Francisco, 1983).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

MOST = 5.0  # strength E


@dataclass(frozen=True, slots=True)
class ActionUnits:
    """Strengths of 0 (at rest) to 5 (E, the most); on both sides alike but for `…_one_side`.

    Raises:
        ValueError: a strength is outside 0..5.
    """

    au1: float = 0.0
    au2: float = 0.0
    au4: float = 0.0
    au5: float = 0.0
    au6: float = 0.0
    au7: float = 0.0
    au9: float = 0.0
    au12: float = 0.0
    au12_one_side: float = 0.0
    au14_one_side: float = 0.0
    au15: float = 0.0
    au17: float = 0.0
    au20: float = 0.0
    au23: float = 0.0
    au25: float = 0.0
    au26: float = 0.0

    def __post_init__(self) -> None:
        for each in fields(self):
            strength = getattr(self, each.name)
            if not 0 <= strength <= MOST:
                raise ValueError(
                    f"Expected a strength of {each.name} in 0..{MOST:g}. Received {strength}."
                )


@dataclass(frozen=True, slots=True)
class Unit:
    """An action unit for people.

    Attributes:
        field: of `ActionUnits`.
        code: its number, with R before it where one side acts.
        name: in FACS.
        plain: what it does, in plain words.
        part: of the face.
    """

    field: str
    code: str
    name: str
    plain: str
    part: str


MIXED = "Jaw, lips, nose"  # what its units do says which part does it
UNITS = (
    Unit("au1", "1", "inner brow raiser", "inner ends up", "Brows"),
    Unit("au2", "2", "outer brow raiser", "outer ends up", "Brows"),
    Unit("au4", "4", "brow lowerer", "down and together", "Brows"),
    Unit("au5", "5", "upper lid raiser", "wide open", "Lids"),
    Unit("au6", "6", "cheek raiser", "pushed up by the cheeks", "Lids"),
    Unit("au7", "7", "lid tightener", "narrowed", "Lids"),
    Unit("au12", "12", "lip corner puller", "up", "Mouth corners"),
    Unit("au12_one_side", "R12", "lip corner puller, one side", "one up", "Mouth corners"),
    Unit("au14_one_side", "R14", "dimpler, one side", "one tight", "Mouth corners"),
    Unit("au15", "15", "lip corner depressor", "down", "Mouth corners"),
    Unit("au20", "20", "lip stretcher", "back to the ears", "Mouth corners"),
    Unit("au9", "9", "nose wrinkler", "nose wrinkled", MIXED),
    Unit("au17", "17", "chin raiser", "chin pushed up", MIXED),
    Unit("au23", "23", "lip tightener", "lips tight", MIXED),
    Unit("au25", "25", "lips part", "lips apart", MIXED),
    Unit("au26", "26", "jaw drop", "jaw down", MIXED),
)

# Sets as they are mostly quoted from EMFACS; tables differ in details (disgust also with 10 or 16).
# The strengths, which the sets mostly leave open, are ours.
PROTOTYPES: Mapping[str, ActionUnits] = {
    "happy": ActionUnits(au6=4, au12=4),
    "surprise": ActionUnits(au1=4, au2=4, au5=2, au26=5),
    "sad": ActionUnits(au1=4, au4=3, au15=4),
    "angry": ActionUnits(au4=5, au5=2, au7=4, au23=4),
    "disgust": ActionUnits(au9=5, au15=3, au17=3),
    "fear": ActionUnits(au1=5, au2=3, au4=3, au5=5, au7=2, au20=5, au26=2),
    "neutral": ActionUnits(),
    "contempt": ActionUnits(au12_one_side=2, au14_one_side=2),
}


def in_words(units: ActionUnits) -> str:
    """What moves in a face, for people who do not see it: "brows: inner ends up; …"."""
    moved = [
        unit.plain if unit.part == MIXED else f"{unit.part.lower()}: {unit.plain}"
        for unit in UNITS
        if getattr(units, unit.field) > 0
    ]
    return "; ".join(moved) or "at rest"


def set_text(units: ActionUnits) -> str:
    """The units that act, as FACS writes them: "AU 6 + 12"; "no action unit" for none."""
    acting = [unit.code for unit in UNITS if getattr(units, unit.field) > 0]
    acting.sort(key=lambda code: int(code.strip("R")))
    return f"AU {' + '.join(acting)}" if acting else "no action unit"
