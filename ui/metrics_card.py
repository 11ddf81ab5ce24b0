"""The tab "Model card": models/README.md, as whoever fetches the model reads it."""

import re

import pandas as pd
import streamlit as st

from ui import metrics_parts, resources
from ui.metrics_parts import Shown

CARD_FILE = "README.md"
NARROW = 3  # columns of a table that a phone has room for
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_TITLE = re.compile(r"\A\s*# .*\n")
_PICTURE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_TABLE = re.compile(r"((?:^\|.*\n)+)", re.MULTILINE)
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


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
    heading = ""
    with st.container(width=860):
        for part in _TABLE.split(readable(text)):
            if part.startswith("|"):
                _table(part, heading)
            elif part.strip():
                st.markdown(part)
                heading = [heading, *_HEADING.findall(part)][-1]


def _table(part: str, heading: str) -> None:
    """A table of Markdown; a wide one moves under the finger, in place of the page."""
    lines = [
        [cell.strip().replace("`", "") for cell in line.strip().strip("|").split("|")]
        for line in part.splitlines()
    ]
    widths = {len(line) for line in lines}
    if len(lines) < 2 or len(widths) > 1 or max(widths) <= NARROW:
        st.markdown(part)
        return
    names, rule, *rows = lines
    columns = {
        str(place): st.column_config.TextColumn(
            name, alignment="right" if dashes.endswith(":") else "left"
        )
        for place, (name, dashes) in enumerate(zip(names, rule, strict=True))
    }
    metrics_parts.table(pd.DataFrame(rows, columns=list(columns)), heading, columns)


def readable(text: str) -> str:
    """Markdown of a file as it fits into a tab.

    Without its title and comments, and with pictures, whose files the page cannot reach, in words.
    """
    return _TITLE.sub("", _PICTURE.sub(r"*\1*", _COMMENT.sub("", text)))
