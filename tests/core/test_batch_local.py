"""Worker processes: who dies costs at most one file, and nobody outlives the run."""

import multiprocessing
import os
import select
import signal
import subprocess
import sys
from contextlib import closing

import pytest

from fer_core.batch.local import KILLER, run_here, run_local
from fer_core.batch.work import Task
from fer_core.errors import FerError
from tests import batch_readers as readers


def tasks(folder, *contents):
    made = []
    for number, content in enumerate(contents):
        path = folder / f"{number}.txt"
        path.write_text(content)
        target = str(folder / f"{number}.jpg")
        made.append(Task(number, f"file {number}", str(path), "image", target))
    return made


def ended(pid, timeout_s=30):
    """Whether a process has ended, waited for."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], timeout_s)[0])
    finally:
        os.close(handle)


def test_nothing_to_do_starts_nobody():
    assert list(run_local([], readers.make, workers=2)) == []
    assert list(run_here([], readers.read)) == []


@pytest.mark.parametrize("workers", [1, 3])
def test_every_file_is_answered_once(tmp_path, workers):
    work = tasks(tmp_path, *["ok"] * 7)
    done = list(run_local(work, readers.make, workers=workers))
    assert sorted(task.number for task, _ in done) == list(range(7))
    assert all(entry["file"] == task.file for task, entry in done)
    pids = {entry["pid"] for _, entry in done}
    assert os.getpid() not in pids and len(pids) <= workers
    assert multiprocessing.active_children() == []


def test_a_file_that_kills_its_worker_is_named_and_costs_no_other(tmp_path):
    work = tasks(tmp_path, "ok", "kill", "ok", "kill", "ok", "ok")
    done = dict(run_local(work, readers.make, workers=2))
    assert [done[task]["status"] for task in work] == ["ok", "error", "ok", "error", "ok", "ok"]
    assert done[work[1]]["message"] == KILLER and done[work[1]]["kind"] == "image"


def test_a_worker_that_dies_once_loses_nothing(tmp_path):
    work = tasks(tmp_path, "ok", "kill once", "ok", "kill once")
    done = dict(run_local(work, readers.make, workers=1))
    assert [done[task]["status"] for task in work] == ["ok"] * 4


def test_workers_killed_from_outside_lose_nothing(tmp_path):
    work = tasks(tmp_path, *["ok"] * 30)
    numbers, killed = [], set()
    for task, entry in run_local(work, readers.make, workers=2):
        numbers.append(task.number)
        if len(killed) < 3 and entry["pid"] not in killed:
            killed.add(entry["pid"])
            os.kill(entry["pid"], signal.SIGKILL)
    assert sorted(numbers) == list(range(30)) and len(killed) == 3


def test_why_no_worker_starts_is_a_sentence(tmp_path):
    work = tasks(tmp_path, "ok", "ok")
    with pytest.raises(FerError, match="Fetch one"):
        list(run_local(work, readers.make_nothing, workers=2))
    with pytest.raises(FerError, match="worker processes to start.*--workers 0"):
        list(run_local(work, readers.make_and_die, workers=2))
    assert multiprocessing.active_children() == []


def test_closing_ends_workers_in_the_middle_of_a_file(tmp_path):
    work = tasks(tmp_path, "ok", "wait")
    with closing(run_local(work, readers.make, workers=1)) as done:
        task, entry = next(done)
    assert task.number == 0 and ended(entry["pid"], timeout_s=0)
    assert multiprocessing.active_children() == []


def test_workers_end_with_their_program_whatever_ends_it(tmp_path):
    tasks(tmp_path, "wait")
    program = (
        "import sys\n"
        "from fer_core.batch.local import run_local\n"
        "from fer_core.batch.work import Task\n"
        "from tests import batch_readers as readers\n"
        "path, target = sys.argv[1:]\n"
        "list(run_local([Task(0, 'a', path, 'image', target)], readers.make, workers=1))\n"
    )
    waiting = tmp_path / "0.waiting"
    os.mkfifo(waiting)  # reading it waits for the worker
    call = [sys.executable, "-c", program, str(tmp_path / "0.txt"), str(tmp_path / "0.jpg")]
    with subprocess.Popen(call) as process:
        worker = int(waiting.read_text())
        process.kill()
    assert ended(worker)
