"""The tab "Checks": is it luck, is it a leak, and which lever did what."""

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from fer_core.reports import HeadReport
from fer_core.studies import (
    ABLATION_FILE,
    AUDIT_FILE,
    SEEDS_FILE,
    Ablation,
    Audit,
    Lever,
    Seeds,
    load_ablation,
    load_audit,
    load_seeds,
)
from ui import metrics_parts
from ui.metrics_parts import Card, Shown, cached, percent_column
from ui.metrics_tables import hundred
from ui.page import plain_errors
from ui.tables import percent

FIGURES = {
    "accuracy": "Accuracy",
    "accuracy_flip": "With mirror",
    "macro_f1": "Macro-F1",
    "ferplus_accuracy": "FER+ accuracy",
}


def draw(shown: Shown) -> None:
    """The tab's content; each part is read on its own, so a damaged one leaves the others."""
    models, run = shown.folder.parent, shown.folder
    with plain_errors():
        _seeds(cached(load_seeds, models), run)
    with plain_errors():
        _audit(cached(load_audit, models), shown.head, run)
    with plain_errors():
        _ablation(cached(load_ablation, models), run)


def _seeds(seeds: Seeds | None, run: Path) -> None:
    st.header("Is it luck?", anchor=False)
    if seeds is None:
        metrics_parts.not_measured(
            "How much chance decides has not been measured.", SEEDS_FILE, run
        )
        return
    st.markdown(
        "Training has chance in it: the order of the images, how they are moved and mixed. The "
        f"recipe `{seeds.recipe}` was trained {len(seeds.rows)} times, each with chance of its own "
        "(a *seed*). A difference between two runs that is smaller than the spread may be chance.",
        width=760,
    )
    row = []
    for name, label in FIGURES.items():
        mean, spread = seeds.mean.get(name), seeds.std.get(name)
        if mean is not None and spread is not None:
            row.append(Card(label, percent(mean, 1), f"mean; ± {spread * 100:.1f}"))
    metrics_parts.cards(*row)
    _each_seed(seeds)


def _each_seed(seeds: Seeds) -> None:
    runs = [(str(each.seed), each) for each in seeds.rows]
    if seeds.again is not None:
        runs.append(("again", seeds.again))
        st.markdown(
            "The seeds share the first half of the training. Then all of it was done once more by "
            f"the same commands, *again* below: {percent(seeds.again.accuracy, 1)}. Which network "
            "is in use was not chosen by these figures: the one that does best on the test images "
            "would look better than it is.",
            width=760,
        )
    frame = pd.DataFrame(
        [(name, *(hundred(getattr(run, figure)) for figure in FIGURES)) for name, run in runs],
        columns=["seed", *FIGURES],
    )
    metrics_parts.table(
        frame,
        "Figures of each seed",
        {"seed": "seed"} | {name: percent_column(label) for name, label in FIGURES.items()},
    )
    st.caption(f"{seeds.split}; ± is the standard deviation of the seeds, in points of a hundred.")


def _audit(audit: Audit | None, head: HeadReport | None, run: Path) -> None:
    st.header("Has it seen the test images before?", anchor=False)
    if audit is None:
        metrics_parts.not_measured(
            "Whether test images resemble training images has not been measured.", AUDIT_FILE, run
        )
        return
    st.markdown(
        "The data set was gathered on the web, so some pictures are in it twice, some of those "
        "in different parts: a model could remember them in place of reading them. They "
        "were searched for and counted.",
        width=760,
    )
    twins, without = audit.duplicates_in_private_test, None
    if head is not None and head.deduplicated is not None:  # the run may have its own test images
        without = head.deduplicated
        twins = head.images - without.images
    row = [
        Card("Test images with a twin", f"{twins:,}", "that nearly equal a training image"),
        Card(
            "Twins that disagree",
            f"{audit.label_conflicts:,}",
            "pairs in the data set with different labels",
        ),
    ]
    if head is not None and without is not None:
        row.append(
            Card(
                "Accuracy without twins",
                percent(without.accuracy, 1),
                f"on {without.images:,} test images; {percent(head.accuracy, 1)} with them",
            )
        )
    metrics_parts.cards(*row)
    with st.expander("Twins by part of the data set", icon=":material/content_copy:"):
        metrics_parts.table(
            pd.DataFrame(list(audit.pairs.items()), columns=["parts", "pairs"]),
            "Near-duplicate pairs by the parts of the data set",
            {"parts": "parts", "pairs": "pairs"},
        )
        bits = audit.threshold_bits
        apart = f" Pictures at most {bits:g} bits apart count." if bits is not None else ""
        st.caption(f"Method: {audit.method}.{apart}")


def _ablation(ablation: Ablation | None, run: Path) -> None:
    st.header("Which lever did what?", anchor=False)
    if ablation is None:
        metrics_parts.not_measured("Levers have not been measured.", ABLATION_FILE, run)
        return
    st.markdown(
        "Each row changes one thing about a short training and keeps the rest. The final recipe "
        "is *changed* in the same way, or *as at the start*.",
        width=760,
    )
    first = ablation.rows[0].accuracy if ablation.rows else 0.0
    frame = pd.DataFrame(
        [_lever_row(each, first) for each in ablation.rows],
        columns=["lever", "change", "accuracy", "gain", "macro_f1", "ferplus", "kept", "epochs"],
    )
    metrics_parts.table(
        frame,
        "Each lever with its accuracy and whether it was kept",
        {
            "lever": st.column_config.TextColumn("lever", width=180),
            "change": st.column_config.TextColumn("change", width=280),
            "gain": st.column_config.NumberColumn(
                "gain", help="Points of accuracy against the first row.", format="%+.1f"
            ),
            "kept": st.column_config.TextColumn(
                "final recipe",
                help="Whether it is nearer to the change or to the first row.",
            ),
            "accuracy": percent_column("accuracy"),
            "macro_f1": percent_column("macro-F1"),
            "ferplus": percent_column("FER+"),
            "epochs": "epochs",
        },
    )
    st.caption(
        f"Measured on {ablation.split}, the validation images; the test images were left alone. "
        f"{ablation.protocol}"
    )


def _lever_row(lever: Lever, first: float) -> tuple[Any, ...]:
    kept = {True: "changed", False: "as at the start", None: ""}
    return (
        lever.lever or "start",
        lever.change,
        hundred(lever.accuracy),
        None if lever.kept is None else 100 * (lever.accuracy - first),
        hundred(lever.macro_f1),
        hundred(lever.ferplus_accuracy),
        kept[lever.kept],
        lever.epochs,
    )
