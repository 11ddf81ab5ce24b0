"""The frame around every page: its head, the sidebar, and errors as plain sentences."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from fer_core.errors import FerError
from ui.in_memory import keep_uploads_in_memory, let_go_of_all
from ui.lost_sessions import end_lost_sessions

PAGES = (
    ("streamlit_app.py", "Home", ":material/home:"),
    ("pages/1_Live_camera.py", "Live camera", ":material/videocam:"),
    ("pages/2_Analyze_upload.py", "Photo or video", ":material/photo_library:"),
    ("pages/3_Training_metrics.py", "How good is it?", ":material/query_stats:"),
    ("pages/4_Learn.py", "Learn", ":material/school:"),
)
# What a page holds in memory about people; forgotten when another page is opened.
HELD = (
    "live_session",
    "live_shown",
    "live_ended",
    "live_frozen",
    "live_frozen_result",
    "live_chart_paused",
    "live_demo",
    "live_demo_run",
    "live_presenting",
    "live_resting",
    "live_rested",
    "live_attempt",
    "learn_picture",
    "learn_sweep",
)
# What a page holds for the whole session; it is told when its page is left.
KEPT = ("upload_desk",)
# Streamlit writes white on the accent colour, which on dark pages is light, as its text must be.
ON_ACCENT = (
    '<style>[data-testid="stBaseButton-primary"], [data-testid="stMultiSelectTagsContainer"] span '
    "{ color: #14151D; }</style>"
)
LOGGER = logging.getLogger(__name__)

keep_uploads_in_memory()


@contextmanager
def plain_errors() -> Iterator[None]:
    """Shows an exception of its body as a sentence and lets the app go on.

    Also needed inside every fragment: those run outside of the page that holds them.
    """
    try:
        yield
    except FerError as error:
        st.error(str(error), icon=":material/info:")
    except Exception:
        LOGGER.exception("A page failed")
        st.error(
            "Something went wrong here that should not have. Nothing of yours was stored. "
            "Reload the page and try again; the other pages are not affected.",
            icon=":material/error:",
        )


@contextmanager
def fer_page(title: str, lead: str, *, wide: bool = True) -> Iterator[None]:
    """Page config, heading and sidebar around the body of a page.

    Args:
        title: heading of the page and title of the browser's tab.
        lead: one or two sentences below the heading, in Markdown.
        wide: whether the page uses the whole window.
    """
    st.set_page_config(
        page_title=f"{title} · Facial expressions",
        # An emoji is drawn by the browser; a material icon would be fetched from the internet.
        page_icon="🙂",
        layout="wide" if wide else "centered",
    )
    if st.context.theme.type == "dark":
        st.html(ON_ACCENT)
    with st.sidebar:
        st.header("Facial expressions", anchor=False)
        for path, label, icon in PAGES:
            st.page_link(path, label=label, icon=icon, width="stretch")
    end_lost_sessions()
    _forget_other_pages(title)
    with st.container(key="page_head"):
        st.title(title, anchor=False)
        st.markdown(lead, width=760)
    with plain_errors():
        yield
    with st.sidebar:
        st.caption(
            "Labels are guesses of a model about how a face looks. "
            "They say nothing certain about what a person feels."
        )


def _forget_other_pages(title: str) -> None:
    state = st.session_state
    if state.get("page_title", title) != title:
        if "metrics_evaluation" in state:
            from ui import metrics_evaluate  # loaded then; the other pages are quicker without

            metrics_evaluate.stop()
        for key in HELD:
            state.pop(key, None)
        for key in KEPT:
            if key in state:
                state[key].leave()
        let_go_of_all()
    state["page_title"] = title
