"""Live camera: nothing of the camera before consent; a sentence when the model is missing."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import pytest
from streamlit.testing.v1 import AppTest

from fer_core.testing import synthetic_frame
from tests.pages.conftest import OpenPage, words
from ui import camera

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
    monkeypatch.setattr(camera, "create_video_source_track", track)
    yield fake


def agree(page: AppTest) -> AppTest:
    page.checkbox(key="live_consent_box").check().run()
    return page.button(key="live_consent_go").click().run()


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


def test_the_component_keeps_its_arguments(app: OpenPage, stream: FakeStream) -> None:
    page = agree(app(PAGE))
    stream.state.playing = True
    page.slider(key="live_half_life").set_value(1.0).run()
    assert len(stream.calls) > 1
    assert all(call == stream.calls[0] for call in stream.calls)


def test_labels_appear_as_text(app: OpenPage, stream: FakeStream) -> None:
    page = agree(app(PAGE))
    stream.state.playing = True
    page.run()
    assert "Waiting for the first picture" in words(page)
    frame = av.VideoFrame.from_ndarray(synthetic_frame(), format="rgb24")
    page.session_state["live_session"].step(frame)
    page.run()
    assert not page.error
    assert "Person 1: happy 90\N{NO-BREAK SPACE}%" in words(page)
    assert "One face in view" in words(page)


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
    assert page.session_state["live_session"] is session
    assert page.session_state["live_settings"].options.half_life_s == 1.0


def test_a_snapshot_camera_only_on_request(app: OpenPage) -> None:
    page = agree(app(PAGE))
    assert not page.camera_input
    page.toggle(key="live_snapshot_on").set_value(True).run()
    assert len(page.camera_input) == 1


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
