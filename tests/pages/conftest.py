"""The app with a made-up model: real pages, no network, no camera."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fer_core import analyze
from fer_core.testing import FakeClassifier, FakeDetector, make_face, write_fake_run
from ui import resources

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_S = 60.0
OpenPage = Callable[[str], AppTest]


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A models folder with two runs, of which "first" is in use."""
    folder = tmp_path / "models"
    write_fake_run(folder / "first", accuracy=0.7)
    write_fake_run(folder / "second", accuracy=0.4)
    (folder / "default").write_text("first\n")
    monkeypatch.setenv("FER_MODELS", str(folder))
    return folder


@pytest.fixture
def app(models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenPage]:
    """app("pages/…") opens a page; its model always sees one happy face."""

    def load(folder: Path, *, head: str | None = None) -> FakeClassifier:
        return FakeClassifier(script=["happy"])

    def detector(*_: Any) -> FakeDetector:
        return FakeDetector([make_face()])

    monkeypatch.setattr(resources, "load_classifier", load)
    monkeypatch.setattr(analyze, "create_detector", detector)
    st.cache_resource.clear()

    def open_page(page: str) -> AppTest:
        test = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=PATIENCE_S)
        if page != "streamlit_app.py":
            test.switch_page(page)
        return test.run()

    yield open_page
    st.cache_resource.clear()


def words(test: AppTest) -> str:
    """All text of a page."""
    kinds = (test.title, test.subheader, test.markdown, test.caption, test.info, test.error)
    return "\n".join(str(element.value) for kind in kinds for element in kind)
