"""Live camera: consent, then the stream with what the model reads in it."""

import streamlit as st

from ui import camera, controls
from ui.page import fer_page

LEAD = (
    "An expression label, guessed by a model, over your camera's picture. "
    "A guess about how a face looks, not about what somebody feels."
)

with fer_page("Live camera", LEAD):
    if camera.consent():
        settings = controls.analysis_settings("live", moving=True)
        session = camera.current_session(settings)
        picture, numbers = st.columns([3, 2], gap="medium")
        with picture:
            context = camera.stream(session)
        with numbers:
            camera.readings(session, context)
        camera.snapshot(settings)
