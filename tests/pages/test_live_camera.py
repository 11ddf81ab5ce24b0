"""Live camera: nothing of the camera before consent; what its controls do; the demo clip."""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from fer_core.annotation import DrawStyle
from fer_core.results import FrameResult, RgbImage
from fer_core.testing import synthetic_frame
from tests.pages.conftest import OpenPage, words
from ui import camera, camera_still, show
from ui.live import LiveSession

PAGE = "pages/1_Live_camera.py"


class FakeStream:
    """Stands for the component and its tracks, which need a browser and a server."""

    def __init__(self) -> None:
        self.state = SimpleNamespace(playing=False, signalling=False)
        self.calls: list[dict[str, Any]] = []

    def __call__(self, **arguments: Any) -> "FakeStream":
        self.calls.append(arguments)
        return self


@pytest.fixture(autouse=True)
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
    page = agree(app(PAGE))
    stream.state.playing = True
    see(page)
    return page.run()


def keys(page: AppTest) -> set[str]:
    return {str(button.key) for button in page.button}


def test_consent_comes_first(app: OpenPage, stream: FakeStream) -> None:
    page = app(PAGE)
    assert page.button(key="live_consent_go").disabled
    assert "sent to the machine that runs this app" in words(page)
    assert stream.calls == []
    assert "live_session" not in page.session_state


def test_after_consent_the_stream_is_there(app: OpenPage, stream: FakeStream) -> None:
    page = agree(app(PAGE))
    assert not page.exception
    assert not page.error
    assert stream.calls[0]["rtc_configuration"] == {"iceServers": []}
    assert "The camera is off. Press START to begin." in words(page)
    assert "Camera off" in words(page)
    assert "live_freeze" not in keys(page)


def test_controls_leave_the_component_alone(running: AppTest, stream: FakeStream) -> None:
    running.slider(key="live_half_life").set_value(1.0).run()
    running.number_input(key="live_people").set_value(1).run()
    running.toggle(key="live_mirror").set_value(False).run()
    running.toggle(key="live_blur").set_value(True).run()
    running.button(key="live_present").click().run()
    running.button(key="live_freeze").click().run()
    assert not running.error
    assert len(stream.calls) > 6
    assert all(call == stream.calls[0] for call in stream.calls)


def test_labels_appear_as_text(running: AppTest) -> None:
    assert not running.error
    assert "Camera on" in words(running)
    assert "Person 1: happy 90\N{NO-BREAK SPACE}%" in words(running)
    assert "pictures a second" in words(running)
    assert "The last minute" in words(running)


def test_nobody_in_view_is_said(running: AppTest) -> None:
    session: LiveSession = running.session_state["live_session"]
    session.read(synthetic_frame([]), FrameResult(session.view().now_s, (640, 480)))
    assert "No face in view." in words(running.run())


def test_what_is_wrong_is_said(running: AppTest) -> None:
    running.session_state["live_session"].failed("A picture could not be read.")
    assert "A picture could not be read." in {box.value for box in running.run().warning}


def test_a_stopped_session_is_replaced(app: OpenPage) -> None:
    page = agree(app(PAGE))
    session = page.session_state["live_session"]
    session.stop()
    page.run()
    assert page.session_state["live_session"] is not session
    assert not page.session_state["live_session"].stopped


def test_settings_reach_the_session(app: OpenPage) -> None:
    page = agree(app(PAGE))
    session = page.session_state["live_session"]
    page.slider(key="live_half_life").set_value(1.0).run()
    page.number_input(key="live_people").set_value(3).run()
    assert page.session_state["live_session"] is session
    options = page.session_state["live_in_use"].options
    assert (options.half_life_s, options.max_faces) == (1.0, 3)


def test_the_picture_is_drawn_as_the_controls_say(running: AppTest) -> None:
    def style() -> DrawStyle:
        return running.session_state["live_style"]  # type: ignore[no-any-return]

    assert style() == DrawStyle(mirrored=True)
    running.toggle(key="live_mirror").set_value(False).run()
    running.toggle(key="live_blur").set_value(True).run()
    assert style() == DrawStyle(blur_others=True)
    running.button(key="live_present").click().run()
    assert style() == DrawStyle(blur_others=True, large=True)


def test_presentation_leaves_only_the_picture_and_a_way_out(running: AppTest) -> None:
    running.button(key="live_present").click().run()
    assert "Person 1" not in words(running)
    assert "The last minute" not in words(running)
    assert "live_present" not in keys(running)
    assert "Camera on" in words(running)
    running.button(key="live_present_end").click().run()
    assert "Person 1" in words(running)


def test_freeze_keeps_the_picture_and_its_numbers(running: AppTest) -> None:
    running.button(key="live_freeze").click().run()
    assert not running.error
    kept = running.session_state["live_frozen"].still.result
    assert "Frozen picture" in words(running)
    session: LiveSession = running.session_state["live_session"]
    session.read(synthetic_frame([]), FrameResult(session.view().now_s, (640, 480)))
    running.run()
    assert running.session_state["live_frozen_result"] is kept
    assert "Person 1: happy" in words(running)
    running.button(key="live_freeze").click().run()
    assert "No face in view." in words(running)


def test_a_paused_chart_stands_still(running: AppTest) -> None:
    running.button(key="live_chart_pause").click().run()
    paused = running.session_state["live_chart_paused"]
    see(running)
    running.run()
    assert running.session_state["live_chart_paused"] is paused
    assert "The last minute** · paused" in words(running)
    running.button(key="live_chart_go").click().run()
    assert "live_chart_paused" not in running.session_state


def test_saved_files(running: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    files = saved(running, monkeypatch)
    picture = Image.open(io.BytesIO(files["Picture"]))
    assert picture.size == (640, 480)
    assert not picture.info
    assert not picture.getexif()
    assert not np.array_equal(np.asarray(picture), np.flip(synthetic_frame(), 1))
    (row,) = csv.DictReader(io.StringIO(files["Numbers"]))
    assert row["label"] == "happy"
    assert float(row["confidence"]) == pytest.approx(0.9)


def test_numbers_can_be_saved_after_the_end(
    running: AppTest, stream: FakeStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.session_state["live_session"].stop()
    stream.state.playing = False
    assert "happy" in saved(running, monkeypatch)["Numbers"]


def saved(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What each download button would give."""
    files: dict[str, Any] = {}

    def button(label: str, data: Callable[[], Any], *_: Any, disabled: bool, **__: Any) -> None:
        if not disabled:
            files[label] = data()

    monkeypatch.setattr(camera_still.st, "download_button", button)
    page.run()
    assert not page.error
    return files


@pytest.mark.parametrize(
    ("no_face_s", "untouched_s", "expected"),
    [
        (0.0, 0.0, None),
        (299.0, 1799.0, None),
        (300.0, 0.0, camera.NOBODY),
        (0.0, 1800.0, camera.UNTOUCHED),
    ],
)
def test_when_the_camera_rests(no_face_s: float, untouched_s: float, expected: str | None) -> None:
    assert camera.rest_words(camera.LiveView(no_face_s=no_face_s), untouched_s) == expected


def test_an_idle_camera_is_switched_off_and_can_be_started_again(
    running: AppTest, stream: FakeStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as idle:
        idle.setattr(camera, "NO_FACE_REST_S", 0.0)
        running.run()
    assert stream.calls[-1]["desired_playing_state"] is False
    stream.state.playing = False  # the browser did as it was told
    running.run()
    assert stream.calls[-1]["desired_playing_state"] is None
    assert camera.NOBODY in words(running)
    stream.state.playing = True
    assert camera.NOBODY not in words(running.run())


def test_another_page_forgets_the_people(running: AppTest) -> None:
    running.button(key="live_freeze").click().run()
    running.switch_page("pages/3_Training_metrics.py").run()
    for key in ("live_session", "live_frozen", "live_frozen_result"):
        assert key not in running.session_state


def test_the_demo_needs_no_consent_and_no_camera(app: OpenPage, stream: FakeStream) -> None:
    page = app(PAGE)
    page.session_state["live_demo"] = True
    page.run()
    assert not page.error
    assert stream.calls == []
    assert "Demo clip, no camera" in words(page)
    assert "Person 1: " in words(page)
    page.button(key="live_demo_end").click().run()
    assert "live_demo_run" not in page.session_state
    assert page.checkbox(key="live_consent_box")


def test_a_missing_model_is_said_in_words(app: OpenPage, models: Path) -> None:
    (models / "default").unlink()
    page = agree(app(PAGE))
    assert not page.exception
    assert "default" in page.error[0].value


@pytest.mark.parametrize("servers", ["nonsense", '{"urls": "x"}', '[{"url": "stun:x"}]'])
def test_a_wrong_server_list_is_said_in_words(
    app: OpenPage, monkeypatch: pytest.MonkeyPatch, servers: str
) -> None:
    monkeypatch.setenv("FER_ICE_SERVERS", servers)
    page = agree(app(PAGE))
    assert "FER_ICE_SERVERS" in page.error[0].value


def test_saved_pictures_hold_pixels_only() -> None:
    content = show.png(synthetic_frame())
    chunks = [content[i : i + 4] for i in range(len(content)) if content[i : i + 4] in TEXT_CHUNKS]
    assert chunks == []


TEXT_CHUNKS = (b"tEXt", b"iTXt", b"zTXt", b"eXIf", b"tIME")
