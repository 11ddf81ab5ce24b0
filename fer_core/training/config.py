"""A recipe: every setting of a training run, read from a TOML file."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from fer_core.errors import DataError

RECIPES_FOLDER = Path(__file__).parent / "recipes"


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings of one training run; the defaults switch every lever off.

    Attributes:
        name: the run's name, and that of its folder.
        heads: label sets learnt, the default one first: "fer2013", "ferplus".
        size: side of the network's input in pixels.
        source_size: side to which faces are brought before, in pixels.
        margin: side of the app's crop as a multiple of the detected box.
        align: whether the app turns its crops so that the eyes are level.
        epochs: passes over the training split.
        small_size, small_epochs: input side of the first epochs (progressive resizing).
        batch_size: faces a step.
        learning_rate: AdamW's peak rate, reached after `warmup_epochs`, then cosine to 0.
        warmup_epochs: epochs of linear warm-up.
        weight_decay: AdamW's decoupled weight decay.
        ema_momentum: decay of the averaged weights, a step; 0 switches averaging off.
        label_smoothing: share of the target spread evenly over the labels (fer2013 head).
        mixup_alpha: Beta parameter of mixup (Zhang et al. 2018); 0 switches it off.
        class_balance: a face counts (mean class size / its class size) ** class_balance.
        dropout: rate before the heads.
        rotation_deg, zoom, shift: ranges of the random affine move; zoom and shift in
            shares of the side. Pictures are also mirrored at random.
        contrast, brightness: ranges of the random change of light, in shares.
        erase_probability: share of faces with a patch erased (Zhong et al. 2020).
        seed: of weights, order and augmentation.
    """

    name: str
    heads: tuple[str, ...] = ("fer2013", "ferplus")
    size: int = 96
    source_size: int = 48
    margin: float = 1.1
    align: bool = False
    epochs: int = 20
    small_size: int = 64
    small_epochs: int = 0
    batch_size: int = 64
    learning_rate: float = 1e-3
    warmup_epochs: float = 0.0
    weight_decay: float = 0.0
    ema_momentum: float = 0.0
    label_smoothing: float = 0.0
    mixup_alpha: float = 0.0
    class_balance: float = 0.0
    dropout: float = 0.0
    rotation_deg: float = 0.0
    zoom: float = 0.0
    shift: float = 0.0
    contrast: float = 0.0
    brightness: float = 0.0
    erase_probability: float = 0.0
    seed: int = 1


def load_recipe(name_or_path: str, **overrides: Any) -> Recipe:
    """Reads a recipe shipped with the package, by name, or any TOML file, by path.

    Args:
        name_or_path: "mobilenetv2-96" or "my/recipe.toml".
        overrides: settings that replace those of the file; None leaves the file's.

    Raises:
        DataError: there is no such recipe, or it has a setting that is unknown.
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
    unknown = settings.keys() - {field.name for field in fields(Recipe)}
    if unknown:
        raise DataError(
            f"Expected only settings that a recipe has. Received {sorted(unknown)} in {path}. "
            "Correct their spelling or take them out."
        )
    if "heads" in settings:
        settings["heads"] = tuple(settings["heads"])
    return Recipe(**settings)
