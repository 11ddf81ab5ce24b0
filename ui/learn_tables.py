"""The Learn page's results as words and data frames: pure functions, no Streamlit."""

import math
from collections.abc import Callable, Collection, Sequence
from itertools import pairwise

import pandas as pd

from fer_core.inside import Block
from fer_core.quiz import CANNOT_TELL, QuizFace, Score
from fer_core.reports import HeadReport, RunReport
from fer_core.results import EmotionScores
from fer_core.stages import Stages
from fer_core.studies import Robustness
from fer_core.whatif import Flip
from ui.tables import ordered, percent

SWEEP_COLUMNS = ["value", "label", "share"]


def verdict(you: str, scores: EmotionScores, shown: QuizFace, *, min_confidence: float) -> str:
    """Who said what, in one line: "You: sad. Model: neutral 54 %, not sure. The label: sad."."""
    doubt = ", not sure" if scores.confidence < min_confidence else ""
    words = f"You: {you}. Model: {scores.top} {percent(scores.confidence)}{doubt}."
    if shown.label is None:
        return f"{words} No label."
    words += f" The label: {shown.label}."
    if shown.asked:
        words += f" {shown.votes_for(shown.label)} of {shown.asked} people agree."
    return words


def vote_frame(shown: QuizFace) -> pd.DataFrame:
    """The votes as `share_frame` has scores; those who could not tell are left out."""
    labels = ordered(label for label in shown.votes if label != CANNOT_TELL)
    return pd.DataFrame(
        {
            "label": labels,
            "share": [shown.votes_for(label) / shown.asked for label in labels],
            "row": [f"{label}  {shown.votes_for(label)} of {shown.asked}" for label in labels],
            "rank": range(len(labels)),
        }
    )


def votes_in_words(shown: QuizFace) -> str:
    """Every vote, for people who hear the page."""
    return "Votes: " + ", ".join(
        f"{label} {number}" for label, number in sorted(shown.votes.items(), key=lambda v: -v[1])
    )


def undecided(shown: QuizFace) -> str:
    """How many people could not tell; "" for none."""
    number = shown.votes_for(CANNOT_TELL)
    return f"{number} of {shown.asked} could not tell." if number else ""


def scoreboard(counts: Score) -> list[tuple[str, str, str]]:
    """Name, figure, and what it means, for each party; without named faces only who agrees."""
    rows = []
    if counts.named:
        rows.append(("You", f"{counts.you} of {counts.named}", "Faces whose label you chose."))
        words = "Faces for whose label the model gave most."
        rows.append(("Model", f"{counts.model} of {counts.named}", words))
    if counts.voted:
        words = "What one of the ten people got, on average: the mean share of their votes."
        rows.append(("People", f"{counts.people:.1f} of {counts.voted}", words))
    words = "Faces on which you chose what the model chose, right or wrong."
    rows.append(("In agreement", f"{counts.alike} of {counts.answered}", words))
    return rows


def ending(counts: Score, faces: int) -> str:
    """The round in a paragraph."""
    words = f"You looked at {faces} faces"
    if not counts.named:
        return words + "."
    words += (
        f", {'all' if counts.named == faces else counts.named} of them with a label. You chose it "
        f"{_times(counts.you)}, the model "
        f"{_times(counts.model)}"
    )
    if counts.voted:
        words += f", and one of ten people on average {counts.people:.1f} times"
    words += f". You and the model said the same {_times(counts.alike)}."
    if counts.you != counts.model:
        better = "You were" if counts.you > counts.model else "The model was"
        words += (
            f" {better} closer to the labels this time; with so few faces that is mostly chance."
        )
    return words


def _times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")


def sweep_frame(values: Sequence[float], scores: Sequence[EmotionScores]) -> pd.DataFrame:
    """Scores along a slider as rows: value, label, share (0..1)."""
    rows = [
        (value, label, share)
        for value, each in zip(values, scores, strict=True)
        for label, share in each.as_dict().items()
    ]
    return pd.DataFrame(rows, columns=SWEEP_COLUMNS)


def flips_in_words(
    found: Sequence[Flip], at: Callable[[float], str], *, label: str, unsure: Collection[float] = ()
) -> str:
    """Where the label changes: "At blur 2.1 px the label changes from happy to neutral."

    Args:
        found: see `whatif.flips`.
        at: a position of the slider in words, such as "blur 2.1 px".
        label: at its usual position, said where nothing changes.
        unsure: the positions at which the app would not say the label.
    """
    if not found:
        return f"The label stays **{label}** over the whole range of this slider."
    return "\n".join(
        f"- At **{at(flip.value)}** the label changes from **{flip.before}** to **{flip.after}**"
        f"{' (the app would say “not sure”)' if flip.value in unsure else ''}."
        for flip in found
    )


# Which rows of robustness.json measure what a slider of the lab does.
STUDIED = {
    "brightness_percent": ("darker", "brighter"),
    "contrast_times": ("contrast",),
    "blur_px": ("blur",),
    "noise_percent": ("noise",),
    "rotation_deg": ("rotation",),
    "resolution_px": ("low resolution",),
    "mask_percent": ("mouth covered",),
    "glasses_percent": ("eyes covered",),
}


def measured(study: Robustness, field: str) -> str:
    """What the damage of a slider does to all test images, in words; "" if it was not measured."""
    rows = {row.corruption: row for row in study.rows}
    parts = []
    for name in STUDIED.get(field, ()):
        if name in rows:
            row = rows[name]
            unit = row.unit.partition(" (")[0]
            steps = ", ".join(
                f"{strength:g} → {percent(accuracy)}"
                for strength, accuracy in zip(row.strengths, row.accuracy, strict=True)
            )
            parts.append(f"{name} ({unit}): {steps}")
    if not parts:
        return ""
    return (
        f"Measured on {study.images:,} test images, right answers: undamaged "
        f"{percent(study.clean)}; {'; '.join(parts)}."
    )


def stage_frame(got: Stages) -> pd.DataFrame:
    """A row a label: label, logit, and softmax and score in percent."""
    labels = ordered(got.logits)
    shown = got.scores.as_dict()
    rows = [
        (label, got.logits[label], 100 * got.softmax[label], 100 * shown[label]) for label in labels
    ]
    return pd.DataFrame(rows, columns=["label", "logit", "softmax", "score"])


def shaky_frame(
    rows: Sequence[tuple[float, EmotionScores, EmotionScores]], label: str
) -> pd.DataFrame:
    """Two rows a frame: second, series ("frame by frame" or "smoothed"), share of the label."""
    found = [
        (second, name, scores.as_dict()[label])
        for second, raw, smoothed in rows
        for name, scores in (("frame by frame", raw), ("smoothed", smoothed))
    ]
    return pd.DataFrame(found, columns=["second", "series", "share"])


def changes(rows: Sequence[tuple[float, EmotionScores, EmotionScores]]) -> tuple[int, int]:
    """How often the top label changes from frame to frame: raw, and smoothed."""
    counts = []
    for column in (1, 2):
        tops = [row[column].top for row in rows]  # type: ignore[union-attr]
        counts.append(sum(before != after for before, after in pairwise(tops)))
    return counts[0], counts[1]


def block_frame(block: Block) -> pd.DataFrame:
    """A row a step: step, in, out (sizes as text), weights, products."""
    rows = []
    side, channels = block.side, block.channels
    for step in block.steps:
        before, after = (
            f"{side} × {side} × {channels}",
            f"{step.side} × {step.side} × {step.channels}",
        )
        rows.append((step.name, before, after, step.weights, step.products))
        side, channels = step.side, step.channels
    return pd.DataFrame(rows, columns=["step", "in", "out", "weights", "products"])


def lazy(head: HeadReport) -> tuple[str, float, float]:
    """What always saying one label would reach: the label, its accuracy, its balanced accuracy."""
    label = max(head.labels, key=lambda name: head.per_class[name].support)
    return label, head.per_class[label].support / head.images, 1 / len(head.labels)


def learned_and_new(reports: Sequence[RunReport]) -> pd.DataFrame:
    """A row a run that has both: run, labels, percent right of seen images and of new ones."""
    rows = []
    for report in reports:
        seen = report.history.get("accuracy", ())
        if seen and report.heads and not math.isnan(seen[-1]):
            head = report.heads[0]
            rows.append((report.name, len(head.labels), 100 * seen[-1], 100 * head.accuracy))
    frame = pd.DataFrame(rows, columns=["run", "labels", "seen", "new"])
    return frame.sort_values(["labels", "new"], ascending=False, ignore_index=True)


def misread(head: HeadReport, study: Robustness | None) -> list[str]:
    """What was measured of a model's mistakes, in sentences.

    Args:
        head: its evaluation.
        study: its readings of damaged pictures; None where that was not measured.
    """
    by_recall = sorted(head.labels, key=lambda label: head.per_class[label].recall)
    worst, best = by_recall[0], by_recall[-1]
    found = [
        f"Of {head.images:,} test images {percent(head.accuracy)} get the label of the data set.",
        f"Faces labelled {best} are found best ({percent(head.per_class[best].recall)}), faces "
        f"labelled {worst} least ({percent(head.per_class[worst].recall)}).",
    ]
    if head.neutral_drift is not None:
        found.append(
            f"Of the faces with another label, {percent(head.neutral_drift)} are called neutral."
        )
    rows = {row.corruption: row for row in study.rows} if study else {}
    for name, words in (
        ("mouth covered", "the mouth is covered, as by a mask"),
        ("eyes covered", "the eyes are covered, as by dark glasses"),
        ("low resolution", "the face is far away"),
    ):
        if study is not None and name in rows:
            row, middle = rows[name], len(rows[name].strengths) // 2
            found.append(
                f"Where {words}, {percent(row.accuracy[middle])} are right ({name}: "
                f"{row.strengths[middle]:g} {row.unit}), undamaged {percent(study.clean)}."
            )
    return found
