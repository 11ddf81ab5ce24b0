"""A run's folder while it is made: settings, history, best weights, and where to go on."""

import csv
import json
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from fer_core.errors import DataError
from fer_core.training.network import WEIGHTS_FILE

HISTORY_COLUMNS = (
    *("epoch", "loss", "val_loss", "accuracy", "val_accuracy"),
    *("ferplus_accuracy", "val_ferplus_accuracy", "learning_rate", "seconds"),
)
_UNFINISHED = "unfinished"


def is_finished(run: Path) -> bool:
    """Whether `run` holds a training that came to its end."""
    return (run / WEIGHTS_FILE).is_file() and not (run / _UNFINISHED).exists()


def require_room(run: Path) -> None:
    """Lets a new folder pass, an empty one, and one whose run was stopped.

    Raises:
        DataError: the folder holds something else.
    """
    if run.exists() and any(run.iterdir()) and not (run / _UNFINISHED).exists():
        raise DataError(
            "Expected an empty or new folder for the run, or one whose run was stopped. "
            f"{run} holds other files already. Choose another one after --out, or delete it."
        )


def begin(run: Path, config: Mapping[str, Any]) -> None:
    """Makes the folder with its config.json, or checks that a stopped run was begun likewise.

    Raises:
        DataError: it had other settings.
    """
    path = run / "config.json"
    if not path.exists():
        (run / _UNFINISHED).mkdir(parents=True, exist_ok=True)
        _write(path, config)
        return
    before, now = json.loads(path.read_text(encoding="utf-8")), json.loads(json.dumps(config))
    keys = {*before, *now} - {"command", "training_s"}
    changed = sorted(key for key in keys if before.get(key) != now.get(key))
    if changed:
        raise DataError(
            f"Expected the settings with which the run in {run} was begun. Received others: "
            f"{', '.join(changed)}. Repeat the command that was stopped, or choose another "
            "folder after --out."
        )


def finish(run: Path, config: Mapping[str, Any]) -> None:
    """Writes the final config.json and takes away what only an unfinished run needs."""
    _write(run / "config.json", config)
    shutil.rmtree(run / _UNFINISHED)


def backup(run: Path) -> keras.callbacks.Callback:
    """Keeps after each epoch what `fit` needs to go on: weights, their averages, the optimizer.

    Augmentation and dropout draw their random numbers anew.
    """
    return keras.callbacks.BackupAndRestore(
        str(run / _UNFINISHED), double_checkpoint=True, delete_checkpoint=False
    )


def _write(path: Path, config: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


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
            self.network.save_weights(self.run / WEIGHTS_FILE)
        with self.history.open("a", newline="", encoding="utf-8") as file:
            csv.DictWriter(file, HISTORY_COLUMNS).writerow(row)


def _accuracy(logs: Mapping[str, float], head: str, prefix: str = "") -> float:
    """Keras leaves the head's name out when there is but one."""
    return logs.get(f"{prefix}{head}_accuracy", logs.get(f"{prefix}accuracy", float("nan")))
