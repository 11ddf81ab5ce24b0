"""Runs for tests, each a program of its own: python -m tests.engine_runs WHAT IN OUT."""

import functools
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from fer_core import __main__ as cli
from fer_core.batch.inputs import find_inputs
from fer_core.batch.local import KILLER
from fer_core.batch.ray_engine import run_ray
from fer_core.batch.run import Plan, analyze_files
from fer_core.batch.work import Task, make_reader
from fer_core.classification import load_classifier
from tests import batch_readers


def with_a_killed_worker(folder: str, out: Path) -> None:
    """Kills the processes that read files, once, after ten files are done."""
    records, killed = [], []

    def told(entry):
        records.append(entry)
        if len(records) >= 10 and not killed:
            # Ray names a process after the function that it is at.
            killed.extend(pid for pid, name in processes() if "read_remotely" in name)
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    inputs, _ = find_inputs([folder], out=out)
    plan = Plan(inputs, out, load_classifier(), 3.0, told=told)
    make = functools.partial(make_reader, None, None, 3.0)
    analyze_files(plan, functools.partial(run_ray, make_read=make, workers=None))
    assert killed, "no process of Ray was found at work"


def with_poisoned_files(folder: str, out: Path) -> None:
    """One file kills each process that reads it, another only the first."""
    with tempfile.TemporaryDirectory() as place:
        tasks = []
        for number, content in enumerate(("ok", "kill", "kill once", "ok")):
            path = Path(place) / f"{number}.txt"
            path.write_text(content)
            target = str(path.with_suffix(".jpg"))
            tasks.append(Task(number, path.name, str(path), "image", target))
        done = dict(run_ray(tasks, batch_readers.make, workers=None))
    assert [done[task]["status"] for task in tasks] == ["ok", "error", "ok", "ok"]
    assert done[tasks[1]]["message"] == KILLER


def on_a_cluster_that_there_is(folder: str, out: Path) -> None:
    """Starts a cluster, lets another program use it as above, and uses it once more afterwards."""
    import ray

    options = {"include_dashboard": False, "log_to_driver": False, "logging_level": "ERROR"}
    ray.init(address="local", num_cpus=2, **options)
    address = ray.get_runtime_context().gcs_address
    for what in ("killed", "poisoned"):
        call = [sys.executable, "-m", "tests.engine_runs", what, folder, out]
        # From elsewhere: the processes of the cluster must find this program by themselves.
        here = {"RAY_ADDRESS": address, "PYTHONPATH": os.getcwd()}
        subprocess.run(call, env=os.environ | here, cwd=out.parent, check=True)
    assert ray.get(ray.remote(lambda: 1).remote()) == 1
    ray.shutdown()


def interrupted(engine: str, folder: str, out: Path) -> None:
    """The command line, with Ctrl-C pressed as in a terminal once ten files are done."""
    counted = []

    def count(progress):
        counted.append(progress)
        if len(counted) == 10:
            os.killpg(0, signal.SIGINT)

    cli._Progress.count = count
    options = ["--engine", engine, "--workers", "2"]
    sys.exit(cli.main(["analyze", folder, "--out", str(out), *options]))


def processes():
    """Process id and name of each process that has this one's mark in its environment."""
    mark = f"FER_TEST_MARK={os.environ['FER_TEST_MARK']}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    yield int(entry.name), (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue  # it has ended, or is somebody else's


if __name__ == "__main__":
    _, what, source, target = sys.argv
    runs = {
        "killed": with_a_killed_worker,
        "poisoned": with_poisoned_files,
        "cluster": on_a_cluster_that_there_is,
        "interrupted local": functools.partial(interrupted, "local"),
        "interrupted ray": functools.partial(interrupted, "ray"),
    }
    runs[what](source, Path(target))
