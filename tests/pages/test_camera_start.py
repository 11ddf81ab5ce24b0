"""The camera page before a camera runs: each state has its words and a way on."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from fer_core.results import FrameResult
from tests.pages.conftest import OpenPage, words
from ui import camera, camera_check, camera_start
from ui.camera_check import StartState
from ui.live import LiveSession, LiveView

PAGE = "pages/1_Live_camera.py"


class Browser:
    """Stands for the component of the stream and for the one that listens to the browser."""

    def __init__(self) -> None:
        self.state = SimpleNamespace(playing=False, signalling=False)
        self.facts: Any = None
        self.listening = 0

    def stream(self, **_: Any) -> "Browser":
        return self

    def listen(self, **_: Any) -> dict[str, Any]:
        self.listening += 1
        return {"facts": self.facts}


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    fake = Browser()
    monkeypatch.setattr(camera, "webrtc_streamer", fake.stream)
    monkeypatch.setattr(camera, "create_video_sink_track", lambda *_, **__: None)
    monkeypatch.setattr(camera_check, "_component", fake.listen)
    yield fake


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Time as the page's help sees it."""
    time = SimpleNamespace(now_s=1000.0)
    monkeypatch.setattr(camera_start, "time", SimpleNamespace(monotonic=lambda: time.now_s))
    return time


def agree(page: AppTest) -> AppTest:
    page.checkbox(key="live_consent_box").check().run()
    return page.button(key="live_consent_go").click().run()


def told(page: AppTest) -> str:
    return "\n".join(str(box.value) for box in (*page.warning, *page.info))


def ways(page: AppTest) -> set[str]:
    """What the page offers besides the stream."""
    found = {link.proto.label for link in page.get("page_link") if "photo" in link.proto.label}
    found |= {"demo" for button in page.button if button.key == "live_demo_go"}
    return found | {"snapshot" for toggle in page.toggle if toggle.key == "live_snapshot_on"}


def test_without_consent_nothing_listens(app: OpenPage, browser: Browser) -> None:
    page = app(PAGE)
    assert not page.exception
    assert "sent to the machine that runs this app" in words(page)
    assert page.button(key="live_consent_go").disabled
    assert browser.listening == 0
    assert ways(page) == {"demo", "Use a photo or a video file"}


def test_the_demo_needs_no_consent(app: OpenPage, browser: Browser) -> None:
    page = app(PAGE)
    page.button(key="live_demo_go").click().run()
    assert not page.exception
    assert page.session_state["live_demo"] is True
    assert "live_agreed" not in page.session_state
    assert browser.listening == 0


def test_a_camera_that_is_ready_needs_no_words(app: OpenPage, browser: Browser) -> None:
    page = agree(app(PAGE))
    assert not page.exception
    assert told(page) == ""
    assert browser.listening > 0
    assert ways(page) == {"demo", "Use a photo or a video file", "snapshot"}


@pytest.mark.parametrize(
    ("facts", "state", "step", "snapshot"),
    [
        ({"api": "insecure"}, StartState.INSECURE, "https://", False),
        ({"api": "missing"}, StartState.NO_API, "Open in browser", False),
        ({"cameras": "none"}, StartState.NO_CAMERA, "Plug the camera in", False),
        ({"start": "NotFoundError"}, StartState.NO_CAMERA, "Press START again", False),
        ({"permission": "denied"}, StartState.DENIED, "lock symbol", True),
        ({"start": "NotAllowedError"}, StartState.DENIED, "Settings → Safari → Camera", True),
        ({"start": "NotReadableError"}, StartState.IN_USE, "video calls", True),
        ({"start": "asking"}, StartState.ASKING, "Choose **Allow**", True),
    ],
)
def test_what_the_browser_says_is_explained(
    app: OpenPage,
    browser: Browser,
    facts: dict[str, str],
    state: StartState,
    step: str,
    snapshot: bool,
) -> None:
    browser.facts = facts
    page = agree(app(PAGE))
    assert not page.exception
    assert told(page).startswith(f"**{camera_start.HELP[state].title}.**")
    assert step in told(page)
    assert ways(page) >= {"demo", "Use a photo or a video file"}
    assert ("snapshot" in ways(page)) == snapshot


@pytest.mark.parametrize("facts", ["nonsense", 7, [], {"start": 7, "api": None, "more": "x"}])
def test_a_browser_that_says_nonsense_is_not_believed(
    app: OpenPage, browser: Browser, facts: Any
) -> None:
    browser.facts = facts
    page = agree(app(PAGE))
    assert not page.exception
    assert not page.error
    assert told(page) == ""


def test_a_network_that_blocks_is_told_after_15_seconds(
    app: OpenPage, browser: Browser, clock: SimpleNamespace
) -> None:
    page = agree(app(PAGE))
    browser.state.signalling = True
    page.run()
    assert told(page).startswith("**Connecting your camera.**")
    clock.now_s += 14.0
    page.run()
    assert told(page).startswith("**Connecting your camera.**")
    clock.now_s += 1.0
    page.run()
    assert "network blocks live video" in told(page)
    assert ways(page) == {"demo", "Use a photo or a video file", "snapshot"}
    browser.state.signalling = False  # the browser gives up as well
    page.run()
    assert "network blocks live video" in told(page)


def test_a_connected_camera_without_a_picture_is_waited_for(
    app: OpenPage, browser: Browser
) -> None:
    page = agree(app(PAGE))
    browser.state.playing = True
    page.run()
    assert "Waiting for the first picture" in told(page)


def view_is(monkeypatch: pytest.MonkeyPatch, view: LiveView) -> None:
    monkeypatch.setattr(LiveSession, "view", lambda _: view)


def test_a_full_server_is_told_with_other_ways(
    app: OpenPage, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = agree(app(PAGE))
    browser.state.playing = True
    view_is(monkeypatch, LiveView(refused=True))
    page.run()
    assert not page.exception
    assert "All places are taken" in told(page)
    assert "Nothing is wrong with yours" in told(page)
    assert ways(page) == {"demo", "Use a photo or a video file", "snapshot"}


def test_a_picture_that_stopped_arriving_is_told(
    app: OpenPage, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = agree(app(PAGE))
    browser.state.playing = True
    result = FrameResult(0.0, (640, 480))
    view_is(monkeypatch, LiveView(result=result, idle_s=3.5))
    page.run()
    assert "The picture has stopped arriving" in told(page)
    view_is(monkeypatch, LiveView(result=result))
    page.run()
    assert "stopped arriving" not in told(page)


def test_a_snapshot_camera_only_on_request(app: OpenPage, browser: Browser) -> None:
    page = agree(app(PAGE))
    assert not page.camera_input
    page.toggle(key="live_snapshot_on").set_value(True).run()
    assert len(page.camera_input) == 1


def test_every_state_has_its_words() -> None:
    assert set(camera_start.HELP) == set(StartState)
    for state, help_ in camera_start.HELP.items():
        quiet = state in (StartState.READY, StartState.RUNNING)
        told_elsewhere = quiet or state is StartState.NO_CONSENT
        assert bool(help_.title and help_.sentence) != quiet
        assert bool(help_.steps) != (told_elsewhere or help_.waiting)
