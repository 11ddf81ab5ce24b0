"""Sidebar widgets that end in the settings of an analysis."""

from dataclasses import dataclass

import streamlit as st

from fer_core.classification import DEFAULT_NOT_SURE
from fer_core.pipeline import FramePipeline, PipelineOptions
from ui import resources

HEAD_NAMES = {
    "fer2013": "FER-2013 · 7 labels",
    "ferplus": "FER+ · 8 labels",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """How faces are read: which label set, and the options of the pipeline."""

    head: str
    options: PipelineOptions

    def new_pipeline(self, *, moving: bool = True) -> FramePipeline:
        return resources.new_pipeline(self.options, self.head, moving=moving)


def head_name(head: str) -> str:
    """The name of a label set in words."""
    return HEAD_NAMES.get(head, head)


def analysis_settings(page: str, *, moving: bool) -> Settings:
    """The settings that the sidebar holds.

    Args:
        page: prefix of the widgets' keys.
        moving: whether pictures follow one another, so that smoothing makes sense.

    Raises:
        ModelError: there is no usable model.
    """
    card = resources.model_card()
    with st.sidebar, st.expander("Settings", icon=":material/tune:"):
        heads = list(card.labels)
        head = st.selectbox(
            "Label set",
            heads,
            format_func=head_name,
            key=f"{page}_head",
            disabled=len(heads) == 1,
            help="FER-2013 gives each face one label; FER+ asked ten people.",
        )
        sure = st.slider(
            "Say “not sure” below",
            0,
            90,
            round(100 * card.not_sure.get(head, DEFAULT_NOT_SURE)),
            1,
            format="%d %%",
            key=f"{page}_min_confidence_{head}",
            help="A guess that the model holds for less likely than this is not shown.",
        )
        half_life_s = 0.3
        if moving:
            half_life_s = st.slider(
                "Steadiness",
                0.0,
                1.5,
                half_life_s,
                0.1,
                format="%.1f s",
                key=f"{page}_half_life",
                help="How long a past picture keeps half of its weight. "
                "Higher is calmer, lower is quicker.",
            )
    return Settings(head, PipelineOptions(half_life_s=half_life_s, min_confidence=sure / 100))
