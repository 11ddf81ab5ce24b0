"""The reports of a training run, read: the one source of every figure that is shown.

A run folder holds `config.json` (how it was trained), `history.csv` (epoch by epoch) and
`metrics.json` (the evaluation). Each may be missing, as while a run is still training;
what is there must be whole. An evaluation may lack what an older one did not measure.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_core.bundle import LITERT_FILE
from fer_core.errors import ReportError
from fer_core.records import damaged, read_json, record

if TYPE_CHECKING:
    import pandas as pd

CONFIG_FILE = "config.json"
HISTORY_FILE = "history.csv"
METRICS_FILE = "metrics.json"
UNFINISHED_FOLDER = "unfinished"  # in a run's folder while it trains, or when it was stopped
_ABOUT = ("recipe", "split", "seed", "runtime", "weights_sha256")


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """How one label fares; precision, recall and F1 are 0..1, support counts images."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class ConfidenceBin:
    """The guesses whose confidence lies in low..high; shares are 0..1, None without guesses."""

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True, slots=True)
class CoveragePoint:
    """What happens when guesses below `threshold` become "not sure"; all are 0..1.

    Attributes:
        threshold: least confidence that is answered.
        coverage: share of the faces that are answered.
        accuracy: share of the answers that are right; None when nothing is answered.
        chosen_on: the split that chose this threshold, where one did.
    """

    threshold: float
    coverage: float
    accuracy: float | None
    chosen_on: str | None = None


@dataclass(frozen=True, slots=True)
class ClassCurves:
    """One label against all others, by the threshold of its score; all are 0..1.

    Attributes:
        auc: area under the ROC curve; 0.5 is chance.
        average_precision: mean precision over the recalls.
        false_positives, recall: points of the ROC curve.
        recall_at, precision: points of the precision-recall curve.
    """

    auc: float
    average_precision: float
    false_positives: tuple[float, ...]
    recall: tuple[float, ...]
    recall_at: tuple[float, ...]
    precision: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class VoteCrossEntropy:
    """Mean cross entropy against the raters' votes, in nats.

    Attributes:
        model: of the model's scores as they come out of the network.
        raters: of the other raters' votes, each left out in turn.
        model_calibrated: of the calibrated scores.
    """

    model: float
    raters: float
    model_calibrated: float | None = None


@dataclass(frozen=True, slots=True)
class IntensityLevel:
    """The faces whose score lies in low..high, and how many of the ten raters agree on them."""

    level: str
    faces: int
    agreement: float | None
    low: float = field(metadata={"key": "from"})
    high: float = field(metadata={"key": "to"})


@dataclass(frozen=True, slots=True)
class Intensity:
    """The intensity levels, weakest first, and the rank correlation of score and agreement."""

    levels: tuple[IntensityLevel, ...]
    spearman: float


@dataclass(frozen=True, slots=True)
class Deduplicated:
    """The accuracy once test images that resemble others are left out."""

    images: int
    accuracy: float


@dataclass(frozen=True, slots=True)
class HeadReport:
    """The evaluation of one head.

    Attributes:
        head: name of the head, such as "fer2013".
        labels: in the order of the rows and columns of `confusion`.
        images: how many images were evaluated.
        accuracy: share of images read right, 0..1.
        macro_f1: mean F1 over the labels, 0..1.
        balanced_accuracy: mean recall over the labels, 0..1.
        ece: expected calibration error, 0..1 (Guo et al. 2017).
        per_class: label → its figures.
        confusion: counts; a row a true label, a column a predicted one.
        accuracy_flip: `accuracy`, averaged with the mirrored image. This and what follows is
            None or empty when it was not measured.
        ece_before: `ece` without temperature scaling.
        reliability, reliability_before: confidence against accuracy, with and without it.
        curves: label → its curves.
        coverage: what "not sure" costs and gives, by threshold.
        not_sure: the threshold that was chosen.
        neutral_drift: share of the faces with another label that were called neutral, 0..1.
        neutral_drift_before, balanced_accuracy_before: without correction for rare labels.
        vote_cross_entropy: against the raters' votes.
        intensity: the levels against the raters' agreement.
        deduplicated: without test images that have a near-duplicate.

    Raises:
        ReportError: the matrix or the table has another size than the labels, or the
            accuracy is outside 0..1.
    """

    head: str
    labels: tuple[str, ...]
    images: int
    accuracy: float
    macro_f1: float
    balanced_accuracy: float
    ece: float
    per_class: Mapping[str, ClassFigures]
    confusion: tuple[tuple[int, ...], ...] = field(metadata={"key": "confusion_matrix"})
    accuracy_flip: float | None = None
    ece_before: float | None = None
    reliability: tuple[ConfidenceBin, ...] = ()
    reliability_before: tuple[ConfidenceBin, ...] = ()
    curves: Mapping[str, ClassCurves] = field(default_factory=dict)
    coverage: tuple[CoveragePoint, ...] = ()
    not_sure: CoveragePoint | None = None
    neutral_drift: float | None = None
    neutral_drift_before: float | None = None
    balanced_accuracy_before: float | None = None
    vote_cross_entropy: VoteCrossEntropy | None = None
    intensity: Intensity | None = None
    deduplicated: Deduplicated | None = None

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
class AgreedHead:
    """A head on the faces that both label sets call the same; all are 0..1."""

    accuracy: float
    balanced_accuracy: float
    neutral_drift: float | None


@dataclass(frozen=True, slots=True)
class AgreedFaces:
    """Each head on the same faces: those that both label sets call the same."""

    images: int
    heads: Mapping[str, AgreedHead]


@dataclass(frozen=True, slots=True)
class SplitFigures:
    """The default head on another split than the one that is reported."""

    split: str
    images: int
    accuracy: float


@dataclass(frozen=True, slots=True)
class Paper:
    """The paper whose recipe a run follows.

    Attributes:
        title, authors, year: of the paper.
        url: where it can be read.
        claim: its figure, in its own words.
        claim_note: what that figure was measured on.
        reduced: what was reduced here, such as the number of epochs; None for nothing.
    """

    title: str
    authors: str
    year: int | None = None
    url: str | None = None
    claim: str | None = None
    claim_note: str | None = None
    reduced: str | None = None


@dataclass(frozen=True, slots=True)
class RunReport:
    """Everything that is known about a training run.

    Attributes:
        name: name of the run's folder.
        config: settings of the run; empty when there is no config.json.
        history: column → its value an epoch, nan where there is none; empty when there is no
            history.csv.
        heads: evaluations, the main head first; empty when there is no metrics.json.
        about: split, seed, recipe, runtime, weights_sha256 of the evaluation, as text.
        agreed_faces: the heads on the faces that both label sets call the same, or None.
        elsewhere: the accuracy on other splits, from the files metrics_<split>.json.
        paper: the paper whose recipe this is, or None.
        weight_bytes: size of the file that the app runs; None when the run has none.
    """

    name: str
    config: Mapping[str, Any] = field(default_factory=dict)
    history: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    heads: tuple[HeadReport, ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)
    agreed_faces: AgreedFaces | None = None
    elsewhere: tuple[SplitFigures, ...] = ()
    paper: Paper | None = None
    weight_bytes: int | None = None

    def head(self, name: str) -> HeadReport | None:
        """The evaluation of a head; None when the run has no such head."""
        return next((head for head in self.heads if head.head == name), None)

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
    config = read_json(folder / CONFIG_FILE)
    path = folder / METRICS_FILE
    metrics = read_json(path)
    agreed, paper = metrics.get("agreed_faces"), config.get("paper")
    weights = folder / LITERT_FILE
    return RunReport(
        name=folder.name,
        config=config,
        history=_read_history(folder / HISTORY_FILE),
        heads=_heads(metrics, path) if metrics else (),
        about={key: str(metrics[key]) for key in _ABOUT if key in metrics},
        agreed_faces=None if agreed is None else record(AgreedFaces, agreed, path),
        elsewhere=tuple(
            record(SplitFigures, read_json(other), other)
            for other in sorted(folder.glob("metrics_*.json"))
        ),
        paper=None if paper is None else record(Paper, paper, folder / CONFIG_FILE),
        weight_bytes=weights.stat().st_size if weights.is_file() else None,
    )


def _read_history(path: Path) -> dict[str, tuple[float, ...]]:
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = [row for row in csv.reader(file) if row]
        # A column stays empty where a run does not have what it counts, such as a second head.
        columns = zip(*([float(cell or "nan") for cell in row] for row in rows), strict=True)
        history = dict(zip(header, (tuple(column) for column in columns), strict=bool(rows)))
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error
    if rows and not {"epoch", "loss", "accuracy"} <= set(history):
        raise damaged(path, "it lacks the columns epoch, loss and accuracy")
    return history


def _heads(metrics: Mapping[str, Any], path: Path) -> tuple[HeadReport, ...]:
    others = metrics.get("other_heads", {})
    if not isinstance(others, dict) or not all(isinstance(each, dict) for each in others.values()):
        raise damaged(path, "other_heads holds no table of heads")
    evaluations = {str(metrics.get("head", "main")): metrics, **others}
    return tuple(
        record(HeadReport, {**figures, "head": head}, path) for head, figures in evaluations.items()
    )
