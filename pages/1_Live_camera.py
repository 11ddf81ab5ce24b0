"""Live camera: consent, then the stream with what the model reads in it; or the demo clip."""

from functools import partial

import streamlit as st

from ui import camera, camera_demo, camera_start, camera_still, camera_view
from ui.page import fer_page

LEAD = "Expression labels, guessed by a model from how faces look. Not what anybody feels."

with fer_page("Live camera", LEAD):
    if st.session_state.get("live_demo"):
        camera_demo.show()
    elif camera_start.consent():
        picture, side = camera_view.columns()
        with picture, st.container(key="live_picture"):
            head, box = st.container(key="live_state"), st.container(key="live_stream_box")
            help_near, actions = st.container(), st.container()
            panel, last_minute = st.container(key="live_settings"), st.container(key="live_minute")
            help_far = st.container(key="live_help")
        # Before all else: while a stream starts, the page runs again and again.
        session = camera.current_session()
        with box:
            context = camera.stream(session)
        on, view = camera.is_on(context), session.view()
        ready = view.result is not None
        with head:
            camera_view.head(on=on)
        with panel:
            camera.settings_panel()
        settings = st.session_state["live_settings"]
        with actions:
            kind: camera_still.Kind = "camera" if on else "off"
            camera_still.actions(session, settings, ready=ready, kind=kind)
        with last_minute:
            camera_view.minute(session.view, on=on)
        with side, st.container(key="live_side"):
            camera_view.readings(
                session.view,
                off=None if on else "The camera is off. Press START to begin.",
                watch=partial(camera.look_after, ready=ready),
            )
        with help_far if camera_start.all_is_well(view) else help_near:
            camera_start.help_to_start(session, context, settings)
