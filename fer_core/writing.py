"""Files that are whole or as they were, and folders that one program has to itself."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from fer_core.errors import FerError

if sys.platform != "win32":
    import fcntl


@contextmanager
def held(out: Path) -> Iterator[None]:
    """A folder, made when missing, for this run alone.

    The system lets go of it however the run ends. Where a folder cannot be locked (Windows, some
    network disks), other runs are not kept out.

    Raises:
        FerError: the folder cannot be made, or another run is at work in it.
    """
    with sentences(out):
        out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        if sys.platform != "win32":
            try:
                folder = os.open(out, os.O_RDONLY)
                stack.callback(os.close, folder)
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise FerError(
                    "Expected --out to be a folder in which no other run is at work. Received "
                    f"{out}. Wait until that run has ended, or name another folder."
                ) from error
            except OSError:
                pass  # no locks here; whether it may be written to is found soon enough
        yield


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A hidden path to write to that takes the place of `path` if nothing goes wrong."""
    part = path.with_name(f".{os.getpid()}.{path.name}.part")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def sentences(out: Path) -> Iterator[None]:
    """Turns errors of the disk below `out` into a FerError."""
    try:
        yield
    except OSError as error:
        raise FerError(
            f"Expected --out to be a folder that may be written to. Received {out} "
            f"({error.strerror}). Name another folder."
        ) from error
