"""Every engine gives the same bytes for the same fifty files, whatever happens to its workers.

Ray starts programs that can outlive the one that asked for them. So each run is a program in a
session of its own, with its output in a file, a mark that all it starts inherit, and a limit.
"""

import functools
import glob
import importlib.util
import multiprocessing
import os
import select
import signal
import socket
import subprocess
import sys
import uuid
from pathlib import Path

import numpy as np
import pytest

from fer_core.batch import ray_engine
from fer_core.batch.inputs import find_inputs
from fer_core.batch.local import run_local
from fer_core.batch.run import Plan, analyze_files
from fer_core.batch.work import make_reader
from fer_core.classification import load_classifier
from fer_core.errors import FerError
from tests import engine_runs
from tests import media_corpus as corpus

ROOT = Path(__file__).resolve().parents[2]
RESULT_FILES = ("results.jsonl", "results.csv", "results.parquet", "overview.csv", "run.json")
LIMIT_S = 150
needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None or not Path("/proc/self/environ").exists(),
    reason="needs requirements-ray.txt, and /proc to find what a run left behind",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """45 photos, two of them without a face, four clips and a damaged photo."""
    folder = tmp_path_factory.mktemp("fifty")
    face = corpus.face_image(160).astype(np.float32)
    for number in range(43):
        image = np.clip(face * (0.6 + 0.015 * number), 0, 255).astype(np.uint8)
        data = corpus.photo_bytes(image, "JPEG")
        (folder / f"photo{number}.jpg").write_bytes(data)
    for number in range(2):
        corpus.PHOTOS["no_face.png"](folder / f"wall{number}.png")
    for number in range(4):
        images = [np.roll(corpus.face_image(160), shift * 4, axis=1) for shift in range(4 + number)]
        times_s = [index / 3 for index in range(len(images))]
        corpus.write_clip(
            folder / f"clip{number}.mp4", size_wh=(160, 160), images=images, times_s=times_s
        )
    corpus.REFUSED["truncated.jpg"](folder / "damaged.jpg")
    assert len(list(folder.iterdir())) == 50
    return folder


@pytest.fixture(scope="module")
def expected(folder, tmp_path_factory):
    """What one process makes of them."""
    out = tmp_path_factory.mktemp("one")
    contained(tmp_path_factory.mktemp("log"), *analyze(folder, out, "--workers", "0"), status=1)
    assert (out / "results.csv").read_text().count("happy") > 40
    return contents(out)


def analyze(folder, out, *options):
    return ["-m", "fer_core", "analyze", str(folder), "--out", str(out), *options]


def contents(out):
    assert not (out / ".unfinished").exists()
    return {name: (out / name).read_bytes() for name in RESULT_FILES}


def contained(log_folder, *arguments, status):
    """Runs Python to its end, and finds that nothing that it started is left."""
    mark, log = uuid.uuid4().hex, log_folder / "log.txt"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RAY_")}
    environment |= {"FER_TEST_MARK": mark, "RAY_USAGE_STATS_ENABLED": "0"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        code = process.wait(LIMIT_S)
    finally:
        left = end_all(mark)
        process.wait(30)
    text = log.read_text(errors="replace")
    assert code == status, text
    assert "Traceback" not in text
    assert left == [], text
    assert not glob.glob(f"/tmp/fer-ray-*/session_*_{process.pid}")


def end_all(mark):
    """Names of the marked processes that did not end by themselves in a while; now they have."""
    os.environ["FER_TEST_MARK"] = mark
    left = []
    for pid, name in engine_runs.processes():
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        if not select.select([handle], [], [], 20)[0]:
            left.append(name)
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        os.close(handle)
    del os.environ["FER_TEST_MARK"]
    return left


def test_worker_processes_give_the_same_bytes(folder, expected, tmp_path):
    out = tmp_path / "out"
    contained(tmp_path, *analyze(folder, out, "--workers", "2"), status=1)
    assert contents(out) == expected


def test_killed_worker_processes_change_nothing(folder, expected, tmp_path):
    out, records, killed = tmp_path / "out", [], []

    def told(entry):
        records.append(entry)
        if len(records) == 10:
            for child in multiprocessing.active_children():
                killed.append(child.pid)
                child.kill()

    inputs, _ = find_inputs([str(folder)], out=out)
    plan = Plan(inputs, out, load_classifier(), 3.0, told=told)
    make = functools.partial(make_reader, None, None, 3.0)
    analyze_files(plan, functools.partial(run_local, make_read=make, workers=2))
    assert len(killed) == 2
    assert contents(out) == expected


@needs_ray
def test_ray_gives_the_same_bytes(folder, expected, tmp_path):
    out = tmp_path / "out"
    options = ("--engine", "ray", "--workers", "2")
    contained(tmp_path, *analyze(folder, out, *options), status=1)
    assert contents(out) == expected


@needs_ray
def test_on_a_cluster_that_there_is_killed_processes_change_nothing(folder, expected, tmp_path):
    out = tmp_path / "out"
    contained(tmp_path, "-m", "tests.engine_runs", "cluster", str(folder), str(out), status=0)
    assert contents(out) == expected


@pytest.mark.parametrize("engine", ["local", pytest.param("ray", marks=needs_ray)])
def test_ctrl_c_ends_everything_and_the_next_run_does_the_rest(folder, expected, tmp_path, engine):
    out, what = tmp_path / "out", f"interrupted {engine}"
    contained(tmp_path, "-m", "tests.engine_runs", what, str(folder), str(out), status=130)
    rows = (out / "results.jsonl").read_text().splitlines()
    assert 10 <= len(rows) < 50 and not (out / ".unfinished").exists()
    done = sum('"status": "ok"' in row for row in rows)
    contained(tmp_path, *analyze(folder, out, "--workers", "0"), status=1)
    assert f"({done} had been" in (tmp_path / "log.txt").read_text()
    assert contents(out) == expected


def test_without_ray_a_sentence_says_how_to_get_it(monkeypatch):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(FerError, match="requirements-ray.txt"):
        list(ray_engine.run_ray([], list, workers=1))


@pytest.mark.parametrize("address", ["127.0.0.1:{}", "ray://127.0.0.1:{}", "[::1]:{}"])
def test_a_cluster_that_does_not_answer_is_a_sentence(monkeypatch, address):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # taken, but nobody listens
        monkeypatch.setenv("RAY_ADDRESS", address.format(taken.getsockname()[1]))
        with pytest.raises(FerError, match="RAY_ADDRESS"):
            list(ray_engine.run_ray([], list, workers=1))
