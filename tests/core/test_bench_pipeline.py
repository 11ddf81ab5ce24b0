from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench import pipeline as bench
from fer_core.pipeline import FramePipeline
from fer_core.testing import FakeClassifier, FakeDetector


@pytest.mark.parametrize("faces", bench.FACE_COUNTS)
def test_a_scene_is_eight_frames_that_move_unless_it_is_empty(faces: int) -> None:
    frames = bench.scene(faces)
    assert [frame.shape for frame in frames] == [(480, 640, 3)] * 8
    assert all(frame.dtype == np.uint8 for frame in frames)
    assert len({frame.tobytes() for frame in frames}) >= (5 if faces else 1)


def test_measuring_leaves_the_warm_up_out() -> None:
    seen: list[float] = []

    def step(image: np.ndarray, timestamp_s: float) -> tuple[dict[str, float], int]:
        seen.append(timestamp_s)
        slow = len(seen) <= 5
        return {"detect": 1.0, "total": 1000.0 if slow else 4.0}, 2

    measured = bench.measure(step, bench.scene(0), 12)
    assert len(seen) == 17
    assert seen == sorted(seen)
    assert measured == {
        "frames": 12,
        "faces_found": 2.0,
        "stages_ms": {
            "detect": {"p50": 1.0, "p95": 1.0},
            "total": {"p50": 4.0, "p95": 4.0},
        },
        "frames_per_s": 250.0,
    }


def test_a_pipeline_is_measured_by_its_own_timings() -> None:
    step = bench.pipeline_step(FramePipeline(FakeDetector(), FakeClassifier()))
    timings, faces = step(bench.scene(1)[0], 0.0)
    assert set(timings) == {"detect", "preprocess", "classify", "track", "total"}
    assert faces == 1


def test_an_absent_baseline_is_a_note(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bench, "find_spec", lambda name: None)
    monkeypatch.setattr(bench, "load_classifier", lambda *args, **kwargs: FakeClassifier())
    monkeypatch.setattr(bench, "create_detector", lambda name: FakeDetector())
    notes: list[str] = []
    rows = list(bench.rows(tmp_path, 1, notes))
    assert {row["runtime"] for row in rows} == {"litert", "keras"}
    assert [note.split(":")[0] for note in notes] == ["haar + fer left out"]


def row(detector: str, runtime: str, p50: float) -> dict[str, Any]:
    total = {"total": {"p50": p50, "p95": p50 + 1}}
    return {
        "detector": detector,
        "runtime": runtime,
        "faces": 1,
        "stages_ms": total,
        "frames_per_s": 1e3 / p50,
    }


def test_the_speed_up_compares_medians_of_one_face() -> None:
    ours, theirs = row("blazeface", "litert", 5.0), row("haar", "fer", 44.0)
    assert bench.speed_up([]) is None
    assert bench.speed_up([ours]) is None
    assert bench.speed_up([ours, theirs, {**theirs, "faces": 4}]) == 8.8


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([], ""),
        (["--json", "bench/results/x.json"], " --json bench/results/x.json"),
        (["--json", "/home/me/x.json", "--count", "5"], " --json x.json --count 5"),
        (["--json=/home/me/x.json"], " --json=x.json"),
        (["/home/a=b/x.json"], " x.json"),
    ],
)
def test_the_command_is_told_without_the_folders_of_this_machine(
    given: list[str], told: str
) -> None:
    assert bench.command_line("bench.x", given) == f"python -m bench.x{told}"


def test_the_table_has_a_line_a_row() -> None:
    text = bench.table({"rows": [row("haar", "fer", 44.0)]})
    assert text.splitlines()[-1] == "| haar | fer | 1 |  |  |  |  | 44.0 (45.0) | 23 |"


def test_a_missing_model_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "report.json"
    code = bench.main(["--json", str(out), "--model", str(tmp_path / "nowhere")])
    captured = capsys.readouterr()
    assert code == 1
    assert "nowhere" in captured.err
    assert not out.exists()
