"""Zip archives from strangers, unpacked in memory within limits; and our own, to download.

The names inside are shown and nothing else: no path is ever made of one.
"""

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from fer_core.errors import MediaError

MAX_ENTRIES = 200  # files that count; folders and the notes of a system beside them do not
MAX_LISTED = 2_000  # everything that the archive lists
MAX_ENTRY_BYTES = 200_000_000
MAX_UNPACKED_BYTES = 400_000_000
ZIP_MAGIC = b"PK\x03\x04"
_EMPTY_MAGIC = b"PK\x05\x06"
_ARCHIVES = (ZIP_MAGIC, _EMPTY_MAGIC, b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ")
_CHUNK_BYTES = 1_000_000
_NOTES = frozenset((".ds_store", "thumbs.db", "desktop.ini"))


def is_zip(data: bytes) -> bool:
    """Whether the content is a zip archive, whatever its name."""
    return data.startswith((ZIP_MAGIC, _EMPTY_MAGIC))


def unzipped(
    data: bytes, *, most: int | None = None, folders: bool = False
) -> Iterator[tuple[str, bytes | MediaError]]:
    """The files in an archive, one by one.

    Args:
        data: the whole archive.
        most: how many files it may hold; None: `MAX_ENTRIES`.
        folders: whether names come as the archive has them, to be read for what the folders
            say; such a name is neither a path nor fit to be shown.

    Yields:
        (name, content), in the order of the archive; in place of the content of a file that
        cannot be unpacked, is too large, locked, or an archive itself: the reason.

    Raises:
        MediaError: the archive is damaged, empty, or holds more files or bytes than it may.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except Exception as error:  # damaged archives raise whatever they like
        raise MediaError(
            "Expected a whole zip file. Received a damaged or unfinished one. "
            "Make it again, or choose the photos and videos themselves."
        ) from error
    with archive:
        entries = _entries(archive, most)
        left = MAX_UNPACKED_BYTES
        for entry in entries:
            content = _content(archive, entry, left=left)
            if isinstance(content, bytes):
                left -= len(content)
            yield entry.filename if folders else shown_name(entry.filename), content


def listed(data: bytes) -> int:
    """How many entries an archive lists, folders included; 0 for a damaged one."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return len(archive.infolist())
    except Exception:  # damaged archives raise whatever they like; unzipping says so
        return 0


def zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    """An archive of files that are compressed already; equal names get a number."""
    buffer, taken = io.BytesIO(), set[str]()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files:
            unique, number = name, 2
            while unique in taken:
                path = PurePosixPath(name)
                unique, number = f"{path.stem}-{number}{path.suffix}", number + 1
            taken.add(unique)
            archive.writestr(unique, content)
    return buffer.getvalue()


def shown_name(name: str) -> str:
    """A name from outside as text for a page: its last part, printable, of bearable length."""
    last = PurePosixPath(name.replace("\\", "/")).name
    clean = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in last
    )
    return clean if len(clean) <= 80 else f"{clean[:50]}…{clean[-25:]}"


def _entries(archive: zipfile.ZipFile, most: int | None) -> list[zipfile.ZipInfo]:
    """Those files of the archive that a person put there."""
    listed = archive.infolist()
    too_long = len(listed) > (MAX_LISTED if most is None else 2 * most)
    most = MAX_ENTRIES if most is None else most
    entries = [] if too_long else [entry for entry in listed if _counts(entry)]
    if too_long or len(entries) > most:
        raise MediaError(
            f"Expected a zip file of at most {most:,} files. Received {len(listed):,}. "
            "Pack fewer of them."
        )
    if not entries:
        raise MediaError("Expected photos or videos in the zip file. Received an empty one.")
    declared = sum(entry.file_size for entry in entries)
    if declared > MAX_UNPACKED_BYTES:
        raise MediaError(
            f"Expected at most {MAX_UNPACKED_BYTES // 1_000_000} MB in the zip file. Received "
            f"{declared // 1_000_000:,} MB. Pack fewer files."
        )
    return entries


def _counts(entry: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
    hidden = not parts or parts[-1].startswith(".") or parts[-1].lower() in _NOTES
    return not (entry.is_dir() or hidden or "__MACOSX" in parts)


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, left: int) -> bytes | MediaError:
    """What a file holds. No more is unpacked than the archive says; if that is a lie, it fails."""
    if entry.flag_bits & 0x1:
        return MediaError("Expected an open zip file. Received one with a password. Pack it anew.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # Of the others, some take as much memory as the archive says.
        return MediaError(
            "Expected a file packed in the usual way. Received another. Pack it anew as plain zip."
        )
    most = min(MAX_ENTRY_BYTES, left)
    chunks: list[bytes] = []
    size = 0
    try:
        with archive.open(entry) as file:
            while chunk := file.read(_CHUNK_BYTES):
                size += len(chunk)
                if size > most:
                    return MediaError(
                        f"Expected at most {MAX_ENTRY_BYTES // 1_000_000} MB a file and "
                        f"{MAX_UNPACKED_BYTES // 1_000_000} MB in the whole zip file. Received "
                        "more. Choose the file by itself, or make it smaller."
                    )
                chunks.append(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError):
        return MediaError(
            "Expected a whole file in the zip file. Received a damaged one. Pack it again."
        )
    content = b"".join(chunks)
    if content.startswith(_ARCHIVES):
        return MediaError(
            "Expected a photo or a video. Received an archive inside the zip file. Unpack it first."
        )
    return content
