"""The tab "Hard pictures": how accuracy falls when pictures are damaged."""

from pathlib import Path
from typing import Any

import streamlit as st

from fer_core.errors import FerError
from fer_core.reports import list_runs
from fer_core.studies import ROBUSTNESS_FILE, Robustness, load_robustness
from ui import metrics_charts, metrics_parts, metrics_tables
from ui.metrics_parts import Card, Shown, cached, percent_column
from ui.tables import percent

VIEWS = {"accuracy": "accuracy", "lost": "points lost", "gained": "points gained"}
NOBODY = ""


def draw(shown: Shown) -> None:
    """The tab's content."""
    study = cached(load_robustness, shown.folder)
    if study is None:
        metrics_parts.not_measured(
            "How this run reads damaged pictures has not been measured.",
            ROBUSTNESS_FILE,
            shown.folder,
        )
        return
    st.markdown(
        "Cameras blur, rooms are dark, people wear masks. The test images were damaged on "
        "purpose, from a little to a lot, and read again.",
        width=760,
    )
    other_name, other = _choose_other(shown.folder)
    _figures(study, other_name, other)
    _map(study, other)
    _table(study, other_name, other)
    seed = f", seed {study.seed}" if study.seed is not None else ""
    st.caption(
        f"{study.images:,} images of {study.split}, labels of "
        f"{metrics_tables.set_name(study.head)}. The same damage for every run{seed}."
    )


def _choose_other(folder: Path) -> tuple[str, Robustness | None]:
    """The run to compare with and its study; "" and None when there is none."""
    studies: dict[str, Robustness] = {}
    for run in list_runs(folder.parent):
        try:
            study = cached(load_robustness, run)
        except FerError:  # said where that run itself is shown
            continue
        if study is not None and run != folder:
            studies[run.name] = study
    if not studies:
        return NOBODY, None
    picked = st.selectbox(
        "Compare with",
        [NOBODY, *studies],
        format_func=lambda name: name or "no other run",
        key="metrics_other",
        bind="query-params",
        width=360,
    )
    return (picked, studies[picked]) if picked else (NOBODY, None)


def _figures(study: Robustness, other_name: str, other: Robustness | None) -> None:
    change = mean_change = ""
    if other is not None:
        change = metrics_tables.points(study.clean, other.clean)
        mean_change = metrics_tables.points(study.mean, other.mean)
    against = f"; the arrow: against {other_name}" if other_name else ""
    worst = min(study.rows, key=lambda row: row.mean, default=None)
    row = [
        Card("Undamaged", percent(study.clean, 1), f"of the images read right{against}", change),
        Card(
            "Damaged, on average",
            percent(study.mean, 1),
            f"over {len(study.rows)} kinds of damage and all strengths",
            mean_change,
        ),
    ]
    if worst is not None:
        row.append(
            Card(
                f"Hurts most: {worst.corruption}", percent(worst.mean, 1), "over all its strengths"
            )
        )
    metrics_parts.cards(*row)


def _map(study: Robustness, other: Robustness | None) -> None:
    views = [view for view in VIEWS if view != "gained" or other is not None]
    view = st.segmented_control(
        "In the cells",
        views,
        default=views[-1] if other is not None else views[0],
        required=True,
        format_func=VIEWS.__getitem__,
        key=f"metrics_damage_{'pair' if other is not None else 'one'}",
        label_visibility="collapsed",
    )
    metrics_parts.picture(
        metrics_charts.damage,
        metrics_tables.damage_frame(study, other),
        "Accuracy by kind and strength of the damage",
        kinds=tuple(row.corruption for row in study.rows),
        view=view or views[0],
        dark=metrics_parts.is_dark(),
    )
    st.caption(
        "Points of a hundred. Violet: better than the other run; orange: worse."
        if view == "gained"
        else "The stronger the orange, the more is lost against undamaged pictures."
    )


def _table(study: Robustness, other_name: str, other: Robustness | None) -> None:
    columns: dict[str, Any] = {
        "kind": st.column_config.TextColumn("damage", pinned=True),
        "mean": percent_column("accuracy", help="Mean of the strengths."),
        "lost": st.column_config.NumberColumn(
            "points lost", help="Against undamaged pictures.", format="%.1f"
        ),
    }
    if other is not None:
        columns["other"] = percent_column(other_name)
    columns["amounts"] = "how much, from weak to strong"
    with st.expander("What each strength means", icon=":material/table:"):
        metrics_parts.table(
            metrics_tables.damage_summary(study, other),
            "Each kind of damage with its strengths and the mean accuracy",
            columns,
        )
