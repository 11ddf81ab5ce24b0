"""Labelled faces from the layouts people have: Kaggle CSV, class folders, KDEF, parquet.

Whatever the layout, the result is one `FaceSet` a split: Training to learn from, PublicTest
to choose by, PrivateTest to report. All of FER-2013 is 83 MB, so it stays in memory.
"""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from fer_core.bundle import InputSpec
from fer_core.errors import DataError
from fer_core.faces import LABELS, SIDE, SPLITS, FaceSet, joined
from fer_core.fer2013 import VOTE_COLUMNS, checked_labels, load_csv
from fer_core.training.config import Recipe
from fer_core.training.folders import SPLIT_OF_FOLDER, load_folders, whole_face
from fer_core.training.splits import splits_for, with_all_splits

__all__ = [
    "LABELS",
    "SIDE",
    "SPLITS",
    "FaceSet",
    "load_faces",
    "load_for",
    "vote_shares",
]

FER2013_SPEC = InputSpec(size=SIDE, source_size=0)


def load_for(recipe: Recipe, path: Path, *, votes: Path | None = None) -> dict[str, FaceSet]:
    """Reads a data set as a recipe wants it: in colour or grey, its splits, its classes.

    Args:
        recipe: see `splits_for`; a recipe in colour takes pictures at its own input size.
        path, votes: see `load_faces`.

    Raises:
        DataError: see `load_faces`.
    """
    spec = replace(FER2013_SPEC, margin=recipe.margin, align=recipe.align)
    if not recipe.grayscale:
        spec = replace(spec, size=recipe.size, grayscale=False)
    return splits_for(recipe, load_faces(path, votes=votes, spec=spec))


def load_faces(
    path: Path, *, votes: Path | None = None, spec: InputSpec = FER2013_SPEC
) -> dict[str, FaceSet]:
    """Reads a data set, whatever its layout.

    Args:
        path: a Kaggle CSV (.csv, .csv.gz, .csv.xz), a folder of class folders with or
            without train/test folders above them, KDEF's folder of people's folders, or a
            folder of Hugging Face parquet files.
        votes: FER+'s fer2013new.csv; by default the one beside the CSV, if it is there.
        spec: size and colour of what is read from folders, and how KDEF's faces are cut; a CSV
            and parquet are 48 px grey.

    Returns:
        split name → faces, always with the three of `SPLITS`.

    Raises:
        DataError: the data set is missing, empty or malformed.
    """
    if path.is_file():
        sets = load_csv(path, votes=votes)
    elif any(path.glob("*.parquet")):
        sets = _load_parquet(path)
    elif path.is_dir():
        sets = load_folders(path, spec)
    else:
        raise DataError(
            "Expected a FER-2013 CSV file, a folder of class folders or a folder of parquet "
            f"files. Received {path}, which does not exist. Check the path after --data."
        )
    return with_all_splits(sets)


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


def _load_parquet(folder: Path) -> dict[str, FaceSet]:
    names = [f"ferplus_{column.lower()}" for column in VOTE_COLUMNS]
    parts: dict[str, list[FaceSet]] = {}
    for path in sorted(folder.glob("*.parquet")):
        split = _split_of_file(path)
        try:
            table = pd.read_parquet(path)
            images = np.stack([_parquet_face(x["bytes"]) for x in table["image"]])
            labels = checked_labels(table["label"], path)
        except DataError:
            raise
        except Exception as error:  # pyarrow, Pillow and pandas raise many kinds
            raise DataError(
                f"Expected columns image and label in {path}, as Hugging Face writes them. "
                f"They could not be read ({error}). Download the file again."
            ) from error
        has_votes = set(names) <= set(table.columns)
        votes = table[names].to_numpy(np.float32) if has_votes else None
        parts.setdefault(split, []).append(FaceSet(images, labels, votes))
    return {split: joined(each) for split, each in parts.items()}


def _split_of_file(path: Path) -> str:
    for name, split in SPLIT_OF_FOLDER.items():
        if path.stem.lower().split("-")[0] == name:
            return split
    raise DataError(
        f"Expected parquet files named after a split, such as {', '.join(SPLIT_OF_FOLDER)}. "
        f"Received {path.name}. Rename it, or choose the folder of a data set."
    )


def _parquet_face(content: bytes) -> NDArray[np.uint8]:
    return whole_face(Image.open(io.BytesIO(content)), FER2013_SPEC)
