"""Live camera: nothing of the camera before consent; what its controls do; the demo clip."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest
from streamlit_webrtc import WebRtcStreamerContext
from streamlit_webrtc.component import WebRtcStreamerState

from fer_core import analyze
from fer_core.annotation import DrawStyle
from fer_core.results import FrameResult, RgbImage
from fer_core.testing import FakeDetector, make_face, synthetic_frame
from tests.media_corpus import photo_bytes
from tests.pages.conftest import LIVE_PAGE, FakeStream, OpenPage, agree, see, words
from ui import camera_demo, camera_still, show
from ui.live import LiveSession

pytestmark = pytest.mark.usefixtures("stream")


def keys(page: AppTest) -> set[str]:
    return {str(button.key) for button in page.button}


def test_not_sure_as_set_on_another_page(app: OpenPage, stream: FakeStream) -> None:
    page = app("pages/3_Training_metrics.py")
    page.session_state["metrics_tab"] = "Percentages"
    page.session_state["not_sure_fer2013"] = 90
    page.run()
    page = agree(page.switch_page(LIVE_PAGE).run())
    assert page.session_state["live_in_use"].options.min_confidence == 0.9
    page.slider(key="not_sure_fer2013").set_value(55).run()
    assert page.session_state["live_in_use"].options.min_confidence == 0.55


def test_consent_comes_first(app: OpenPage, stream: FakeStream) -> None:
    page = app(LIVE_PAGE)
    assert page.button(key="live_consent_go").disabled
    assert "sent to the machine that runs this app" in words(page)
    assert stream.calls == []
    assert "live_session" not in page.session_state


def test_after_consent_the_stream_is_there(app: OpenPage, stream: FakeStream) -> None:
    page = agree(app(LIVE_PAGE))
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


def test_scores_are_there_to_be_heard(running: AppTest) -> None:
    (said,) = (
        json.loads(part.proto.json)
        for part in running.get("bidi_component")
        if part.proto.component_name == "live_words"
    )
    assert said["words"] == "Person 1: happy."
    assert "happy 90\N{NO-BREAK SPACE}%, surprise 2\N{NO-BREAK SPACE}%, " in said["scores"]
    charts = [chart.proto.alt for chart in running.get("vega_lite_chart")]
    assert "Scores of person 1" in charts, "a chart with other words would be built anew"


def test_a_stopped_session_is_replaced(app: OpenPage) -> None:
    page = agree(app(LIVE_PAGE))
    session = page.session_state["live_session"]
    session.stop()
    page.run()
    assert page.session_state["live_session"] is not session
    assert not page.session_state["live_session"].stopped


def test_settings_reach_the_session(app: OpenPage) -> None:
    page = agree(app(LIVE_PAGE))
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


def test_a_frozen_picture_stays_when_the_camera_goes_off(
    running: AppTest, stream: FakeStream
) -> None:
    running.button(key="live_freeze").click().run()
    assert "The camera itself is still on." in words(running)
    running.session_state["live_session"].stop()
    stream.state.playing = False
    running.run()
    assert "Person 1: happy" in words(running)
    assert "The camera itself is still on." not in words(running)
    close = running.button(key="live_freeze")
    assert close.label == "Close"
    close.click().run()
    assert "The camera is off. Press START to begin." in words(running)
    assert "Person 1" not in words(running)


def test_a_minute_without_anybody_is_said_in_words(running: AppTest) -> None:
    assert "Taller: the model is surer." in words(running)
    session: LiveSession = running.session_state["live_session"]
    session._history.clear()
    session.read(synthetic_frame([]), FrameResult(session.view().now_s, (640, 480)))
    running.run()
    assert "Nobody has been seen yet." in words(running)
    assert "Taller" not in words(running)


def test_a_paused_chart_stands_still(running: AppTest) -> None:
    running.button(key="live_chart_pause").click().run()
    paused = running.session_state["live_chart_paused"]
    see(running)
    running.run()
    assert running.session_state["live_chart_paused"] is paused
    assert "The last minute** · paused" in words(running)
    running.button(key="live_chart_pause").click().run()
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


def test_another_page_forgets_the_people(running: AppTest) -> None:
    running.button(key="live_freeze").click().run()
    running.switch_page("pages/3_Training_metrics.py").run()
    for key in ("live_session", "live_frozen", "live_frozen_result"):
        assert key not in running.session_state


def test_the_demo_needs_no_consent_and_no_camera(
    app: OpenPage, stream: FakeStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = app(LIVE_PAGE)
    page.session_state["live_demo"] = True
    page.run()
    assert not page.error
    assert stream.calls == []
    assert "Demo clip, no camera" in words(page)
    assert "Person 1: " in words(page)
    page.button(key="live_freeze").click().run()
    assert "Of the frozen picture:" in words(page)
    demo = page.session_state["live_demo_run"]
    frozen, before = demo.still(), demo.seconds
    page.run()
    assert (demo.still(), demo.seconds) == (frozen, before), "a frozen demo stands still"
    files = saved(page, monkeypatch)
    picture = np.asarray(Image.open(io.BytesIO(files["Picture"])))
    below = slice(picture.shape[0] * 3 // 4, None)  # no label there
    assert np.array_equal(picture[below], frozen.image[below]), "no mirror view in the demo"
    assert "happy" in files["Numbers"]
    page.button(key="live_present").click().run()
    assert page.session_state["live_style"].large
    page.button(key="live_demo_end").click().run()
    assert "live_frozen" not in page.session_state
    assert "live_demo_run" not in page.session_state
    assert page.checkbox(key="live_consent_box")


class Worker:
    """Stands for the server's end of a connection."""

    stopped = False

    def stop(self) -> None:
        self.stopped = True


def test_the_demo_ends_the_stream(running: AppTest) -> None:
    worker = Worker()
    context: Any = WebRtcStreamerContext(None, WebRtcStreamerState(True, False))
    context._set_worker(worker)
    running.session_state["live_stream"] = context
    session: LiveSession = running.session_state["live_session"]
    running.button(key="live_demo_go").click().run()
    assert not running.error
    assert worker.stopped
    assert context.state == (False, False)
    assert session.stopped
    assert session.still() is None
    for key in ("live_shown", "live_attempt"):
        assert key not in running.session_state
    running.button(key="live_demo_end").click().run()
    assert running.session_state["live_ended"] is session, "its numbers can still be saved"
    assert running.session_state["live_session"] is not session


def test_the_demo_is_as_unsure_as_the_viewer_wants(
    app: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = app(LIVE_PAGE)
    page.session_state["not_sure_fer2013"] = 90
    page.session_state["live_demo"] = True
    monkeypatch.setattr(camera_demo, "sample_frames", lambda **_: iter([(0.0, synthetic_frame())]))
    page.run()
    assert page.session_state["live_demo_run"]._pipeline.options.min_confidence == 0.9


def test_a_snapshot_blurs_those_who_are_not_read(
    app: OpenPage, stream: FakeStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces = [make_face(), make_face(left=400.0)]
    monkeypatch.setattr(analyze, "create_detector", lambda *_: FakeDetector(faces))
    drawn: list[RgbImage] = []
    monkeypatch.setattr(show, "photo_reading", lambda image, *_, **__: drawn.append(image))
    page = agree(app(LIVE_PAGE))
    page.number_input(key="live_people").set_value(1).run()
    page.toggle(key="live_mirror").set_value(False).run()
    page.toggle(key="live_snapshot_on").set_value(True).run()
    shot = ("shot.jpg", photo_bytes(synthetic_frame(), "JPEG"), "image/jpeg")
    page.camera_input(key="live_snapshot").set_value(shot).run()
    page.toggle(key="live_blur").set_value(True).run()
    assert not page.error
    sharp, blurred = drawn[0], drawn[-1]
    assert np.array_equal(sharp[:, :320], blurred[:, :320])
    assert not np.array_equal(sharp[:, 320:], blurred[:, 320:])


def test_a_missing_model_is_said_in_words(app: OpenPage, models: Path) -> None:
    (models / "default").unlink()
    page = agree(app(LIVE_PAGE))
    assert not page.exception
    assert "default" in page.error[0].value


@pytest.mark.parametrize("servers", ["nonsense", '{"urls": "x"}', '[{"url": "stun:x"}]'])
def test_a_wrong_server_list_is_said_in_words(
    app: OpenPage, monkeypatch: pytest.MonkeyPatch, servers: str
) -> None:
    monkeypatch.setenv("FER_ICE_SERVERS", servers)
    page = agree(app(LIVE_PAGE))
    assert "FER_ICE_SERVERS" in page.error[0].value


def test_saved_pictures_hold_pixels_only() -> None:
    content = show.png(synthetic_frame())
    chunks = [content[i : i + 4] for i in range(len(content)) if content[i : i + 4] in TEXT_CHUNKS]
    assert chunks == []


TEXT_CHUNKS = (b"tEXt", b"iTXt", b"zTXt", b"eXIf", b"tIME")
