"""A model on disk: a folder with its card, its weights and their checksum.

`models/<run>/card.json` says all that a program needs to use the weights beside it: the
label order of each head, how a face becomes the network's input, and the SHA-256 of each
weight file. Nothing is loaded whose checksum differs from the card's.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from fer_core.errors import ModelError
from fer_core.records import checked

MODELS_FOLDER = Path(__file__).resolve().parent.parent / "models"
LITERT_FILE = "model.tflite"
KERAS_FILE = "model.keras"


@dataclass(frozen=True, slots=True)
class InputSpec:
    """How a face becomes the network's input.

    Attributes:
        size: side of the square input in pixels.
        grayscale: whether colour is dropped (the three channels are then equal).
        margin: side of the crop as a multiple of the detected box's longer side.
        align: whether the crop is turned so that the eyes are level.
        source_size: faces are brought to this side first, so that a sharp camera face and a
            small training face look alike; 0 leaves them as they are.
    """

    size: int
    grayscale: bool = True
    margin: float = 1.0
    align: bool = False
    source_size: int = 48

    def __post_init__(self) -> None:
        if self.size < 1 or self.margin <= 0 or self.source_size < 0:
            raise ModelError(
                "Expected an input size and a margin above 0 and a source size of 0 or more. "
                f"Received {self}. Correct card.json or fetch the model again."
            )


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What travels with the weights.

    Attributes:
        name: the run's name.
        labels: head → its labels in the order of the network's output. The first head is
            the default one.
        input: how a face becomes the network's input.
        recipe: name of the training recipe.
        temperature: head → divisor of the logits (Guo et al. 2017); 1 leaves them as they are.
        not_sure: head → confidence below which a reading is marked "low confidence", 0..1,
            chosen from the curve of coverage against accuracy.
        intensity: head → the least confidence that is moderate, and the least that is strong.
        metrics: headline figures copied from metrics.json, for display.
        sha256: weight file name → hex digest.
    """

    name: str
    labels: Mapping[str, tuple[str, ...]]
    input: InputSpec
    recipe: str
    temperature: Mapping[str, float] = field(default_factory=dict)
    not_sure: Mapping[str, float] = field(default_factory=dict)
    intensity: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    sha256: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.labels or not all(
            len(labels) > 1 and len(set(labels)) == len(labels) for labels in self.labels.values()
        ):
            raise ModelError(
                "Expected at least two different labels for each head in card.json. "
                f"Received {dict(self.labels)}. Fetch the model again or export it anew."
            )
        shares = [*self.not_sure.values(), *(x for pair in self.intensity.values() for x in pair)]
        if not (
            all(each > 0 for each in self.temperature.values())
            and all(0 <= each <= 1 for each in shares)
            and all(len(pair) == 2 for pair in self.intensity.values())
        ):
            raise ModelError(
                "Expected temperatures above 0, thresholds of 0 to 1 and two limits of intensity "
                f"for each head in card.json. Received {dict(self.temperature)}, "
                f"{dict(self.not_sure)} and {dict(self.intensity)}. Fetch the model again or "
                "export it anew."
            )

    @property
    def default_head(self) -> str:
        return next(iter(self.labels))

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "ModelCard":
        """Reads what `to_json` wrote.

        Raises:
            ModelError: the text is not JSON, or a field is missing or unusable.
        """
        try:
            content = json.loads(text)
            card: ModelCard = checked(cls, content, "the card")
            # What it does not know might change how a face is read.
            unknown = content.keys() - asdict(card).keys()
            unknown |= content["input"].keys() - asdict(card.input).keys()
            if unknown:
                raise KeyError(f"unknown: {', '.join(sorted(unknown))}")
            return card
        except (ValueError, TypeError, KeyError) as error:
            raise ModelError(
                f"Expected a complete model card in card.json. Received something else ({error}). "
                "Fetch the model again or export it anew."
            ) from error


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def default_folder(models: Path = MODELS_FOLDER) -> Path:
    """The folder that `models/default` names.

    Raises:
        ModelError: the file is missing or unreadable, or the folder that it names is missing.
    """
    pointer = models / "default"
    if not pointer.is_file():
        raise ModelError(
            f"Expected {pointer} to name the model in use, but there is no such file. "
            "Write the name of a folder of models/ into it."
        )
    try:
        name = pointer.read_text(encoding="utf-8").strip()
        is_there = name != "" and (models / name).is_dir()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(
            f"Expected {pointer} to name the model in use. Received {error}. "
            "Write the name of a folder of models/ into it."
        ) from error
    if not is_there:
        raise ModelError(
            f"Expected {pointer} to name the model in use. Received {name!r}, which is no folder "
            "there. Write the name of a folder of models/ into it."
        )
    return models / name


def load_card(folder: Path) -> ModelCard:
    """Reads the card of a model folder.

    Raises:
        ModelError: the folder or its card is missing or unreadable.
    """
    path = folder / "card.json"
    if not path.is_file():
        raise ModelError(
            f"Expected a model folder with a card.json at {folder}. Received none. "
            "Check the path, or train and export a model as the README describes."
        )
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"Expected readable text in {path}. Received {error}.") from error
    return ModelCard.from_json(text)


def verified(folder: Path, card: ModelCard, name: str) -> Path:
    """The path of a weight file, once its checksum is found to be the card's.

    Raises:
        ModelError: the file is missing, is not in the card, or has another checksum.
    """
    path = folder / name
    if name not in card.sha256 or not path.is_file():
        raise ModelError(
            f"Expected the weight file {name} in {folder}, listed in its card. It is missing. "
            "Fetch the model again or export it anew."
        )
    if sha256_of(path) != card.sha256[name]:
        raise ModelError(
            f"Expected {path} to have the checksum that its card gives. It differs, so the file "
            "was changed or damaged and is not loaded. Fetch the model again."
        )
    return path
