"""The tab "How it works": four parts, of which one is shown."""

from collections.abc import Callable

import streamlit as st

from ui import learn_block, learn_figures, learn_steps
from ui.page import plain_errors

PARTS: dict[str, Callable[[], None]] = {
    "Step by step": learn_steps.draw,
    "Inside the network": learn_block.draw,
    "One figure is not enough": learn_figures.accuracy_and_confusion,
    "94 % or 61 %?": learn_figures.paper_and_test,
}


@st.fragment
def draw() -> None:
    """The tab's content; a fragment, so that a choice is quick."""
    with plain_errors():
        picked = st.segmented_control(
            "What would you like to see?",
            list(PARTS),
            default=next(iter(PARTS)),
            required=True,
            key="learn_part",
            label_visibility="collapsed",
            persist_state="page",
        )
        PARTS[picked or next(iter(PARTS))]()
