"""Makes the app's model folder of a trained run: LiteRT and Keras files, card, reports."""

import json
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from fer_core.bundle import KERAS_FILE, LITERT_FILE, ModelCard, sha256_of
from fer_core.calibration import fit_temperature
from fer_core.classification.keras_runtime import KerasRuntime
from fer_core.classification.litert_runtime import LiteRtRuntime
from fer_core.errors import DataError, ModelError
from fer_core.faces import FaceSet
from fer_core.fer2013 import truth_of
from fer_core.preprocessing import prepare
from fer_core.training.bias import fit_bias
from fer_core.training.litert import NUMBER_FORMATS, NumberFormat, samples_of, to_litert
from fer_core.training.network import load_run, with_probabilities
from fer_core.training.run_folder import require_finished

# Share of the top labels in which LiteRT and Keras agree. Numbers of 16 bits settle a few of the
# faces that lie on a border anew (0.8 % in a network trained for two epochs), those of 8 bits
# more; a conversion that went wrong agrees on far fewer.
LEAST_AGREEMENT: Mapping[NumberFormat, float] = {
    "f32": 0.995,
    "f16": 0.99,
    "int8 weights": 0.9,
    "int8": 0.9,
}

CHUNK = 64

Labels = Mapping[str, tuple[str, ...]]


def export(
    run: Path,
    out: Path,
    faces: FaceSet,
    *,
    keep_keras: bool = True,
    number_format: NumberFormat = "f16",
    training: FaceSet | None = None,
) -> None:
    """Writes the model folder `out` whole, or not at all.

    Each head's bias is corrected (see `fit_bias`; config.json has what was added to its logits),
    weights are rounded to 16 bits (not for f32), which halves the files, and temperatures are
    fitted, in this order and all on `faces`. The LiteRT and the Keras file are compared on them.

    Args:
        run: the folder of a trained run.
        out: a folder that does not exist yet.
        faces: the PublicTest split. A head that it has no labels for is not calibrated.
        keep_keras: whether `out` holds the Keras file as well.
        number_format: of the LiteRT file, one of `NUMBER_FORMATS`.
        training: the Training split, from which int8 takes the ranges of activations.

    Raises:
        DataError: `run` is no finished run, `out` exists, the format is unknown, or int8 lacks
            the training faces.
        ModelError: LiteRT and Keras disagree on the top label of more of `faces` than the
            format explains, 1 % for f16.
    """
    if out.exists():
        raise DataError(
            f"Expected a new folder for the model. {out} exists already. "
            "Choose another one after --out, or delete it."
        )
    if number_format not in NUMBER_FORMATS:
        raise DataError(
            f"Expected a format out of {', '.join(NUMBER_FORMATS)}. Received {number_format!r}. "
            "Correct --format."
        )
    if number_format == "int8" and training is None:
        raise DataError(
            "Expected training faces for the format int8, to take the ranges of activations "
            "from. Received none. Give them, or choose f16."
        )
    require_finished(run)
    network, recipe, labels = load_run(run)
    spec = recipe.input_spec
    batch, truths = prepare(list(faces.images), spec), _truths(faces, labels)
    config = json.loads((run / "config.json").read_text(encoding="utf-8"))
    config["bias"] = _correct_bias(network, batch, truths)
    config["number_format"] = number_format
    if number_format != "f32":
        network.set_weights([w.astype(np.float16).astype(w.dtype) for w in network.get_weights()])

    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".") as temporary:
        folder = Path(temporary) / out.name
        folder.mkdir()
        model = with_probabilities(network, size=recipe.size)
        samples = None if training is None else samples_of(training, spec, seed=recipe.seed)
        _save_keras(model, folder / KERAS_FILE)
        (folder / LITERT_FILE).write_bytes(to_litert(model, number_format, samples))
        answers = _compared(folder, labels, batch, least=LEAST_AGREEMENT[number_format])
        kept = (LITERT_FILE, KERAS_FILE) if keep_keras else (LITERT_FILE,)
        if not keep_keras:
            (folder / KERAS_FILE).unlink()
        card = ModelCard(
            name=out.name,
            labels=labels,
            input=spec,
            recipe=recipe.name,
            temperature={
                head: fit_temperature(answers[head][truth >= 0], truth[truth >= 0])
                for head, truth in truths.items()
            },
            sha256={name: sha256_of(folder / name) for name in kept},
        )
        (folder / "card.json").write_text(card.to_json(), encoding="utf-8")
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        shutil.copy(run / "history.csv", folder / "history.csv")
        folder.rename(out)


def _correct_bias(
    network: keras.Model, batch: NDArray[np.uint8], truths: Mapping[str, NDArray[np.int64]]
) -> dict[str, list[float]]:
    """Adds to the bias of each head what `fit_bias` finds.

    Returns:
        head → what was added.
    """
    parts = [
        network.predict_on_batch(batch[start : start + CHUNK].astype(np.float32))
        for start in range(0, len(batch), CHUNK)
    ]
    added = {}
    for head, truth in truths.items():
        logits = np.concatenate([part[head] for part in parts]).astype(np.float64)
        bias = fit_bias(logits[truth >= 0], truth[truth >= 0]).round(4)
        layer = network.get_layer(head)
        kernel, before = layer.get_weights()
        layer.set_weights([kernel, (before + bias).astype(before.dtype)])
        added[head] = bias.tolist()
    return added


def _truths(faces: FaceSet, labels: Labels) -> dict[str, NDArray[np.int64]]:
    """What the heads should say, for those that the data can judge."""
    return {
        head: truth_of(faces, head, names)
        for head, names in labels.items()
        if head != "ferplus" or faces.votes is not None
    }


def _save_keras(model: keras.Model, path: Path) -> None:
    """Saves compressed: Keras stores plainly, and rounded weights shrink by half."""
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def _compared(
    folder: Path, labels: Labels, batch: NDArray[np.uint8], *, least: float
) -> dict[str, NDArray[np.float64]]:
    """What the LiteRT file says of each face, once the Keras file is found to say the same."""
    answers = {}
    for head in labels:
        litert = LiteRtRuntime(folder / LITERT_FILE, head=head).predict(batch)
        reference = KerasRuntime(folder / KERAS_FILE, head=head).predict(batch)
        agreement = float(np.mean(litert.argmax(axis=1) == reference.argmax(axis=1)))
        print(f"{head}: LiteRT and Keras agree on {agreement:.2%} of {len(batch)} faces")
        if agreement < least:
            raise ModelError(
                f"Expected the LiteRT and the Keras file to agree on {least:.1%} of the "
                f"faces. They agree on {agreement:.2%} (head {head}), so nothing was written. "
                "Check the converter's version and export again."
            )
        answers[head] = litert.astype(np.float64)
    return answers
