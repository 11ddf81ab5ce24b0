"""How clearly a face shows an expression: low, moderate or strong.

After the severity levels of EmoNet (Jenisha & Livingston 2023). The level grades the
calibrated score of the top label. The two thresholds between the levels are chosen where the
agreement of FER+'s ten raters passes a half and eight tenths, so that "strong" means: of ten
people, about eight or more would call the face so; "low": fewer than five would.

It says how clearly the picture shows the label, to the model and to people who look at it.
It does not say how strongly anybody feels: people feel much and show little, and the
reverse, and a posed face is the clearest of all.
"""

from bisect import bisect_right
from collections.abc import Sequence

from fer_core.results import EmotionScores, Intensity

LEVELS: tuple[Intensity, ...] = ("low", "moderate", "strong")


def level_of(scores: EmotionScores, thresholds: Sequence[float] | None) -> Intensity | None:
    """The level of a reading.

    Args:
        scores: calibrated, of one face.
        thresholds: the least confidence that is moderate, and the least that is strong, in
            0..1, for the head that gave the scores; None when they were not measured.

    Returns:
        None without thresholds, and for a neutral face: it shows no expression to grade.
    """
    if thresholds is None or scores.top == "neutral":
        return None
    return LEVELS[bisect_right(thresholds, scores.confidence)]
