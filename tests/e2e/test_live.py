"""The live page with a camera: agree, start, read, stop."""

import re

from playwright.sync_api import Page, expect

# "Person 1: happy 87 %", and no "not sure": the camera file shows one clear face.
READING = re.compile(r"Person \d+: [a-z]+ \d+\s%")


def test_consent_start_label_stop(page: Page) -> None:
    page.goto("/Live_camera")
    expect(page.get_by_role("heading", name="Live camera")).to_be_visible()
    assert page.locator("iframe").count() == 0, "the camera is offered before consent"

    go = page.get_by_role("button", name="Go to the camera")
    expect(go).to_be_disabled()
    page.get_by_text("I understand, and everyone in view agrees").click()
    expect(go).to_be_enabled()
    go.click()

    stream = page.frame_locator("iframe[title*='webrtc']")
    expect(page.get_by_text("The camera is off.")).to_be_visible()
    stream.get_by_role("button", name="START").click()

    expect(page.get_by_text(READING).first).to_be_visible()
    expect(page.get_by_text("One face in view.")).to_be_visible()
    moving = "video => !video.paused && video.videoWidth > 0 && video.currentTime > 0.5"
    video = stream.locator("video").element_handle()
    frame = video.owner_frame() if video else None
    assert frame
    frame.wait_for_function(moving, arg=video)

    stream.get_by_role("button", name="STOP").click()
    expect(page.get_by_text("The camera is off.")).to_be_visible()
    expect(page.get_by_text(READING)).to_have_count(0)


def test_leaving_and_coming_back_starts_anew(page: Page) -> None:
    page.goto("/Live_camera")
    page.get_by_text("I understand, and everyone in view agrees").click()
    page.get_by_role("button", name="Go to the camera").click()
    stream = page.frame_locator("iframe[title*='webrtc']")
    for _ in range(2):
        stream.get_by_role("button", name="START").click()
        expect(page.get_by_text(READING).first).to_be_visible()
        page.get_by_role("link", name="How good is it?").first.click()
        expect(page.get_by_role("heading", name="How good is it?")).to_be_visible()
        page.get_by_role("link", name="Live camera").first.click()
        expect(page.get_by_text("The camera is off.")).to_be_visible()
