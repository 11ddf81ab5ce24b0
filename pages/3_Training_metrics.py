"""How good is it: the reports of every training run, as figures and charts."""

import streamlit as st

from ui import metrics
from ui.page import fer_page

LEAD = (
    "The model was asked about a fixed set of test images that it never saw while it learned. "
    "Every figure below is read from the report that was written then."
)

with fer_page("How good is it?", LEAD):
    report = metrics.choose_run()
    if report is not None:
        head = metrics.choose_head(report)
        if head is not None:
            metrics.headline(head)
            matrix, table = st.columns([4, 5], gap="medium")
            with matrix:
                metrics.confusion(head)
            with table:
                metrics.classes(head)
        metrics.curves(report, head)
        metrics.about(report)
        metrics.perspective()
