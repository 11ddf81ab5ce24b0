"""Makes the app's model folder of a trained run: LiteRT and Keras files, card, reports."""

import json
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from fer_core.bundle import KERAS_FILE, LITERT_FILE, InputSpec, ModelCard, sha256_of
from fer_core.classification import Runtime
from fer_core.classification.keras_runtime import KerasRuntime
from fer_core.classification.litert_runtime import LiteRtRuntime
from fer_core.errors import DataError, ModelError
from fer_core.preprocessing import prepare
from fer_core.training.config import Recipe
from fer_core.training.data import LABELS, FaceSet
from fer_core.training.evaluate import labelled
from fer_core.training.metrics import fit_temperature
from fer_core.training.network import build_network, load_weights, with_probabilities
from fer_core.training.train import WEIGHTS_FILE

LEAST_AGREEMENT = 0.995
CHUNK = 64


def export(run: Path, out: Path, faces: FaceSet) -> None:
    """Writes the model folder `out` whole, or not at all.

    Weights are rounded to 16 bits, which halves both files. Temperatures are fitted on
    `faces`, and the two files are compared on them.

    Args:
        run: the folder of a trained run.
        out: a folder that does not exist yet.
        faces: the PublicTest split.

    Raises:
        DataError: `run` is no finished run, or `out` exists.
        ModelError: LiteRT and Keras disagree on the top label of more than 0.5 % of `faces`.
    """
    if out.exists():
        raise DataError(
            f"Expected a new folder for the model. {out} exists already. "
            "Choose another one after --out, or delete it."
        )
    config = _read_config(run)
    recipe = _recipe_of(config)
    labels = {head: LABELS[head] for head in recipe.heads}
    network = build_network(labels, dropout=recipe.dropout, init="none")
    load_weights(network, run / WEIGHTS_FILE)
    network.set_weights([w.astype(np.float16).astype(w.dtype) for w in network.get_weights()])

    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".") as temporary:
        folder = Path(temporary) / out.name
        folder.mkdir()
        model = with_probabilities(network, size=recipe.size)
        _save_keras(model, folder / KERAS_FILE)
        _save_litert(model, folder / LITERT_FILE)
        spec = InputSpec(
            recipe.size, margin=recipe.margin, align=recipe.align, source_size=recipe.source_size
        )
        card = ModelCard(
            name=out.name,
            labels=labels,
            input=spec,
            recipe=recipe.name,
            temperature=_compare_and_calibrate(folder, recipe.heads, spec, faces),
            sha256={name: sha256_of(folder / name) for name in (LITERT_FILE, KERAS_FILE)},
        )
        (folder / "card.json").write_text(card.to_json(), encoding="utf-8")
        for name in ("config.json", "history.csv"):
            shutil.copy(run / name, folder / name)
        folder.chmod(0o755)
        folder.rename(out)


def _read_config(run: Path) -> dict[str, Any]:
    try:
        config: dict[str, Any] = json.loads((run / "config.json").read_text(encoding="utf-8"))
        return config
    except (OSError, ValueError) as error:
        raise DataError(
            f"Expected the folder of a trained run, with its config.json. Received {run} "
            f"({error}). Give the folder that `train` wrote after --run."
        ) from error


def _recipe_of(config: Mapping[str, Any]) -> Recipe:
    settings = {f.name: config[f.name] for f in fields(Recipe) if f.name in config}
    return Recipe(**{**settings, "heads": tuple(settings["heads"])})


def _save_keras(model: keras.Model, path: Path) -> None:
    """Saves compressed: Keras stores plainly, and rounded weights shrink by half."""
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def _save_litert(model: keras.Model, path: Path) -> None:
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as saved:
        model.export(saved, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(saved)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
        path.write_bytes(converter.convert())


def _compare_and_calibrate(
    folder: Path, heads: tuple[str, ...], spec: InputSpec, faces: FaceSet
) -> dict[str, float]:
    temperatures = {}
    for head in heads:
        truth, counted = labelled(faces, head)
        batch = prepare(list(counted.images), spec)
        litert = _predict(LiteRtRuntime(folder / LITERT_FILE, head=head), batch)
        reference = _predict(KerasRuntime(folder / KERAS_FILE, head=head), batch)
        agreement = float(np.mean(litert.argmax(axis=1) == reference.argmax(axis=1)))
        print(f"{head}: LiteRT and Keras agree on {agreement:.2%} of {len(batch)} faces")
        if agreement < LEAST_AGREEMENT:
            raise ModelError(
                f"Expected the LiteRT and the Keras file to agree on {LEAST_AGREEMENT:.1%} of the "
                f"faces. They agree on {agreement:.2%} (head {head}), so nothing was written. "
                "Check the converter's version and export again."
            )
        temperatures[head] = fit_temperature(litert, truth)
    return temperatures


def _predict(runtime: Runtime, batch: NDArray[np.uint8]) -> NDArray[np.float64]:
    parts = [runtime.predict(batch[i : i + CHUNK]) for i in range(0, len(batch), CHUNK)]
    return np.concatenate(parts).astype(np.float64)
