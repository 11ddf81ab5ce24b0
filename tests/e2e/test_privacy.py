"""After a stream and an upload through the real app: no byte of a picture is left anywhere."""

import base64
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from bench.live_browser import camera_arguments
from fer_core.results import RgbImage
from tests.e2e.conftest import ACTION_TIMEOUT_MS
from tests.e2e.hosting import (
    ROOT,
    expect_reading,
    free_ports,
    give,
    large_photo,
    press_start,
    running_app,
)
from tests.media_corpus import face_image, photo_bytes, write_clip

# A colour that nothing else here has, in the camera's picture and in the photo. As RGB, and as the
# Y, U and V of either range; a video codec shifts it a little.
COLOR = (230, 190, 40)
RED, GREEN, BLUE = rb"[\xce-\xfe]", rb"[\xa6-\xd6]", rb"[\x10-\x40]"
LUMA, CHROMA_U, CHROMA_V = rb"[\xa8-\xc0]{64}", rb"[\x27-\x40]{32}", rb"[\x92-\xac]{32}"
RAW = {
    "RGB": RED + GREEN + BLUE,
    "BGR": BLUE + GREEN + RED,
    "RGBA": RED + GREEN + BLUE + rb"[\x00-\xff]",
    "BGRA": BLUE + GREEN + RED + rb"[\x00-\xff]",
}
ENCODED = {
    "JPEG": rb"\xff\xd8\xff[\xc0-\xfe]",
    "PNG": rb"\x89PNG\r\n\x1a\n",
    "GIF": rb"GIF8[79]a",
    "WebP": rb"RIFF[\x00-\xff]{4}WEBP",
    "AVI": rb"RIFF[\x00-\xff]{4}AVI ",
    "MP4 or HEIC": rb"\x00\x00\x00[\x00-\xff]ftyp",
    "WebM": rb"\x1a\x45\xdf\xa3",
    "IVF": rb"DKIF\x00\x00",
    "H.264": rb"\x00\x00\x00\x01[\x27\x47\x67]",
    "JPEG as text": rb"/9j/4[\w+/]{20}",
    "PNG as text": rb"iVBORw0KGgo",
}
# Written down by a hook inside the app: each file that its Python code opens for writing, also
# those without a name or with a short life. A number is no file: what it stands for was opened
# under a name before, or is memory.
HOOK = """
import os, sys
_log = os.open(os.environ["WRITES_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
def _note(event, arguments):
    named = event == "open" and not isinstance(arguments[0], int)
    if named and arguments[2] & (os.O_WRONLY | os.O_RDWR):
        os.write(_log, f"{arguments[0]}\\n".encode())
sys.addaudithook(_note)
os.write(_log, b"the hook is in place\\n")
"""


def scene() -> RgbImage:
    """A face before a wall of the colour, 800×600."""
    image = np.full((600, 800, 3), COLOR, np.uint8)
    image[150:450, 250:550] = face_image(300)
    return image


def traces(data: bytes, upload: bytes) -> list[str]:
    """What in these bytes comes from a picture; empty when nothing does."""
    found = [name for name, magic in ENCODED.items() if re.search(magic, data)]
    found += [name for name, pixel in RAW.items() if re.search(rb"(?:%s){48}" % pixel, data)]
    if all(re.search(plane, data) for plane in (LUMA, CHROMA_U, CHROMA_V)):
        found.append("YUV")
    pieces = [upload[start : start + 48] for start in range(0, len(upload) - 50, 20_011)]
    if any(piece in data for piece in pieces):
        found.append("upload")
    shifted = [upload[start : start + 48] for start in (30_000, 30_001, 30_002)]
    if any(base64.b64encode(piece) in data for piece in shifted):
        found.append("upload as text")
    return found


class Watch:
    """The files below some folders that came or changed since it was made."""

    def __init__(self, *folders: Path, leave_out: tuple[Path, ...] = ()) -> None:
        self._folders = folders
        self._leave_out = {str(path) for path in leave_out}
        self._before = dict(self._files())

    def _files(self) -> Iterator[tuple[str, tuple[int, int]]]:
        for folder in self._folders:
            for parent, children, names in os.walk(folder):
                children[:] = [
                    child
                    for child in children
                    if os.path.join(parent, child) not in self._leave_out
                    # The browser's own: it belongs to the person who looks.
                    and not re.match(r"playwright|\.?(org\.chromium|com\.google)", child)
                ]
                for path in (os.path.join(parent, name) for name in names):
                    try:
                        status = os.lstat(path)
                    except FileNotFoundError:
                        continue
                    yield path, (status.st_mtime_ns, status.st_size)

    def changed(self) -> list[Path]:
        return [Path(path) for path, state in self._files() if self._before.get(path) != state]

    def traces(self, upload: bytes) -> dict[Path, list[str]]:
        found = {}
        for path in self.changed():
            try:
                data = path.read_bytes() if path.is_file() else b""
            except OSError:  # gone again, or not ours to read
                continue
            if names := traces(data, upload):
                found[path] = names
        return found


def unnamed_files(pid: int) -> list[str]:
    """Files on a disk that a process holds open although they have no name any more."""
    links = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            links.append(os.readlink(entry))
        except FileNotFoundError:
            continue
    return [link for link in links if link.endswith("(deleted)") and "/memfd:" not in link]


@pytest.fixture
def camera_browser(browser: Browser, browser_path: str, tmp_path: Path) -> Iterator[Browser]:
    """A browser whose camera shows the scene."""
    camera = tmp_path / "camera.mjpeg"
    camera.write_bytes(photo_bytes(scene()[60:540, 80:720], "JPEG") * 30)
    another = browser.browser_type.launch(
        executable_path=browser_path, args=camera_arguments(camera)
    )
    yield another
    another.close()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_nothing_of_a_stream_and_an_upload_is_left(
    camera_browser: Browser, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    temporary, home, hook, mine = (tmp_path / name for name in ("tmp", "home", "hook", "mine"))
    for folder in (temporary, home, hook, mine):
        folder.mkdir()
    (hook / "sitecustomize.py").write_text(HOOK, encoding="utf-8")
    writes = tmp_path / "writes.log"
    upload = large_photo(scene())
    photo = mine / "photo.png"
    photo.write_bytes(upload)

    system = {Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/dev/shm")}
    own = tmp_path_factory.getbasetemp().parent
    watch = Watch(ROOT, *system, leave_out=(ROOT / ".git", own))
    watch_app = Watch(temporary, home)
    port = free_ports(1)[0]
    settings = {
        "TMPDIR": str(temporary),
        "HOME": str(home),
        "PYTHONPATH": str(hook),
        "PYTHONDONTWRITEBYTECODE": "1",
        "WRITES_LOG": str(writes),
    }
    with running_app(port, **settings) as app:
        with camera_browser.new_context(base_url=f"http://127.0.0.1:{port}") as context:
            context.set_default_timeout(ACTION_TIMEOUT_MS)
            page = context.new_page()
            stream = press_start(page)
            expect_reading(page)
            assert unnamed_files(app.pid) == []
            stream.get_by_role("button", name="STOP").click()
            page.goto("/Analyze_upload")
            give(page, photo)
            expect_reading(page)
            expect(page.get_by_role("img", name=re.compile("Person 1: "))).to_be_visible()
            assert unnamed_files(app.pid) == []
            assert watch.traces(upload) == {}
            assert watch_app.traces(upload) == {}
        running_log = app.log
    assert watch.traces(upload) == {}
    assert watch_app.traces(upload) == {}
    for log in (running_log, app.log):
        assert traces(log.encode("utf-8", "surrogateescape"), upload) == []
    opened = set(writes.read_text(encoding="utf-8").splitlines())
    assert opened - {"/dev/null"} == {"the hook is in place"}


def test_a_closed_page_is_forgotten_although_nobody_else_comes(
    browser: Browser, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(large_photo(scene()))
    port = free_ports(1)[0]
    # There is room for one such photo, and a session ends a second after its page.
    settings = {"FER_MAX_UPLOADS_MB": "2", "STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": "1"}
    with running_app(port, **settings):
        first, second = (browser.new_context(base_url=f"http://127.0.0.1:{port}") for _ in range(2))
        pages = [context.new_page() for context in (first, second)]
        for page, words in zip(pages, ("1 file in memory", "its memory is full"), strict=True):
            page.goto("/Analyze_upload")
            give(page, photo)
            expect(page.get_by_text(words)).to_be_visible(timeout=ACTION_TIMEOUT_MS)
        first.close()
        taken = pages[1].get_by_text("1 file in memory")
        for _ in range(30):
            give(pages[1], photo)
            try:
                expect(taken).to_be_visible(timeout=2_000)
                break
            except AssertionError:
                continue
        expect(taken).to_be_visible()
        second.close()


def yuv(image: RgbImage) -> bytes:
    return b"".join(plane.tobytes() for plane in Image.fromarray(image).convert("YCbCr").split())


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("JPEG", photo_bytes(scene(), "JPEG")),
        ("PNG", photo_bytes(scene(), "PNG")),
        ("WebP", photo_bytes(scene(), "WEBP")),
        ("GIF", photo_bytes(scene(), "GIF")),
        ("RGB", scene().tobytes()),
        ("BGR", scene()[:, :, ::-1].tobytes()),
        ("RGBA", np.dstack([scene(), np.full((600, 800), 255, np.uint8)]).tobytes()),
        ("YUV", yuv(scene())),
        ("upload", large_photo(scene())[300_000:400_000]),
        ("JPEG as text", base64.b64encode(photo_bytes(scene(), "JPEG"))),
        ("PNG as text", base64.b64encode(photo_bytes(scene(), "PNG"))),
        ("upload as text", base64.b64encode(large_photo(scene())[29_997:60_000])),
    ],
)
def test_the_search_sees_a_planted_picture(name: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / "old.log").write_bytes(photo_bytes(scene()))
    watch = Watch(tmp_path)
    assert watch.traces(large_photo(scene())) == {}
    planted = tmp_path / "below" / "cache.bin"
    planted.parent.mkdir()
    planted.write_bytes(b"a line before\n" + data)
    assert name in watch.traces(large_photo(scene()))[planted]


def test_the_search_sees_a_planted_clip_and_a_file_that_grew(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text("started\n", encoding="utf-8")
    watch = Watch(tmp_path)
    write_clip(tmp_path / "clip.mp4", images=[scene()], size_wh=(800, 600))
    log.write_bytes(log.read_bytes() + scene().tobytes())
    assert set(watch.traces(large_photo(scene()))) == {tmp_path / "clip.mp4", log}


def test_the_search_passes_over_what_is_no_picture(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    (tmp_path / "page.html").write_text("<b>happy 87 %</b>\n" * 10_000, encoding="utf-8")
    (tmp_path / "noise.bin").write_bytes(np.random.default_rng(7).bytes(1_000_000))
    (tmp_path / "same.bin").write_bytes(bytes([175]) * 100_000)
    assert watch.traces(large_photo(scene())) == {}


def test_the_search_sees_a_file_without_a_name(tmp_path: Path) -> None:
    before = unnamed_files(os.getpid())
    with tempfile.TemporaryFile(dir=tmp_path):
        assert len(unnamed_files(os.getpid())) == len(before) + 1
