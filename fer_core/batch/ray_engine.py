"""The same work on a Ray cluster: one that there is, or one on this machine for this run.

Ray is an extra (requirements-ray.txt) and imported only when it is asked for. The machines of a
cluster need this program, its packages, the files and the folder of results at the same places,
as on a shared disk.
"""

import functools
import os
import pickle
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fer_core.batch.local import KILLER, Finished, Read, processors
from fer_core.batch.work import Entry, Task
from fer_core.errors import FerError
from fer_core.export import error_entry

_ROOT = str(Path(__file__).resolve().parents[2])
_WAITING_A_PROCESSOR = 4  # tasks handed to Ray at a time: more would only wait there
_REACHED_WITHIN_S = 10.0
_STORE_BYTES = 100_000_000  # records are small
NOT_INSTALLED = (
    "Expected the package ray for --engine ray. It is not installed. Install it with: "
    "pip install -r requirements-ray.txt"
)


def run_ray(
    tasks: Sequence[Task], make_read: Callable[[], Read], *, workers: int | None
) -> Finished:
    """Analyses on the cluster that RAY_ADDRESS names, or on one that lasts as long as this.

    A task whose process dies is tried once more, as by `run_local`.

    Args:
        tasks: files.
        make_read: called once in each process; can be pickled.
        workers: how many processes of this machine; None takes one a processor. On a cluster
            that there is, how many tasks at a time; None leaves it to the cluster.

    Yields:
        A task and its record, as they are finished.

    Raises:
        FerError: Ray is not installed, or its cluster cannot be reached or started.
    """
    address = os.environ.get("RAY_ADDRESS") or None
    if address is not None:
        _check_reachable(address)
    # Read by Ray as it is imported: nothing is sent to anybody.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        import ray
    except ImportError as error:
        raise FerError(NOT_INSTALLED) from error
    with _cluster(ray, address, workers):
        # A cluster of our own is as small as asked for, however many tasks wait there.
        most = workers if address else None
        yield from _run(ray, tasks, make_read, most)


def _check_reachable(address: str) -> None:
    """Ray itself tries for minutes before it says so."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not port.isdigit():
        return  # "auto"
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_REACHED_WITHIN_S).close()
    except (OSError, OverflowError) as error:
        raise FerError(
            f"Expected a Ray cluster at the address that RAY_ADDRESS names. Received {error} from "
            f"{address}. Correct it, or leave it out."
        ) from error


def _run(
    ray: Any, tasks: Sequence[Task], make_read: Callable[[], Read], most: int | None
) -> Finished:
    remote = ray.remote(num_cpus=1, max_retries=1)(_sent())
    waiting = list(reversed(tasks))
    most = most or _WAITING_A_PROCESSOR * max(int(ray.cluster_resources().get("CPU", 1)), 1)
    running: dict[Any, Task] = {}
    while waiting or running:
        while waiting and len(running) < most:
            task = waiting.pop()
            running[remote.remote(_ROOT, pickle.dumps((make_read, task)))] = task
        done, _ = ray.wait(list(running), num_returns=1)
        for reference in done:
            task = running.pop(reference)
            yield task, _answer(ray, reference, task)


def _answer(ray: Any, reference: Any, task: Task) -> Entry:
    try:
        entry: Entry = ray.get(reference)
        return entry
    except ray.exceptions.RayTaskError as error:  # the reader could not be made
        raise FerError(
            "Expected the machines of the cluster to have this program and its model. Received "
            f"{type(error.cause).__name__}: {error.cause}. Install the same on each of them."
        ) from error
    except ray.exceptions.RayError:
        return error_entry(task.file, KILLER, task.kind)


def _sent() -> Callable[[str, bytes], Entry]:
    """What a process of the cluster runs.

    A function within a function is sent there as it stands, where another would be looked for
    in this package, which such a process does not find by itself.
    """

    def read_remotely(root: str, work: bytes) -> Entry:
        import pickle
        import sys

        if root not in sys.path:
            sys.path.insert(0, root)
        from fer_core.batch.ray_engine import reader_of

        make_read, task = pickle.loads(work)
        return reader_of(pickle.dumps(make_read))(task)

    return read_remotely


@functools.cache
def reader_of(make_read: bytes) -> Read:
    """The one reader of a process of the cluster."""
    read: Read = pickle.loads(make_read)()
    return read


@contextmanager
def _cluster(ray: Any, address: str | None, workers: int | None) -> Iterator[None]:
    options: dict[str, Any] = {"logging_level": "ERROR", "log_to_driver": False}
    folder = None
    if address is None:
        # Short: the names of its sockets may have 107 letters. Of its own: gone with the run.
        folder = tempfile.mkdtemp(prefix="fer-ray-", dir="/tmp" if os.path.isdir("/tmp") else None)
        options |= {
            "num_cpus": workers or processors(),
            "include_dashboard": False,
            "object_store_memory": _STORE_BYTES,
            "_temp_dir": folder,
        }
    try:
        try:
            ray.init(address=address or "local", **options)
        except Exception as error:  # Ray raises many kinds
            what = "reached" if address else "started"
            raise FerError(
                f"Expected a Ray cluster that can be {what}. Received {type(error).__name__}: "
                f"{error}. Check RAY_ADDRESS, or leave it out."
            ) from error
        yield
    finally:
        ray.shutdown()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
