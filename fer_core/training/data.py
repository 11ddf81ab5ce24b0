"""Labelled faces from the layouts people have: Kaggle CSV, class folders, parquet.

Whatever the layout, the result is one `FaceSet` a split: Training to learn from, PublicTest
to choose by, PrivateTest to report. All of FER-2013 is 83 MB, so it stays in memory.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from fer_core.bundle import InputSpec
from fer_core.errors import DataError
from fer_core.preprocessing import prepare

SIDE = 48
SPLITS = ("Training", "PublicTest", "PrivateTest")
LABELS: Mapping[str, tuple[str, ...]] = {
    "fer2013": ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"),
    "ferplus": ("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", "contempt"),
}
VOTE_COLUMNS = (
    *("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"),
    *("unknown", "NF"),
)
FOLDER_NAMES = {
    "angry": ("angry", "anger"),
    "disgust": ("disgust", "disgusted"),
    "fear": ("fear", "fearful", "afraid"),
    "happy": ("happy", "happiness"),
    "sad": ("sad", "sadness"),
    "surprise": ("surprise", "surprised"),
    "neutral": ("neutral",),
}
LABEL_OF_FOLDER = {name: label for label, names in FOLDER_NAMES.items() for name in names}
SPLIT_OF_FOLDER = {
    **dict.fromkeys(("train", "training"), "Training"),
    **dict.fromkeys(("val", "valid", "validation", "publictest", "public_test"), "PublicTest"),
    **dict.fromkeys(("test", "privatetest", "private_test"), "PrivateTest"),
}
HELD_OUT_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class FaceSet:
    """Faces of one split.

    Attributes:
        images: (N, 48, 48) uint8 grey.
        labels: (N,) int64, positions in `LABELS["fer2013"]`.
        votes: (N, 10) float32 counts in the order of `VOTE_COLUMNS`; None without FER+.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    votes: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def subset(self, rows: NDArray[np.int64]) -> "FaceSet":
        votes = None if self.votes is None else self.votes[rows]
        return FaceSet(self.images[rows], self.labels[rows], votes)


def load_faces(path: Path, *, votes: Path | None = None, seed: int = 1) -> dict[str, FaceSet]:
    """Reads a data set, whatever its layout.

    Args:
        path: a Kaggle CSV (.csv, .csv.gz, .csv.xz), a folder of class folders with or
            without train/test folders above them, or a folder of Hugging Face parquet files.
        votes: FER+'s fer2013new.csv; by default the one beside the CSV, if it is there.
        seed: of the split, where the layout has none.

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
        sets = _load_folders(path)
    else:
        raise DataError(
            "Expected a FER-2013 CSV file, a folder of class folders or a folder of parquet "
            f"files. Received {path}, which does not exist. Check the path after --data."
        )
    return _with_all_splits(sets, seed)


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
            images = np.stack([_grey(Image.open(io.BytesIO(x["bytes"]))) for x in table["image"]])
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


def _load_folders(root: Path) -> dict[str, FaceSet]:
    tops = {d: SPLIT_OF_FOLDER.get(d.name.lower()) for d in sorted(root.iterdir()) if d.is_dir()}
    if any(tops.values()):
        unknown = [d.name for d, split in tops.items() if split is None]
        if unknown:
            raise DataError(
                f"Expected only split folders ({', '.join(SPLIT_OF_FOLDER)}) in {root}. "
                f"Received {', '.join(unknown)} beside them. Move them elsewhere."
            )
        return {split: _load_classes(d) for d, split in tops.items() if split}
    return {"": _load_classes(root)}


def _load_classes(root: Path) -> FaceSet:
    images, labels = [], []
    for folder in sorted(d for d in root.iterdir() if d.is_dir()):
        label = LABEL_OF_FOLDER.get(folder.name.lower())
        if label is None:
            raise DataError(
                f"Expected class folders named {', '.join(FOLDER_NAMES)} in {root}. "
                f"Received {folder.name}. Rename or remove it."
            )
        for path in sorted(p for p in folder.iterdir() if p.is_file()):
            try:
                images.append(_grey(Image.open(path)))
            except Exception as error:  # Pillow raises many kinds
                raise DataError(
                    f"Expected only pictures in {folder}. {path.name} cannot be read ({error}). "
                    "Replace or remove it."
                ) from error
            labels.append(LABELS["fer2013"].index(label))
    if not images:
        raise DataError(f"Expected pictures in class folders under {root}. Received none.")
    return FaceSet(np.stack(images), np.array(labels, np.int64))


def _grey(image: Image.Image) -> NDArray[np.uint8]:
    pixels = np.asarray(image.convert("RGB"))
    return prepare([pixels], InputSpec(size=SIDE, source_size=0))[0, :, :, 0]


def _with_all_splits(sets: dict[str, FaceSet], seed: int) -> dict[str, FaceSet]:
    """Holds out a tenth of each class for every split that the layout lacks."""
    sets = {split: faces for split, faces in sets.items() if len(faces)}
    if "" in sets:
        sets["Training"] = sets.pop("")
    if "Training" not in sets:
        raise DataError(
            "Expected faces to train on. Received none: no row or folder belongs to the "
            "training split. Check the data set."
        )
    for split in SPLITS[1:]:
        if split not in sets:
            sets["Training"], sets[split] = _hold_out(sets["Training"], seed)
    return {split: sets[split] for split in SPLITS}


def _hold_out(faces: FaceSet, seed: int) -> tuple[FaceSet, FaceSet]:
    order = np.random.default_rng(seed).permutation(len(faces))
    held: list[int] = []
    for label in np.unique(faces.labels):
        rows = order[faces.labels[order] == label]
        held.extend(rows[: max(round(len(rows) * HELD_OUT_SHARE), 1)].tolist())
    taken = np.isin(np.arange(len(faces)), held)
    return faces.subset(np.flatnonzero(~taken)), faces.subset(np.flatnonzero(taken))
