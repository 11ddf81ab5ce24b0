"""Whose turn it is: so many clips are read at a time, the others wait in line."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fer_core.errors import FerError

_LOOK_UP_S = 0.25  # how often one who waits looks whether to go on waiting


class Turns:
    """A line before a few seats; first come, first served.

    Args:
        seats: how many may be seated at a time, above 0.
    """

    def __init__(self, seats: int) -> None:
        self._seats = seats
        self._changed = threading.Condition()
        self._line: list[object] = []  # those seated stand in front

    def ahead(self, who: object) -> int:
        """How many wait or sit before somebody who waits; 0 for anybody else."""
        with self._changed:
            place = self._line.index(who) if who in self._line else 0
            return 0 if place < self._seats else place

    @contextmanager
    def turn(self, who: object, gives_up: Callable[[], bool]) -> Iterator[bool]:
        """A seat for the time of the block.

        Args:
            who: names the one who waits.
            gives_up: asked again and again while waiting.

        Yields:
            Whether there is a seat; False for one who gave up.
        """
        with self._changed:
            self._line.append(who)
        try:
            seated = False
            with self._changed:
                while not seated and not gives_up():
                    seated = self._line.index(who) < self._seats
                    if not seated:
                        self._changed.wait(_LOOK_UP_S)
            yield seated
        finally:
            with self._changed:
                self._line.remove(who)
                self._changed.notify_all()


def limit_of(variable: str, usual: int) -> int:
    """A limit that the environment may set.

    Raises:
        FerError: it is set, but not to a whole number above 0.
    """
    text = os.environ.get(variable, str(usual))
    if not text.isdecimal() or int(text) < 1:
        raise FerError(
            f"Expected {variable} to be a whole number above 0. Received {text!r}. "
            "Correct it where the app is started, or unset it."
        )
    return int(text)
