"""Ends the sessions of closed pages in time, with everything that they hold of people.

The server keeps a session for `server.disconnectedSessionTTL` after its connection was lost, in
case the page comes back. By itself it looks for those that are over only when another page is
closed: on a quiet day files and pictures would stay in memory for hours.

The same holds for a download that was made when it was asked for: the server drops it at the
second run of anybody's page after that, which comes hours later on a quiet day, and before the
browser has fetched it while a page refreshes itself.
"""

import functools
import gc
import time
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from streamlit import runtime
from streamlit.runtime.media_file_storage import MediaFileKind
from streamlit.runtime.scriptrunner import get_script_run_ctx

EVERY_S = 10.0
UNWATCHED_S = 10.0  # a connection may be lost for a moment
FETCHED_S = 10.0  # a browser has begun to fetch a download by then


def watched_session() -> Callable[[], bool]:
    """Tells, also from another thread, whether this session's page is open somewhere."""
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return lambda: True
    app, session = runtime.get_instance(), context.session_id
    return lambda: app.is_active_session(session)


def end_lost_sessions() -> None:
    """Has them ended from now on; to be called while a page runs, as often as one likes."""
    if runtime.exists():
        _begin(runtime.get_instance())


@functools.cache
def _begin(app: Any) -> None:
    keep_downloads(app.media_file_mgr)
    loop: AbstractEventLoop = app._get_async_objs().eventloop
    loop.call_soon_threadsafe(_again, app, loop)


def keep_downloads(files: Any, *, clock: Callable[[], float] = time.monotonic) -> None:
    """Downloads that no page holds are dropped `FETCHED_S` later, not at once.

    Args:
        files: the server's `MediaFileManager`; asks this each time that it tidies up.
        clock: seconds, never going back.
    """
    unheld = files._get_inactive_file_ids
    since: WeakKeyDictionary[Any, float] = WeakKeyDictionary()  # a file that is made anew is new

    def droppable() -> set[str]:
        now = clock()
        found = [(each, files._file_metadata[each]) for each in unheld()]
        return {
            each
            for each, about in found
            if about.kind is not MediaFileKind.DOWNLOADABLE
            or now - since.setdefault(about, now) > FETCHED_S
        }

    files._get_inactive_file_ids = droppable


def _again(app: Any, loop: AbstractEventLoop) -> None:
    """Runs where the server itself opens and closes sessions."""
    manager = app._session_mgr
    with manager._storage_lock:
        lost = manager._session_storage._cache.expire()
    for _, info in lost:
        info.session.shutdown()
    if lost:
        lost.clear()
        del info
        gc.collect()  # sessions hold themselves in circles
    app.media_file_mgr.remove_orphaned_files()
    loop.call_later(EVERY_S, _again, app, loop)
