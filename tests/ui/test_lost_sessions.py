"""Downloads stay long enough to be fetched, and no longer."""

import pytest
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from ui.lost_sessions import FETCHED_S, keep_downloads


@pytest.fixture
def storage() -> MemoryMediaFileStorage:
    return MemoryMediaFileStorage("/media")


@pytest.fixture
def now() -> list[float]:
    return [0.0]


@pytest.fixture
def files(storage: MemoryMediaFileStorage, now: list[float]) -> MediaFileManager:
    manager = MediaFileManager(storage)
    keep_downloads(manager, clock=lambda: now[0])
    return manager


def asked_for(files: MediaFileManager, content: bytes = b"angry") -> str:
    """Id of a download that was made when its button was pressed."""
    button = files.add_deferred(lambda: content, "text/csv", "place", "angry.csv")
    return files.execute_deferred(button).rsplit("/", 1)[-1]


def is_there(storage: MemoryMediaFileStorage, address: str) -> bool:
    try:
        storage.get_file(address)
    except MediaFileStorageError:
        return False
    return True


def test_a_download_outlasts_pages_that_refresh_themselves(
    files: MediaFileManager, storage: MemoryMediaFileStorage, now: list[float]
) -> None:
    address = asked_for(files)
    for _ in range(30):  # runs of pages while the browser is told the address
        files.remove_orphaned_files()
        now[0] += FETCHED_S / 40
    assert is_there(storage, address)


def test_a_download_does_not_outlast_its_page(
    files: MediaFileManager, storage: MemoryMediaFileStorage, now: list[float]
) -> None:
    address = asked_for(files)
    files.remove_orphaned_files()
    for _ in range(2):  # looks that the server takes by itself
        now[0] += FETCHED_S + 1
        files.remove_orphaned_files()
    assert not is_there(storage, address)


def test_a_download_asked_for_again_is_new(
    files: MediaFileManager, storage: MemoryMediaFileStorage, now: list[float]
) -> None:
    asked_for(files)
    files.remove_orphaned_files()
    now[0] += FETCHED_S + 1
    files.remove_orphaned_files()
    address = asked_for(files)
    files.remove_orphaned_files()
    files.remove_orphaned_files()
    assert is_there(storage, address)


def test_pictures_go_at_once(files: MediaFileManager, storage: MemoryMediaFileStorage) -> None:
    address = files.add(b"pixels", "image/png", "place").rsplit("/", 1)[-1]
    assert is_there(storage, address)
    files.clear_session_refs()
    files.remove_orphaned_files()
    assert not is_there(storage, address)
