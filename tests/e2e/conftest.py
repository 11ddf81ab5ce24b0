"""The real app in a real browser: started once, its camera fed from a file."""

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bench.live_browser import BROWSERS, camera_arguments
from tests.media_corpus import write_camera_file

ROOT = Path(__file__).resolve().parent.parent.parent
START_TIMEOUT_S = 60
# Generous: how quick a page is depends on the machine, and is not what these tests ask.
ACTION_TIMEOUT_MS = 60_000

expect.set_options(timeout=ACTION_TIMEOUT_MS)


@pytest.fixture(scope="session")
def browser_path() -> str:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found:
        return found
    reason = f"no browser was found: none of {', '.join(BROWSERS)} is installed"
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(f"REQUIRE_BROWSER=1, but {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def app_url(browser_path: str) -> Iterator[str]:
    """Address of the app, started as a person would start it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py"]
    options = ["--server.port", str(port), "--server.address", "127.0.0.1"]
    app = subprocess.Popen(
        [*command, *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    started = threading.Event()
    lines: list[str] = []

    def follow() -> None:
        assert app.stdout
        for line in app.stdout:
            lines.append(line)
            if str(port) in line:
                started.set()

    follower = threading.Thread(target=follow)
    follower.start()
    try:
        assert started.wait(START_TIMEOUT_S), f"the app did not start:\n{''.join(lines)}"
        url = f"http://127.0.0.1:{port}"
        with urlopen(f"{url}/_stcore/health", timeout=START_TIMEOUT_S) as answer:
            assert answer.status == 200
        yield url
    finally:
        app.terminate()
        app.wait(START_TIMEOUT_S)
        follower.join()
        assert app.stdout
        app.stdout.close()
    assert "Traceback" not in "".join(lines), "".join(lines)


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
