"""FER-2013, where the server's settings name it: faces for the pages that show some.

`FER_DATASET` names Kaggle's fer2013.csv (plain, .gz or .xz), `FER_VOTES` FER+'s fer2013new.csv
where it does not lie beside it. No page takes a path.
"""

import os
from pathlib import Path

import streamlit as st

from fer_core.bundle import LITERT_FILE, load_card
from fer_core.faces import FaceSet
from fer_core.fer2013 import load_csv
from fer_core.readings import Readings, read_faces
from ui import resources

DATASET, VOTES = "FER_DATASET", "FER_VOTES"
TESTED = "PrivateTest"


def is_named() -> bool:
    """Whether the settings name a data set."""
    return bool(os.environ.get(DATASET))


def test_faces() -> FaceSet:
    """The test faces, read by the first who asks and kept for all.

    Raises:
        DataError: the file that the settings name cannot be read.
    """
    return _test_faces(*_source())


@st.cache_resource(show_spinner="Reading the test faces…", max_entries=1)
def _test_faces(path: Path, votes: Path | None, stamp: object) -> FaceSet:
    return load_csv(path, votes=votes, splits=(TESTED,))[TESTED]


def _source() -> tuple[Path, Path | None, object]:
    """The files that the settings name, and what changes when the first one does."""
    path, votes = Path(os.environ[DATASET]), os.environ.get(VOTES)
    stamp = (path.stat().st_mtime, path.stat().st_size) if path.is_file() else None
    return path, Path(votes) if votes else None, stamp


def has_weights(run: Path) -> bool:
    """Whether a run's model is kept, so that it can read faces."""
    return (run / LITERT_FILE).is_file()


def readings(run: Path, head: str) -> Readings:
    """What the model of a run says of each test face, kept for all who ask.

    Raises:
        DataError: see `test_faces`; or the head needs votes and there are none.
        ModelError: the model is damaged.
    """
    return _readings(run, head, load_card(run).sha256.get(LITERT_FILE), _source())


@st.cache_resource(show_spinner="The model reads every test face…", max_entries=4)
def _readings(run: Path, head: str, sha256: str | None, source: object) -> Readings:
    return read_faces(resources.classifier_of(run, head), test_faces())
