"""The reports of a training run, read: the one source of every figure that is shown.

A run folder holds `config.json` (how it was trained), `history.csv` (epoch by epoch) and
`metrics.json` (the evaluation). Each may be missing, as while a run is still training;
what is there must be whole.
"""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_core.errors import ReportError

if TYPE_CHECKING:
    import pandas as pd

CONFIG_FILE = "config.json"
HISTORY_FILE = "history.csv"
METRICS_FILE = "metrics.json"


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """How one label fares; precision, recall and F1 are 0..1, support counts images."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class HeadReport:
    """The evaluation of one head.

    Attributes:
        head: name of the head, such as "fer2013".
        labels: in the order of the rows and columns of `confusion`.
        images: how many images were evaluated.
        accuracy: share of images read right, 0..1.
        accuracy_flip: the same, averaged with the mirrored image; None when not measured.
        macro_f1: mean F1 over the labels, 0..1.
        balanced_accuracy: mean recall over the labels, 0..1.
        log_loss: mean negative log probability of the true label, in nats.
        ece: expected calibration error, 0..1 (Guo et al. 2017).
        per_class: label → its figures.
        confusion: counts; a row a true label, a column a predicted one.

    Raises:
        ReportError: the matrix or the table has another size than the labels, or the
            accuracy is outside 0..1.
    """

    head: str
    labels: tuple[str, ...]
    images: int
    accuracy: float
    accuracy_flip: float | None
    macro_f1: float
    balanced_accuracy: float
    log_loss: float
    ece: float
    per_class: Mapping[str, ClassFigures]
    confusion: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        side = len(self.labels)
        if (
            side == 0
            or len(self.confusion) != side
            or any(len(row) != side for row in self.confusion)
            or set(self.per_class) != set(self.labels)
            or not 0 <= self.accuracy <= 1
        ):
            raise ReportError(
                f"Expected a confusion matrix and a table for the {side} labels of head "
                f"{self.head}, and an accuracy between 0 and 1. Received something else. "
                "Evaluate the run again."
            )


@dataclass(frozen=True, slots=True)
class RunReport:
    """Everything that is known about a training run.

    Attributes:
        name: name of the run's folder.
        config: settings of the run; empty when there is no config.json.
        history: column → its value an epoch; empty when there is no history.csv.
        heads: evaluations, the main head first; empty when there is no metrics.json.
        about: split, seed, recipe, runtime, weights_sha256 of the evaluation, as text.
    """

    name: str
    config: Mapping[str, Any] = field(default_factory=dict)
    history: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    heads: tuple[HeadReport, ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)

    def history_frame(self) -> "pd.DataFrame":
        """The history, a row an epoch."""
        import pandas as pd

        return pd.DataFrame(dict(self.history))


def list_runs(models: Path) -> tuple[Path, ...]:
    """The run folders inside `models`, by name; () when there is no such folder."""
    if not models.is_dir():
        return ()
    wanted = (CONFIG_FILE, HISTORY_FILE, METRICS_FILE)
    return tuple(
        folder
        for folder in sorted(models.iterdir())
        if folder.is_dir() and any((folder / name).is_file() for name in wanted)
    )


def load_report(folder: Path) -> RunReport:
    """Reads the reports of a run.

    Args:
        folder: the run's folder, such as models/<run>.

    Raises:
        ReportError: the folder is missing, or one of its reports is damaged.
    """
    if not folder.is_dir():
        raise ReportError(
            f"Expected a run folder at {folder}. Received none. "
            "Check the name, or train a model as the README describes."
        )
    metrics = _read_json(folder / METRICS_FILE)
    return RunReport(
        name=folder.name,
        config=_read_json(folder / CONFIG_FILE),
        history=_read_history(folder / HISTORY_FILE),
        heads=_heads(metrics, folder / METRICS_FILE) if metrics else (),
        about={
            key: str(metrics[key])
            for key in ("recipe", "split", "seed", "runtime", "weights_sha256")
            if key in metrics
        },
    )


def _damaged(path: Path, why: object) -> ReportError:
    return ReportError(
        f"Expected the report {path} to be whole. It cannot be read ({why}). "
        "Fetch it again, or evaluate the run again."
    )


def _read_json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from error
    if not isinstance(content, dict):
        raise _damaged(path, "it holds no table of names and values")
    return content


def _read_history(path: Path) -> dict[str, tuple[float, ...]]:
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = [row for row in csv.reader(file) if row]
        columns = zip(*([float(cell) for cell in row] for row in rows), strict=True)
        history = dict(zip(header, (tuple(column) for column in columns), strict=bool(rows)))
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from error
    if rows and not {"epoch", "loss", "accuracy"} <= set(history):
        raise _damaged(path, "it lacks the columns epoch, loss and accuracy")
    return history


def _heads(metrics: Mapping[str, Any], path: Path) -> tuple[HeadReport, ...]:
    try:
        others = metrics.get("other_heads", {}).items()
        return (
            _head(str(metrics.get("head", "main")), metrics),
            *(_head(name, figures) for name, figures in others),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(path, f"missing or unusable: {error}") from error


def _head(name: str, figures: Mapping[str, Any]) -> HeadReport:
    flip = figures.get("accuracy_flip")
    return HeadReport(
        head=name,
        labels=tuple(figures["labels"]),
        images=int(figures["images"]),
        accuracy=float(figures["accuracy"]),
        accuracy_flip=None if flip is None else float(flip),
        macro_f1=float(figures["macro_f1"]),
        balanced_accuracy=float(figures["balanced_accuracy"]),
        log_loss=float(figures["log_loss"]),
        ece=float(figures["ece"]),
        per_class={
            label: ClassFigures(
                float(row["precision"]), float(row["recall"]), float(row["f1"]), int(row["support"])
            )
            for label, row in figures["per_class"].items()
        },
        confusion=tuple(tuple(int(n) for n in row) for row in figures["confusion_matrix"]),
    )
