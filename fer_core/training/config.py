"""A recipe: every setting of a training run, read from a TOML file."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from fer_core.bundle import InputSpec
from fer_core.errors import DataError
from fer_core.faces import LABELS
from fer_core.records import checked, read_json

WEIGHTS_FILE = "best.weights.h5"  # in a run's folder
RECIPES_FOLDER = Path(__file__).parent / "recipes"


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings of one training run; the defaults switch every lever off.

    Attributes:
        name: the run's name, and that of its folder.
        paper: the paper that the recipe follows: title, authors, year, url, claim,
            claim_note, reduced (what was reduced here) and epochs (its own number); empty for
            our own.
        network: the backbone, a name of `fer_core.training.backbones.BACKBONES`.
        frozen: leave the backbone's weights as they are and train what follows it.
        hidden: widths of the dense layers between the backbone and the heads.
        stem_stride: step of the backbone's first convolution, 2 in all networks of Keras; 0
            leaves it. 1 reads small faces in full detail, for four times the work.
        norm_momentum: decay, a step, of the averages that batch normalisation keeps for use;
            0 leaves the backbone's own, 0.999 in MobileNetV2: too slow for a short run.
        scaling: what the network makes of 0..255: "-1..1", "0..1", or "imagenet" (each
            channel less ImageNet's mean, by its deviation).
        precision: Keras' dtype policy while training: "float32" or "mixed_bfloat16".
        heads: label sets learnt, the default one first: "fer2013", "ferplus".
        classes: labels of fer2013 that are kept; faces with others are dropped; () keeps all.
        own_split: shares of Training, PublicTest and PrivateTest when all faces are split
            anew; () leaves the splits of the data.
        class_count: faces of each class of Training: fewer by leaving out, more by copies
            that went through the augmentation, which the others then do not; 0 takes all.
        size: side of the network's input in pixels.
        source_size: side to which faces are brought before, in pixels; 0 leaves them.
        grayscale: colour is dropped.
        margin: side of the app's crop as a multiple of the detected box.
        align: whether the app turns its crops so that the eyes are level.
        epochs: passes over the training split.
        small_size, small_epochs: input side of the first epochs (progressive resizing).
        batch_size: faces a step.
        optimizer: "adamw", "adam" or "sgd" (momentum 0.9).
        sam_radius: rho of sharpness-aware minimisation (Foret et al. 2021), on TensorFlow; 0
            switches it off. It doubles the work of a step.
        schedule: "cosine" (from 0 up to the peak rate in `warmup_epochs`, then down to 0) or
            "constant".
        learning_rate: the peak rate.
        warmup_epochs: epochs of linear warm-up.
        weight_decay: decoupled weight decay.
        ema_momentum: decay of the averaged weights, a step; 0 switches averaging off.
        label_smoothing: share of the target spread evenly over the labels (fer2013 head).
        mixup_alpha: Beta parameter of mixup (Zhang et al. 2018); 0 switches it off.
        cutmix_alpha: Beta parameter of CutMix (Yun et al. 2019); 0 switches it off. Where both
            are on, each batch gets one of them, with even odds.
        class_balance: a face counts (mean class size / its class size) ** class_balance
            (fer2013 head).
        dropout: rate before the heads.
        rotation_deg, zoom, shift: ranges of the random affine move; zoom and shift in
            shares of the side. Pictures are also mirrored at random.
        contrast, brightness: ranges of the random change of light, in shares.
        erase_probability: share of faces with a patch erased (Zhong et al. 2020).
        degrade: share of faces blurred, coarsened or made noisy as by a camera.
        teachers: recipes whose networks teach this one (Hinton et al. 2015).
        teacher_share: weight of the teachers' answers against the labels, 0..1.
        teacher_temperature: divisor of the teachers' logits; above 1 softens their answers.
        start_from_teacher: begin with the first teacher's weights; it has the same network.
        seed: of weights, order and augmentation; not of the splits.

    Raises:
        DataError: a setting has a value that does not exist.
    """

    name: str
    paper: Mapping[str, str | int] = field(default_factory=dict)
    network: str = "mobilenetv2"
    frozen: bool = False
    hidden: tuple[int, ...] = ()
    stem_stride: int = 0
    norm_momentum: float = 0.0
    scaling: str = "-1..1"
    precision: str = "float32"
    heads: tuple[str, ...] = ("fer2013", "ferplus")
    classes: tuple[str, ...] = ()
    own_split: tuple[float, ...] = ()
    class_count: int = 0
    size: int = 96
    source_size: int = 48
    grayscale: bool = True
    margin: float = 1.1
    align: bool = False
    epochs: int = 20
    small_size: int = 64
    small_epochs: int = 0
    batch_size: int = 64
    optimizer: str = "adamw"
    sam_radius: float = 0.0
    schedule: str = "cosine"
    learning_rate: float = 1e-3
    warmup_epochs: float = 0.0
    weight_decay: float = 0.0
    ema_momentum: float = 0.0
    label_smoothing: float = 0.0
    mixup_alpha: float = 0.0
    cutmix_alpha: float = 0.0
    class_balance: float = 0.0
    dropout: float = 0.0
    rotation_deg: float = 0.0
    zoom: float = 0.0
    shift: float = 0.0
    contrast: float = 0.0
    brightness: float = 0.0
    erase_probability: float = 0.0
    degrade: float = 0.0
    teachers: tuple[str, ...] = ()
    teacher_share: float = 0.0
    teacher_temperature: float = 1.0
    start_from_teacher: bool = False
    seed: int = 1

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            given = getattr(self, name)
            wrong = set(given if isinstance(given, tuple) else (given,)) - set(allowed)
            if wrong:
                raise DataError(
                    f"Expected the setting {name} of the recipe {self.name} to be one of "
                    f"{', '.join(allowed)}. Received {', '.join(sorted(wrong))}. Correct it."
                )
        for each in fields(self):
            given, least = getattr(self, each.name), _LEAST.get(each.name, 0)
            if isinstance(given, int | float) and given < least:
                raise DataError(
                    f"Expected the setting {each.name} of the recipe {self.name} to be at least "
                    f"{least}. Received {given}. Correct it."
                )
        if not self.heads or (self.start_from_teacher and not self.teachers):
            raise DataError(
                f"Expected the recipe {self.name} to name at least one of its heads, and a teacher "
                "where it starts from one. Received none. Add it."
            )
        shares = self.own_split
        if shares and not (len(shares) == 3 and min(shares) > 0 and math.isclose(sum(shares), 1)):
            raise DataError(
                f"Expected the setting own_split of the recipe {self.name} to be three shares "
                f"that sum to 1. Received {list(shares)}. Correct them."
            )

    @property
    def input_spec(self) -> InputSpec:
        """How a face becomes the network's input."""
        return InputSpec(
            self.size,
            grayscale=self.grayscale,
            margin=self.margin,
            align=self.align,
            source_size=self.source_size,
        )


def load_recipe(name_or_path: str, **overrides: Any) -> Recipe:
    """Reads a recipe shipped with the package, by name, or any TOML file, by path.

    Args:
        name_or_path: "mobilenetv2-96" or "my/recipe.toml".
        overrides: settings that replace those of the file; None leaves the file's.

    Raises:
        DataError: there is no such recipe, or it has no name or a setting that is unknown.
    """
    path = Path(name_or_path)
    if path.suffix != ".toml":
        path = RECIPES_FOLDER / f"{name_or_path}.toml"
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        known = ", ".join(sorted(recipe.stem for recipe in RECIPES_FOLDER.glob("*.toml")))
        raise DataError(
            f"Expected a recipe: one of {known}, or the path of a .toml file. "
            f"Received {name_or_path!r} ({error}). Check the name."
        ) from error
    settings |= {key: value for key, value in overrides.items() if value is not None}
    unknown = settings.keys() - _SETTINGS
    if unknown:
        raise DataError(
            f"Expected only settings that a recipe has. Received {sorted(unknown)} in {path}. "
            "Correct their spelling or take them out."
        )
    if "name" not in settings:
        raise DataError(
            f"Expected a recipe with a name. Received none in {path}. "
            'Add a line such as name = "my-recipe" at its top.'
        )
    return recipe_of(settings)


def recipe_of(config: Mapping[str, Any]) -> Recipe:
    """The recipe of a run's config.json, whatever else that says.

    Raises:
        DataError: a setting is of another kind than a recipe's, or has no such value.
    """
    try:
        recipe: Recipe = checked(Recipe, dict(config), "the recipe")
    except (TypeError, KeyError) as error:
        raise DataError(
            f"Expected settings of the kinds that a recipe has. Received others: {error.args[0]}. "
            "Correct them."
        ) from error
    return recipe


def recipe_of_run(run: Path) -> Recipe:
    """The recipe of a training run or of an exported model.

    Raises:
        DataError: `run` is neither.
        ReportError: its config.json is damaged.
    """
    config = read_json(run / "config.json")
    if not config:
        raise DataError(
            f"Expected the folder of a trained run or of an exported model, with its config.json. "
            f"Received {run}, which {'has none' if run.is_dir() else 'does not exist'}. Give the "
            "folder that `train` or `export` wrote."
        )
    return recipe_of(config)


def paper_of(recipe: Recipe) -> dict[str, str | int] | None:
    """The paper for a run's config.json, with what was reduced; None without a paper."""
    if not recipe.paper:
        return None
    paper = dict(recipe.paper)
    epochs = int(paper.pop("epochs", 0))
    if recipe.epochs < epochs:
        said = f"{paper['reduced']} " if "reduced" in paper else ""
        paper["reduced"] = f"{said}{recipe.epochs} epochs instead of {epochs}."
    return paper


_SETTINGS = {field.name for field in fields(Recipe)}
_LEAST = {"size": 1, "small_size": 1, "epochs": 1, "batch_size": 1}  # of other numbers 0
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "scaling": ("-1..1", "0..1", "imagenet"),
    "precision": ("float32", "mixed_bfloat16"),
    "optimizer": ("adamw", "adam", "sgd"),
    "schedule": ("cosine", "constant"),
    "heads": tuple(LABELS),
    "classes": LABELS["fer2013"],
}
