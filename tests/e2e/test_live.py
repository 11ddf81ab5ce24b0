"""The live page with a camera: start, read, freeze, save, present, leave, come back."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, ElementHandle, Frame, Page, expect

from tests.e2e.conftest import ACTION_TIMEOUT_MS
from tests.e2e.hosting import READING, agree, stream_of
from ui.camera_check import StartState
from ui.camera_start import HELP

FROZEN = re.compile("Frozen picture")
STARTS = 20
# The buttons move when the picture above them changes; a person waits until they stand still.
AT_REST = """() => {
  const buttons = [...document.querySelectorAll(".st-key-live_actions button")];
  const places = JSON.stringify(buttons.map((button) => button.getBoundingClientRect()));
  window.restingFrames = window.restingPlaces === places ? (window.restingFrames ?? 0) + 1 : 0;
  window.restingPlaces = places;
  return window.restingFrames > 30;
}"""


def open_page(page: Page) -> None:
    page.goto("/Live_camera")
    expect(page.get_by_role("button", name="Go to the camera")).to_be_disabled()
    assert page.locator("iframe").count() == 0, "the camera is offered before consent"
    agree(page)
    expect(page.get_by_text("The camera is off.")).to_be_visible()


def start(page: Page) -> None:
    """Starts the camera; does what the page says when a busy machine refuses another stream."""
    reading = page.get_by_text(READING).first
    full = page.get_by_text(HELP[StartState.FULL].title)
    for _ in range(STARTS):
        stream_of(page).get_by_role("button", name="START").click()
        expect(reading.or_(full).first).to_be_visible()
        if not full.is_visible():
            break
        stream_of(page).get_by_role("button", name="STOP").click()
        expect(full).to_have_count(0)
    expect(reading).to_be_visible()


@pytest.fixture
def live(page: Page) -> Page:
    """The page while its camera is read."""
    open_page(page)
    start(page)
    return page


def video_of(page: Page) -> tuple[Frame, ElementHandle]:
    """The picture that comes back, once it moves."""
    video = stream_of(page).locator("video").element_handle()
    frame = video.owner_frame() if video else None
    assert frame and video
    moving = "video => !video.paused && video.videoWidth > 0 && video.currentTime > 0.5"
    frame.wait_for_function(moving, arg=video)
    return frame, video


def saved(page: Page, button: str) -> bytes:
    page.wait_for_function(AT_REST)
    with page.expect_download() as download:
        page.get_by_role("button", name=button, exact=True).click()
    return download.value.path().read_bytes()


def picture(page: Page) -> NDArray[np.uint8]:
    image = Image.open(io.BytesIO(saved(page, "Picture")))
    assert (image.format, image.mode) == ("PNG", "RGB")
    assert not image.getexif()
    return np.asarray(image)


def test_start_label_stop(live: Page) -> None:
    expect(live.get_by_text("Camera on")).to_be_visible()
    expect(live).to_have_title(re.compile("Camera on"))
    expect(live.get_by_text("pictures a second")).to_be_visible()
    expect(live.get_by_text(re.compile(r"Scores of person 1: \w+ \d+\s%, "))).to_have_count(1)
    video_of(live)
    stream_of(live).get_by_role("button", name="STOP").click()
    expect(live.get_by_text("The camera is off.")).to_be_visible()
    expect(live.get_by_text("Camera off")).to_be_visible()
    expect(live.get_by_text(READING)).to_have_count(0)
    expect(live).to_have_title(re.compile("Live camera"))


def test_controls_leave_the_stream_alone(live: Page) -> None:
    frame, video = video_of(live)
    same = "video => video.srcObject.id"
    first = frame.evaluate(same, video)
    live.get_by_text("Picture and reading").click()
    live.get_by_text("Mirror view").click()
    live.get_by_text("Blur everyone else").click()
    steadiness = live.get_by_role("slider", name="Steadiness")
    steadiness.press("Home")
    expect(steadiness).to_have_value("0")
    live.get_by_role("button", name="Present", exact=True).click()
    expect(live.get_by_role("heading", name="Live camera")).to_be_hidden()
    expect(live.get_by_text("Camera on")).to_be_visible()
    expect(live.get_by_text(READING)).to_have_count(0)
    live.keyboard.press("Escape")
    expect(live.get_by_role("heading", name="Live camera")).to_be_visible()
    expect(live.get_by_text(READING).first).to_be_visible()
    before = frame.evaluate("video => video.currentTime", video)
    frame.wait_for_function("([video, t]) => video.currentTime > t + 0.5", arg=[video, before])
    assert frame.evaluate(same, video) == first


def test_freeze_shows_what_the_model_looked_at(live: Page) -> None:
    live.get_by_role("button", name="Freeze").click()
    expect(live.get_by_role("img", name=FROZEN)).to_be_visible()
    expect(stream_of(live).locator("video")).not_to_be_in_viewport()
    expect(stream_of(live).get_by_role("button", name="STOP")).to_be_in_viewport(ratio=0.9)
    with_heat = picture(live)
    live.get_by_text("Show what the model looked at").click()
    expect(live.get_by_text("Yellow: covering this part")).to_have_count(0)
    plain = picture(live)
    changed = (with_heat != plain).any(axis=2)
    assert 0.001 < changed.mean() < 0.25, "the heat map covers the face and nothing else"

    # The same picture the other way round: what is saved is what is seen.
    frozen = live.get_by_role("img", name=FROZEN)
    before = frozen.get_attribute("src") or ""
    live.get_by_text("Picture and reading").click()
    live.get_by_text("Mirror view").click()
    expect(frozen).not_to_have_attribute("src", before)
    turned = picture(live)
    below = slice(plain.shape[0] * 3 // 4, None)  # no label there
    assert (turned[below] == plain[below, ::-1]).all()
    assert (turned[below] != plain[below]).any()

    live.get_by_role("button", name="Go live").click()
    expect(live.get_by_role("img", name=FROZEN)).to_have_count(0)
    expect(stream_of(live).locator("video")).to_be_in_viewport()


def test_pictures_and_numbers_are_saved(live: Page) -> None:
    image = picture(live)
    assert max(image.shape) <= 640
    assert image.std() > 10
    rows = list(csv.DictReader(io.StringIO(saved(live, "Numbers").decode())))
    assert rows
    labels = {name.removeprefix("raw_") for name in rows[0] if name.startswith("raw_")}
    for row in rows:
        assert row["label"] in labels
        assert 0 <= float(row["confidence"]) <= 1
        assert max(map(len, row.values())) < 40, "numbers and names only"
    stream_of(live).get_by_role("button", name="STOP").click()
    expect(live.get_by_text("The camera is off.")).to_be_visible()
    assert len(saved(live, "Numbers").decode().splitlines()) > len(rows)


def test_the_chart_can_be_paused(live: Page) -> None:
    live.get_by_role("button", name="Pause").click()
    expect(live.get_by_text("The last minute · paused")).to_be_visible()
    live.get_by_role("button", name="Go on").click()
    expect(live.get_by_text("The last minute · paused")).to_have_count(0)


def test_leaving_and_coming_back_starts_anew(page: Page) -> None:
    open_page(page)
    for _ in range(2):
        start(page)
        page.get_by_role("link", name="How good is it?").first.click()
        expect(page.get_by_role("heading", name="How good is it?")).to_be_visible()
        page.get_by_role("link", name="Live camera").first.click()
        expect(page.get_by_text("The camera is off.")).to_be_visible()
        expect(page.get_by_role("button", name="Numbers")).to_have_count(0)


@pytest.fixture
def second(browser: Browser, app_url: str, context_options: dict[str, Any]) -> Iterator[Page]:
    context = browser.new_context(base_url=app_url, **context_options)
    context.set_default_timeout(ACTION_TIMEOUT_MS)
    yield context.new_page()
    context.close()


def test_two_viewers_at_once(live: Page, second: Page) -> None:
    open_page(second)
    start(second)
    for page in (live, second):
        frame, video = video_of(page)
        now = frame.evaluate("video => video.currentTime", video)
        frame.wait_for_function("([video, t]) => video.currentTime > t + 1", arg=[video, now])
        expect(page.get_by_text(READING).first).to_be_visible()


def test_the_demo_switches_the_camera_off(live: Page) -> None:
    live.get_by_text("Other ways: demo clip").click()
    live.get_by_role("button", name="Watch the demo clip").click()
    expect(live.get_by_text("Demo clip, no camera")).to_be_visible()
    expect(live.locator("iframe")).to_have_count(0)
    live.get_by_role("button", name="End the demo").click()
    expect(live.get_by_text("The camera is off.")).to_be_visible()
    expect(live.get_by_text("Camera off")).to_be_visible()
    start(live)


def test_the_demo_moves_without_a_camera(page: Page) -> None:
    page.goto("/Live_camera")
    page.get_by_role("button", name="Watch the demo clip").click()
    expect(page.get_by_text("Demo clip, no camera")).to_be_visible()
    expect(page.get_by_text(re.compile(r"Person \d+: ")).first).to_be_visible()
    assert page.locator("iframe").count() == 0
    image = page.get_by_role("img", name=re.compile("Demo picture"))
    first = image.get_attribute("src")
    expect(image).not_to_have_attribute("src", first or "")
    page.get_by_role("button", name="Freeze").click()
    expect(page.get_by_role("img", name=FROZEN)).to_be_visible()
    expect(image).to_be_hidden()
    page.get_by_role("button", name="Present", exact=True).click()
    expect(page.get_by_role("heading", name="Live camera")).to_be_hidden()
    page.get_by_role("button", name="Go on").click()
    expect(image).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="End the demo").click()
    expect(page.get_by_role("button", name="Go to the camera")).to_be_visible()
