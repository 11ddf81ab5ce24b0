"""Small results to show."""

from collections.abc import Callable

import pytest

from fer_core.results import EmotionScores, FaceResult, FrameResult, Unsure
from fer_core.testing import make_face

LABELS = ("angry", "happy", "neutral")
MakeFrame = Callable[..., FrameResult]


def scores(happy: float) -> EmotionScores:
    return EmotionScores(LABELS, ((1 - happy) / 2, happy, (1 - happy) / 2))


@pytest.fixture
def frame() -> MakeFrame:
    """frame(seconds, {person: share of happy}, unsure=reason) → FrameResult."""

    def make(
        timestamp_s: float, people: dict[int, float], unsure: Unsure | None = None
    ) -> FrameResult:
        faces = tuple(
            FaceResult(make_face(), scores(happy), scores(happy), person, unsure)
            for person, happy in people.items()
        )
        return FrameResult(timestamp_s, (640, 480), faces)

    return make
