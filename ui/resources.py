"""What the sessions of one process share, and what each stream gets for itself."""

import gc
import os
from pathlib import Path

import streamlit as st

from fer_core import load_classifier
from fer_core.analyze import photo_pipeline, stream_pipeline
from fer_core.bundle import MODELS_FOLDER, ModelCard, default_folder, load_card
from fer_core.classification import EmotionClassifier
from fer_core.pipeline import FramePipeline, PipelineOptions
from ui.live import LiveEngine


def models_folder() -> Path:
    """The folder of all runs: `FER_MODELS` of the environment, else models/ of the app."""
    return Path(os.environ.get("FER_MODELS", MODELS_FOLDER))


def model_card() -> ModelCard:
    """The card of the model in use.

    Raises:
        ModelError: there is no such model, or its card is damaged.
    """
    return load_card(default_folder(models_folder()))


def shared_classifier(head: str | None = None) -> EmotionClassifier:
    """The classifier that all sessions share, loaded and warmed by the first to ask.

    Raises:
        ModelError: the model is missing or damaged.
    """
    return classifier_of(default_folder(models_folder()), head)


def classifier_of(folder: Path, head: str | None = None) -> EmotionClassifier:
    """The classifier of any run that has weights, shared and warmed as `shared_classifier`.

    Raises:
        ModelError: the model is missing or damaged.
    """
    # Named before the look-up: the usual head by its name and by None is one, loaded once.
    return _classifier(str(folder), head or load_card(folder).default_head)


@st.cache_resource(show_spinner="Getting the model ready…", max_entries=4)
def _classifier(folder: str, head: str) -> EmotionClassifier:
    return load_classifier(Path(folder), head=head)


def new_pipeline(
    options: PipelineOptions, head: str | None = None, *, moving: bool = True
) -> FramePipeline:
    """A pipeline of its own for one stream or one photo, around the shared classifier."""
    make = stream_pipeline if moving else photo_pipeline
    return make(shared_classifier(head), options)


@st.cache_resource(show_spinner=False, on_release=LiveEngine.close)
def live_engine() -> LiveEngine:
    """The engine that all camera streams share.

    Raises:
        FerError: `FER_MAX_STREAMS` of the environment is not a number above 0.
    """
    engine = LiveEngine()
    # Streamlit collects garbage after each run of a page or fragment, and no picture moves
    # meanwhile. What is loaded by now stays for good: left out, a collection takes no time.
    gc.collect()
    gc.freeze()
    return engine
