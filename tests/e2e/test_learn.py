"""Learn in a browser: a full round of guesses, and a slider that flips a label, by keyboard."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.test_pages import expect_drawn

FACE = re.compile(r"Face (\d+) of (\d+)")


def test_a_full_round(page: Page) -> None:
    page.goto("/Learn")
    faces = int(FACE.search(page.get_by_text(FACE).inner_text())[2])  # type: ignore[index]
    for number in range(1, faces + 1):
        expect(page.get_by_text(f"Face {number} of {faces}")).to_be_visible()
        expect(page.get_by_role("img", name="The face to guess")).to_be_visible()
        page.get_by_role("button", name="neutral", exact=True).click()
        expect(page.get_by_role("heading", name="You: neutral. Model:")).to_be_visible()
        page.get_by_role("button", name="Next face").or_(
            page.get_by_role("button", name="To the end of the round")
        ).click()
    expect(page.get_by_role("heading", name="The round is over")).to_be_visible()
    # Of the drawings one is made for "neutral", the portraits carry no label.
    you = page.get_by_test_id("stMetric").filter(has_text="You")
    expect(you).to_contain_text(f"1 of {faces - 2}")
    page.get_by_role("button", name="Play again").click()
    expect(page.get_by_text(f"Face 1 of {faces}")).to_be_visible()
    expect_drawn(page)


def test_a_slider_flips_the_label_where_the_page_says(page: Page) -> None:
    page.goto("/Learn?learn_tab=What+if%3F")
    flip = page.get_by_text("the label changes from neutral to happy")
    expect(flip).to_contain_text("“mouth corners up” (AU 12)")
    now = page.get_by_role("heading", name=re.compile(r"^(neutral|happy) \d+"))
    expect(now).to_have_text(re.compile("^neutral"))
    slider = page.get_by_role("slider", name="Up (AU 12)")
    slider.focus()
    slider.press("End")
    expect(now).to_have_text(re.compile("^happy"))
    expect(page.get_by_role("img", name=re.compile("mouth corners: up"))).to_be_visible()
    slider.press("Home")
    expect(now).to_have_text(re.compile("^neutral"))
    expect_drawn(page)


def test_the_lesson_is_one_file(page: Page) -> None:
    page.goto("/Learn?learn_tab=Limits+and+law")
    with page.expect_download() as download:
        page.get_by_role("button", name="The lesson to print").click()
    text = download.value.path().read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "test images" in text
    expect_drawn(page)
