"""Ends the sessions of closed pages in time, with everything that they hold of people.

The server keeps a session for `server.disconnectedSessionTTL` after its connection was lost, in
case the page comes back. By itself it looks for those that are over only when another page is
closed: on a quiet day files and pictures would stay in memory for hours.
"""

import functools
import gc
from asyncio import AbstractEventLoop
from typing import Any

from streamlit import runtime

EVERY_S = 10.0


def end_lost_sessions() -> None:
    """Has them ended from now on; to be called while a page runs, as often as one likes."""
    if runtime.exists():
        _begin(runtime.get_instance())


@functools.cache
def _begin(app: Any) -> None:
    loop: AbstractEventLoop = app._get_async_objs().eventloop
    loop.call_soon_threadsafe(_again, app, loop)


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
    loop.call_later(EVERY_S, _again, app, loop)
