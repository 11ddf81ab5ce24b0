"""A run's folder while it is made: settings, history, best weights, and where to go on."""

import csv
import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras

from fer_core.errors import DataError
from fer_core.records import read_json
from fer_core.reports import UNFINISHED_FOLDER
from fer_core.training.config import WEIGHTS_FILE, Recipe
from fer_core.writing import replacing

HISTORY_COLUMNS = (
    *("epoch", "loss", "val_loss", "accuracy", "val_accuracy"),
    *("ferplus_accuracy", "val_ferplus_accuracy", "learning_rate", "seconds"),
)
# What may differ between two commands that make the same run.
_FREE = {"command", "data", "backend", "training_s"}


def require_finished(run: Path) -> None:
    """Raises DataError: the training in `run` was stopped."""
    if (run / UNFINISHED_FOLDER).exists():
        raise DataError(
            f"Expected a training that came to its end. The one in {run} was stopped. Give its "
            "command again to go on, then repeat this one."
        )


def require_room(run: Path) -> None:
    """Lets a new folder pass, an empty one, and one that holds a run, stopped or not.

    Raises:
        DataError: the folder holds something else.
    """
    trained = (run / WEIGHTS_FILE).is_file() and (run / "config.json").is_file()
    empty = not run.exists() or not any(run.iterdir())
    if not (empty or trained or (run / UNFINISHED_FOLDER).exists()):
        raise DataError(
            f"Expected an empty or new folder for the run. {run} holds other files already. "
            "Choose another one after --out, or delete it."
        )


def begin(run: Path, config: Mapping[str, Any]) -> bool:
    """Makes the folder with its config.json, or checks that the run in it was begun likewise.

    Returns:
        Whether that run is finished already.

    Raises:
        DataError: it had other settings.
        ReportError: its config.json is damaged.
    """
    path = run / "config.json"
    if not path.exists():
        (run / UNFINISHED_FOLDER).mkdir(parents=True, exist_ok=True)
        _write(path, config)
        return False
    before = {**_plain(asdict(Recipe(""))), **read_json(path)}
    now = _plain(config)
    known = now.keys() & before.keys() - _FREE
    changed = sorted(key for key in known if before[key] != now[key])
    if changed:
        raise DataError(
            f"Expected the settings of the run that {run} holds. Received others: "
            f"{', '.join(changed)}. Give the same command to go on with it, or choose another "
            "folder."
        )
    return not (run / UNFINISHED_FOLDER).exists()


def _plain(config: Mapping[str, Any]) -> dict[str, Any]:
    """`config` as it is read from a file."""
    plain: dict[str, Any] = json.loads(json.dumps(config))
    return plain


def finish(run: Path, config: Mapping[str, Any]) -> None:
    """Writes the final config.json and takes away what only an unfinished run needs."""
    _write(run / "config.json", config)
    shutil.rmtree(run / UNFINISHED_FOLDER)


def backup(run: Path, epochs: int) -> keras.callbacks.Callback:
    """Keeps after each epoch what `fit` needs to go on: weights, their averages, the optimizer.

    Augmentation and dropout draw their random numbers anew.

    Args:
        run: the run's folder.
        epochs: how many its history tells of. A backup that is ahead of it, because the run was
            stopped between the two, gives way to the one before.
    """
    folder = run / UNFINISHED_FOLDER
    about = folder / "training_metadata.json"
    if read_json(about).get("epoch", 0) > epochs:
        for path in (folder / "latest.weights.h5", about):
            before = path.with_name(f"{path.name}.bkp")
            if before.exists():
                before.replace(path)
            else:
                path.unlink()
    return keras.callbacks.BackupAndRestore(
        str(run / UNFINISHED_FOLDER), double_checkpoint=True, delete_checkpoint=False
    )


def _write(path: Path, config: Mapping[str, Any]) -> None:
    with replacing(path) as part:
        part.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


class Recorder(keras.callbacks.Callback):  # type: ignore[misc]
    """Streams history.csv and keeps the weights with the best accuracy on PublicTest.

    Args:
        network: the network whose weights are kept.
        run: the run's folder; a history in it is continued.
        head: whose accuracy decides.

    Attributes:
        epochs: how many are done.
        seconds: how long they took.
    """

    def __init__(self, network: keras.Model, run: Path, *, head: str) -> None:
        super().__init__()
        self.network, self.run, self.head = network, run, head
        self.started_s = 0.0
        self.history = run / "history.csv"
        if not self.history.exists():
            with self.history.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerow(HISTORY_COLUMNS)
        with self.history.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.epochs = int(rows[-1]["epoch"]) if rows else 0
        self.seconds = sum(float(row["seconds"]) for row in rows)
        self.best = max((float(row["val_accuracy"]) for row in rows), default=-1.0)
        if self.epochs:
            print(f"Going on after epoch {self.epochs}", flush=True)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.started_s = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        logs = dict(logs or {})
        row: dict[str, Any] = {
            "epoch": epoch + 1,
            "loss": logs["loss"],
            "val_loss": logs["val_loss"],
            "accuracy": _accuracy(logs, self.head),
            "val_accuracy": _accuracy(logs, self.head, "val_"),
            "learning_rate": float(self.model.optimizer.learning_rate),
            "seconds": time.perf_counter() - self.started_s,
        }
        for name in ("ferplus_accuracy", "val_ferplus_accuracy"):
            row[name] = logs.get(name, "")
        row = {key: round(v, 6) if isinstance(v, float) else v for key, v in row.items()}
        print(
            f"epoch {epoch + 1}: loss {row['loss']:.4f}, validation accuracy "
            f"{row['val_accuracy']:.4f}, {row['seconds']:.0f} s",
            flush=True,
        )
        if row["val_accuracy"] > self.best:
            self.best = row["val_accuracy"]
            # Keras insists on the name's ending, so it is written where it may lie about.
            new = self.run / UNFINISHED_FOLDER / WEIGHTS_FILE
            self.network.save_weights(new)
            new.replace(self.run / WEIGHTS_FILE)
        with self.history.open("a", newline="", encoding="utf-8") as file:
            csv.DictWriter(file, HISTORY_COLUMNS).writerow(row)


def _accuracy(logs: Mapping[str, float], head: str, prefix: str = "") -> float:
    """Keras leaves the head's name out when there is but one."""
    return logs.get(f"{prefix}{head}_accuracy", logs.get(f"{prefix}accuracy", float("nan")))
