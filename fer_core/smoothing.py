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
