"""What a session holds: the files that a person gave, what was read in them, and the job."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import PurePath
from typing import Any, TypeVar
from weakref import WeakSet

from ui.files import GivenFile
from ui.jobs import Job
from ui.readings import Reading
from ui.tables import plain

MAX_FILES = 200
MAX_BYTES = 500_000_000
USUAL_SHELF_MB = 1_500
KEPT_MADE = 6
HERE = "The same is here already."
Made = TypeVar("Made")


class Shelf:
    """The memory that the files of all sessions share.

    Args:
        most_bytes: more are not taken.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._desks: WeakSet[Desk] = WeakSet()  # a session that ends takes its desk with it

    def has_room(self, size: int) -> bool:
        """Whether so many bytes more may be held."""
        with self._lock:
            return sum(desk.size for desk in self._desks) + size <= self._most_bytes

    def add(self, desk: "Desk") -> None:
        with self._lock:
            self._desks.add(desk)


class Desk:
    """The files of one session and everything that came of them; used by its pages alone.

    Args:
        shelf: that its files stand on.

    Attributes:
        files: by the order in which they came; each has a name of its own.
        readings: of a file's identity.
        job: what is going on; None when nothing is.
        turned_away: sentences, in Markdown, about files that were not taken, of the last time
            some came.
        paused: whether the last job was cancelled, so that nothing begins by itself.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self.files: list[GivenFile] = []
        self.readings: dict[str, Reading] = {}
        self.job: Job | None = None
        self.turned_away: list[str] = []
        self.paused = False
        self._made: dict[object, Any] = {}
        shelf.add(self)

    @property
    def size(self) -> int:
        """Bytes of the files and of the videos made of them."""
        clips = sum(len(reading.clip or b"") for reading in list(self.readings.values()))
        return clips + sum(len(file.content) for file in list(self.files))

    def add(self, files: Iterable[GivenFile]) -> None:
        """Takes in files as far as there is room for them, each once."""
        self.turned_away, self.paused = [], False
        refused: dict[str, list[str]] = {}
        for file in files:
            if any(file.identity == known.identity for known in self.files):
                refused.setdefault(HERE, []).append(file.name)
            elif reason := self._refusal(file):
                refused.setdefault(reason, []).append(file.name)
            else:
                self.files.append(replace(file, name=self._own_name(file.name)))
        for reason, names in refused.items():
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            self.turned_away.append(
                f"Not taken: {', '.join(plain(name) for name in names[:3])}{more}. {reason}"
            )

    def collect(self) -> None:
        """Takes over what the job has finished, and lets it go when it has ended."""
        if self.job is None:
            return
        view = self.job.view()
        self.readings |= view.readings
        if view.over:
            self.job, self.paused = None, view.state == "cancelled"

    def made(self, key: object, make: Callable[[], Made]) -> Made:
        """Something that takes long to make, kept for a while; `key` names it."""
        if key not in self._made:
            self._made[key] = make()
            while len(self._made) > KEPT_MADE:
                del self._made[next(iter(self._made))]
        made: Made = self._made[key]
        return made

    def leave(self) -> None:
        """The page is left: what goes on is ended, what is done stays."""
        if self.job is not None:
            self.job.cancel()

    def forget(self) -> None:
        """Lets everything go."""
        self.leave()
        self.files, self.readings, self.job, self.turned_away = [], {}, None, []
        self._made, self.paused = {}, False

    def _refusal(self, file: GivenFile) -> str | None:
        if len(self.files) >= MAX_FILES:
            return f"At most {MAX_FILES} files are held at a time. Forget these first."
        size = len(file.content)
        if self.size + size > MAX_BYTES:
            return f"At most {MAX_BYTES // 1_000_000} MB are held at a time. Forget these first."
        if not self._shelf.has_room(size):
            return "Many people use this app right now and its memory is full. Try again later."
        return None

    def _own_name(self, name: str) -> str:
        taken, own, number = {file.name for file in self.files}, name, 2
        while own in taken:
            path = PurePath(name)
            own, number = f"{path.stem}-{number}{path.suffix}", number + 1
        return own
