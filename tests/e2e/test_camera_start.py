"""A camera that does not start, in real browsers: each reason is told, with a way on."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import ACTION_TIMEOUT_MS
from tests.e2e.hosting import agree, expect_idle, free_ports, running_app, stream_of
from ui.camera_check import StartState
from ui.camera_start import HELP

PLAIN = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
ALLOW = "--use-fake-ui-for-media-stream"
DENY = "--deny-permission-prompts"
CAMERA = "--use-fake-device-for-media-stream"
NO_CAMERA = "--use-fake-device-for-media-stream=device-count=0"
NO_ROUTE = "--webrtc-ip-handling-policy=disable_non_proxied_udp"

# What START meets in the frame of the stream, in place of the browser's own answer.
BUSY = (
    "navigator.mediaDevices.getUserMedia = async () => {"
    " throw new DOMException('Could not start video source', 'NotReadableError'); }"
)
UNANSWERED = "navigator.mediaDevices.getUserMedia = () => new Promise(() => {})"
NO_API = "Object.defineProperty(Navigator.prototype, 'mediaDevices', {get: () => undefined})"
# Counts how often a page or a frame asks for the camera.
COUNTING = (
    "if (navigator.mediaDevices) { const ask = navigator.mediaDevices.getUserMedia;"
    " top.asked ??= 0; navigator.mediaDevices.getUserMedia = function (...wishes) {"
    " top.asked += 1; return ask.apply(this, wishes); } }"
)
Open = Callable[..., Page]


@pytest.fixture
def open_with(browser: Browser, browser_path: str, app_url: str) -> Iterator[Open]:
    """open_with(*arguments, script=…, url=…) opens the camera page in a browser of its own."""
    with ExitStack() as ending:

        def open_page(*arguments: str, script: str = "", url: str = app_url) -> Page:
            other = browser.browser_type.launch(
                executable_path=browser_path, args=[*PLAIN, *arguments]
            )
            ending.callback(other.close)
            context = other.new_context(viewport={"width": 1280, "height": 900})
            context.set_default_timeout(ACTION_TIMEOUT_MS)
            if script:
                context.add_init_script(script)
            page = context.new_page()
            ending.callback(page.goto, "about:blank")
            page.goto(f"{url}/Live_camera")
            return page

        yield open_page


def press_start(page: Page) -> None:
    agree(page).get_by_role("button", name="START").click()


def expect_help(page: Page, state: StartState) -> None:
    """The state's title and first step are there, and the ways that need no camera."""
    words = HELP[state]
    box = page.get_by_test_id("stAlert").filter(has_text=words.title)
    expect(box).to_contain_text(words.sentence.replace("`", ""))  # marks code in Markdown
    expect(box.get_by_role("listitem")).to_have_count(len(words.steps))
    expect(page.get_by_role("button", name="Watch the demo clip")).to_be_visible()
    expect(page.get_by_role("link", name="Use a photo or a video file")).to_be_visible()
    expect(page.get_by_text("Take a snapshot instead")).to_have_count(int(words.snapshot))


def test_nothing_of_the_camera_is_used_before_consent(open_with: Open) -> None:
    page = open_with(CAMERA, ALLOW, script=COUNTING)
    expect(page.get_by_text(HELP[StartState.NO_CONSENT].sentence)).to_be_visible()
    expect(page.get_by_role("link", name="Use a photo or a video file")).to_be_visible()
    assert page.locator("iframe").count() == 0
    assert page.evaluate("top.asked") == 0


def test_the_check_does_not_ask_for_the_camera(open_with: Open) -> None:
    page = open_with(CAMERA, ALLOW, script=COUNTING)
    expect(agree(page).get_by_role("button", name="START")).to_be_visible()
    expect(page.get_by_text("The camera is off.")).to_be_visible()
    assert page.evaluate("top.asked") == 0


def test_a_camera_that_starts_well_is_not_held_up_by_reports(open_with: Open) -> None:
    page = open_with(CAMERA, ALLOW)
    page.context.grant_permissions(["camera"])
    sent: list[bytes] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(data)))
    page.reload()
    press_start(page)
    expect(page.get_by_text("in view").first).to_be_visible()
    assert any(b"sdpOffer" in data for data in sent)
    assert not any(b'"facts"' in data for data in sent)


def test_a_refused_permission(open_with: Open) -> None:
    page = open_with(CAMERA, DENY)
    press_start(page)
    expect_help(page, StartState.DENIED)
    # Nor does the component say it once more in the browser's words.
    expect(stream_of(page).get_by_text("NotAllowedError")).to_be_hidden()
    page.context.grant_permissions(["camera"])
    expect(page.get_by_text(HELP[StartState.DENIED].title)).to_have_count(0)


def test_no_camera(open_with: Open) -> None:
    page = open_with(NO_CAMERA, ALLOW)
    agree(page)
    expect_help(page, StartState.NO_CAMERA)


def test_a_camera_in_use_elsewhere(open_with: Open) -> None:
    page = open_with(CAMERA, ALLOW, script=BUSY)
    press_start(page)
    expect_help(page, StartState.IN_USE)


def test_a_question_that_waits_for_its_answer(open_with: Open) -> None:
    page = open_with(CAMERA, script=UNANSWERED)
    press_start(page)
    expect(page.get_by_text(HELP[StartState.ASKING].title)).to_be_visible()


def test_an_address_without_https(open_with: Open, app_url: str) -> None:
    # Leads to this machine as well, but only localhost and 127.* are safe enough for a browser.
    page = open_with(CAMERA, ALLOW, url=app_url.replace("127.0.0.1", "0.0.0.0"))
    assert page.evaluate("isSecureContext") is False
    agree(page)
    expect_help(page, StartState.INSECURE)


def test_a_browser_without_cameras(open_with: Open) -> None:
    page = open_with(CAMERA, ALLOW, script=NO_API)
    agree(page)
    expect_help(page, StartState.NO_API)


def test_a_network_that_blocks_live_video_leaves_a_snapshot(open_with: Open) -> None:
    page = open_with(CAMERA, ALLOW, NO_ROUTE)
    press_start(page)
    expect(page.get_by_text(HELP[StartState.CONNECTING].title)).to_be_visible()
    expect_help(page, StartState.NO_ROUTE)
    expect(stream_of(page).get_by_text("STUN/TURN")).to_be_hidden()

    page.get_by_text("Take a snapshot instead").click()
    # The component shows its button before it has a picture; pressed then, it does nothing.
    video = "document.querySelector('[data-testid=stCameraInput] video')"
    page.wait_for_function(f"{video}?.videoWidth")
    expect_idle(page)
    page.get_by_role("button", name="Take Photo").click()
    expect(page.get_by_role("button", name="Clear photo")).to_be_visible()
    expect(page.get_by_alt_text("snapshot:")).to_be_visible()


def test_the_demo_clip_is_a_way_on(open_with: Open) -> None:
    page = open_with(NO_CAMERA, ALLOW)
    agree(page)
    page.get_by_role("button", name="Watch the demo clip").click()
    expect(page.get_by_text("Demo clip, no camera")).to_be_visible()


def test_a_full_server(open_with: Open) -> None:
    port = free_ports(1)[0]
    with running_app(port, FER_MAX_STREAMS="1"):
        url = f"http://127.0.0.1:{port}"
        first = open_with(CAMERA, ALLOW, url=url)
        press_start(first)
        expect(first.get_by_text("in view").first).to_be_visible()
        second = open_with(CAMERA, ALLOW, url=url)
        press_start(second)
        expect_help(second, StartState.FULL)
        # Windows that close while a stream runs would leave noise in the log of the app.
        second.goto("about:blank")
        first.goto("about:blank")
