"""A run that is still training, as it grows: its curves, and how long it may take."""

import time
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from fer_core.reports import (
    CONFIG_FILE,
    HISTORY_FILE,
    METRICS_FILE,
    UNFINISHED_FOLDER,
    HeadReport,
    RunReport,
    load_report,
)
from ui.metrics_parts import cached
from ui.page import plain_errors

LOOK_EVERY_S = 5
GIVEN_UP_S = 3600  # the longest epoch that anybody should wait for


def is_training(run: Path) -> bool:
    """Whether a run has not come to its end, and grew lately."""
    if (run / METRICS_FILE).is_file() or not (run / UNFINISHED_FOLDER).is_dir():
        return False
    found = [run / name for name in (CONFIG_FILE, HISTORY_FILE) if (run / name).is_file()]
    newest = max((path.stat().st_mtime for path in found), default=0.0)
    return time.time() - newest < GIVEN_UP_S


@st.fragment(run_every=LOOK_EVERY_S)
def watch(run: Path, curves: Callable[[RunReport, HeadReport | None], None]) -> None:
    """Draws a run's curves again and again until it is evaluated or given up.

    Args:
        run: its folder.
        curves: draws them.
    """
    with plain_errors():
        report = cached(load_report, run)
        if report.heads:
            st.rerun()  # the page shows its figures, and this is not drawn any more
        st.markdown(_progress(report))
        curves(report, None)


def _progress(report: RunReport) -> str:
    done = len(report.history.get("epoch", ()))
    wanted = report.config.get("epochs")
    if not wanted:
        return f"**Epoch {done}** has ended."
    words = f"**Epoch {done} of {wanted}** has ended."
    seconds = report.history.get("seconds", ())
    if seconds and done < wanted:
        left = sum(seconds) / len(seconds) * (wanted - done) / 60
        words += f" At this pace the rest takes about {max(left, 1):,.0f} minutes."
    return words
