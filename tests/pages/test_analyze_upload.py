"""Photo or video: results for samples and uploads, sentences for everything else."""

import io
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from fer_core import analyze
from fer_core.media import VideoWriter
from fer_core.testing import FakeDetector, synthetic_frame
from tests.pages.conftest import PATIENCE_S, OpenPage, words

PAGE = "pages/2_Analyze_upload.py"
HAPPY = "Person 1: happy 90\N{NO-BREAK SPACE}%"


def upload(page: AppTest, name: str, content: bytes) -> AppTest:
    return page.file_uploader(key="upload_file").upload(name, content).run()


def finished(page: AppTest) -> AppTest:
    """The page once its video job has ended."""
    assert page.session_state["upload_job"].join(PATIENCE_S)
    return page.run()


def png() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(synthetic_frame()).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = Path(tmp_path_factory.mktemp("clip")) / "clip.mp4"
    with VideoWriter(path, size_wh=(640, 480), fps=10) as writer:
        for index in range(10):
            writer.write(synthetic_frame(), index / 10)
    return path.read_bytes()


def test_a_sample_photo(app: OpenPage) -> None:
    page = app(PAGE)
    page.button_group(key="upload_sample").set_value("Astronaut").run()
    assert not page.exception
    assert HAPPY in words(page)
    assert [button.label for button in page.download_button] == ["CSV", "JSON", "Picture"]


def test_a_photo(app: OpenPage) -> None:
    page = upload(app(PAGE), "me.png", png())
    assert not page.error
    assert HAPPY in words(page)


def test_a_photo_without_a_face(app: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analyze, "create_detector", lambda: FakeDetector([]))
    page = upload(app(PAGE), "wall.png", png())
    assert "No face found" in page.info[0].value


def test_a_video(app: OpenPage, clip: bytes) -> None:
    page = finished(upload(app(PAGE), "clip.mp4", clip))
    assert not page.exception
    assert not page.error
    metrics = {metric.label: metric.value for metric in page.metric}
    assert metrics["Frames read"] == "3"
    assert metrics["Commonest label"] == "happy"
    assert [button.label for button in page.download_button] == ["CSV", "JSON", "Video"]


def test_a_new_choice_ends_the_job(app: OpenPage, clip: bytes) -> None:
    page = upload(app(PAGE), "clip.mp4", clip)
    job = page.session_state["upload_job"]
    page.file_uploader(key="upload_file").clear().run()
    assert "upload_job" not in page.session_state
    assert job.join(PATIENCE_S)


@pytest.mark.parametrize(
    ("name", "content"),
    [("empty.jpg", b""), ("text.mp4", b"ffconcat version 1.0\nfile x"), ("half.png", png()[:200])],
)
def test_what_cannot_be_read_is_said_in_words(app: OpenPage, name: str, content: bytes) -> None:
    page = upload(app(PAGE), name, content)
    assert not page.exception
    assert page.error[0].value.startswith("Expected")
    page.file_uploader(key="upload_file").clear().run()
    assert not page.error


def test_a_video_called_png_is_a_video(app: OpenPage, clip: bytes) -> None:
    page = finished(upload(app(PAGE), "clip.png", clip))
    assert not page.error
    assert page.metric


def test_an_unforeseen_error_shows_no_traceback(
    app: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> FakeDetector:
        raise RuntimeError("secret")

    monkeypatch.setattr(analyze, "create_detector", broken)
    page = upload(app(PAGE), "me.png", png())
    assert not page.exception
    assert "should not have" in page.error[0].value
    assert "secret" not in words(page)
