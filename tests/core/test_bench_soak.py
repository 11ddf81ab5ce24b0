import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench import soak
from bench.live_footprint import Footprint, children, footprint, slope_mb_h
from tests.loops import apart

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def test_the_footprint_sees_an_open_file() -> None:
    before = footprint()
    with open(os.devnull) as _:
        assert footprint(os.getpid()).files == before.files + 1
    assert before.threads >= 1
    assert before.rss_mb > 10


def test_a_process_that_has_ended_holds_nothing() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    assert ended.stdout
    ended.stdout.read()
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)  # a zombie now, and it stays one
    assert ended.pid in children()
    with pytest.raises(OSError, match="has ended"):
        footprint(ended.pid)
    ended.communicate()
    assert ended.pid not in children()


def test_a_leak_has_a_slope() -> None:
    samples = [(60.0 * minute, 200.0 + minute / 10) for minute in range(60)]
    assert slope_mb_h(samples, after_s=600.0) == 6.0


def test_what_grows_at_the_start_only_has_none() -> None:
    samples = [(60.0 * minute, min(100.0 + 20 * minute, 300.0)) for minute in range(60)]
    assert slope_mb_h(samples, after_s=600.0) == 0.0
    assert slope_mb_h(samples, after_s=58 * 60.0) is None


def test_the_course_of_a_part() -> None:
    held = [Footprint(100.0, 10, 20), Footprint(120.0, 14, 26), Footprint(101.0, 10, 20)]
    made = soak.course(held[0], held[1:2], held[2])
    assert made["rss_mb"] == {"start": 100.0, "end": 101.0, "on_the_way": [120.0]}
    assert made["threads"] == {"start": 10, "end": 10, "on_the_way": [14]}
    assert made["files"] == {"start": 20, "end": 20, "on_the_way": [26]}


def test_streams_in_a_row_are_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soak, "_WARM_UP_STREAMS", 1)
    file = tmp_path / "soak.json"
    assert apart(lambda: soak.main(["--cycles", "2", "--json", str(file)])) == 0
    made = json.loads(file.read_text())
    assert set(made) == {"command", "malloc_arena_max", "machine", "cycles"}
    assert made["cycles"]["cycles"] == 2
    assert made["cycles"]["failures"] == 0
    for quantity in ("rss_mb", "threads", "files"):
        assert made["cycles"][quantity]["start"] > 0
        assert made["cycles"][quantity]["end"] > 0


def test_an_address_needs_its_process(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        soak.main(["--tabs", "1", "--url", "http://localhost", "--json", str(tmp_path / "s.json")])
