"""What is measured beyond one evaluation, read: robustness, formats, clips, levers, seeds, leaks.

Robustness, formats and clips belong to a run and lie in its folder; the others lie in the
folder of all runs. Each file may be missing; what is there must be whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from fer_core.errors import ReportError
from fer_core.records import read_record

ROBUSTNESS_FILE = "robustness.json"
FORMATS_FILE = "formats.json"
CLIPS_FILE = "clips.json"
ABLATION_FILE = "ablation.json"
SEEDS_FILE = "seeds.json"
AUDIT_FILE = "audit.json"


@dataclass(frozen=True, slots=True)
class Corruption:
    """Accuracy under one kind of damage to the picture.

    Attributes:
        corruption: what was done to the pictures, such as "blur".
        strengths: how strongly, in `unit`, from mild to severe.
        accuracy: at each strength, 0..1.
        unit: of `strengths`, such as "px"; may be empty.
    """

    corruption: str
    strengths: tuple[float, ...]
    accuracy: tuple[float, ...]
    unit: str = ""

    def __post_init__(self) -> None:
        if not self.accuracy or len(self.accuracy) != len(self.strengths):
            raise ReportError(
                f"Expected an accuracy for each strength of {self.corruption}. Received "
                f"{len(self.accuracy)} for {len(self.strengths)}. Measure the robustness again."
            )

    @property
    def mean(self) -> float:
        """Mean accuracy over the strengths."""
        return fmean(self.accuracy)


@dataclass(frozen=True, slots=True)
class Robustness:
    """How a run's default head reads damaged pictures.

    Attributes:
        split: of the pictures.
        head: whose labels count.
        images: how many pictures each accuracy is taken from.
        clean: accuracy on the undamaged pictures, 0..1.
        rows: one a kind of damage.
        seed: of the damage.
    """

    split: str
    head: str
    images: int
    clean: float
    rows: tuple[Corruption, ...]
    seed: int | None = None

    @property
    def mean(self) -> float:
        """Mean accuracy over all damage; that on clean pictures when there is none."""
        return fmean(row.mean for row in self.rows) if self.rows else self.clean


@dataclass(frozen=True, slots=True)
class Format:
    """One weight file: its size and what it costs and gives.

    Attributes:
        format: of its numbers, such as "f16" or "int8".
        bytes: its size.
        bytes_deflated: its size once compressed, as for a download.
        accuracy: of the default head, 0..1.
        macro_f1: mean F1 over the labels, 0..1.
        ms_1_thread, ms_2_threads: median milliseconds a face.
        points_lost: most points of accuracy that it loses, of any head, on PublicTest or
            PrivateTest, with or without the mirror image; by these the format is chosen.
    """

    format: str
    bytes: int
    accuracy: float
    bytes_deflated: int | None = None
    macro_f1: float | None = None
    ms_1_thread: float | None = None
    ms_2_threads: float | None = None
    points_lost: float | None = None


@dataclass(frozen=True, slots=True)
class Formats:
    """The formats that a run's network was exported to, and which one is shipped and why.

    The first row is the reference.
    """

    split: str
    rows: tuple[Format, ...]
    images: int | None = None
    head: str | None = None
    cpu: str | None = None
    shipped: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ClipRow:
    """What was read from one clip.

    Attributes:
        file: its name.
        frames: how many were sampled.
        frames_with_faces: in how many of them a face was found; shares are of these.
        dominant: the commonest label; None where no face was found.
        dominant_share: its share of the frames, 0..1.
        average_confidence: mean probability of the frames' top labels, 0..1.
        distribution: label → share of the frames, the commonest first.
        message: why the clip could not be read; None where it could.
    """

    file: str
    frames: int = 0
    frames_with_faces: int = 0
    dominant: str | None = None
    dominant_share: float = 0.0
    average_confidence: float = 0.0
    distribution: Mapping[str, float] = field(default_factory=dict)
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Clips:
    """Clips that a run's network read, as Maulana's evaluation on KDEF does.

    Attributes:
        detector: that found the faces.
        sample_fps: frames a second that were read.
        clips: a row each.
    """

    detector: str
    sample_fps: float
    clips: tuple[ClipRow, ...]


@dataclass(frozen=True, slots=True)
class Lever:
    """One change of the recipe and what it did.

    Attributes:
        lever: what was changed.
        change: from what to what.
        accuracy: with the change, 0..1.
        macro_f1: the same.
        epochs: of the trial.
        ferplus_accuracy: accuracy on the label set of ten raters.
        kept: whether the final recipe has it; None for the row that the others change.
    """

    lever: str
    change: str
    accuracy: float
    macro_f1: float | None = None
    epochs: float | None = None
    ferplus_accuracy: float | None = None
    kept: bool | None = None


@dataclass(frozen=True, slots=True)
class Ablation:
    """The levers that were tried, each measured by the same protocol."""

    split: str
    rows: tuple[Lever, ...]
    protocol: str = ""


@dataclass(frozen=True, slots=True)
class SeedRun:
    """The figures of the final recipe with one seed, 0..1."""

    seed: int
    accuracy: float
    accuracy_flip: float | None = None
    macro_f1: float | None = None
    ferplus_accuracy: float | None = None


@dataclass(frozen=True, slots=True)
class Seeds:
    """The final recipe trained with several seeds.

    Attributes:
        recipe: its name.
        split: that was read.
        rows: one a seed; all go on from one and the same first run.
        mean, std: mean and standard deviation of the rows, by figure.
        again: a training with a first run of its own, where there is one.
    """

    recipe: str
    split: str
    rows: tuple[SeedRun, ...]
    mean: Mapping[str, float | None]
    std: Mapping[str, float | None]
    again: SeedRun | None = None


@dataclass(frozen=True, slots=True)
class Audit:
    """Near-duplicates among the splits.

    Attributes:
        method: how pictures were compared.
        pairs: "Training-PrivateTest" → number of near-duplicate pairs between the two.
        duplicates_in_private_test: pictures of PrivateTest that have one in Training.
        label_conflicts: pairs whose labels differ.
        threshold_bits: largest distance of two hashes that can be a near-duplicate.
    """

    method: str
    pairs: Mapping[str, int]
    duplicates_in_private_test: int
    label_conflicts: int
    threshold_bits: float | None = None


def load_robustness(run: Path) -> Robustness | None:
    """The robustness of a run; None when it was not measured.

    Raises:
        ReportError: the file is damaged. So with all functions here.
    """
    return read_record(Robustness, run / ROBUSTNESS_FILE)


def load_formats(run: Path) -> Formats | None:
    """The file formats of a run; None when they were not compared."""
    return read_record(Formats, run / FORMATS_FILE)


def load_clips(run: Path) -> Clips | None:
    """The clips that a run read; None when it read none."""
    return read_record(Clips, run / CLIPS_FILE)


def load_ablation(models: Path) -> Ablation | None:
    """The levers that were tried; None when there is no such table."""
    return read_record(Ablation, models / ABLATION_FILE)


def load_seeds(models: Path) -> Seeds | None:
    """The final recipe with several seeds; None when it was trained once."""
    return read_record(Seeds, models / SEEDS_FILE)


def load_audit(models: Path) -> Audit | None:
    """The leak audit; None when it was not made."""
    return read_record(Audit, models / AUDIT_FILE)
