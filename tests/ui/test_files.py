"""Files as they were given; what a zip holds counts one by one."""

import pytest

from fer_core.testing import synthetic_frame
from tests.media_corpus import photo_bytes
from tests.ui.test_zips import archive
from tests.ui.upload_fakes import given_one
from ui.files import given

PHOTO = photo_bytes(synthetic_frame())


def test_a_photo_is_known_by_its_content() -> None:
    file = given_one("../holiday/me.mp4", PHOTO)
    assert (file.name, file.kind, file.content, file.problem) == ("me.mp4", "image", PHOTO, None)
    assert file.identity == given_one("other.png", PHOTO).identity
    assert file.identity != given_one("me.mp4", PHOTO + b"x").identity


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty file"),
        (b"ffconcat version 1.0\nfile x", "a text file"),
        (b"%PDF-1.7", "a PDF document"),
    ],
)
def test_what_is_neither_says_so_and_is_not_kept(content: bytes, words: str) -> None:
    file = given_one("clip.mp4", content)
    assert (file.kind, file.content) == (None, b"")
    assert words in (file.problem or "")


def test_two_bad_files_are_two() -> None:
    assert given_one("a.jpg", b"").identity != given_one("b.jpg", b"").identity


def test_a_zip_is_its_files() -> None:
    data = archive({"a/me.png": PHOTO, "b.txt": b"text", "c.zip": archive({"d.png": PHOTO})})
    files = list(given("all.zip", data))
    assert [(file.name, file.kind) for file in files] == [
        ("me.png", "image"),
        ("b.txt", None),
        ("c.zip", None),
    ]
    assert "archive inside" in (files[2].problem or "")


def test_a_damaged_zip_is_one_bad_file() -> None:
    file = given_one("all.zip", b"PK\x03\x04" + bytes(99))
    assert (file.name, file.kind) == ("all.zip", None)
    assert "damaged" in (file.problem or "")
