"""A tiny FER-2013: drawn faces as Kaggle's CSV, with votes beside it."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fer_core.faces import LABELS, SIDE
from fer_core.fer2013 import VOTE_COLUMNS, VOTES_FILE


def write_dataset(
    folder: Path, labels: Sequence[str], *, split: str = "PrivateTest", votes: bool = True
) -> Path:
    """Writes a face a label.

    Args:
        folder: must exist.
        labels: of FER-2013.
        split: of all faces.
        votes: whether to write FER+'s file beside it: eight people agree with the label, one
            says neutral, one cannot tell.

    Returns:
        The CSV file.
    """
    path = folder / "fer2013.csv"
    random = np.random.default_rng(1)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["emotion", "pixels", "Usage"])
        for label in labels:
            pixels = " ".join(map(str, random.integers(40, 220, SIDE * SIDE)))
            writer.writerow([LABELS["fer2013"].index(label), pixels, split])
    if votes:
        with (folder / VOTES_FILE).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(VOTE_COLUMNS)
            for label in labels:
                counts = [0] * len(VOTE_COLUMNS)
                counts[LABELS["ferplus"].index(label)] += 8
                counts[0] += 1
                counts[len(LABELS["ferplus"])] += 1
                writer.writerow(counts)
    return path
