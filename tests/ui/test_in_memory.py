"""Uploads on their way in."""

import pytest
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartParser
from starlette.requests import Request
from starlette.types import Message

from tests.loops import run
from ui.in_memory import keep_uploads_in_memory


def is_on_disk(size: int) -> bool:
    """Whether the web server puts a file of so many bytes onto the disk while it arrives."""
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
    body = part + bytes(size) + b"\r\n--x--\r\n"

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def received() -> bool:
        headers = [(b"content-type", b"multipart/form-data; boundary=x")]
        request = Request({"type": "http", "method": "POST", "headers": headers}, receive)
        async with request.form() as form:
            upload = form["file"]
            assert isinstance(upload, UploadFile)
            return bool(upload.file._rolled)  # type: ignore[attr-defined]

    return run(received())


def test_large_uploads_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MultiPartParser, "spool_max_size", 1024 * 1024)
    assert is_on_disk(3_000_000), "the web server does not do it any more: nothing to prevent"
    keep_uploads_in_memory()
    assert not is_on_disk(3_000_000)
