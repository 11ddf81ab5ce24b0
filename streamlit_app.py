"""Home: what the app does, how good it is, what it cannot do, and where to go."""

import streamlit as st

from ui import home
from ui.page import fer_page, plain_errors

LEAD = (
    "Point a camera at a face, or drop in a photo or a video. A small neural network says which "
    "expression the face shows, how likely it thinks that is, and when it is **not sure**. "
    "Everything runs on the machine that serves this page; nothing is stored."
)

with fer_page("What does this face show?", LEAD, wide=False):
    home.doors()
    st.header("How good is it?", anchor=False)
    with plain_errors():
        home.quality()
    st.header("What it cannot do", anchor=False)
    home.limits()
