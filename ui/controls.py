"""Widgets that end in the settings of an analysis."""

from dataclasses import dataclass, replace
from typing import Literal

import streamlit as st

from fer_core.bundle import ModelCard
from fer_core.classification import DEFAULT_NOT_SURE
from fer_core.pipeline import LIVE_OPTIONS, FramePipeline, PipelineOptions
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
    options = PipelineOptions()
    with st.sidebar, st.expander("Settings", icon=":material/tune:"):
        head, min_confidence = _label_set(page)
        half_life_s = _steadiness(page, options.half_life_s) if moving else options.half_life_s
    return Settings(head, PipelineOptions(half_life_s=half_life_s, min_confidence=min_confidence))


def live_settings() -> Settings:
    """The settings of a camera, from widgets placed where this is called; kept across pages.

    Raises:
        ModelError: there is no usable model.
    """
    half_life_s = _steadiness("live", LIVE_OPTIONS.half_life_s, keep="session")
    people = st.number_input(
        "Read at most … people",
        1,
        LIVE_OPTIONS.max_faces,
        LIVE_OPTIONS.max_faces,
        key="live_people",
        help="Those who have been in view longest are read, the others are left alone.",
        persist_state="session",
    )
    head, min_confidence = _label_set("live", keep="session")
    options = replace(
        LIVE_OPTIONS, half_life_s=half_life_s, max_faces=people, min_confidence=min_confidence
    )
    return Settings(head, options)


def usual_live_settings() -> Settings:
    """What `live_settings` gives until somebody changes something.

    Raises:
        ModelError: there is no usable model.
    """
    card = resources.model_card()
    head = next(iter(card.labels))
    sure = _usual_threshold(card, head) / 100
    return Settings(head, replace(LIVE_OPTIONS, min_confidence=sure))


def _usual_threshold(card: ModelCard, head: str) -> int:
    return round(100 * card.not_sure.get(head, DEFAULT_NOT_SURE))


def _label_set(page: str, *, keep: Literal["session"] | None = None) -> tuple[str, float]:
    """The label set, and the confidence (0..1) below which a label is not shown."""
    card = resources.model_card()
    heads = list(card.labels)
    head = st.selectbox(
        "Label set",
        heads,
        format_func=head_name,
        key=f"{page}_head",
        disabled=len(heads) == 1,
        help="FER-2013 gives each face one label; FER+ asked ten people.",
        persist_state=keep,
    )
    sure = st.slider(
        "Say “not sure” below",
        0,
        90,
        _usual_threshold(card, head),
        1,
        format="%d %%",
        key=f"{page}_min_confidence_{head}",
        help="A guess that the model holds for less likely than this is not shown.",
        persist_state=keep,
    )
    return head, sure / 100


def _steadiness(page: str, usual_s: float, *, keep: Literal["session"] | None = None) -> float:
    """The half-life of the smoothing, in seconds."""
    return st.slider(
        "Steadiness",
        0.0,
        1.5,
        usual_s,
        0.1,
        format="%.1f s",
        key=f"{page}_half_life",
        help="How long a past picture keeps half of its weight. Higher is calmer, lower is "
        "quicker; at 0 each picture is read by itself and labels flicker.",
        persist_state=keep,
    )
