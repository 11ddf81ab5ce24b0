import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from bench import heatmap as bench
from fer_core.testing import FakeClassifier


def write_faces(path: Path, count: int) -> None:
    rows = []
    for grey in range(count):
        buffer = io.BytesIO()
        Image.fromarray(np.full((48, 48), grey, np.uint8)).save(buffer, "PNG")
        rows.append({"bytes": buffer.getvalue(), "path": None})
    pd.DataFrame({"image": rows, "label": 0}).to_parquet(path)


def test_each_cover_is_a_tenth_and_the_control_has_the_same_shape() -> None:
    heat = np.arange(100, dtype=np.float32).reshape(10, 10)
    hottest, elsewhere, scattered = bench.masks(heat, np.random.default_rng(1))
    assert hottest[9].all()
    assert [mask.sum() for mask in (hottest, elsewhere, scattered)] == [10, 10, 10]
    assert elsewhere.all(axis=1).sum() == 1


def test_the_interval_holds_the_mean() -> None:
    assert bench.interval(np.array([0.0, 1.0] * 50)) == {
        "mean": 0.5,
        "low": pytest.approx(0.4015, abs=1e-4),
        "high": pytest.approx(0.5985, abs=1e-4),
    }


def test_the_report_names_what_it_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_faces(tmp_path / "faces.parquet", 5)
    monkeypatch.setattr(bench, "load_classifier", lambda folder: FakeClassifier())
    target = tmp_path / "out" / "heatmap.json"
    arguments = ["--data", str(tmp_path / "faces.parquet"), "--json", str(target), "--faces", "3"]
    assert bench.main(arguments) == 0
    report = json.loads(target.read_text())
    assert (report["faces"], report["data"], report["model"]) == (3, "faces.parquet", "fake")
    assert report["hottest_minus"]["elsewhere"]["mean"] == 0  # this network sees nothing


def test_data_that_cannot_be_read_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "load_classifier", lambda folder: FakeClassifier())
    missing = str(tmp_path / "none.parquet")
    assert bench.main(["--data", missing, "--json", str(tmp_path / "out.json")]) == 1
    assert "none.parquet" in capsys.readouterr().err
