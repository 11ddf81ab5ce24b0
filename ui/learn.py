"""The Learn page: its parts as tabs; only the open one is drawn."""

from collections.abc import Callable

import streamlit as st

from ui import learn_lab, learn_limits, learn_quiz, learn_works
from ui.page import plain_errors

TABS: dict[str, Callable[[], None]] = {
    "Guess first": learn_quiz.draw,
    "What if?": learn_lab.draw,
    "How it works": learn_works.draw,
    "Limits and law": learn_limits.draw,
}


def tabs() -> None:
    """Everything on the page; the address names the open tab."""
    opened = st.tabs(list(TABS), key="learn_tab", on_change="rerun", bind="query-params")
    for tab, draw in zip(opened, TABS.values(), strict=True):
        if tab.open:
            with tab, plain_errors():
                draw()
