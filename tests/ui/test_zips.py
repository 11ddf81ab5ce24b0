"""Archives from strangers: what is in them, and everything that can be wrong with them."""

import io
import zipfile
from collections.abc import Mapping

import pytest

from fer_core.errors import MediaError
from ui import zips


def archive(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return buffer.getvalue()


def reason(data: bytes) -> str:
    """Why the only file of the archive is not given."""
    ((_, content),) = zips.unzipped(data)
    assert isinstance(content, MediaError)
    return str(content)


def test_the_files_that_a_person_put_there() -> None:
    files = {
        "holiday/": b"",
        "holiday/a.jpg": b"a",
        "b.mp4": b"b",
        "__MACOSX/holiday/._a.jpg": b"note",
        "holiday/.DS_Store": b"note",
        "holiday/Thumbs.db": b"note",
    }
    assert list(zips.unzipped(archive(files))) == [("a.jpg", b"a"), ("b.mp4", b"b")]


def test_files_that_are_not_compressed() -> None:
    data = archive({"a.jpg": b"a" * 99}, zipfile.ZIP_STORED)
    assert list(zips.unzipped(data)) == [("a.jpg", b"a" * 99)]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_ways_of_packing(method: int) -> None:
    assert "usual way" in reason(archive({"a.jpg": b"a" * 99}, method))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a.jpg", "a.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\a.jpg", "a.jpg"),
        ("/root/a.jpg", "a.jpg"),
        ("a\u202egpj.exe", "a\N{REPLACEMENT CHARACTER}gpj.exe"),
        ("a\nb.jpg", "a\N{REPLACEMENT CHARACTER}b.jpg"),
        ("n" * 200 + ".jpg", "n" * 50 + "…" + "n" * 21 + ".jpg"),
        ("..", ".."),
    ],
)
def test_names_are_shown_and_lead_nowhere(name: str, shown: str) -> None:
    assert zips.shown_name(name) == shown


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"PK\x03\x04" + bytes(500), b"PK\x05\x06"])
def test_a_damaged_archive(data: bytes) -> None:
    assert zips.is_zip(data)
    with pytest.raises(MediaError, match="damaged or unfinished"):
        list(zips.unzipped(data))


def test_an_empty_archive() -> None:
    assert zips.is_zip(archive({}))
    with pytest.raises(MediaError, match="empty"):
        list(zips.unzipped(archive({"folder/": b"", ".hidden": b"x"})))


def test_too_many_files(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"{number}.jpg": b"x" for number in range(4)}
    monkeypatch.setattr(zips, "MAX_ENTRIES", 4)
    assert len(list(zips.unzipped(archive(files)))) == 4
    monkeypatch.setattr(zips, "MAX_ENTRIES", 3)
    with pytest.raises(MediaError, match="at most 3 files. Received 4"):
        list(zips.unzipped(archive(files)))


def test_a_list_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "MAX_LISTED", 3)
    with pytest.raises(MediaError, match="Received 4"):
        list(zips.unzipped(archive({f".{number}": b"" for number in range(4)})))


def test_what_is_declared_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "MAX_UNPACKED_BYTES", 1_000_000)
    with pytest.raises(MediaError, match="at most 1 MB"):
        list(zips.unzipped(archive({"a.jpg": bytes(600_000), "b.jpg": bytes(600_000)})))


def test_one_file_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "MAX_ENTRY_BYTES", 1_500_000)
    assert "at most 1 MB a file" in reason(archive({"bomb.jpg": bytes(3_000_000)}))


def test_an_archive_that_lies_about_sizes_gives_nothing() -> None:
    """Zeros pack a thousandfold."""
    data = archive({"bomb.jpg": bytes(3_000_000)})
    true, lie = (size.to_bytes(4, "little") for size in (3_000_000, 2_000_000))
    assert data.count(true) == 2
    assert "damaged" in reason(data.replace(true, lie))


def test_a_damaged_file_costs_only_itself() -> None:
    data = bytearray(archive({"a.jpg": b"a" * 50, "b.jpg": b"b" * 50}, zipfile.ZIP_STORED))
    data[data.index(b"a" * 50) + 20] ^= 0xFF
    (_, first), second = zips.unzipped(bytes(data))
    assert isinstance(first, MediaError)
    assert "damaged" in str(first)
    assert second == ("b.jpg", b"b" * 50)


def test_an_archive_in_an_archive_stays_closed() -> None:
    inner = archive({"a.jpg": b"a"})
    assert "archive inside" in reason(archive({"inner.zip": inner}))


def test_a_locked_file() -> None:
    data = bytearray(archive({"a.jpg": b"a"}))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + offset] |= 0x1
    assert "password" in reason(bytes(data))


def test_our_own_archive_names_each_file_once() -> None:
    packed = zips.zipped([("a.png", b"1"), ("b.png", b"2"), ("a.png", b"3"), ("a.png", b"4")])
    assert [name for name, _ in zips.unzipped(packed)] == [
        "a.png",
        "b.png",
        "a-2.png",
        "a-3.png",
    ]
    assert [content for _, content in zips.unzipped(packed)] == [b"1", b"2", b"3", b"4"]
