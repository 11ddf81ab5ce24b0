"""What the tabs of the metrics page share: the run that is shown, reading, drawing, words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

import altair as alt
import pandas as pd
import streamlit as st

from fer_core.reports import HeadReport, RunReport
from fer_core.studies import (
    ABLATION_FILE,
    AUDIT_FILE,
    FORMATS_FILE,
    ROBUSTNESS_FILE,
    SEEDS_FILE,
)
from ui import charts, labelled, show
from ui.tables import percent

T = TypeVar("T")
percent_column = partial(st.column_config.NumberColumn, format="%.1f %%")  # of values 0..100
TRAINER = "python -m fer_core.training"
# The command that writes each report; {run} is the folder's name, {kind} how it is given.
MAKERS = {
    "metrics.json": f"{TRAINER} evaluate --data fer2013.csv {{kind}} models/{{run}}",
    ROBUSTNESS_FILE: f"{TRAINER} robustness --data fer2013.csv --model models/{{run}}",
    FORMATS_FILE: f"{TRAINER} formats --data fer2013.csv --model models/{{run}}",
    ABLATION_FILE: f"{TRAINER} ablation --data fer2013.csv --recipe RECIPE --runs runs "
    f"--out models/{ABLATION_FILE}",
    SEEDS_FILE: f"{TRAINER} seeds --models runs/SEED1 runs/SEED2 --out models/{SEEDS_FILE}",
    AUDIT_FILE: f"{TRAINER} audit --data fer2013.csv --out models/{AUDIT_FILE}",
}
NO_WEIGHTS = (
    "Of this run the figures are kept, not the model, so it cannot be measured again here. "
    "Pick a run whose model is kept."
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the viewer picked.

    Attributes:
        folder: of the run; its parent holds all runs.
        report: the run's.
        head: the evaluation of the picked label set; None when the run has none.
        in_use: name of the run that the app uses; None when there is none.
    """

    folder: Path
    report: RunReport
    head: HeadReport | None
    in_use: str | None


def cached(load: Callable[[Path], T], folder: Path) -> T:
    """`load(folder)`, read again only when a file of the folder has changed.

    Args:
        load: reads files that lie directly in the folder; its result is never changed.
        folder: of a run, or of all runs.

    Raises:
        ReportError: as `load`.
    """
    result: T = _loaded(load, folder, _stamp(folder))
    return result


@lru_cache(maxsize=256)
def _loaded(load: Callable[[Path], Any], folder: Path, stamp: object) -> Any:
    return load(folder)


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    if not folder.is_dir():
        return ()
    found = ((path.name, path.stat()) for path in folder.iterdir() if path.is_file())
    return tuple(sorted((name, stat.st_mtime_ns, stat.st_size) for name, stat in found))


def is_dark() -> bool:
    """Whether the page is dark."""
    return st.context.theme.type == "dark"


def picture(
    draw: Callable[..., alt.Chart | alt.LayerChart],
    data: pd.DataFrame,
    words: str,
    **settings: Any,
) -> None:
    """A chart, with a button that saves it as a drawing. For its arguments see `show.quick_chart`.

    The toolbar of a chart saves it as PNG; a drawing (SVG) stays sharp at any size.
    """
    show.quick_chart(draw, data, words, **settings)
    looks = {name: each for name, each in settings.items() if name not in ("key", "on_select")}
    if "dark" in looks:
        looks["dark"] = False  # it is saved for paper
    st.download_button(
        "SVG",
        lambda: charts.svg(charts.specification(draw, "light", **looks), data),
        f"{draw.__name__.replace('_', '-')}.svg",
        "image/svg+xml",
        key=f"svg {words}",
        type="tertiary",
        icon=":material/download:",
        help="This chart as a drawing that stays sharp at any size, for slides and papers.",
        on_click="ignore",
    )


def table(frame: pd.DataFrame, words: str, columns: Mapping[str, Any]) -> None:
    """A table across its column, as high as its rows.

    Args:
        frame: the rows.
        words: what it is, for who cannot see it.
        columns: column → its name or `st.column_config`, in the order shown; others are hidden.
    """
    st.dataframe(
        frame,
        hide_index=True,
        width="stretch",
        height="content",
        column_order=list(columns),
        column_config=dict(columns),
        placeholder="–",
        alt=words,
    )


def not_measured(what: str, file: str, run: Path) -> None:
    """Says what is not there, and which command makes it, or that nothing can."""
    if file in (ROBUSTNESS_FILE, FORMATS_FILE) and not labelled.has_weights(run):
        st.info(f"{what} {NO_WEIGHTS}", icon=":material/folder_off:")
    else:
        kind = "--model" if (run / "card.json").is_file() else "--run"
        command = MAKERS[file].format(run=run.name, kind=kind)
        st.info(f"{what} `{command}` does it.", icon=":material/pending:")


@dataclass(frozen=True, slots=True)
class Card:
    """A figure with what it means in a few words, and how it changed by a correction.

    Attributes:
        label, value, meaning: as shown.
        change: difference in the units of the value, such as "+2.1 points"; "" for none.
        less_is_better: whether a falling figure is good.
        note: longer explanation, behind a question mark; "" for none.
    """

    label: str
    value: str
    meaning: str
    change: str = ""
    less_is_better: bool = False
    note: str = ""


def cards(*row: Card) -> None:
    """Figures side by side, equally wide; two a row on a phone."""
    with st.container(horizontal=True, gap="small"):
        for card in row:
            with st.container(border=True, height="stretch", gap="xxsmall"):
                st.metric(
                    card.label,
                    card.value,
                    card.change or None,
                    "inverse" if card.less_is_better else "normal",
                    help=card.note or None,
                )
                st.caption(card.meaning)


def headline(head: HeadReport) -> None:
    """The four figures that sum an evaluation up."""
    cards(
        Card("Accuracy", percent(head.accuracy, 1), "of the test images are read right"),
        Card(
            "Balanced accuracy",
            percent(head.balanced_accuracy, 1),
            "with every label counting alike",
        ),
        Card(
            "Macro-F1",
            percent(head.macro_f1, 1),
            "how well labels are found and trusted",
        ),
        Card(
            "Calibration error",
            percent(head.ece, 1),
            "how far off its own percentages are",
        ),
    )
