"""Worker processes that are watched: one that dies costs at most the file that killed it.

A pool of the standard library does not fit: when one of its processes dies, all that is
pending is lost, and which file was to blame is not told. Here each worker has a pipe and one
file at a time, so both are known.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any

from fer_core.batch.work import Entry, Task
from fer_core.errors import FerError
from fer_core.export import error_entry

Read = Callable[[Task], Entry]
Finished = Generator[tuple[Task, Entry], None, None]
# Never fork: libraries of this program run threads, whose locks a copy would inherit as they are.
_CONTEXT = multiprocessing.get_context("spawn")
_MOST_DEATHS = 2  # of workers over one file
_MOST_FALSE_STARTS = 3  # in a row
KILLER = (
    "Expected to analyse this file. The program that read it was ended twice without an answer. "
    "The file may be damaged or need more memory than there is; convert it or leave it out."
)


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # macOS and Windows


def run_here(tasks: Sequence[Task], read: Read) -> Finished:
    """Analyses in this process, one file after the other."""
    for task in tasks:
        yield task, read(task)


def run_local(tasks: Sequence[Task], make_read: Callable[[], Read], *, workers: int) -> Finished:
    """Analyses in worker processes.

    Args:
        tasks: files.
        make_read: called once in each worker; can be pickled.
        workers: how many at most, 1 or more.

    Yields:
        A task and its record, as they are finished. Closing the iterator ends the workers.

    Raises:
        FerError: the workers cannot start.
    """
    pool = _Pool(tasks, make_read, workers)
    try:
        yield from pool.run()
    finally:
        pool.close()


class _Worker:
    """A process, the pipe to it, and the file that it is at."""

    def __init__(self, make_read: Callable[[], Read]) -> None:
        self.connection, far = _CONTEXT.Pipe()
        self.process = _CONTEXT.Process(target=_work, args=(far, make_read), name="fer-worker")
        self.process.start()
        far.close()  # so that the pipe ends when the process does
        self.ready = False
        self.task: Task | None = None

    def close(self) -> None:
        self.process.kill()
        self.process.join()
        self.process.close()
        self.connection.close()


class _Pool:
    def __init__(self, tasks: Sequence[Task], make_read: Callable[[], Read], workers: int) -> None:
        self._make_read = make_read
        self._pending = deque(tasks)
        self._deaths: Counter[int] = Counter()
        self._false_starts = 0
        self._workers: list[_Worker] = []
        # Windows waits for at most 63 things at once, two of each worker.
        self._most = min(workers, 31) if sys.platform == "win32" else workers

    def run(self) -> Iterator[tuple[Task, Entry]]:
        while self._pending or any(worker.task for worker in self._workers):
            self._start()
            self._hand_out()
            wait([each for w in self._workers for each in (w.connection, w.process.sentinel)])
            for worker in list(self._workers):
                # Looked at before the pipe: what a dead worker said last is still in it.
                alive = worker.process.is_alive()
                yield from self._heard(worker)
                if not alive:
                    yield from self._buried(worker)

    def close(self) -> None:
        for worker in self._workers:
            worker.close()
        self._workers.clear()

    def _start(self) -> None:
        """As many workers as there is work for."""
        busy = sum(worker.task is not None for worker in self._workers)
        while len(self._workers) < min(self._most, busy + len(self._pending)):
            self._workers.append(_Worker(self._make_read))

    def _hand_out(self) -> None:
        for worker in self._workers:
            if worker.ready and worker.task is None and self._pending:
                try:
                    worker.connection.send(self._pending[0])
                except OSError:
                    continue  # it has just died: it is buried in the next round
                worker.task = self._pending.popleft()

    def _heard(self, worker: _Worker) -> Iterator[tuple[Task, Entry]]:
        """What a worker has said since: that it is ready, why it is not, or a record."""
        try:
            while worker.connection.poll():
                kind, content = worker.connection.recv()
                if kind == "failed":
                    raise FerError(content)
                if kind == "ready":
                    worker.ready, self._false_starts = True, 0
                elif worker.task is not None:
                    task, worker.task = worker.task, None
                    yield task, content
        except (EOFError, OSError):  # it has died, perhaps in the middle of a word
            return

    def _buried(self, worker: _Worker) -> Iterator[tuple[Task, Entry]]:
        """A dead worker's file is tried once more; who dies before its first file is counted."""
        self._workers.remove(worker)
        worker.close()
        if worker.task is not None:
            task = worker.task
            self._deaths[task.number] += 1
            if self._deaths[task.number] >= _MOST_DEATHS:
                yield task, error_entry(task.file, KILLER, task.kind)
            else:
                self._pending.appendleft(task)
        elif not worker.ready:
            self._false_starts += 1
            if self._false_starts >= _MOST_FALSE_STARTS:
                raise FerError(
                    f"Expected worker processes to start. {self._false_starts} in a row ended "
                    "before their first file. Free some memory, or give --workers 0 to work in "
                    "one process."
                )


def _work(connection: "Connection[Any, Any]", make_read: Callable[[], Read]) -> None:
    """The life of a worker. It ends with its parent, whatever ends that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        read = make_read()
    except Exception as error:
        sentence = isinstance(error, FerError)
        text = str(error) if sentence else f"Unexpected {type(error).__name__}: {error}"
        connection.send(("failed", text))
        return
    with suppress(EOFError, OSError):  # the parent is gone
        connection.send(("ready", None))
        while True:
            connection.send(("done", read(connection.recv())))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
