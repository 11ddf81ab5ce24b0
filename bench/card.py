"""The model card's figures of the model in use, as Markdown."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fer_core.bundle import default_folder
from fer_core.errors import FerError
from fer_core.reports import HeadReport, IntensityLevel, RunReport, list_runs, load_report
from fer_core.studies import (
    Ablation,
    Formats,
    Robustness,
    Seeds,
    load_ablation,
    load_formats,
    load_robustness,
    load_seeds,
)

CHOSEN_ON, CUT = "metrics_PublicTest.json", "crop_choice.json"


def sections(models: Path) -> dict[str, str]:
    """Section of the card → its text, for the run that `models/default` names.

    Raises:
        FerError: something has not been measured.
    """
    run = default_folder(models)
    report = load_report(run)
    taught_by = report.config.get("teachers")
    if not taught_by:
        raise FerError(
            f"Expected a model with a teacher, beside which its damaged pictures are shown. {run} "
            "has none. Name a distilled one in models/default."
        )
    plain = models / taught_by[0]
    before, after = load_robustness(plain), load_robustness(run)
    formats, ablation, chance = load_formats(run), load_ablation(models), load_seeds(models)
    chosen, cut = run / CHOSEN_ON, run / CUT
    files_there = chosen.is_file() and cut.is_file()
    if not (before and after and formats and ablation and chance and files_there):
        raise FerError(
            f"Expected {CHOSEN_ON}, {CUT}, robustness.json and formats.json in {run}, "
            f"robustness.json in {plain}, ablation.json and seeds.json in {models}. Measure what "
            'is missing: README.md, "Train your own".'
        )
    return {
        "teachers": teachers([load_report(folder) for folder in list_runs(models)], taught_by),
        "heads": heads(report, json.loads(chosen.read_text("utf-8"))),
        "crops": crops(json.loads(cut.read_text("utf-8"))),
        "intensity": intensity(report.heads),
        "damage": damage(before, after, (plain.name, run.name)),
        "files": files(formats),
        "seeds": seeds(chance),
        "levers": levers(ablation),
    }


def teachers(reports: Iterable[RunReport], chosen: Sequence[str]) -> str:
    """The networks that were tried as teachers, best on PublicTest first, and who teaches."""
    tried = [
        run
        for run in reports
        if run.heads and (run.name in chosen or run.name.startswith("teacher-"))
    ]
    rows = [
        [
            f"`{run.name}`",
            f"{run.config['parameters'] / 1e6:.1f} million",
            str(run.config["epochs"]),
            percent(_on_public_test(run)),
            percent(run.heads[0].accuracy),
        ]
        for run in sorted(tried, key=lambda run: -(_on_public_test(run) or 0))
    ]
    names = ["network", "weights", "epochs", "PublicTest", "PrivateTest"]
    words = f"The network in use was taught by {' and '.join(f'`{name}`' for name in chosen)}."
    return "\n".join([*_table(names, rows), "", words])


def _on_public_test(run: RunReport) -> float | None:
    return next((each.accuracy for each in run.elsewhere if each.split == "PublicTest"), None)


def heads(report: RunReport, chosen: Mapping[str, Any]) -> str:
    """What correction and calibration change, and why one of the heads is the default.

    Args:
        report: of the model in use.
        chosen: its evaluation on PublicTest, as `evaluate` writes it.
    """
    rows = [
        [
            head.head,
            _change(head.neutral_drift_before, head.neutral_drift),
            _change(head.balanced_accuracy_before, head.balanced_accuracy),
            _change(head.ece_before, head.ece),
            *_not_sure(head),
        ]
        for head in report.heads
    ]
    names = "neutral drift", "balanced accuracy", "calibration error", "not sure below"
    agreed = chosen["agreed_faces"]
    both = "; ".join(_agreed(name, figures) for name, figures in agreed["heads"].items())
    return "\n".join(
        [
            *_table(["head", *names, "answered", "of these right"], rows),
            "",
            f"Both label sets call {agreed['images']:,} faces of {chosen['split']} the same. Of "
            f"these, {both}. Faces taken for neutral are the commonest complaint about such "
            f"models, so `{report.heads[0].head}` is the default.",
            *(f"\n{line}" for line in _votes(report.heads)),
        ]
    )


def _agreed(name: str, figures: Mapping[str, float]) -> str:
    return (
        f"`{name}` takes {figures['neutral_drift']:.1%} of those with another label for neutral "
        f"(accuracy {figures['accuracy']:.1%}, balanced {figures['balanced_accuracy']:.1%})"
    )


def _not_sure(head: HeadReport) -> list[str]:
    point = head.not_sure
    if point is None or point.accuracy is None:
        return ["", "", ""]
    return [f"{point.threshold:.0%}", f"{point.coverage:.1%}", f"{point.accuracy:.1%}"]


def _votes(reports: Iterable[HeadReport]) -> list[str]:
    return [
        f"Mean cross entropy against the votes of the ten raters (`{head.head}`, in nats): "
        f"{votes.model:.3f} for the network's scores as they are, {votes.model_calibrated:.3f} "
        f"for the shown ones, {votes.raters:.3f} for the other raters' votes, each left out in "
        "turn. The shown ones are sharpened to match how often the majority is right."
        for head in reports
        if (votes := head.vote_cross_entropy)
    ]


def crops(report: Mapping[str, Any]) -> str:
    """The accuracy by the margin of the crop, upright and turned."""
    read = {(row["align"], row["margin"]): row["accuracy"] for row in report["rows"]}
    margins = sorted({margin for _, margin in read})
    rows = [
        [f"{margin:g}", f"{read[False, margin]:.1%}", f"{read[True, margin]:.1%}"]
        for margin in margins
    ]
    low, high = report["margin_quartiles"]
    return "\n".join(
        [
            *_table(["margin", "as it is", "turned until the eyes are level"], rows),
            "",
            f"Read from the {report['faces_found']:,} of {report['images']:,} faces of "
            f"{report['split']} that the detector finds in pictures made of them; as training "
            f"faces these are read {report['accuracy_of_training_crops']:.1%} right. A training "
            f"face is {report['margin_of_training_crops']:.2f} times as wide as the detected box "
            f"(median; half of them {low:.2f} to {high:.2f}).",
        ]
    )


def intensity(reports: Iterable[HeadReport]) -> str:
    """How many of the raters agree on the faces of each level."""
    rows = [
        [head.head, each.level, f"{each.low:.0%}–{each.high:.0%}", f"{each.faces:,}", _raters(each)]
        for head in reports
        if head.intensity
        for each in head.intensity.levels
    ]
    ranks = [f"{head.intensity.spearman:.2f} (`{head.head}`)" for head in reports if head.intensity]
    return "\n".join(
        [
            *_table(["head", "level", "score", "faces", "raters who agree"], rows, text=2),
            "",
            f"Rank correlation of score and agreement: {' and '.join(ranks)}.",
        ]
    )


def _raters(level: IntensityLevel) -> str:
    return "" if level.agreement is None else f"{level.agreement:.0%}"


def damage(before: Robustness, after: Robustness, names: tuple[str, str]) -> str:
    """Accuracy at each strength, and how the training on damaged faces changed its mean.

    Args:
        before, after: the robustness of the plain and of the shipped run.
        names: of the two.
    """
    means = {row.corruption: row.mean for row in before.rows}
    rows = [
        [
            f"{row.corruption}, {row.unit}" if row.unit else row.corruption,
            *(
                f"{strength:g}: {accuracy:.0%}"
                for strength, accuracy in zip(row.strengths, row.accuracy, strict=True)
            ),
            _change(means[row.corruption], row.mean),
        ]
        for row in after.rows
    ]
    between = [""] * (len(after.rows[0].strengths) - 2)
    return "\n".join(
        [
            *_table(["damage", "mild", *between, "severe", "mean"], rows),
            "",
            f"Undamaged {after.clean:.1%} of {after.images:,} faces of {after.split}; the mean "
            f"over all damage went from {before.mean:.1%} (`{names[0]}`) to {after.mean:.1%} "
            f"(`{names[1]}`).",
        ]
    )


def files(formats: Formats) -> str:
    """Size, accuracy and speed of each format, and why one was taken."""
    rows = [
        [
            row.format,
            f"{row.bytes / 1e6:.2f}",
            f"{row.accuracy:.1%}",
            _figure(row.points_lost),
            _figure(row.ms_1_thread),
            _figure(row.ms_2_threads),
        ]
        for row in formats.rows
    ]
    names = ["format", "MB", "accuracy", "points lost", "ms a face, 1 thread", "2 threads"]
    return "\n".join([*_table(names, rows), "", formats.reason or ""])


def seeds(study: Seeds) -> str:
    """The figures of each seed, their mean and spread, and those of the whole training again."""
    figures = ("accuracy", "accuracy_flip", "macro_f1", "ferplus_accuracy")
    runs = [(str(row.seed), row) for row in study.rows]
    mean = [_spread(study.mean.get(figure), study.std.get(figure)) for figure in figures]
    words = f"`{study.recipe}` on {study.split}; ± is the standard deviation of the seeds."
    if study.again is not None:
        runs.append(("again", study.again))
        words += (
            " Again: the commands of README.md, with a first run of its own; its accuracy lies "
            f"{_place(study.again.accuracy, study)} the range of the seeds."
        )
    rows = [[name, *(percent(getattr(row, figure)) for figure in figures)] for name, row in runs]
    rows.insert(len(study.rows), ["mean", *mean])
    names = ["seed", "accuracy", "flip", "macro-F1", "accuracy of ferplus"]
    return "\n".join([*_table(names, rows), "", words])


def _place(accuracy: float, study: Seeds) -> str:
    seen = [row.accuracy for row in study.rows]
    if min(seen) <= accuracy <= max(seen):
        return "within"
    return "above" if accuracy > max(seen) else "below"


def percent(share: float | None) -> str:
    """A share, 0..1, for a table; "" where it was not measured."""
    return "" if share is None else f"{share:.1%}"


def _spread(mean: float | None, std: float | None) -> str:
    return "" if mean is None or std is None else f"{mean:.1%} ± {100 * std:.1f}"


def levers(ablation: Ablation) -> str:
    """The ablation table with its protocol."""
    base = ablation.rows[0]
    rows = [
        [
            row.lever or "start",
            row.change,
            f"{row.accuracy:.1%}",
            "" if row is base else f"{100 * (row.accuracy - base.accuracy):+.1f}",
            "" if row.kept is None else "yes" if row.kept else "no",
        ]
        for row in ablation.rows
    ]
    names = ["lever", "change", "accuracy", "points", "so in the final recipe"]
    return "\n".join(
        [*_table(names, rows, text=2), "", f"On {ablation.split}. {ablation.protocol}"]
    )


def _change(before: float | None, after: float | None) -> str:
    return "" if before is None or after is None else f"{before:.1%} → {after:.1%}"


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _table(names: Sequence[str], rows: Iterable[Sequence[str]], *, text: int = 1) -> list[str]:
    """A Markdown table whose first columns are text and whose others are figures."""
    return [
        f"| {' | '.join(names)} |",
        "|" + "---|" * text + "--:|" * (len(names) - text),
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
