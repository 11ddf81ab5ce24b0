"""Processes that decode files from strangers: limited, killable at any moment, used again.

`fer_core.decoder` is what runs in them. A file that crashes a decoder, hangs it or eats its
memory costs that file a sentence: its process is killed. A process that came to the end of a
file serves the next one.
"""

import atexit
import json
import math
import mmap
import os
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from fer_core.decoder import (
    ALIVE,
    BROKE_OFF,
    END,
    ERROR,
    FACTS,
    FILLED,
    INFO,
    MESSAGE_BYTES,
    PICTURE,
    SOUND,
)
from fer_core.errors import MediaError
from fer_core.results import RgbImage

AVAILABLE = hasattr(os, "memfd_create")  # the means of Linux
LIMIT_S = 20.0  # for a photo, and for each sign of life of a video

_START_S = 60.0
# Then a fresh process: whatever leaks ends there, and no file pays for the time of those before.
_JOBS_A_PROCESS, _BUSY_S_A_PROCESS = 200, 600.0
_KEPT_IDLE = 2
_ROOT = Path(__file__).resolve().parent.parent
# All that the decoder needs of the environment: it holds no secret.
_PASSED_ON = ("LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE")

_TOO_SLOW = (
    "Expected a photo or video that can be decoded in reasonable time. Received one that took "
    f"more than {LIMIT_S:.0f} s without getting on. Save it again at a lower resolution, or "
    "choose another file."
)


class _Process:
    """A decoder process and the socket to it.

    Raises:
        MediaError: it cannot be started.
    """

    def __init__(self) -> None:
        self.jobs, self.busy_s = 0, 0.0
        self.link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        try:
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "fer_core.decoder", str(theirs.fileno())],
                    stdin=subprocess.PIPE,  # never written to: it ends when this process does
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    start_new_session=True,  # Ctrl-C is for this process to handle
                    cwd=_ROOT,
                    env=environment | {"OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"},
                )
        except OSError as error:
            self.link.close()
            raise _cannot_start(f"an error ({error.strerror})") from error
        # A busy machine takes its time over the start; that is not the first file's fault.
        self.link.settimeout(_START_S)
        try:
            if self.link.recv(MESSAGE_BYTES) != ALIVE:
                raise _cannot_start("no answer")
        except OSError as error:  # too late
            self.kill()
            raise _cannot_start("no answer") from error
        except BaseException:
            self.kill()
            raise

    def is_fit(self) -> bool:
        """Whether another file may be sent."""
        is_fresh = self.jobs < _JOBS_A_PROCESS and self.busy_s < _BUSY_S_A_PROCESS
        return is_fresh and self._process.poll() is None

    def kill(self) -> None:
        """Ends it at once and leaves no zombie."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None
        self._process.stdin.close()
        self.link.close()


def _cannot_start(received: str) -> MediaError:
    return MediaError(
        f"Expected to start the decoder. Received {received}. Close other programs, or try again "
        "later."
    )


class _Idle:
    """Decoder processes that wait for the next file."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._processes: list[_Process] = []

    def take(self) -> _Process:
        """One that waited, or a new one."""
        while True:
            with self._lock:
                process = self._processes.pop() if self._processes else None
            if process is None:
                return _Process()
            if process.is_fit():
                return process
            process.kill()

    def give_back(self, process: _Process) -> None:
        """To be kept for the next file, unless enough wait."""
        with self._lock:
            if process.is_fit() and len(self._processes) < _KEPT_IDLE:
                self._processes.append(process)
                return
        process.kill()

    def clear(self) -> None:
        """Ends all that wait."""
        with self._lock:
            processes, self._processes = self._processes, []
        for process in processes:
            process.kill()

    def forget(self) -> None:
        """In a process that was forked off: these belong to the one that started them."""
        self.__init__()  # type: ignore[misc]


_IDLE = _Idle()
atexit.register(_IDLE.clear)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_IDLE.forget)


class Job:
    """One file in a decoder process, from the request to the last reply."""

    def __init__(
        self, name: str, file: BinaryIO, *, slots: int, slot_bytes: int, **details: Any
    ) -> None:
        self._file, self._slots, self._slot_bytes = file, slots, slot_bytes
        self._request = {"job": name, "slot_bytes": slot_bytes, **details}
        self._given: set[int] = set()  # slots that the decoder may fill
        self._ended = False

    def __enter__(self) -> Self:
        self._process = _IDLE.take()
        self._start_s = monotonic()
        try:
            self._send()
        except OSError as error:
            self._process.kill()
            raise _cannot_start(f"an error ({error.strerror})") from error
        except BaseException:
            self._process.kill()
            raise
        return self

    def _send(self) -> None:
        memory = _sealed_memory(max(self._slots * self._slot_bytes, 1))
        try:
            self._map = mmap.mmap(memory, 0)
            message = json.dumps(self._request).encode()
            socket.send_fds(self._process.link, [message], [self._file.fileno(), memory])
        finally:
            os.close(memory)
        for slot in range(self._slots):
            self._lend(slot)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.jobs += 1
        self._process.busy_s += monotonic() - self._start_s
        if self._ended:
            _IDLE.give_back(self._process)
        else:
            self._process.kill()

    def reply(self, *expected: bytes) -> tuple[Any, ...]:
        """The fields of the next reply; () at the end.

        Raises:
            MediaError: the file cannot be used, or the decoder hangs, died or talks nonsense.
        """
        message = ALIVE
        self._process.link.settimeout(LIMIT_S)
        while message == ALIVE:
            try:
                message = self._process.link.recv(MESSAGE_BYTES)
            except TimeoutError as error:
                raise MediaError(_TOO_SLOW) from error
            except OSError as error:
                raise MediaError(BROKE_OFF) from error
        kind, content = message[:1], message[1:]
        self._ended = kind in (END, ERROR)
        if kind == ERROR:
            raise MediaError(content.decode(errors="replace"))
        try:
            fields = _FIELDS[kind].unpack(content) if kind in expected else (math.nan,)
        except struct.error:
            fields = (math.nan,)
        if all(map(math.isfinite, fields)):
            return fields
        raise MediaError(BROKE_OFF)

    def only_picture(self) -> RgbImage:
        """The picture of a job that gives one."""
        slot, width, height, _ = self.reply(PICTURE)
        pixels = self.memory_of(slot, width * height * 3).copy()
        self.reply(END)
        return pixels.reshape(height, width, 3)

    def memory_of(self, slot: int, size: int) -> NDArray[np.uint8]:
        """What the decoder wrote: (size,) bytes of a slot.

        Raises:
            MediaError: the decoder was not given that slot, or so much of it.
        """
        if slot not in self._given or not 0 < size <= self._slot_bytes:
            raise MediaError(BROKE_OFF)
        self._given.remove(slot)
        return np.frombuffer(self._map, np.uint8, size, slot * self._slot_bytes)

    def free(self, slot: int) -> None:
        """Lets the decoder fill a slot.

        Raises:
            MediaError: the decoder died.
        """
        try:
            self._lend(slot)
        except OSError as error:
            raise MediaError(BROKE_OFF) from error

    def _lend(self, slot: int) -> None:
        self._given.add(slot)
        self._process.link.send(bytes([slot]))


_FIELDS = {
    PICTURE: FILLED,
    SOUND: FILLED,
    INFO: FACTS,
    END: struct.Struct(""),
}


def _sealed_memory(size: int) -> int:
    """Memory that both sides write to, and that neither can shrink under the other's feet."""
    import fcntl

    memory = os.memfd_create("pictures", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(memory, size)
    seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
    fcntl.fcntl(memory, fcntl.F_ADD_SEALS, seals)
    return memory
