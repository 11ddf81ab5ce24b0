import json
from pathlib import Path
from typing import Any

import pytest

from bench import training as bench


def row(recipe: str, normalization: str, speed: float) -> dict[str, Any]:
    return {
        "recipe": recipe,
        "size": 96,
        "normalization": normalization,
        "backend": "tensorflow",
        "train_images_per_s": speed,
        "input_images_per_s": 12_345.6,
    }


def test_a_report_holds_a_row_a_combination(tmp_path: Path) -> None:
    asked = []

    def measure(recipe: str, normalization: str, steps: int) -> dict[str, Any]:
        asked.append((recipe, normalization, steps))
        return row(recipe, normalization, 200.0 if normalization == "fused" else 80.0)

    out = tmp_path / "new" / "training.json"
    assert bench.main(["--json", str(out), "--steps", "3"], measure=measure) == 0
    assert asked == [(name, kind, 3) for name in bench.RECIPES for kind in ("fused", "plain")]
    report = json.loads(out.read_text(encoding="utf-8"))
    assert report["command"].startswith("python -m bench.training --json")
    assert report["times_faster_fused"] == dict.fromkeys(bench.RECIPES, 2.5)
    assert len(report["rows"]) == 4 and report["machine"]["cores"]


def test_a_failure_is_said_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def measure(recipe: str, normalization: str, steps: int) -> dict[str, Any]:
        raise RuntimeError(f"{recipe} could not be measured")

    assert bench.main(["--json", str(tmp_path / "x.json")], measure=measure) == 1
    assert "mobilenetv2-96 could not be measured" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_rows_without_a_rival_are_not_compared() -> None:
    assert bench.compared([row("a", "fused", 3.0)]) == {}


def test_the_table_has_a_line_a_row() -> None:
    line = bench.table([row("a", "plain", 80.0)]).splitlines()[-1]
    assert line == "| a | 96 px | plain | tensorflow | 80 | 12,346 |"
