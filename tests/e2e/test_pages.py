"""Every page by its own address, in both themes, on a wide screen and on a phone."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.hosting import expect_idle

ROOT = Path(__file__).resolve().parent.parent.parent
ADDRESSES = ["/"] + [
    f"/{re.sub(r'^[0-9]+_', '', path.stem)}" for path in sorted((ROOT / "pages").glob("*.py"))
]
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


def windows() -> list[dict[str, object]]:
    return [
        {"viewport": size, "color_scheme": theme}
        for size in (WIDE, PHONE)
        for theme in ("light", "dark")
    ]


def expect_drawn(page: Page) -> None:
    """The script has run to its end, without an exception, and all of it is there to be used."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect_idle(page)
    # Until they have come, what stands beside them is hidden as well.
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_text("Something went wrong")).to_have_count(0)


@pytest.mark.parametrize(
    "context_options",
    windows(),
    ids=lambda window: f"{window['viewport']['width']}px-{window['color_scheme']}",
)
@pytest.mark.parametrize("address", ADDRESSES)
def test_page_opens_by_its_address(
    page: Page, address: str, context_options: dict[str, object]
) -> None:
    page.goto(address)
    expect_drawn(page)
    scheme = "e => getComputedStyle(e).colorScheme"
    assert page.get_by_test_id("stApp").evaluate(scheme) == context_options["color_scheme"]
    overflow = "() => document.documentElement.scrollWidth - window.innerWidth"
    assert page.evaluate(overflow) <= 0, "the page is wider than its window"


def test_metrics_are_drawn(page: Page) -> None:
    page.goto("/Training_metrics")
    expect_drawn(page)
    expect(page.get_by_text("Balanced accuracy")).to_be_visible()
    for words in (
        "Confusion matrix",
        "Training and validation loss",
        "Training and validation acc",
    ):
        chart = page.locator(f"[data-testid=stVegaLiteChart][aria-label^='{words}']")
        expect(chart.locator("canvas, svg").first).to_be_visible()
    page.get_by_role("radio", name="counts").click()
    expect_drawn(page)


def test_home_leads_to_every_page(page: Page) -> None:
    for address in ADDRESSES[1:]:
        page.goto("/")
        expect_drawn(page)
        page.locator(f"a[href='{address[1:]}']:visible").last.click()
        expect(page).to_have_url(re.compile(f"{address}$"))
        expect_drawn(page)
