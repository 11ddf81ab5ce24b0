"""Reports → data frames and words for the metrics page: pure functions, no Streamlit."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from fer_core.reports import HeadReport, RunReport
from fer_core.studies import Clips, Robustness
from ui.tables import percent

FER2013, FERPLUS = "fer2013", "ferplus"
NETWORKS = {
    "mobilenetv2": "MobileNetV2",
    "mobilenetv3small": "MobileNetV3-Small",
    "efficientnetb0": "EfficientNet-B0",
    "emotioncnn": "EmotionCNN",
    "vgg": "VGG style",
    "resnet": "ResNet style",
}
SET_NAMES = {FER2013: "FER-2013", FERPLUS: "FER+"}
BYTES_PER_MB = 1_000_000


def points(now: float, before: float) -> str:
    """What was gained, between the shares as they are shown: 0.7104 and 0.69 → "+2.0 points"."""
    return f"{round(100 * now, 1) - round(100 * before, 1):+.1f}\N{NO-BREAK SPACE}points"


def of_hundred(share: float) -> str:
    """0.734 → "73 of 100"."""
    return f"{round(share * 100)} of 100"


def set_name(head: str, labels: Sequence[str] = ()) -> str:
    """The name of a label set in words, with the number of its labels: "FER+ · 8 labels"."""
    name = SET_NAMES.get(head, head)
    return f"{name} · {len(labels)} labels" if labels else name


def short_authors(authors: str) -> str:
    """The authors of a paper as one cites them: "A, B, C" → "A and others"."""
    first, *others = [name.strip() for name in authors.split(",")]
    if len(others) > 1:
        return f"{first} and others"
    return " and ".join([first, *others])


def mix_ups(head: HeadReport, count: int = 3) -> list[tuple[str, str, float]]:
    """The likeliest mistakes: true label, what the model said, share of the true label."""
    return [
        (true, said, share)
        for (true, said), _, share in cells(head)[:count]
        if true != said and share
    ]


def cells(head: HeadReport) -> list[tuple[tuple[str, str], int, float]]:
    """Every cell of the matrix: (label, what the model said), images, their share of the label.

    The likeliest mistake comes first, the right answers last.
    """
    every = [
        ((true, said), images, images / max(sum(row), 1))
        for true, row in zip(head.labels, head.confusion, strict=True)
        for said, images in zip(head.labels, row, strict=True)
    ]
    return sorted(every, key=lambda cell: (cell[0][0] == cell[0][1], -cell[2], -cell[1]))


# ---- Percentages


def reliability_frame(head: HeadReport) -> pd.DataFrame:
    """A row a filled bin: series, low, high, confidence, accuracy, share of images, count."""
    rows = [
        (name, b.low, b.high, b.confidence, b.accuracy, b.count / head.images, b.count)
        for name, bins in (
            ("before correction", head.reliability_before),
            ("after correction", head.reliability),
        )
        for b in bins
        if b.count
    ]
    columns = ["series", "low", "high", "confidence", "accuracy", "share", "count"]
    return pd.DataFrame(rows, columns=columns)


def honest_sentence(head: HeadReport) -> str:
    """What the bin that holds 70 % says, in words; "" when no guess lies there."""
    for b in head.reliability:
        if b.low <= 0.7 < b.high and b.confidence is not None and b.accuracy is not None:
            return (
                f"Of the {b.count:,} images that got {percent(b.low)} to {percent(b.high)}, "
                f"on average {percent(b.confidence)}, it read {percent(b.accuracy)} right."
            )
    return ""


def intensity_frame(head: HeadReport) -> pd.DataFrame:
    """A row a level: level, score (text), images, agreement in percent."""
    levels = head.intensity.levels if head.intensity else ()
    rows = [
        (
            each.level,
            f"{percent(each.low)} to {percent(each.high)}",
            each.faces,
            None if each.agreement is None else 100 * each.agreement,
        )
        for each in levels
    ]
    return pd.DataFrame(rows, columns=["level", "score", "images", "agreement"])


# ---- Damaged pictures


def damage_frame(study: Robustness, other: Robustness | None) -> pd.DataFrame:
    """A row a kind of damage and strength.

    Args:
        study: the run.
        other: the run to compare with; kinds or strengths that it lacks stay empty.

    Returns:
        kind, strength (1, 2, …), amount (text), accuracy, lost, gained (0..1), and the last
        two in points of a hundred.
    """
    theirs = (
        {row.corruption: dict(zip(row.strengths, row.accuracy, strict=True)) for row in other.rows}
        if other
        else {}
    )
    rows = []
    for row in study.rows:
        for number, (amount, share) in enumerate(
            zip(row.strengths, row.accuracy, strict=True), start=1
        ):
            before = theirs.get(row.corruption, {}).get(amount)
            gained = None if before is None else share - before
            lost = study.clean - share
            rows.append(
                (
                    row.corruption,
                    number,
                    f"{amount:g} {row.unit}".strip(),
                    share,
                    lost,
                    gained,
                    100 * lost,
                    None if gained is None else 100 * gained,
                )
            )
    columns = [
        "kind",
        "strength",
        "amount",
        "accuracy",
        "lost",
        "gained",
        "lost_points",
        "gained_points",
    ]
    return pd.DataFrame(rows, columns=columns).astype({"gained": float, "gained_points": float})


def damage_summary(study: Robustness, other: Robustness | None) -> pd.DataFrame:
    """A row a kind of damage: kind, amounts (text), mean accuracy, lost points, other's mean."""
    theirs = {row.corruption: row.mean for row in other.rows} if other else {}
    rows = []
    for row in study.rows:
        amounts = " · ".join(f"{amount:g}" for amount in row.strengths)
        before = theirs.get(row.corruption)
        rows.append(
            (
                row.corruption,
                f"{amounts} {row.unit}".strip(),
                100 * row.mean,
                100 * (study.clean - row.mean),
                None if before is None else 100 * before,
            )
        )
    columns = ["kind", "amounts", "mean", "lost", "other"]
    return pd.DataFrame(rows, columns=columns).astype({"other": float})


# ---- Runs


def clips_frame(study: Clips) -> pd.DataFrame:
    """The clips that a run read, shares in percent; for one that cannot be read, why."""
    rows = []
    for clip in study.clips:
        seen = clip.dominant is not None
        shares = [f"{label} {percent(share)}" for label, share in clip.distribution.items()]
        rows.append(
            {
                "file": clip.file,
                "frames": clip.frames,
                "frames_with_faces": clip.frames_with_faces,
                "dominant": clip.dominant,
                "dominant_share": hundred(clip.dominant_share if seen else None),
                "average_confidence": hundred(clip.average_confidence if seen else None),
                "all": clip.message or ", ".join(shares),
            }
        )
    return pd.DataFrame(rows)


def network_name(config: Mapping[str, Any]) -> str:
    """The network of a run in its usual spelling; MobileNetV2 where the run does not say."""
    name = str(config.get("network", "mobilenetv2"))
    return NETWORKS.get(name, name)


def _start(init: str) -> str:
    """Where a run's weights come from; another run is told by its name."""
    if init == "none":
        return "random weights"
    return "ImageNet" if "imagenet" in init else init


def what_is_it(report: RunReport) -> str:
    """A run in one line: network, size, input, label sets, epochs."""
    config = report.config
    if not config:
        return "Its settings are not known."
    parts = [network_name(config)]
    if parameters := config.get("parameters"):
        parts[0] += f", {parameters / 1e6:.1f} million weights"
    if size := config.get("size"):
        parts.append(f"{size} × {size} pixels")
    if init := config.get("init"):
        parts.append(f"starts from {_start(str(init))}")
    if config.get("frozen"):
        parts.append("only its last layers learn")
    if teachers := config.get("teachers"):
        taught = "one network" if len(teachers) == 1 else f"{len(teachers)} networks"
        parts.append(f"taught by {taught}")
    if config.get("own_split"):
        parts.append("faces split anew")
    if epochs := len(report.history.get("epoch", ())):
        parts.append(f"{epochs} epochs")
    return " · ".join(parts)


def runs_frame(reports: Iterable[RunReport], in_use: str | None) -> pd.DataFrame:
    """A row a run, the run in use first, then by accuracy.

    Returns:
        run, network, labels (number), accuracy, flip, balanced, macro_f1, ferplus (percent),
        parameters (millions), size (MB), epochs, minutes, used (whether it is in use); empty
        where it was not measured. Accuracies up to macro_f1 are those of the FER-2013 labels
        where the run has them.
    """
    frame = pd.DataFrame(
        [_run_row(report, in_use) for report in reports],
        columns=[
            "run",
            "network",
            "labels",
            "accuracy",
            "flip",
            "balanced",
            "macro_f1",
            "ferplus",
            "parameters",
            "size",
            "epochs",
            "minutes",
            "used",
        ],
    )
    order = frame.sort_values(["used", "accuracy"], ascending=False, ignore_index=True)
    return order


def _run_row(report: RunReport, in_use: str | None) -> tuple[Any, ...]:
    head = report.head(FER2013) or (report.heads[0] if report.heads else None)
    plus = report.head(FERPLUS)
    shares = (
        (None,) * 4
        if head is None
        else (head.accuracy, head.accuracy_flip, head.balanced_accuracy, head.macro_f1)
    )
    parameters = report.config.get("parameters")
    seconds = training_s(report)
    return (
        f"{report.name} · in use" if report.name == in_use else report.name,
        network_name(report.config) if report.config else "",
        len(head.labels) if head else None,
        *(hundred(share) for share in shares),
        hundred(plus.accuracy) if plus else None,
        parameters / 1e6 if parameters else None,
        report.weight_bytes / BYTES_PER_MB if report.weight_bytes else None,
        len(report.history.get("epoch", ())) or None,
        seconds / 60 if seconds else None,
        report.name == in_use,
    )


def training_s(report: RunReport) -> float | None:
    """Seconds that a training took: as the run noted them, else the sum over its epochs.

    The sum leaves out what comes before the first epoch, most of the work of a frozen network.
    None where neither is known.
    """
    noted: float | None = report.config.get("training_s")
    return noted or sum(report.history.get("seconds", ())) or None


def hundred(share: float | None) -> float | None:
    """A share in percent; None stays None."""
    return None if share is None else 100 * share


def settings_frame(
    config: Mapping[str, Any], meanings: Mapping[str, str], *, hidden: Sequence[str] = ()
) -> pd.DataFrame:
    """A row a setting: setting (its name in words), value (as text), meaning.

    Args:
        config: settings by name.
        meanings: what a setting is, by name; "" for those that it does not hold.
        hidden: names to leave out.
    """
    rows = [
        (name.replace("_", " "), setting_words(value), meanings.get(name, ""))
        for name, value in config.items()
        if name not in hidden
    ]
    return pd.DataFrame(rows, columns=["setting", "value", "meaning"])


def setting_words(value: object) -> str:
    """A setting as a person would write it."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {setting_words(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(setting_words(each) for each in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None or value == "" else str(value)
