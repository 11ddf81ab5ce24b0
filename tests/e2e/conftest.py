"""The real app in a real browser: started once, its camera fed from a file."""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bench.live_browser import browser_program, camera_arguments
from fer_core.errors import FerError
from tests.e2e.hosting import START_TIMEOUT_S, free_ports, running_app
from tests.media_corpus import write_camera_file

# Generous: how quick a page is depends on the machine, and is not what these tests ask.
ACTION_TIMEOUT_MS = 120_000

expect.set_options(timeout=ACTION_TIMEOUT_MS)


@pytest.fixture(scope="session")
def browser_path() -> str:
    try:
        return browser_program()
    except FerError as error:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(f"REQUIRE_BROWSER=1. {error}")
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def app_url(browser_path: str) -> Iterator[str]:
    """Address of the app, started as a person would start it."""
    (port,) = free_ports(1)
    with running_app(port):
        url = f"http://127.0.0.1:{port}"
        with urlopen(f"{url}/_stcore/health", timeout=START_TIMEOUT_S) as answer:
            assert answer.status == 200
        yield url


@pytest.fixture(scope="session")
def browser(browser_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    camera = tmp_path_factory.mktemp("camera") / "camera.mjpeg"
    write_camera_file(camera)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_path, args=camera_arguments(camera)
        )
        yield browser
        browser.close()


@pytest.fixture
def context_options() -> dict[str, object]:
    """What a test's own window is like; a test overrides it by parametrisation."""
    return {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"}


@pytest.fixture
def page(browser: Browser, app_url: str, context_options: dict[str, object]) -> Iterator[Page]:
    """A window of its own, which may talk to nobody but the app."""
    context = browser.new_context(base_url=app_url, **context_options)
    context.set_default_timeout(ACTION_TIMEOUT_MS)
    page = context.new_page()
    contacted: set[str] = set()
    page.on("request", lambda request: contacted.add(urlsplit(request.url).netloc))
    yield page
    context.close()
    # data: and blob: addresses have no host.
    assert contacted - {urlsplit(app_url).netloc, ""} == set()
