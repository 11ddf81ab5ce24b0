"""Measures a model or a training run and writes its metrics.json.

PublicTest chooses, temperatures and thresholds alike; the tested split, PrivateTest as a rule,
is read for the report alone.
"""

import csv
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from fer_core.bundle import LITERT_FILE, ModelCard, load_card, sha256_of
from fer_core.calibration import fit_temperature
from fer_core.classification import with_temperature
from fer_core.errors import DataError
from fer_core.faces import FaceSet
from fer_core.fer2013 import truth_of
from fer_core.records import read_json
from fer_core.reports import CONFIG_FILE, HISTORY_FILE, METRICS_FILE, UNFINISHED_FOLDER
from fer_core.training.answers import Answers, Reader, model_reader, run_reader
from fer_core.training.audit import rows_seen
from fer_core.training.config import WEIGHTS_FILE, recipe_of_run
from fer_core.training.figures import CHOOSER, REPORTED, agreed_figures, figures_of
from fer_core.training.splits import split_title
from fer_core.writing import replacing

HEADLINE = ("accuracy", "accuracy_flip", "macro_f1", "ece")


def evaluate(
    folder: Path, faces: Mapping[str, FaceSet], *, out: Path | None = None, split: str = REPORTED
) -> dict[str, Any]:
    """Reads every face of a split on the path that the app runs, with the LiteRT model.

    PrivateTest gives metrics.json, confusion_matrix.csv and the card's headline figures;
    another split gives metrics_<split>.json alone.

    Args:
        folder: an exported model.
        faces: Training, PublicTest and the tested split.
        out: a folder for the reports alone, as of `evaluate_run`; the model stays as it is.
        split: which one is tested.

    Returns:
        What was written: run, recipe, split, seed, weights_sha256, runtime and head; the
        figures of that head (see `figures_of`); `other_heads`: {head: its figures};
        `agreed_faces` (see `agreed_figures`).

    Raises:
        ModelError: the model cannot be used.
        DataError: the faces have no votes, and the model's default head needs them, or `out`
            is an exported model.
    """
    if out:
        _check_reports_alone(folder, out)
    card = load_card(folder)
    recipe, bias = recipe_of_run(folder), read_json(folder / CONFIG_FILE).get("bias", {})
    answers = [
        replace(
            each,
            temperature=card.temperature.get(each.head, 1.0),
            bias=tuple(bias[each.head]) if each.head in bias else None,
        )
        for each in _read_all(model_reader(folder), card.labels, faces, split)
    ]
    metrics = {
        "run": out.name if out else card.name,
        "recipe": card.recipe,
        "split": split_title(recipe, split),
        "seed": recipe.seed,
        "weights_sha256": card.sha256[LITERT_FILE],
        "runtime": "litert",
        **_report(answers, faces, split),
    }
    if out:
        _copy_story(folder, out)
    _write(out or folder, metrics, split)
    if split == REPORTED and not out:
        with replacing(folder / "card.json") as part:
            part.write_text(_completed(card, metrics).to_json(), encoding="utf-8")
    return metrics


def _completed(card: ModelCard, metrics: Mapping[str, Any]) -> ModelCard:
    """The card with what the evaluation chose on PublicTest, and its headline figures.

    What could not be chosen, because the faces have no votes, stays as it was.
    """
    heads = {metrics["head"]: metrics, **metrics["other_heads"]}
    levels = {
        head: each["intensity"]["levels"] for head, each in heads.items() if each.get("intensity")
    }
    return replace(
        card,
        not_sure={
            **card.not_sure,
            **{head: each["not_sure"]["threshold"] for head, each in heads.items()},
        },
        intensity={
            **card.intensity,
            **{head: (low["to"], middle["to"]) for head, (low, middle, _) in levels.items()},
        },
        metrics={key: metrics[key] for key in HEADLINE},
    )


def evaluate_run(
    run: Path, out: Path, faces: Mapping[str, FaceSet], *, split: str = REPORTED
) -> dict[str, Any]:
    """Measures the network of a training run as it is, and keeps its reports without weights.

    Temperatures are fitted on PublicTest.

    Args:
        run: a finished run, as `train` leaves it.
        out: folder for config.json, history.csv, metrics.json and confusion_matrix.csv; made
            where it is missing, reports of an earlier evaluation are replaced.
        faces, split: see `evaluate`.

    Returns:
        See `evaluate`.

    Raises:
        DataError: `run` is no finished run, `out` is an exported model, or see `evaluate`.
    """
    _check_reports_alone(run, out)
    read, labels = run_reader(run)
    recipe = recipe_of_run(run)
    answers = [_calibrated(each, faces[CHOOSER]) for each in _read_all(read, labels, faces, split)]
    metrics = {
        "run": out.name,
        "recipe": recipe.name,
        "split": split_title(recipe, split),
        "seed": recipe.seed,
        "weights_sha256": sha256_of(run / WEIGHTS_FILE),
        "runtime": "keras",
        **_report(answers, faces, split),
    }
    _copy_story(run, out)
    _write(out, metrics, split)
    return metrics


def _check_reports_alone(source: Path, out: Path) -> None:
    """Raises DataError: `out` holds a model, or another run than the one that is measured."""
    other_run = out.resolve() != source.resolve() and any(
        (out / name).exists() for name in (UNFINISHED_FOLDER, WEIGHTS_FILE)
    )
    if other_run or (out / "card.json").exists():
        raise DataError(
            f"Expected a folder for reports alone. {out} holds a model or a run. Give another "
            "folder; evaluate --model without --out renews the reports of the model itself."
        )


def _copy_story(source: Path, out: Path) -> None:
    """How it was trained, without which a page cannot show its figures."""
    out.mkdir(parents=True, exist_ok=True)
    for name in (CONFIG_FILE, HISTORY_FILE):
        if out.resolve() != source.resolve():
            shutil.copy(source / name, out / name)


def _read_all(
    read: Reader,
    labels: Mapping[str, Sequence[str]],
    faces: Mapping[str, FaceSet],
    split: str,
) -> list[Answers]:
    """What is said of PublicTest and the tested split, the default head first.

    Another head is left out where the data has no votes to judge it by.
    """
    images = faces[split].images
    tested, mirrored, chooser = map(read, (images, images[:, :, ::-1], faces[CHOOSER].images))
    default = next(iter(labels))
    return [
        Answers(head, tuple(names), 1.0, tested[head], mirrored[head], chooser[head])
        for head, names in labels.items()
        if head in (default, "fer2013") or faces[split].votes is not None
    ]


def _calibrated(answers: Answers, chooser: FaceSet) -> Answers:
    truth = truth_of(chooser, answers.head, answers.labels)
    rows = truth >= 0
    temperature = fit_temperature(answers.chooser[rows], truth[rows])
    tested, mirrored, chosen = (
        with_temperature(each.astype(np.float32), temperature)
        for each in (answers.tested, answers.mirrored, answers.chooser)
    )
    return Answers(answers.head, answers.labels, temperature, tested, mirrored, chosen)


def _report(answers: Sequence[Answers], faces: Mapping[str, FaceSet], split: str) -> dict[str, Any]:
    learnt = faces["Training"].images
    fresh = np.ones(len(faces[split]), bool)
    if split != "Training":
        fresh[rows_seen(faces[split].images, learnt)] = False
    heads = {
        each.head: figures_of(each, faces[CHOOSER], faces[split], fresh=fresh) for each in answers
    }
    default = answers[0].head
    return {
        "head": default,
        **heads.pop(default),
        "other_heads": heads,
        "agreed_faces": agreed_figures(answers, faces[split]),
    }


def _write(folder: Path, metrics: Mapping[str, Any], split: str) -> None:
    name = METRICS_FILE if split == REPORTED else f"metrics_{split}.json"
    text = json.dumps(metrics, indent=2)
    # A row of numbers takes a line, not one for each.
    inner = re.compile(r"\[\s+([^][{}\"]*?)\s+\]")
    text = inner.sub(lambda row: f"[{' '.join(row.group(1).split())}]", text)
    with replacing(folder / name) as part:
        part.write_text(text + "\n", encoding="utf-8")
    if split != REPORTED:
        return
    with (folder / "confusion_matrix.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["true", *metrics["labels"]])
        for label, row in zip(metrics["labels"], metrics["confusion_matrix"], strict=True):
            writer.writerow([label, *row])
