"""FER-2013 and its FER+ votes, read from Kaggle's CSV and Microsoft's; what counts as right."""

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.errors import DataError
from fer_core.faces import LABELS, SIDE, SPLITS, FaceSet

VOTES_FILE = "fer2013new.csv"
VOTE_COLUMNS = (
    *("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"),
    *("unknown", "NF"),
)
_COLUMNS = ["emotion", "pixels", "Usage"]


def load_csv(
    path: Path, *, votes: Path | None = None, splits: Collection[str] = SPLITS
) -> dict[str, FaceSet]:
    """Reads Kaggle's fer2013.csv, plain or compressed.

    Args:
        path: .csv, .csv.gz or .csv.xz.
        votes: FER+'s fer2013new.csv; by default the one beside `path`, if it is there.
        splits: which ones to read; leaving some out saves their time.

    Returns:
        split name → faces, 48 px grey.

    Raises:
        DataError: a file cannot be read, or one of its rows is malformed.
    """
    try:
        table = pd.read_csv(path, usecols=_COLUMNS)
    except Exception as error:  # pandas, gzip and lzma raise many kinds
        raise DataError(
            f"Expected {path} to be a CSV with the columns {', '.join(_COLUMNS)}, as Kaggle's "
            f"fer2013.csv has them. It could not be read ({error}). Download it again."
        ) from error
    unknown = set(table["Usage"]) - set(SPLITS)
    if unknown:
        raise DataError(
            f"Expected the column Usage of {path} to hold {', '.join(SPLITS)}. Received "
            f"{', '.join(sorted(map(str, unknown)))}. Correct these rows."
        )
    labels = checked_labels(table["emotion"], path)
    beside = path.with_name(VOTES_FILE)
    votes = votes or (beside if beside.is_file() else None)
    counts = None if votes is None else _load_votes(votes, len(table))
    usage, texts = table["Usage"].to_numpy(), table["pixels"]
    sets = {}
    for split in SPLITS:
        if split in splits:
            rows = np.flatnonzero(usage == split)
            images = np.empty((len(rows), SIDE, SIDE), np.uint8)
            for image, row in zip(images, rows.tolist(), strict=True):
                image[:] = _parse_pixels(str(texts.iat[row]), f"Row {row + 2} of {path}")
            sets[split] = FaceSet(images, labels[rows], None if counts is None else counts[rows])
    return sets


def majority(votes: NDArray[np.float32]) -> NDArray[np.int64]:
    """The label that most FER+ raters agree on (Barsoum et al. 2016).

    Single votes are dropped; the top one of all ten columns must hold more than half of the
    rest and be one of the eight expressions.

    Args:
        votes: (N, 10) counts in the order of `VOTE_COLUMNS`.

    Returns:
        (N,) positions in `LABELS["ferplus"]`, -1 where the raters do not agree.
    """
    kept = np.where(votes > 1, votes, 0)
    top = kept.argmax(axis=1)
    agreed = (kept.max(axis=1) > kept.sum(axis=1) / 2) & (top < len(LABELS["ferplus"]))
    return np.where(agreed, top, -1).astype(np.int64)


def truth_of(faces: FaceSet, head: str, labels: Sequence[str]) -> NDArray[np.int64]:
    """What a head should say of each face.

    Args:
        faces: for ferplus with votes.
        head: "fer2013", or "ferplus", for which the label is that of most raters.
        labels: of the head; a recipe may leave some of the label set out.

    Returns:
        (N,) positions in `labels`; -1 where the face does not count.

    Raises:
        DataError: there are no votes to judge the head by.
    """
    if head == "fer2013":
        truth = faces.labels
    elif faces.votes is not None:
        truth = majority(faces.votes)
    else:
        raise DataError(
            f"Expected FER+ votes, by which the head {head} is measured. The data has none. "
            "Give the path of fer2013new.csv as well."
        )
    position = [labels.index(name) if name in labels else -1 for name in LABELS[head]]
    return np.array([*position, -1], np.int64)[truth]  # -1, no majority, takes the last one


def checked_labels(values: "pd.Series[int]", path: Path) -> NDArray[np.int64]:
    """The labels as (N,) int64 positions in `LABELS["fer2013"]`.

    Raises:
        DataError: one is no such position; the sentence names `path` and its row.
    """
    labels = pd.to_numeric(values, errors="coerce").to_numpy(float)
    wrong = ~np.isin(labels, range(len(LABELS["fer2013"])))
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(
            f"Expected labels 0 to 6 in {path}. Row {row + 2} has {values.iloc[row]}. "
            "Correct or remove the row."
        )
    checked: NDArray[np.int64] = labels.astype(np.int64)
    return checked


def _parse_pixels(text: str, place: str) -> NDArray[np.uint8]:
    try:
        values = np.array(text.split(), np.int64)
    except (ValueError, OverflowError):
        values = np.array([-1])
    if values.size != SIDE * SIDE or values.min() < 0 or values.max() > 255:
        raise DataError(
            f"Expected {SIDE * SIDE} pixel values of 0 to 255 in each row. {place} has "
            f"{len(text.split())}, or one that is no such number. Correct or remove the row."
        )
    return values.astype(np.uint8).reshape(SIDE, SIDE)


def _load_votes(path: Path, rows: int) -> NDArray[np.float32]:
    try:
        votes: NDArray[np.float32] = pd.read_csv(path)[list(VOTE_COLUMNS)].to_numpy(np.float32)
    except Exception as error:  # pandas raises many kinds
        raise DataError(
            f"Expected the FER+ votes in {path}, a column for each of {', '.join(VOTE_COLUMNS)}. "
            f"They could not be read ({error}). Download fer2013new.csv again."
        ) from error
    if len(votes) != rows:
        raise DataError(
            f"Expected as many rows of FER+ votes as faces ({rows}). Received {len(votes)} in "
            f"{path}. Use the two files of the same data set."
        )
    return votes
