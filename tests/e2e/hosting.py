"""Programs that stand around the app when it is hosted: started by a test, ended with it."""

import io
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import FrameLocator, Page, expect

from bench.live_browser import app_command
from fer_core.results import RgbImage

ROOT = Path(__file__).resolve().parent.parent.parent
START_TIMEOUT_S = 90
# "Person 1: happy 87 %", and no "not sure": the camera file shows one clear face.
READING = re.compile(r"Person \d+: [a-z]+ \d+\s%")
PLACE = re.compile(r"\$\{(FER_[A-Z_]+)\}")


class Program:
    """A running program and what it has said so far."""

    def __init__(
        self, command: list[str], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None
    ) -> None:
        self._process = subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(env) if env is not None else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="surrogateescape",
            start_new_session=True,
        )
        self.pid = self._process.pid
        self._lines: list[str] = []
        self._news = threading.Condition()
        self._ended = False
        self._follower = threading.Thread(target=self._follow)
        self._follower.start()

    def _follow(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            with self._news:
                self._lines.append(line)
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    @property
    def log(self) -> str:
        with self._news:
            return "".join(self._lines)

    def wait_for(self, text: str, timeout_s: float = START_TIMEOUT_S) -> None:
        """Waits until the program has said `text`."""
        with self._news:
            self._news.wait_for(
                lambda: self._ended or any(text in line for line in self._lines), timeout_s
            )
            assert any(text in line for line in self._lines), f"no “{text}” in:\n{self._lines}"

    def stop(self) -> None:
        """Ends it and everything that it started."""
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()
        self._follower.join()
        assert self._process.stdout
        self._process.stdout.close()


def needed(name: str, package: str) -> str:
    """Path of a program; without it the test is skipped, or fails where none may be missing."""
    # Debian keeps servers where an ordinary user's PATH does not look.
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found:
        return found
    reason = f"{name} was not found: install the package {package}"
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(f"REQUIRE_BROWSER=1, but {reason}")
    pytest.skip(reason)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now, all different."""
    with ExitStack() as probes:
        sockets = [probes.enter_context(socket.socket()) for _ in range(count)]
        for probe in sockets:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in sockets]


@contextmanager
def running(
    command: list[str], ready: str, *, cwd: Path = ROOT, env: Mapping[str, str] | None = None
) -> Iterator[Program]:
    """A program from the moment it says `ready` to the end of the block."""
    program = Program(command, cwd=cwd, env=env)
    try:
        program.wait_for(ready)
        yield program
    finally:
        program.stop()


@contextmanager
def running_app(
    port: int, *, script: Path = ROOT / "streamlit_app.py", **settings: str
) -> Iterator[Program]:
    """The app on a port of this machine, with these variables in its environment."""
    env = {**os.environ, "PYTHONUNBUFFERED": "1", **settings}
    with running(app_command(port, script), str(port), env=env) as app:
        yield app
        said = app.log  # before it ends: connections cut off then complain
    assert "Traceback" not in said, said


def filled(template: Path, **values: str) -> str:
    """A template of deploy/ with its ${FER_…} places filled in, as the container does it."""
    return PLACE.sub(lambda place: values[place[1]], template.read_text(encoding="utf-8"))


def large_photo(image: RgbImage) -> bytes:
    """A PNG that is not compressed: uploads of more than 1 MB are handled otherwise than others."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", compress_level=0)
    assert buffer.tell() > 1_000_000, "no large photo"
    return buffer.getvalue()


def stream_of(page: Page) -> FrameLocator:
    """The frame of the component with START, STOP and the moving picture."""
    return page.frame_locator("iframe[title*='webrtc']")


def agree(page: Page) -> FrameLocator:
    """Gives consent on the live page; the component's frame."""
    page.get_by_text("I understand, and everyone in view agrees").click()
    go = page.get_by_role("button", name="Go to the camera")
    expect(go).to_be_enabled()
    go.click()
    return stream_of(page)


def press_start(page: Page) -> FrameLocator:
    """From the live page's address to a pressed START; the component's frame."""
    page.goto("/Live_camera")
    stream = agree(page)
    stream.get_by_role("button", name="START").click()
    return stream


def expect_idle(page: Page) -> None:
    """No run of the page's script is under way."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def give(page: Page, *paths: Path) -> None:
    """Chooses files on the upload page. After some answers the page puts a new field there."""
    expect_idle(page)
    chooser = page.locator("input[type=file]")
    expect(chooser).to_have_count(1)
    chooser.set_input_files(list(paths))


def expect_reading(page: Page) -> None:
    expect(page.get_by_text(READING).first).to_be_visible()
