"""Memory that nobody uses any more goes back to the system."""

import ctypes
import sys


def give_back() -> None:
    """Has the C library give back what it keeps of freed memory, where that is glibc.

    Pictures come and go by the thousand; glibc keeps their places for the next ones, also when
    nobody watches any more. It takes some milliseconds in which nothing else can be allocated.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)
