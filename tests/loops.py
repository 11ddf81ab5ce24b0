"""Event loops in tests of ordinary functions."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Answer = TypeVar("Answer")


def apart(work: Callable[[], Answer]) -> Answer:
    """What a function returns that starts an event loop. In a thread of its own, for the loop of
    a browser that other tests drive may still live in this one."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(work).result()


def run(work: Coroutine[Any, Any, Answer]) -> Answer:
    """The coroutine's result, got as `apart`."""
    return apart(lambda: asyncio.run(work))
