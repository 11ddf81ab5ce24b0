"""Small data sets in every layout that the loader takes."""

import csv
import gzip
import lzma
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from fer_core.fer2013 import VOTE_COLUMNS
from fer_core.training.data import FaceSet, load_faces

Row = tuple[object, str, str]
CsvWriter = Callable[..., Path]


def pixels(value: int, count: int = 48 * 48) -> str:
    return " ".join([str(value)] * count)


def rows_of(splits: Sequence[str] = ("Training", "PublicTest", "PrivateTest")) -> list[Row]:
    """Two faces a class a split; the grey tells the class."""
    return [
        (label, pixels(30 * label + 20), split)
        for split in splits
        for label in range(7)
        for _ in range(2)
    ]


@pytest.fixture
def write_csv(tmp_path: Path) -> CsvWriter:
    """Writes rows as Kaggle's fer2013.csv, plain or compressed by the name's ending."""

    def write(rows: Sequence[Row], name: str = "fer2013.csv") -> Path:
        path = tmp_path / name
        opener = {".gz": gzip.open, ".xz": lzma.open}.get(path.suffix, open)
        with opener(path, "wt", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("emotion", "pixels", "Usage"), *rows])
        return path

    return write


def write_votes(path: Path, votes: Sequence[Sequence[int]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = [["Training", f"fer{i:07}.png", *each] for i, each in enumerate(votes)]
        csv.writer(file).writerows([["Usage", "Image name", *VOTE_COLUMNS], *rows])
    return path


def votes_for(label: int) -> list[int]:
    """Eight of ten raters agree on the expression that FER-2013 calls `label`."""
    column = (4, 5, 6, 1, 3, 2, 0)[label]
    return [8 if i == column else 0 for i in range(8)] + [2, 0]


def checker(value: int) -> np.ndarray:
    return np.full((48, 48), value, np.uint8)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Plain grey faces, a grey a class, with FER+ votes."""
    folder = tmp_path_factory.mktemp("data")
    rows = [
        (label, pixels(30 * label + 20), split)
        for split in ("Training", "PublicTest", "PrivateTest")
        for label in range(7)
        for _ in range(3)
    ]
    lines = ["emotion,pixels,Usage", *(",".join(map(str, row)) for row in rows)]
    (folder / "fer2013.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    write_votes(folder / "fer2013new.csv", [votes_for(int(row[0])) for row in rows])
    return folder / "fer2013.csv"


@pytest.fixture(scope="session")
def faces(data: Path) -> dict[str, FaceSet]:
    return load_faces(data)
