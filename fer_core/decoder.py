"""The limited process in which files from strangers are decoded: python -m fer_core.decoder FD.

It serves one file after the other. `fer_core.sandbox` starts it, hands it open files over the
socket FD, and reads its replies; pictures and sound go through memory that both share. This
process opens no file itself: once its limits are set, it cannot.

A job is one JSON object, sent with two open files: what to decode, and the shared memory. The
memory is divided into slots; a message of one byte says that a slot may be filled.
"""

import json
import mmap
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from struct import Struct
from time import monotonic
from typing import Any, BinaryIO

import numpy as np

from fer_core.clips import load_decoders as load_clip_decoders
from fer_core.errors import MediaError
from fer_core.photos import decode_photo
from fer_core.photos import load_decoders as load_photo_decoders
from fer_core.results import RgbImage
from fer_core.sound import Samples, sound
from fer_core.video import frame_at, frames, probe

MAX_ADDRESSES_BYTES = 2 << 30
MAX_CPU_S = 3_600  # ten minutes of large pictures take this process about half an hour
MESSAGE_BYTES = 4_096

# Replies: a letter, then what belongs to it.
PICTURE, SOUND, INFO, ALIVE, ERROR, END = b"P", b"S", b"I", b"A", b"E", b"."
FILLED = Struct("<BIId")  # slot, width and height (or samples and 2), seconds
FACTS = Struct("<ddIIHBB")  # duration, rate, width, height, rotation, has sound, is HDR
_ALIVE_EVERY_S = 1.0

BROKE_OFF = (
    "Expected a photo or video that can be decoded to its end. Received one at which decoding "
    "broke off: it is damaged, or needs too much time or memory. Save it again, smaller, or "
    "choose another file."
)


@dataclass(slots=True)
class _Job:
    """One file, the shared memory for what it gives, and the way back."""

    link: socket.socket
    file: BinaryIO
    memory: mmap.mmap
    slot_bytes: int
    slot: int = 0
    told_s: float = 0.0

    def canvas(self, width: int, height: int) -> RgbImage:
        """A slot as a picture; waits until one is free."""
        return self._free_slot(width * height * 3).reshape(height, width, 3)

    def picture(self, image: RgbImage, timestamp_s: float = 0.0) -> None:
        height, width = image.shape[:2]
        self.tell(PICTURE + FILLED.pack(self.slot, width, height, timestamp_s))

    def sound(self, samples: Samples) -> None:
        self._free_slot(samples.nbytes)[:] = samples.reshape(-1).view(np.uint8)
        self.tell(SOUND + FILLED.pack(self.slot, *samples.shape, 0.0))

    def alive(self) -> None:
        """A sign of life now and then, so that slow is told from stuck."""
        if monotonic() - self.told_s > _ALIVE_EVERY_S:
            self.tell(ALIVE)

    def tell(self, message: bytes) -> None:
        self.link.send(message)
        self.told_s = monotonic()

    def _free_slot(self, size: int) -> "np.ndarray[tuple[int], np.dtype[np.uint8]]":
        free = self.link.recv(1)
        if not free:
            raise SystemExit  # nobody waits for this any more
        self.slot = free[0]
        return np.frombuffer(self.memory, np.uint8, size, self.slot * self.slot_bytes)


def _photo(job: _Job) -> None:
    image = decode_photo(job.file)
    np.copyto(job.canvas(image.shape[1], image.shape[0]), image)
    job.picture(image)


def _probe(job: _Job) -> None:
    info = probe(job.file)
    job.tell(
        INFO
        + FACTS.pack(
            info.duration_s, info.fps, *info.size_wh, info.rotation, info.has_sound, info.hdr
        )
    )


def _frame(job: _Job, *, timestamp_s: float) -> None:
    image = frame_at(job.file, job.canvas, timestamp_s=timestamp_s, before=lambda _: job.alive())
    job.picture(image)


def _frames(job: _Job, *, sample_fps: float | None) -> None:
    for pair in frames(job.file, job.canvas, sample_fps=sample_fps):
        if pair is None:
            job.alive()
        else:
            job.picture(pair[1], pair[0])


def _sound(job: _Job) -> None:
    for samples in sound(job.file):
        if samples is None:
            job.alive()
        else:
            job.sound(samples)


_JOBS: dict[str, Callable[..., None]] = {
    "photo": _photo,
    "probe": _probe,
    "frame": _frame,
    "frames": _frames,
    "sound": _sound,
}


def main() -> None:
    """Serves jobs until the other end of the socket is closed."""
    inherited = int(sys.argv[1])
    # The lowest free number, so that the limit on open files leaves no room above.
    link = socket.socket(fileno=os.dup(inherited))
    os.close(inherited)
    load_photo_decoders()
    load_clip_decoders()
    _limit_myself(open_files=link.fileno() + 4)
    link.send(ALIVE)
    for request, file, memory in _requests(link):
        with file, memory:
            job = _Job(link, file, memory, request.pop("slot_bytes"))
            job.tell(_outcome(job, request))


def _requests(link: socket.socket) -> Iterator[tuple[dict[str, Any], BinaryIO, mmap.mmap]]:
    while True:
        message, files, _, _ = socket.recv_fds(link, MESSAGE_BYTES, 2)
        if not message:
            return
        if not files:
            continue  # a slot that the job before did not need
        yield json.loads(message), os.fdopen(files[0], "rb"), mmap.mmap(files[1], 0)
        os.close(files[1])


def _outcome(job: _Job, request: dict[str, Any]) -> bytes:
    try:
        _JOBS[request.pop("job")](job, **request)
    except MediaError as error:
        return ERROR + str(error).encode()[: MESSAGE_BYTES - 1]
    except Exception:  # damaged files make the decoders raise whatever they like
        return ERROR + BROKE_OFF.encode()
    return END


def _limit_myself(*, open_files: int) -> None:
    import fcntl
    import resource
    import signal

    # The other end of standard input is the parent's: when the parent ends, however it ends,
    # the kernel sends this signal, and its default is the end of this process, even in the
    # middle of decoding. (PR_SET_PDEATHSIG would follow the thread that started us.)
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(0, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    with suppress(BlockingIOError):
        if not os.read(0, 1):
            raise SystemExit  # the parent was gone before
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")  # where memory runs out, this process goes first
    for kind, limit in (
        (resource.RLIMIT_AS, MAX_ADDRESSES_BYTES),
        (resource.RLIMIT_CPU, MAX_CPU_S),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, open_files),
    ):
        resource.setrlimit(kind, (limit, limit))


if __name__ == "__main__":
    main()
