"""The app with a made-up model: real pages, no network, no camera."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fer_core import analyze
from fer_core.results import FrameResult, RgbImage
from fer_core.testing import (
    FER2013_LABELS,
    FERPLUS_LABELS,
    FakeClassifier,
    FakeDetector,
    make_face,
    synthetic_frame,
    write_fake_run,
)
from ui import camera, resources
from ui.live import LiveSession

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_S = 60.0
LIVE_PAGE = "pages/1_Live_camera.py"
OpenPage = Callable[[str], AppTest]


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A models folder with two runs, of which "first" is in use."""
    folder = tmp_path / "models"
    write_fake_run(folder / "first", accuracy=0.7)
    write_fake_run(folder / "second", accuracy=0.4)
    (folder / "default").write_text("first\n")
    monkeypatch.setenv("FER_MODELS", str(folder))
    monkeypatch.delenv("FER_DATASET", raising=False)
    return folder


@pytest.fixture
def app(models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenPage]:
    """app("pages/…") opens a page; its model always sees one happy face."""

    def load(folder: Path, *, head: str | None = None) -> FakeClassifier:
        labels = FERPLUS_LABELS if head == "ferplus" else FER2013_LABELS
        return FakeClassifier(labels, ["happy"], head=head or "fer2013")

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
    kinds = (test.title, test.header, test.markdown, test.caption, test.info, test.error)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


class FakeStream:
    """Stands for the component and its tracks, which need a browser and a server."""

    def __init__(self) -> None:
        self.state = SimpleNamespace(playing=False, signalling=False)
        self.calls: list[dict[str, Any]] = []

    def __call__(self, **arguments: Any) -> "FakeStream":
        self.calls.append(arguments)
        return self


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeStream]:
    def track(callback: Any, **_: Any) -> str:
        return str(callback.__name__)

    fake = FakeStream()
    monkeypatch.setattr(camera, "webrtc_streamer", fake)
    monkeypatch.setattr(camera, "create_video_sink_track", track)
    yield fake


def agree(page: AppTest) -> AppTest:
    page.checkbox(key="live_consent_box").check().run()
    return page.button(key="live_consent_go").click().run()


def see(page: AppTest, image: RgbImage | None = None) -> FrameResult:
    """Lets the page's session read a picture, as the engine would."""
    session: LiveSession = page.session_state["live_session"]
    image = synthetic_frame() if image is None else image
    pipeline = page.session_state["live_settings"].new_pipeline()
    result: FrameResult = pipeline.process(image, timestamp_s=session.view().now_s)
    session.read(image, result)
    return result


@pytest.fixture
def running(app: OpenPage, stream: FakeStream) -> AppTest:
    """The page while a camera shows one happy face."""
    page = agree(app(LIVE_PAGE))
    stream.state.playing = True
    see(page)
    return page.run()
