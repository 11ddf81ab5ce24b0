"""Labelled faces from the layouts people have: Kaggle CSV, class folders, KDEF, parquet.

Whatever the layout, the result is one `FaceSet` a split: Training to learn from, PublicTest
to choose by, PrivateTest to report. All of FER-2013 is 83 MB, so it stays in memory.
"""

import io
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from fer_core.bundle import InputSpec
from fer_core.errors import DataError
from fer_core.training.config import Recipe
from fer_core.training.faces import LABELS, SIDE, SPLITS, FaceSet
from fer_core.training.folders import SPLIT_OF_FOLDER, load_folders, whole_face
from fer_core.training.splits import splits_for, with_all_splits

__all__ = [
    "LABELS",
    "SIDE",
    "SPLITS",
    "VOTE_COLUMNS",
    "FaceSet",
    "load_faces",
    "load_for",
    "majority",
    "vote_shares",
]

VOTE_COLUMNS = (
    *("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"),
    *("unknown", "NF"),
)
FER2013_SPEC = InputSpec(size=SIDE, source_size=0)


def load_for(recipe: Recipe, path: Path, *, votes: Path | None = None) -> dict[str, FaceSet]:
    """Reads a data set as a recipe wants it: in colour or grey, its splits, its classes.

    Args:
        recipe: see `splits_for`; a recipe in colour takes pictures at its own input size.
        path, votes: see `load_faces`.

    Raises:
        DataError: see `load_faces`.
    """
    spec = FER2013_SPEC
    if not recipe.grayscale:
        spec = InputSpec(recipe.size, grayscale=False, margin=recipe.margin, source_size=0)
    return splits_for(recipe, load_faces(path, votes=votes, seed=recipe.seed, spec=spec))


def load_faces(
    path: Path, *, votes: Path | None = None, seed: int = 1, spec: InputSpec = FER2013_SPEC
) -> dict[str, FaceSet]:
    """Reads a data set, whatever its layout.

    Args:
        path: a Kaggle CSV (.csv, .csv.gz, .csv.xz), a folder of class folders with or
            without train/test folders above them, KDEF's folder of people's folders, or a
            folder of Hugging Face parquet files.
        votes: FER+'s fer2013new.csv; by default the one beside the CSV, if it is there.
        seed: of the split, where the layout has none.
        spec: size and colour of what is read from folders; a CSV and parquet are 48 px grey.

    Returns:
        split name → faces, always with the three of `SPLITS`.

    Raises:
        DataError: the data set is missing, empty or malformed.
    """
    if path.is_file():
        beside = path.with_name("fer2013new.csv")
        sets = _load_csv(path, votes or (beside if beside.is_file() else None))
    elif any(path.glob("*.parquet")):
        sets = _load_parquet(path)
    elif path.is_dir():
        sets = load_folders(path, spec)
    else:
        raise DataError(
            "Expected a FER-2013 CSV file, a folder of class folders or a folder of parquet "
            f"files. Received {path}, which does not exist. Check the path after --data."
        )
    return with_all_splits(sets, seed)


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


def vote_shares(votes: NDArray[np.float32]) -> NDArray[np.float32]:
    """FER+ votes as a distribution over `LABELS["ferplus"]`, single votes dropped.

    Returns:
        (N, 8) float32; a row of zeros where most raters saw no face or could not tell.
    """
    kept = np.where(votes > 1, votes, 0)[:, : len(LABELS["ferplus"])]
    usable = (votes.argmax(axis=1) < len(LABELS["ferplus"])) & (kept.sum(axis=1) > 0)
    total = np.where(usable, kept.sum(axis=1), 1)
    shares: NDArray[np.float32] = (kept * usable[:, None] / total[:, None]).astype(np.float32)
    return shares


def _load_csv(path: Path, votes_path: Path | None) -> dict[str, FaceSet]:
    columns = ["emotion", "pixels", "Usage"]
    try:
        table = pd.read_csv(path, usecols=columns)
    except Exception as error:  # pandas, gzip and lzma raise many kinds
        raise DataError(
            f"Expected {path} to be a CSV with the columns {', '.join(columns)}, as Kaggle's "
            f"fer2013.csv has them. It could not be read ({error}). Download it again."
        ) from error
    unknown = set(table["Usage"]) - set(SPLITS)
    if unknown:
        raise DataError(
            f"Expected the column Usage of {path} to hold {', '.join(SPLITS)}. Received "
            f"{', '.join(sorted(map(str, unknown)))}. Correct these rows."
        )
    labels = _checked_labels(table["emotion"], path)
    images = np.empty((len(table), SIDE, SIDE), np.uint8)
    for row, text in enumerate(table["pixels"]):
        images[row] = _parse_pixels(str(text), f"Row {row + 2} of {path}")
    votes = None if votes_path is None else _load_votes(votes_path, len(table))
    everything = FaceSet(images, labels, votes)
    return {split: everything.subset(np.flatnonzero(table["Usage"] == split)) for split in SPLITS}


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


def _checked_labels(values: "pd.Series[int]", path: Path) -> NDArray[np.int64]:
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


def _load_parquet(folder: Path) -> dict[str, FaceSet]:
    names = [f"ferplus_{column.lower()}" for column in VOTE_COLUMNS]
    sets = {}
    for path in sorted(folder.glob("*.parquet")):
        split = _split_of_file(path)
        try:
            table = pd.read_parquet(path)
            images = np.stack([_parquet_face(x["bytes"]) for x in table["image"]])
            labels = _checked_labels(table["label"], path)
        except DataError:
            raise
        except Exception as error:  # pyarrow, Pillow and pandas raise many kinds
            raise DataError(
                f"Expected columns image and label in {path}, as Hugging Face writes them. "
                f"They could not be read ({error}). Download the file again."
            ) from error
        has_votes = set(names) <= set(table.columns)
        votes = table[names].to_numpy(np.float32) if has_votes else None
        sets[split] = FaceSet(images, labels, votes)
    return sets


def _split_of_file(path: Path) -> str:
    for name, split in SPLIT_OF_FOLDER.items():
        if path.stem.lower().split("-")[0] == name:
            return split
    raise DataError(
        f"Expected parquet files named after a split, such as {', '.join(SPLIT_OF_FOLDER)}. "
        f"Received {path.name}. Rename it."
    )


def _parquet_face(content: bytes) -> NDArray[np.uint8]:
    return whole_face(Image.open(io.BytesIO(content)), FER2013_SPEC)
