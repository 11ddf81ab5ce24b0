"""The live page without a mouse, on a phone, left alone, and with a camera that goes away."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import ACTION_TIMEOUT_MS
from tests.e2e.hosting import (
    READING,
    ROOT,
    agree,
    free_ports,
    press_start,
    running_app,
    stream_of,
)
from tests.e2e.test_live import FROZEN
from ui.camera import UNTOUCHED
from ui.camera_check import StartState
from ui.camera_start import HELP

PARTS = ("side", "minute")
PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
MOST_TABS = 60
REST_S = 4.0
FOCUSED = "element => document.hasFocus() && document.activeElement === element"
# Nothing is wider than the window, nor hidden by scrolling sideways.
FITS = """() => [document.documentElement, document.querySelector("[data-testid=stMain]")]
  .every((part) => part.scrollWidth <= part.clientWidth && part.clientWidth <= innerWidth)"""
# Lets the test see, and end, what the browser gives the page of its camera.
KEEP_CAMERA = """if (navigator.mediaDevices) {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (...wishes) => (top.camera = await ask(...wishes));
}"""
CAMERA_IS_FREE = "top.camera.getTracks().every((track) => track.readyState === 'ended')"


def go_to(page: Page, target: Locator, key: str = "Tab") -> None:
    """Presses a key until it has led to the target."""
    expect(target).to_be_enabled()
    for _ in range(MOST_TABS):
        page.keyboard.press(key)
        if target.evaluate(FOCUSED):
            return
    raise AssertionError(f"{key} does not lead to {target}")


def test_the_keyboard_is_enough(page: Page) -> None:
    page.goto("/Live_camera")
    go_to(page, page.get_by_role("checkbox", name="I understand"))
    page.keyboard.press("Space")
    go_to(page, page.get_by_role("button", name="Go to the camera"))
    page.keyboard.press("Enter")
    go_to(page, stream_of(page).get_by_role("button", name="START"))
    page.keyboard.press("Enter")
    expect(page.get_by_text(READING).first).to_be_visible()
    go_to(page, page.get_by_role("button", name="Freeze"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("img", name=FROZEN)).to_be_visible()
    go_to(page, page.get_by_role("switch", name="Show what the model looked at"), "Shift+Tab")
    page.keyboard.press("Space")
    expect(page.get_by_text("Yellow: covering this part")).to_have_count(0)
    go_to(page, stream_of(page).get_by_role("button", name="STOP"), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Camera off")).to_be_visible()


@pytest.mark.parametrize("context_options", [PHONE], ids=["390px"])
def test_a_phone_shows_all_of_it(page: Page, context_options: dict[str, object]) -> None:
    press_start(page)
    expect(page.get_by_text(READING).first).to_be_visible()
    video = stream_of(page).locator("video")
    expect(video).to_be_in_viewport(ratio=0.9)
    box = video.bounding_box()
    assert box and box["width"] > 340, "the picture is small"
    page.wait_for_function(FITS)
    read, chart = (page.locator(f".st-key-live_{part}").bounding_box() for part in PARTS)
    assert read and chart and read["y"] < chart["y"], "what is read lies behind the chart"
    page.get_by_text("Picture and reading").click()
    expect(page.get_by_role("slider", name="Steadiness")).to_be_visible()
    page.wait_for_function(FITS)
    page.get_by_role("button", name="Freeze").click()
    expect(page.get_by_role("img", name=FROZEN)).to_be_visible()
    page.wait_for_function(FITS)
    page.get_by_role("button", name="Go live").click()
    page.get_by_role("button", name="Present", exact=True).click()
    expect(page.get_by_role("heading", name="Live camera")).to_be_hidden()
    expect(video).to_be_in_viewport(ratio=0.9)
    page.wait_for_function(FITS)


def test_a_frozen_picture_outlives_its_camera(page: Page) -> None:
    page.add_init_script(KEEP_CAMERA)
    press_start(page)
    expect(page.get_by_text(READING).first).to_be_visible()
    page.get_by_role("button", name="Freeze").click()
    frozen = page.get_by_role("img", name=FROZEN)
    expect(frozen).to_be_visible()
    page.evaluate("top.camera.getTracks().forEach((track) => track.stop())")
    expect(page.get_by_text(HELP[StartState.STALLED].title)).to_be_visible()
    expect(frozen).to_be_visible()
    stream_of(page).get_by_role("button", name="STOP").click()
    expect(page.get_by_text("Camera off")).to_be_visible()
    expect(frozen).to_be_visible()
    expect(stream_of(page).get_by_role("button", name="START")).to_be_in_viewport(ratio=0.9)
    page.get_by_role("button", name="Close").click()
    expect(frozen).to_have_count(0)
    expect(page.get_by_text("The camera is off.")).to_be_visible()


@pytest.fixture
def impatient_page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """The app, which here rests after seconds."""
    shutil.copytree(ROOT / "pages", tmp_path / "pages")
    script = tmp_path / "streamlit_app.py"
    home = (ROOT / "streamlit_app.py").read_text(encoding="utf-8")
    patience = f"\nfrom ui import camera\n\ncamera.UNTOUCHED_REST_S = {REST_S}\n"
    script.write_text(home + patience, encoding="utf-8")
    (port,) = free_ports(1)
    with running_app(port, script=script):
        context = browser.new_context(base_url=f"http://127.0.0.1:{port}")
        context.set_default_timeout(ACTION_TIMEOUT_MS)
        yield context.new_page()
        context.close()


def test_a_camera_left_alone_is_switched_off(impatient_page: Page) -> None:
    page = impatient_page
    page.add_init_script(KEEP_CAMERA)
    page.goto("/")
    page.get_by_role("link", name="Live camera").first.click()
    stream = agree(page)
    stream.get_by_role("button", name="START").click()
    expect(page.get_by_text(UNTOUCHED)).to_be_visible()
    expect(page.get_by_text("Camera off")).to_be_visible()
    page.wait_for_function(CAMERA_IS_FREE)
    stream.get_by_role("button", name="START").click()
    expect(page.get_by_text("Camera on")).to_be_visible()
    expect(page.get_by_text(UNTOUCHED)).to_have_count(0)
