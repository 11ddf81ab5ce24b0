"""The metrics page: pick a run and a label set, the figures that sum it up, then tabs."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from fer_core.bundle import default_folder
from fer_core.errors import FerError
from fer_core.reports import HeadReport, RunReport, list_runs, load_report
from ui import (
    metrics_card,
    metrics_checks,
    metrics_compare,
    metrics_damage,
    metrics_evaluate,
    metrics_labels,
    metrics_papers,
    metrics_parts,
    metrics_percentages,
    metrics_progress,
    metrics_runs,
    metrics_sets,
    metrics_settings,
    metrics_words,
    resources,
)
from ui.metrics_parts import Shown, cached
from ui.metrics_tables import set_name, short_authors, what_is_it
from ui.page import plain_errors
from ui.tables import percent

NO_RUNS = (
    "No training run was found in `{folder}`. Train one as the README describes; its curves and "
    "figures then appear here."
)
TABS: dict[str, Callable[[Shown], None]] = {
    "Labels": metrics_labels.draw,
    "Percentages": metrics_percentages.draw,
    "Label sets": metrics_sets.draw,
    "Hard pictures": metrics_damage.draw,
    "All runs": metrics_runs.draw,
    "Side by side": metrics_compare.draw,
    "Papers": metrics_papers.draw,
    "Checks": metrics_checks.draw,
    "Evaluate now": metrics_evaluate.draw,
    "Settings": metrics_settings.draw,
    "Model card": metrics_card.draw,
}


def choose() -> Shown | None:
    """The run and the label set that are picked; None when there is no run.

    Raises:
        ReportError: the report of the picked run is damaged.
    """
    models = resources.models_folder()
    folders = {folder.name: folder for folder in list_runs(models)}
    if not folders:
        st.info(NO_RUNS.format(folder=models), icon=":material/school:")
        return None
    in_use = _name_in_use()
    names = sorted(folders, key=lambda name: (name != in_use, name))
    run, label_set = st.columns([3, 2], gap="small")
    picked = run.selectbox(
        "Training run",
        names,
        format_func=lambda name: _run_name(folders[name], in_use),
        key="metrics_run",
        bind="query-params",
    )
    report = cached(load_report, folders[picked])
    with label_set:
        head = _choose_head(report)
    words = what_is_it(report)
    if head is not None and (meaning := metrics_sets.meaning(head.head)):
        words += f"  \n**{set_name(head.head)}:** {meaning}"
    st.caption(words)
    return Shown(folders[picked], report, head, in_use)


def headline(shown: Shown) -> None:
    """The figures that sum a model up, each with what it means."""
    head = shown.head
    if head is None:
        training = metrics_progress.is_training(shown.folder)
        st.info(
            "This run is training; its curves grow below as epochs end."
            if training
            else "This run has not been evaluated yet.",
            icon=":material/hourglass_empty:",
        )
        return
    metrics_parts.headline(head)
    words = f"{head.images:,} test images{_where(shown.report)}, each read once."
    if head.accuracy_flip is not None:
        words += (
            f" Read twice, once mirrored, and averaged, accuracy is "
            f"{percent(head.accuracy_flip, 1)}; the app reads once."
        )
    if head.deduplicated is not None:
        words += (
            " Of those that do not nearly equal a training image, "
            f"{percent(head.deduplicated.accuracy, 1)} are read right."
        )
    st.caption(words)
    metrics_words.draw()


def tabs(shown: Shown) -> None:
    """Everything else, by question; only the open tab is drawn."""
    opened = st.tabs(list(TABS), key="metrics_tab", on_change="rerun", bind="query-params")
    for tab, draw in zip(opened, TABS.values(), strict=True):
        if tab.open:
            with tab, plain_errors():
                draw(shown)


def _where(report: RunReport) -> str:
    """Which images the test images are, in brackets."""
    if shares := report.config.get("own_split"):
        return f" ({percent(shares[-1])} of all faces, which this recipe splits anew)"
    split = report.about.get("split")
    return f" ({split})" if split else ""


def _choose_head(report: RunReport) -> HeadReport | None:
    if not report.heads:
        return None
    heads = {head.head: head for head in report.heads}
    if len(heads) == 1:
        return report.heads[0]
    picked = st.segmented_control(
        "Label set",
        list(heads),
        default=report.heads[0].head,
        required=True,
        format_func=lambda name: set_name(name, heads[name].labels),
        key="metrics_head",
        bind="query-params",
    )
    return heads[picked] if picked else report.heads[0]


def _run_name(folder: Path, in_use: str | None) -> str:
    """The run's name, with the paper that it follows, or that it is in use."""
    if folder.name == in_use:
        return f"{folder.name} · in use"
    try:
        paper = cached(load_report, folder).paper
    except FerError:
        return f"{folder.name} · damaged"
    return f"{folder.name} · after {short_authors(paper.authors)}" if paper else folder.name


def _name_in_use() -> str | None:
    try:
        return default_folder(resources.models_folder()).name
    except FerError:
        return None
