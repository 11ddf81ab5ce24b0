"""The tab "Model card": models/README.md, as whoever fetches the model reads it."""

import re

import streamlit as st

from ui import resources
from ui.metrics_parts import Shown

CARD_FILE = "README.md"
# The widest table has ten columns: on a phone it is moved under the finger, not the page.
_TABLES = """
.st-key-model-card table { font-size: 0.875rem; }
@media (max-width: 900px) { .st-key-model-card table { display: block; overflow-x: auto; } }
"""
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_TITLE = re.compile(r"\A\s*# .*\n")
_PICTURE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")


def draw(shown: Shown) -> None:
    """The tab's content."""
    path = resources.models_folder() / CARD_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        st.info(
            f"There is no model card: no readable `{CARD_FILE}` in the folder of the models.",
            icon=":material/description:",
        )
        return
    with st.container(width=920, key="model-card"):
        st.html(f"<style>{_TABLES}</style>")
        st.markdown(readable(text))


def readable(text: str) -> str:
    """Markdown of a file as it fits into a tab.

    Without its title and comments, and with pictures, whose files the page cannot reach, in words.
    """
    return _TITLE.sub("", _PICTURE.sub(r"*\1*", _COMMENT.sub("", text)))
