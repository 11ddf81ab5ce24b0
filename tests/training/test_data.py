"""Every layout gives the same faces; every damaged one a sentence."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fer_core.errors import DataError
from fer_core.fer2013 import majority
from fer_core.training.config import Recipe
from fer_core.training.data import (
    LABELS,
    SPLITS,
    FaceSet,
    load_faces,
    load_for,
    vote_shares,
)
from tests.training.conftest import CsvWriter, pixels, rows_of, votes_for, write_votes

GREYS = [30 * label + 20 for label in range(7)]


def greys(faces: FaceSet) -> dict[int, int]:
    """Label → grey of its faces."""
    pairs = zip(faces.labels.tolist(), faces.images[:, 0, 0].tolist(), strict=True)
    return dict(pairs)


@pytest.mark.parametrize("name", ["fer2013.csv", "fer2013.csv.gz", "fer2013.csv.xz"])
def test_csv_plain_and_compressed(write_csv: CsvWriter, name: str) -> None:
    sets = load_faces(write_csv(rows_of(), name))
    assert list(sets) == list(SPLITS)
    for faces in sets.values():
        assert faces.images.shape == (14, 48, 48)
        assert greys(faces) == dict(enumerate(GREYS))
        assert faces.votes is None


def test_votes_beside_the_csv_are_found_and_split_alike(write_csv: CsvWriter) -> None:
    rows = rows_of()
    path = write_csv(rows)
    write_votes(path.with_name("fer2013new.csv"), [votes_for(int(row[0])) for row in rows])
    for faces in load_faces(path).values():
        assert faces.votes is not None
        agreed = [LABELS["ferplus"][i] for i in majority(faces.votes)]
        assert agreed == [LABELS["fer2013"][i] for i in faces.labels]


def test_votes_of_another_length(write_csv: CsvWriter, tmp_path: Path) -> None:
    votes = write_votes(tmp_path / "other.csv", [votes_for(0)])
    with pytest.raises(DataError, match="as many rows of FER\\+ votes as faces"):
        load_faces(write_csv(rows_of()), votes=votes)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ((0, pixels(1, 2303), "Training"), "2304 pixel values.*Row 44 of .* has 2303"),
        ((0, pixels(1, 2303) + " x", "Training"), "Row 44 of .* has 2304, or one"),
        ((0, pixels(256), "Training"), "Row 44 of .* no such number"),
        ((7, pixels(1), "Training"), "labels 0 to 6.*Row 44 has 7"),
        (("happy", pixels(1), "Training"), "labels 0 to 6.*Row 44 has happy"),
        ((0, pixels(1), "Test"), "column Usage.*Received Test"),
    ],
)
def test_damaged_rows(write_csv: CsvWriter, row: tuple[object, str, str], sentence: str) -> None:
    with pytest.raises(DataError, match=f"(?s){sentence}"):
        load_faces(write_csv([*rows_of(), row]))


def test_csv_without_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match="columns emotion, pixels, Usage"):
        load_faces(path)


def test_missing_path_and_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        load_faces(tmp_path / "nowhere")
    with pytest.raises(DataError, match="Expected pictures in class folders"):
        load_faces(tmp_path)


def test_csv_without_training_rows(write_csv: CsvWriter) -> None:
    with pytest.raises(DataError, match="faces to train on"):
        load_faces(write_csv(rows_of(["PublicTest"])))


def write_classes(root: Path, names: tuple[str, ...], count: int = 10) -> None:
    for label, name in enumerate(names):
        (root / name).mkdir(parents=True)
        for i in range(count):
            color = (GREYS[label],) * 3
            Image.new("RGB", (60 + i, 80), color).save(root / name / f"{i}.png")


def test_class_folders_without_splits_hold_out_a_tenth(tmp_path: Path) -> None:
    write_classes(tmp_path, ("anger", "disgusted", "afraid", "happiness", "sad", "surprised"))
    sets = load_faces(tmp_path)
    assert [len(sets[split]) for split in SPLITS] == [48, 6, 6]
    for faces in sets.values():
        assert greys(faces) == dict(enumerate(GREYS[:6]))


def test_class_folders_under_train_and_test(tmp_path: Path) -> None:
    write_classes(tmp_path / "train", ("angry", "disgust"))
    write_classes(tmp_path / "test", ("angry", "disgust"), count=3)
    sets = load_faces(tmp_path)
    assert [len(sets[split]) for split in SPLITS] == [18, 2, 6]


def test_the_same_faces_are_held_out_whatever_the_seed(tmp_path: Path) -> None:
    """Or a student would be tested on what a teacher with another seed has learnt."""
    for label, name in enumerate(("angry", "disgust")):
        (tmp_path / name).mkdir()
        for i in range(20):
            Image.new("L", (48, 48), 100 * label + i).save(tmp_path / name / f"{i:02}.png")

    def held(**settings: Any) -> list[list[int]]:
        sets = load_for(Recipe("x", **settings), tmp_path)
        return [sorted(faces.images[:, 0, 0].tolist()) for faces in sets.values()]

    assert held(seed=1) == held(seed=2)
    own = (0.6, 0.2, 0.2)
    assert held(seed=1, own_split=own) == held(seed=2, own_split=own) != held(seed=1)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda root: (root / "angry" / "x.png").write_text("text"), "x.png cannot be read"),
        (lambda root: (root / "bored").mkdir(), "Received bored"),
        (lambda root: (root / "train").mkdir(), "only split folders.*Received angry"),
    ],
)
def test_damaged_folders(tmp_path: Path, make: object, sentence: str) -> None:
    write_classes(tmp_path, ("angry",))
    make(tmp_path)  # type: ignore[operator]
    with pytest.raises(DataError, match=f"(?s){sentence}"):
        load_faces(tmp_path)


def write_parquet(path: Path, labels: list[int], *, votes: bool) -> None:
    images = []
    for label in labels:
        buffer = io.BytesIO()
        Image.new("L", (48, 48), GREYS[label % 7]).save(buffer, "PNG")
        images.append({"bytes": buffer.getvalue(), "path": None})
    table = pd.DataFrame({"image": images, "label": labels})
    if votes:
        names = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear")
        for column, name in enumerate((*names, "contempt", "unknown", "nf")):
            table[f"ferplus_{name}"] = [votes_for(label)[column] for label in labels]
    table.to_parquet(path)


@pytest.mark.parametrize("votes", [False, True])
def test_parquet(tmp_path: Path, votes: bool) -> None:
    names = ("train-00000-of-00001", "public_test", "private_test")
    for name in names:
        write_parquet(tmp_path / f"{name}.parquet", list(range(7)), votes=votes)
    for faces in load_faces(tmp_path).values():
        assert greys(faces) == dict(enumerate(GREYS))
        assert (faces.votes is not None) == votes


def test_parquet_in_parts(tmp_path: Path) -> None:
    for number in range(2):
        path = tmp_path / f"train-0000{number}-of-00002.parquet"
        write_parquet(path, [number] * 10, votes=False)
    labels = np.concatenate([each.labels for each in load_faces(tmp_path).values()])
    assert np.bincount(labels).tolist() == [10, 10]


def test_folders_of_one_split(tmp_path: Path) -> None:
    for name in ("train", "val", "valid", "test"):
        write_classes(tmp_path / name, ("angry",), count=3)
    assert [len(faces) for faces in load_faces(tmp_path).values()] == [3, 6, 3]


def test_damaged_parquet(tmp_path: Path) -> None:
    (tmp_path / "train.parquet").write_bytes(b"PAR1 nothing else")
    with pytest.raises(DataError, match="columns image and label"):
        load_faces(tmp_path)
    (tmp_path / "train.parquet").rename(tmp_path / "faces.parquet")
    with pytest.raises(DataError, match="named after a split.*faces.parquet"):
        load_faces(tmp_path)


NEUTRAL, HAPPY, CONTEMPT = 0, 1, 7


@pytest.mark.parametrize(
    ("votes", "agreed", "shares"),
    [
        ([0] * 10, -1, {}),
        ([10, 0, 0, 0, 0, 0, 0, 0, 0, 0], NEUTRAL, {NEUTRAL: 1.0}),
        ([9, 1, 0, 0, 0, 0, 0, 0, 0, 0], NEUTRAL, {NEUTRAL: 1.0}),  # single votes dropped
        ([5, 5, 0, 0, 0, 0, 0, 0, 0, 0], -1, {NEUTRAL: 0.5, HAPPY: 0.5}),  # not more than half
        ([2, 6, 0, 0, 0, 0, 0, 0, 1, 1], HAPPY, {NEUTRAL: 0.25, HAPPY: 0.75}),
        ([0, 0, 0, 0, 0, 0, 0, 4, 3, 3], -1, {CONTEMPT: 1.0}),  # unknown and no face count
        ([0, 2, 0, 0, 0, 0, 0, 0, 8, 0], -1, {}),  # most could not tell
        ([0, 0, 0, 0, 0, 0, 0, 0, 0, 10], -1, {}),  # most saw no face
    ],
)
def test_votes(votes: list[int], agreed: int, shares: dict[int, float]) -> None:
    array = np.array([votes], np.float32)
    assert majority(array).tolist() == [agreed]
    assert vote_shares(array)[0].tolist() == pytest.approx([shares.get(i, 0) for i in range(8)])
