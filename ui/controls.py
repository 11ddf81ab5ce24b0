"""Widgets that end in the settings of an analysis."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import streamlit as st

from fer_core.analyze import photo_pipeline, stream_pipeline
from fer_core.bundle import ModelCard
from fer_core.classification import DEFAULT_NOT_SURE
from fer_core.pipeline import LIVE_OPTIONS, FramePipeline, PipelineOptions
from ui import resources
from ui.metrics_tables import set_name

MOST_SURE = 90  # percent; above it hardly any face would get an answer


@dataclass(frozen=True, slots=True)
class Settings:
    """How faces are read: which label set, and the options of the pipeline."""

    head: str
    options: PipelineOptions

    def new_pipeline(self, *, moving: bool = True) -> FramePipeline:
        return resources.new_pipeline(self.options, self.head, moving=moving)

    def pipelines(self) -> Callable[[bool], FramePipeline]:
        """Loads the model now; what is returned makes pipelines, also in other threads.

        Its argument is whether pictures follow one another.

        Raises:
            ModelError: the model is missing or damaged.
        """
        classifier = resources.shared_classifier(self.head)

        def make(moving: bool) -> FramePipeline:
            return (stream_pipeline if moving else photo_pipeline)(classifier, self.options)

        return make


def analysis_settings() -> Settings:
    """The settings for photos and clips, from the sidebar; kept across pages.

    Raises:
        ModelError: there is no usable model.
    """
    with st.sidebar, st.expander("Settings", icon=":material/tune:"):
        head, min_confidence = _label_set("upload", keep="session")
        half_life_s = _steadiness("upload", PipelineOptions().half_life_s, keep="session")
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
    return Settings(head, replace(LIVE_OPTIONS, min_confidence=not_sure_now(card, head)))


def own_not_sure(card: ModelCard, head: str) -> float:
    """The confidence below which the model itself is not sure, 0..1, as far as sliders go."""
    return round(min(card.not_sure.get(head, DEFAULT_NOT_SURE), MOST_SURE / 100), 2)


def not_sure_now(card: ModelCard, head: str) -> float:
    """The confidence below which the app says "not sure" in this session, 0..1."""
    chosen = st.session_state.get(_not_sure_key(head))
    return own_not_sure(card, head) if chosen is None else chosen / 100


def reset_not_sure(card: ModelCard, head: str) -> None:
    """Back to the model's own threshold; to be called before `not_sure_slider` is drawn."""
    st.session_state[_not_sure_key(head)] = round(100 * own_not_sure(card, head))


def not_sure_slider(card: ModelCard, head: str) -> float:
    """A slider for the threshold of "not sure"; every page has the same one.

    Returns:
        The confidence (0..1) below which a label is not shown.
    """
    key = _not_sure_key(head)
    if key not in st.session_state:
        reset_not_sure(card, head)
    percent = st.slider(
        "Say “not sure” below",
        0,
        MOST_SURE,
        step=1,
        format="%d %%",
        key=key,
        help="A guess that the model holds for less likely than this is not shown. It counts "
        "for the camera, photos and videos, until you close the app.",
        persist_state="session",
    )
    return percent / 100


def _not_sure_key(head: str) -> str:
    return f"not_sure_{head}"


def _label_set(page: str, *, keep: Literal["session"] | None = None) -> tuple[str, float]:
    """The label set, and the confidence (0..1) below which a label is not shown."""
    card = resources.model_card()
    heads = list(card.labels)
    head = st.selectbox(
        "Label set",
        heads,
        format_func=lambda head: set_name(head, card.labels[head]),
        key=f"{page}_head",
        disabled=len(heads) == 1,
        help="FER-2013 gives each face one label; FER+ asked ten people.",
        persist_state=keep,
    )
    return head, not_sure_slider(card, head)


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
