"""axe-core finds nothing serious, and no skipped heading, on any page in both themes."""

import importlib.util
import os
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page

from tests.e2e.test_pages import ADDRESSES, expect_drawn
from ui import learn, metrics

PACKAGE = "axe_playwright_python"  # brings axe-core; nothing is fetched
LEARN = [f"/Learn?{urlencode({'learn_tab': tab})}" for tab in learn.TABS]
METRICS = [f"/Training_metrics?{urlencode({'metrics_tab': tab})}" for tab in metrics.TABS]
SEVERE = ("serious", "critical")
RUN = """() => axe.run(document, {resultTypes: ['violations']}).then(
    found => found.violations.map(({id, impact, help, nodes}) =>
        ({id, impact, help, places: nodes.map(node => node.html.slice(0, 120))})))"""


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    found = importlib.util.find_spec(PACKAGE)
    if found and found.origin:
        return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")
    reason = f"the package {PACKAGE} of requirements-dev.txt is not installed"
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.mark.parametrize(
    "context_options",
    [{"viewport": {"width": 1280, "height": 900}, "color_scheme": t} for t in ("light", "dark")],
    ids=lambda window: window["color_scheme"],
)
def test_nothing_serious_is_found(page: Page, axe: str) -> None:
    found = []
    for address in [*ADDRESSES, *LEARN[1:], *METRICS[1:]]:
        page.goto(address)
        expect_drawn(page)
        page.add_script_tag(content=axe)
        for finding in page.evaluate(RUN):
            if finding["impact"] in SEVERE or finding["id"] == "heading-order":
                found.append(f"{address}: {finding['help']}: {finding['places']}")
    assert found == []
