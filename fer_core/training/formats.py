"""What each way of writing the numbers of a model costs: size, accuracy and time a face."""

import json
import platform
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from fer_core.bundle import KERAS_FILE, ModelCard, load_card, verified
from fer_core.classification import with_temperature
from fer_core.classification.keras_runtime import load_network
from fer_core.classification.litert_runtime import LiteRtRuntime
from fer_core.faces import FaceSet
from fer_core.fer2013 import truth_of
from fer_core.metrics import metrics_of
from fer_core.preprocessing import prepare
from fer_core.studies import FORMATS_FILE
from fer_core.training.figures import CHOOSER, REPORTED, accuracy_flip
from fer_core.training.litert import NUMBER_FORMATS, samples_of, to_litert
from fer_core.training.pruning import can_be_narrowed, narrowed, pruned

SEED = 1
REFERENCE = "f32"
MOST_LOST_POINTS = 0.3
PRUNED_SHARES = (0.3, 0.5, 0.7)
NARROWED_SHARES = (0.25, 0.5)
WARM_UP, TIMED = 20, 300

Row = dict[str, Any]


def formats(folder: Path, faces: Mapping[str, FaceSet], *, split: str = REPORTED) -> Row:
    """Converts a model every way, measures each on all of PrivateTest, and writes formats.json.

    Every variant, f32 too, comes from the Keras file, whose weights `export` rounded to 16 bits,
    is run by the LiteRT runtime and thrown away. Which one should be shipped: see `choose`.
    Pruned networks are reported beside them, in f16: nothing was trained again, so they show what
    pruning alone costs.

    Args:
        folder: an exported model with its Keras file; formats.json is written into it.
        faces: Training, for the ranges of int8 activations, PublicTest and PrivateTest.
        split: what to call this PrivateTest, see `split_title`.

    Returns:
        What was written: split, head, images, seed (of the choice of training faces), cpu;
        rows: format, bytes, bytes_deflated, accuracy and macro_f1 of the default head on
        PrivateTest, splits (split → head → accuracy, accuracy_flip and macro_f1), points_lost (of
        the accuracy that falls most against f32), ms_1_thread and ms_2_threads (median
        milliseconds a face, one at a time); shipped: the chosen format; reason.

    Raises:
        ModelError: the model has no usable Keras file.
        DataError: there are no votes, and the model has a head that needs them.
    """
    card = load_card(folder)
    network = load_network(verified(folder, card, KERAS_FILE))
    samples = samples_of(faces["Training"], card.input, seed=SEED)
    test = _Test(card, faces)
    rows: list[Row] = []
    for name, convert in _variants(network, samples):
        row = {"format": name, **test.row(convert())}
        rows.append({**row, "points_lost": _points_lost(row, rows[0] if rows else row)})
        print(
            f"{name}: {rows[-1]['bytes']:,} bytes, {REPORTED} accuracy "
            f"{rows[-1]['accuracy']:.4f}, {rows[-1]['ms_1_thread']:.2f} ms",
            flush=True,
        )
    shipped, reason = choose(rows[: len(NUMBER_FORMATS)])
    report: Row = {
        "split": split,
        "head": card.default_head,
        "seed": SEED,
        "images": test.images,
        "cpu": _cpu(),
        "rows": rows,
        "shipped": shipped,
        "reason": reason,
    }
    (folder / FORMATS_FILE).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return report


def choose(rows: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """The smallest file that is nearly as good as f32.

    Args:
        rows: as in formats.json, f32 among them.

    Returns:
        Its format, and why, as text for people.
    """
    best = min(
        (row for row in rows if row["points_lost"] <= MOST_LOST_POINTS),
        key=lambda row: row["bytes"],
    )
    name: str = best["format"]
    reason = (
        f"{name} is the smallest file that loses at most {MOST_LOST_POINTS} points of accuracy "
        f"against {REFERENCE}: on {CHOOSER} and on {REPORTED}, with every head, with the mirror "
        "image and without."
    )
    for row in rows:
        if row["bytes"] < best["bytes"]:
            reason += f" {row['format']} is smaller, but loses {row['points_lost']:.2f} points."
    return name, reason


def _points_lost(row: Row, reference: Row) -> float:
    """Of the accuracy that falls most."""
    lost: list[float] = [
        reference["splits"][split][head][key] - figures[key]
        for split, heads in row["splits"].items()
        for head, figures in heads.items()
        for key in ("accuracy", "accuracy_flip")
    ]
    return 100 * max(lost)


def _variants(
    network: keras.Model, samples: NDArray[np.uint8]
) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Every format, then the pruned networks: name, how to make the file."""
    for number_format in NUMBER_FORMATS:
        yield number_format, partial(to_litert, network, number_format, samples)
    for share in PRUNED_SHARES:
        yield f"pruned {share:.0%} of the weights, f16", partial(_smaller, pruned, network, share)
    for share in NARROWED_SHARES if can_be_narrowed(network) else ():
        name = f"pruned {share:.0%} of the last channels, f16"
        yield name, partial(_smaller, narrowed, network, share)


def _smaller(
    prune: Callable[[keras.Model, float], keras.Model], network: keras.Model, share: float
) -> bytes:
    return to_litert(prune(network, share), "f16")


class _Test:
    """The faces of both splits, prepared once, and what each head should say of them."""

    def __init__(self, card: ModelCard, faces: Mapping[str, FaceSet]) -> None:
        self.card = card
        self.batches = {
            split: prepare(list(faces[split].images), card.input) for split in (CHOOSER, REPORTED)
        }
        self.truth = {
            (split, head): truth_of(faces[split], head, labels)
            for split in self.batches
            for head, labels in card.labels.items()
        }

    @property
    def images(self) -> int:
        """How many faces the default head is measured on."""
        return int((self.truth[REPORTED, self.card.default_head] >= 0).sum())

    def row(self, content: bytes) -> Row:
        """Everything that formats.json says of one file."""
        with tempfile.TemporaryDirectory() as temporary:
            path = Path(temporary) / "model.tflite"
            path.write_bytes(content)
            splits = {
                split: {head: self._figures(path, split, head) for head in self.card.labels}
                for split in self.batches
            }
            reported = splits[REPORTED][self.card.default_head]
            return {
                "bytes": len(content),
                "bytes_deflated": len(zlib.compress(content, 9)),
                "accuracy": reported["accuracy"],
                "macro_f1": reported["macro_f1"],
                "splits": splits,
                "ms_1_thread": self._milliseconds(path, threads=1),
                "ms_2_threads": self._milliseconds(path, threads=2),
            }

    def _figures(self, path: Path, split: str, head: str) -> dict[str, float]:
        truth = self.truth[split, head]
        rows = truth >= 0
        truth, batch = truth[rows], self.batches[split][rows]
        runtime = LiteRtRuntime(path, head=head)
        shown, mirrored = (
            with_temperature(runtime.predict(each), self.card.temperature.get(head, 1.0))
            for each in (batch, np.ascontiguousarray(batch[:, :, ::-1]))
        )
        figures = metrics_of(shown, truth, self.card.labels[head])
        return {
            "accuracy": figures["accuracy"],
            "accuracy_flip": accuracy_flip(shown, mirrored, truth),
            "macro_f1": figures["macro_f1"],
        }

    def _milliseconds(self, path: Path, *, threads: int) -> float:
        runtime = LiteRtRuntime(path, head=self.card.default_head, threads=threads)
        faces = self.batches[REPORTED]
        times = []
        for run in range(WARM_UP + TIMED):
            row = run % len(faces)
            started = time.perf_counter()
            runtime.predict(faces[row : row + 1])
            times.append(1000 * (time.perf_counter() - started))
        return round(median(times[WARM_UP:]), 3)


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names and names[0] else platform.processor() or platform.machine()
