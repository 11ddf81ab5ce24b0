"""How much of a difference between two runs may be chance: the bootstrap on their matrices."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS = 2000
LEVEL = 0.95
Matrix = Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class Difference:
    """How much more of its images one run reads right than another; shares, -1..1.

    Attributes:
        label: a label; "" for all labels together.
        share: the difference.
        low, high: 95 % of the resampled differences lie in between.
    """

    label: str
    share: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out "no difference"."""
        return self.low > 0 or self.high < 0


def differences(
    labels: Sequence[str], ours: Matrix, theirs: Matrix, *, seed: int = 1
) -> list[Difference]:
    """The difference in accuracy, and in the recall of each label, with intervals.

    Each matrix is resampled on its own (Efron 1979): the images that both runs read are drawn
    as if they were other ones, as which run read which image right is not kept. So for runs on
    the same images the intervals are wider than need be.

    Args:
        labels: K names.
        ours, theirs: (K, K) counts, rows true, columns predicted.
        seed: of the draws.

    Returns:
        The difference over all labels first, then each label's; a label without images in one
        of the two is left out.
    """
    random = np.random.default_rng(seed)
    rows = []
    (first, drawn), (second, drawn_too) = (
        _recalls(np.asarray(matrix, np.int64), random) for matrix in (ours, theirs)
    )
    for k, label in enumerate(["", *labels]):
        share = float(first[k] - second[k])
        if np.isfinite(share):
            low, high = np.nanquantile(
                drawn[:, k] - drawn_too[:, k], [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
            )
            rows.append(Difference(label, share, float(low), float(high)))
    return rows


def _recalls(
    matrix: NDArray[np.int64], random: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Accuracy and recalls, (1 + K,); the same of each resampled matrix, (DRAWS, 1 + K)."""
    total = int(matrix.sum())
    cells = random.multinomial(total, matrix.ravel() / max(total, 1), size=DRAWS)
    drawn = np.concatenate([matrix[None], cells.reshape(DRAWS, *matrix.shape)])
    hits, support = np.diagonal(drawn, axis1=1, axis2=2), drawn.sum(axis=2)
    with np.errstate(invalid="ignore"):
        shares = np.column_stack([hits.sum(axis=1) / support.sum(axis=1), hits / support])
    return shares[0], shares[1:]
