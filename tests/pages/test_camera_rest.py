"""A camera that nobody uses is switched off; what counts as use."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import LIVE_PAGE, FakeStream, OpenPage, agree, words
from ui import camera


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


@pytest.mark.parametrize(
    ("idle_s", "stopped", "expected"),
    [
        (60.0, True, camera.SILENT),
        (60.0, False, None),  # a picture that does not get through: the help says what to do
        (59.0, True, None),  # STOP was pressed
    ],
)
def test_a_stream_that_ended_in_silence_rests(
    idle_s: float, stopped: bool, expected: str | None
) -> None:
    assert camera.rest_words(camera.LiveView(idle_s=idle_s, stopped=stopped), 0.0) == expected


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


USES: dict[str, Callable[[AppTest], Any]] = {
    "freeze": lambda page: page.button(key="live_freeze").click(),
    "present": lambda page: page.button(key="live_present").click(),
    "pause": lambda page: page.button(key="live_chart_pause").click(),
    "mirror": lambda page: page.toggle(key="live_mirror").set_value(False),
    "steadiness": lambda page: page.slider(key="live_half_life").set_value(1.0),
}


@pytest.mark.parametrize("use", USES)
def test_what_a_person_does_counts_as_use(running: AppTest, use: str) -> None:
    before = running.session_state["live_touched"]
    USES[use](running).run()
    assert running.session_state["live_touched"] > before


def test_runs_that_nobody_asked_for_are_no_use(running: AppTest, stream: FakeStream) -> None:
    before = running.session_state["live_touched"]
    for _ in range(2):
        running.run()
    assert running.session_state["live_touched"] == before
    running.session_state["live_touched"] = before - camera.UNTOUCHED_REST_S
    running.run()
    assert stream.calls[-1]["desired_playing_state"] is False


def test_start_counts_as_use(app: OpenPage, stream: FakeStream) -> None:
    page = agree(app(LIVE_PAGE))
    page.session_state["live_touched"] -= camera.UNTOUCHED_REST_S
    stream.state.playing = True
    page.run()
    assert stream.calls[-1]["desired_playing_state"] is None


def test_a_camera_at_rest_forgets_the_frozen_picture(
    running: AppTest, stream: FakeStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.button(key="live_freeze").click().run()
    with monkeypatch.context() as idle:
        idle.setattr(camera, "NO_FACE_REST_S", 0.0)
        running.run()
    stream.state.playing = False
    running.run()
    assert camera.NOBODY in words(running)
    assert "live_frozen" not in running.session_state
