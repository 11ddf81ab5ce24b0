"""Readers for worker processes of tests: what a file holds says what becomes of its reader."""

import os
import signal
from pathlib import Path

from fer_core.batch.work import Entry, Task
from fer_core.errors import ModelError
from fer_core.export import image_entry
from fer_core.results import FrameResult


def read(task: Task) -> Entry:
    """Reads nothing; a file that holds "kill" ends the process, "kill once" only the first time,
    "wait" says so in a file of that name and then goes on for ever."""
    path = Path(task.path)
    match path.read_text():
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "kill once":
            path.write_text("harmless now")
            os.kill(os.getpid(), signal.SIGKILL)
        case "wait":
            path.with_suffix(".waiting").write_text(str(os.getpid()))
            signal.pause()
    Path(task.target).write_text("annotated")
    return image_entry(task.file, FrameResult(0.0, (4, 3))) | {"pid": os.getpid()}


def make():
    return read


def make_nothing():
    raise ModelError("Expected a model. Received none. Fetch one.")


def make_and_die():
    os._exit(3)
