"""The real app and a real browser with a made camera, for long runs."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import av
from playwright.sync_api import Browser, FrameLocator, Page, sync_playwright

from bench.pipeline import scene
from fer_core.errors import FerError

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 120.0
ALLOCATOR = {"MALLOC_ARENA_MAX": "2"}  # as `make run` and the container have it
# "Person 1: happy 87 %" or "Person 1: not sure": somebody was read.
_READING = r"text=/Person \d+\b/"


@contextlib.contextmanager
def running_app(**settings: str) -> Iterator[tuple[str, int]]:
    """Starts the app as a person would; gives its address and its process.

    Args:
        settings: environment of the app, beside that of this process.

    Raises:
        FerError: it did not start.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryFile() as said:
        app = subprocess.Popen(
            app_command(port),
            cwd=ROOT,
            env=os.environ | ALLOCATOR | settings,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url, app)
            yield url, app.pid
        finally:
            app.terminate()
            app.wait()


def app_command(port: int, script: Path = ROOT / "streamlit_app.py") -> list[str]:
    """Starts the app, as a person would, on a port of this machine alone."""
    options = ["--server.port", str(port), "--server.address", "127.0.0.1"]
    return [sys.executable, "-m", "streamlit", "run", str(script), *options]


def _wait_for(url: str, app: "subprocess.Popen[bytes]") -> None:
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up and app.poll() is None:
        with contextlib.suppress(URLError, OSError), urlopen(f"{url}/_stcore/health") as answer:
            if answer.status == 200:
                return
        time.sleep(0.5)
    raise FerError("Expected the app to start. It did not. Start it by hand to see why.")


def browser_program() -> str:
    """Path of an installed browser.

    Raises:
        FerError: there is none.
    """
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = next((found for name in names if (found := shutil.which(name))), None)
    if path is None:
        raise FerError(f"Expected a browser: {', '.join(names)}. Found none. Install chromium.")
    return path


def camera_arguments(camera: Path) -> list[str]:
    """Makes a Chromium show an .mjpeg file as its camera, allowed beforehand."""
    return [
        "--no-sandbox",  # it cannot start as root otherwise
        "--disable-gpu",
        "--disable-background-networking",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={camera}",
    ]


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """A browser whose camera shows a face that sways.

    Raises:
        FerError: no browser is installed.
    """
    path = browser_program()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        camera = Path(folder) / "camera.mjpeg"
        _write_camera_file(camera)
        started = playwright.chromium.launch(executable_path=path, args=camera_arguments(camera))
        try:
            yield started
        finally:
            started.close()


def _write_camera_file(path: Path) -> None:
    with av.open(str(path), "w", format="mjpeg") as file:
        stream = file.add_stream("mjpeg", rate=30)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuvj420p"
        for image in scene(1):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            file.mux(stream.encode(frame.reformat(format="yuvj420p")))
        file.mux(stream.encode())


def open_live_page(browser: Browser, url: str) -> Page:
    """The live page in a window of its own, consent given, before START."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE_S * 1e3)
    page.goto(f"{url}/Live_camera")
    page.get_by_text("I understand, and everyone in view agrees").click()
    page.get_by_role("button", name="Go to the camera").click()
    return page


def visit(browser: Browser, url: str) -> None:
    """Opens the first page in a window of its own and closes it."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE_S * 1e3)
    page.goto(url)
    page.get_by_role("heading").first.wait_for()
    context.close()


def press_start(page: Page) -> None:
    """Starts the camera and waits until somebody was read."""
    _component(page).get_by_role("button", name="START").click()
    page.locator(_READING).first.wait_for()


def press_stop(page: Page) -> None:
    """Stops the camera and waits until it is off."""
    _component(page).get_by_role("button", name="STOP").click()
    _component(page).get_by_role("button", name="START").wait_for()
    page.locator(_READING).first.wait_for(state="detached")


def _component(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[title*='webrtc']")
