"""A run that was stopped goes on as if nothing had happened; nothing else is overwritten."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer_core.errors import DataError
from fer_core.reports import load_report
from fer_core.training.data import FaceSet
from fer_core.training.network import load_run
from fer_core.training.run_folder import Recorder, is_finished
from fer_core.training.train import train
from tests.training.small_runs import SMALL, run_of

# Keras' TensorFlow backend uses a NumPy call that NumPy 2 is to drop.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
# All that is carried from epoch to epoch; augmentation and dropout draw anew, so they are out.
LONG = replace(SMALL, epochs=4, small_size=32, small_epochs=2, ema_momentum=0.5, mixup_alpha=0.4)


class Stop:
    """Ctrl-C in one epoch, once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, epoch: int) -> None:
        begin = Recorder.on_epoch_begin
        self.armed = True

        def stopping(recorder: Recorder, epoch_now: int, logs: Any = None) -> None:
            begin(recorder, epoch_now, logs)
            if self.armed and epoch_now == epoch:
                self.armed = False
                raise KeyboardInterrupt

        monkeypatch.setattr(Recorder, "on_epoch_begin", stopping)


@pytest.fixture(scope="module")
def undisturbed(faces: Mapping[str, FaceSet], tmp_path_factory: pytest.TempPathFactory) -> Path:
    run: Path = tmp_path_factory.mktemp("undisturbed") / "run"
    run_of(LONG, faces, run)
    return run


@pytest.mark.parametrize("epoch", [0, 1, 2, 3])
def test_a_stopped_run_goes_on_as_if_it_had_not_been(
    epoch: int,
    undisturbed: Path,
    faces: Mapping[str, FaceSet],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = tmp_path / "run"
    Stop(monkeypatch, epoch)
    with pytest.raises(KeyboardInterrupt):
        run_of(LONG, faces, run)
    assert not is_finished(run)
    network, _ = run_of(LONG, faces, run)
    assert is_finished(run)
    assert {each.name for each in run.iterdir()} == {each.name for each in undisturbed.iterdir()}
    expected, found = load_report(undisturbed).history, load_report(run).history
    assert found["epoch"] == (1, 2, 3, 4)
    assert found["loss"] == pytest.approx(expected["loss"], rel=1e-4)
    for a, b in zip(load_run(undisturbed)[0].get_weights(), network.get_weights(), strict=True):
        assert a == pytest.approx(b, rel=1e-3, abs=1e-4)


def test_time_before_the_stop_counts(
    faces: Mapping[str, FaceSet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    Stop(monkeypatch, 1)
    with pytest.raises(KeyboardInterrupt):
        run_of(LONG, faces, run)
    history = run / "history.csv"
    header, first = history.read_text(encoding="utf-8").splitlines()
    *values, _ = first.split(",")
    history.write_text("\n".join([header, ",".join([*values, "5000.0"]), ""]), encoding="utf-8")
    _, config = run_of(LONG, faces, run)
    assert config["training_s"] > 5000


def test_a_run_goes_on_with_its_own_settings_alone(
    faces: Mapping[str, FaceSet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    Stop(monkeypatch, 0)
    with pytest.raises(KeyboardInterrupt):
        run_of(LONG, faces, run)
    with pytest.raises(DataError, match="Received others: batch_size, seed"):
        run_of(replace(LONG, batch_size=4, seed=5), faces, run)
    assert train(LONG, faces, init="none", out=run, facts={"data": "grey", "command": "again"})
    assert json.loads((run / "config.json").read_text(encoding="utf-8"))["command"] == "again"


def test_best_weights_before_the_stop_are_kept(
    faces: Mapping[str, FaceSet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    Stop(monkeypatch, 1)
    with pytest.raises(KeyboardInterrupt):
        run_of(LONG, faces, run)
    history = run / "history.csv"
    header, first = history.read_text(encoding="utf-8").splitlines()
    values = first.split(",")
    values[header.split(",").index("val_accuracy")] = "1.0"
    history.write_text("\n".join([header, ",".join(values), ""]), encoding="utf-8")
    before = load_run(run)[0].get_weights()
    network, _ = run_of(LONG, faces, run)
    assert all(np.array_equal(a, b) for a, b in zip(before, network.get_weights(), strict=True))


def test_nothing_is_overwritten(faces: Mapping[str, FaceSet], tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DataError, match="holds other files already"):
        run_of(SMALL, faces, tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["letter.txt"]
