"""A run that was stopped goes on as if nothing had happened; nothing else is overwritten."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fer_core.errors import DataError, FerError
from fer_core.reports import load_report
from fer_core.training.data import FaceSet
from fer_core.training.network import load_run
from fer_core.training.run_folder import require_finished
from fer_core.training.train import train
from fer_core.writing import held
from tests.training.small_runs import SMALL, run_of, stop_in

# Keras' TensorFlow backend uses a NumPy call that NumPy 2 is to drop.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
# All that is carried from epoch to epoch; augmentation and dropout draw anew, so they are out.
LONG = replace(SMALL, epochs=4, small_size=32, small_epochs=2, ema_momentum=0.5, mixup_alpha=0.4)


@pytest.fixture(scope="module")
def undisturbed(faces: Mapping[str, FaceSet], tmp_path_factory: pytest.TempPathFactory) -> Path:
    run: Path = tmp_path_factory.mktemp("undisturbed") / "run"
    run_of(LONG, faces, run)
    return run


def stopped(
    run: Path,
    faces: Mapping[str, FaceSet],
    monkeypatch: pytest.MonkeyPatch,
    *,
    epoch: int,
    at: str = "on_epoch_begin",
) -> Path:
    """`run`, in which is what a run leaves that is stopped in an epoch, counted from 0."""
    stop_in(monkeypatch, epoch=epoch, at=at)
    with pytest.raises(KeyboardInterrupt):
        run_of(LONG, faces, run)
    return run


def rewrite_history(run: Path, **values: str) -> None:
    """Puts other values into the only row of a run's history."""
    path = run / "history.csv"
    header, row = (line.split(",") for line in path.read_text(encoding="utf-8").splitlines())
    told = dict(zip(header, row, strict=True)) | values
    path.write_text(f"{','.join(told)}\n{','.join(told.values())}\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("epoch", "at"),
    [(0, "on_epoch_end"), (1, "on_epoch_begin"), (2, "on_epoch_begin"), (3, "on_epoch_end")],
)
def test_a_stopped_run_goes_on_as_if_it_had_not_been(
    epoch: int,
    at: str,
    undisturbed: Path,
    faces: Mapping[str, FaceSet],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = stopped(tmp_path / "run", faces, monkeypatch, epoch=epoch, at=at)
    with pytest.raises(DataError, match="Expected a training that came to its end"):
        require_finished(run)
    network, _ = run_of(LONG, faces, run)
    require_finished(run)
    assert {each.name for each in run.iterdir()} == {each.name for each in undisturbed.iterdir()}
    expected, found = load_report(undisturbed).history, load_report(run).history
    assert found["epoch"] == (1, 2, 3, 4)
    assert found["loss"] == pytest.approx(expected["loss"], rel=1e-4)
    for a, b in zip(load_run(undisturbed)[0].get_weights(), network.get_weights(), strict=True):
        assert a == pytest.approx(b, rel=1e-3, abs=1e-4)


def test_time_before_the_stop_counts(
    faces: Mapping[str, FaceSet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = stopped(tmp_path / "run", faces, monkeypatch, epoch=1)
    rewrite_history(run, seconds="5000.0")
    _, config = run_of(LONG, faces, run)
    assert config["training_s"] > 5000


def test_a_run_goes_on_with_its_own_settings_alone(
    faces: Mapping[str, FaceSet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = stopped(tmp_path / "run", faces, monkeypatch, epoch=0)
    with pytest.raises(DataError, match="Received others: batch_size, seed"):
        run_of(replace(LONG, batch_size=4, seed=5), faces, run)
    assert train(LONG, faces, init="none", out=run, facts={"data": "grey", "command": "again"})
    settings = json.loads((run / "config.json").read_text(encoding="utf-8"))
    assert settings["command"] == "again"


def test_a_finished_run_is_left_as_it_is(undisturbed: Path, faces: Mapping[str, FaceSet]) -> None:
    before = {path: path.read_bytes() for path in undisturbed.iterdir()}
    run_of(LONG, faces, undisturbed)
    assert {path: path.read_bytes() for path in undisturbed.iterdir()} == before
    with pytest.raises(DataError, match="Received others: epochs"):
        run_of(replace(LONG, epochs=9), faces, undisturbed)


def test_settings_that_came_later_have_their_defaults(
    undisturbed: Path, faces: Mapping[str, FaceSet]
) -> None:
    path = undisturbed / "config.json"
    whole = path.read_text(encoding="utf-8")
    older = {k: v for k, v in json.loads(whole).items() if k not in ("sam_radius", "parameters")}
    path.write_text(json.dumps(older), encoding="utf-8")
    run_of(LONG, faces, undisturbed)
    with pytest.raises(DataError, match="Received others: sam_radius"):
        run_of(replace(LONG, sam_radius=0.1), faces, undisturbed)
    path.write_text(whole, encoding="utf-8")


def test_best_weights_before_the_stop_are_kept(
    faces: Mapping[str, FaceSet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = stopped(tmp_path / "run", faces, monkeypatch, epoch=1)
    rewrite_history(run, val_accuracy="1.0")
    before = load_run(run)[0].get_weights()
    network, _ = run_of(LONG, faces, run)
    assert all(np.array_equal(a, b) for a, b in zip(before, network.get_weights(), strict=True))


def test_a_folder_belongs_to_one_command_at_a_time(
    undisturbed: Path, faces: Mapping[str, FaceSet]
) -> None:
    with held(undisturbed), pytest.raises(FerError, match="no other run is at work"):
        run_of(LONG, faces, undisturbed)


def test_a_stopped_run_is_no_start_for_another(
    faces: Mapping[str, FaceSet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = stopped(tmp_path / "run", faces, monkeypatch, epoch=1)
    with pytest.raises(DataError, match="came to its end"):
        run_of(LONG, faces, tmp_path / "next", init=str(run))


def test_nothing_is_overwritten(faces: Mapping[str, FaceSet], tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DataError, match="holds other files already"):
        run_of(SMALL, faces, tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["letter.txt"]
