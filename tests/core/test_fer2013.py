"""Reading Kaggle's CSV split by split; its damages are tested with the trainer's loader."""

from pathlib import Path

import pytest

from fer_core.errors import DataError
from fer_core.faces import SPLITS
from fer_core.fer2013 import VOTE_COLUMNS, VOTES_FILE, load_csv

PIXELS = " ".join(["7"] * 2304)


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    """A face a split, with votes beside it."""
    path = tmp_path / "fer2013.csv"
    rows = [f"{label},{PIXELS},{split}" for label, split in enumerate(SPLITS)]
    path.write_text("\n".join(["emotion,pixels,Usage", *rows]))
    votes = [",".join(["10" if i == row else "0" for i in range(10)]) for row in range(3)]
    path.with_name(VOTES_FILE).write_text("\n".join([",".join(VOTE_COLUMNS), *votes]))
    return path


@pytest.mark.parametrize("splits", [(), ("PrivateTest",), SPLITS])
def test_only_the_splits_asked_for(csv: Path, splits: tuple[str, ...]) -> None:
    sets = load_csv(csv, splits=splits)
    assert tuple(sets) == splits
    for split, faces in sets.items():
        row = SPLITS.index(split)
        assert faces.labels.tolist() == [row]
        assert faces.votes is not None
        assert faces.votes[0, row] == 10
        assert faces.images.shape == (1, 48, 48)


def test_a_missing_file_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Expected .*nowhere.csv to be a CSV"):
        load_csv(tmp_path / "nowhere.csv")
