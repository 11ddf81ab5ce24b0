"""Labels that do not flicker: scores averaged over the recent past."""

from collections.abc import Collection
from dataclasses import replace

from fer_core.results import EmotionScores


class Smoother:
    """Exponential smoothing of scores, a memory for each track.

    What was seen h seconds ago counts half, h being the half-life, however many frames a
    second there are: s ← s + (1 − 0.5^(Δt / h)) · (raw − s).

    Args:
        half_life_s: seconds; 0 gives the raw scores back.

    Raises:
        ValueError: the half-life is negative.
    """

    def __init__(self, *, half_life_s: float = 0.3) -> None:
        if half_life_s < 0:
            raise ValueError(f"Expected a half-life of 0 s or more. Received {half_life_s}.")
        self._half_life_s = half_life_s
        self._memory: dict[int, tuple[float, EmotionScores]] = {}

    def update(self, track_id: int, scores: EmotionScores, *, timestamp_s: float) -> EmotionScores:
        """Adds the scores of one frame to a track.

        Args:
            track_id: whose scores.
            scores: of this frame alone; always the same labels.
            timestamp_s: seconds since the start of the stream.

        Returns:
            The smoothed scores; the raw ones for the first frame of a track.
        """
        if self._half_life_s > 0 and track_id in self._memory:
            before_s, before = self._memory[track_id]
            share = 1 - 0.5 ** (max(timestamp_s - before_s, 0.0) / self._half_life_s)
            pairs = zip(before.probabilities, scores.probabilities, strict=True)
            scores = replace(
                scores, probabilities=tuple(old + share * (new - old) for old, new in pairs)
            )
        self._memory[track_id] = timestamp_s, scores
        return scores

    def keep(self, track_ids: Collection[int]) -> None:
        """Forgets every track that is not in `track_ids`."""
        self._memory = {i: m for i, m in self._memory.items() if i in track_ids}


class LabelHold:
    """The label and the doubt of each track, kept until the scores say clearly otherwise.

    Hysteresis: scores that sway about a boundary cross it all the time, but seldom by a margin.

    Args:
        switch_margin: another label takes over when it leads the held one by this much, and a
            doubtful reading is trusted again when it clears the threshold by this much, 0..1.

    Raises:
        ValueError: the margin is outside 0..1.
    """

    def __init__(self, *, switch_margin: float) -> None:
        if not 0 <= switch_margin <= 1:
            raise ValueError(f"Expected a switch_margin in 0..1. Received {switch_margin}.")
        self._margin = switch_margin
        self._labels: dict[int, str] = {}
        self._doubted: set[int] = set()

    def label(self, track_id: int, scores: EmotionScores) -> str:
        """The label to show for the smoothed scores of one frame of a track."""
        held = self._labels.get(track_id)
        if held is None or scores.confidence - scores.as_dict()[held] >= self._margin:
            held = scores.top
        self._labels[track_id] = held
        return held

    def doubts(self, track_id: int, confidence: float, *, min_confidence: float) -> bool:
        """Whether the confidence of the label to show is too low to be trusted."""
        margin = self._margin if track_id in self._doubted else 0.0
        doubted = confidence < min(min_confidence + margin, 1.0)
        (self._doubted.add if doubted else self._doubted.discard)(track_id)
        return doubted

    def keep(self, track_ids: Collection[int]) -> None:
        """Forgets every track that is not in `track_ids`."""
        self._labels = {i: label for i, label in self._labels.items() if i in track_ids}
        self._doubted.intersection_update(track_ids)
