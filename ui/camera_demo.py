"""The demo clip: the same reading and the same page, on pictures made for it. No camera."""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

import streamlit as st

from fer_core.annotation import DrawStyle, draw_faces
from fer_core.pipeline import LIVE_OPTIONS, FramePipeline
from fer_core.results import FrameResult, RgbImage
from fer_core.samples import sample_frames
from ui import camera, camera_view, resources, tables
from ui.live import LiveView
from ui.page import plain_errors

PICTURES_PER_S = 4.0
LONGEST_S = 10 * 60.0
# In each crossing one of the two is hidden for 3 s, longer than people in front of a camera.
OPTIONS = replace(LIVE_OPTIONS, max_gap_s=4.0)
OVER = "The demo has stopped after 10 minutes. Start it again if you like."


class Demo:
    """A scene without end, read picture by picture.

    Args:
        pipeline: belongs to this demo alone.
        frames: seconds and pictures, (H, W, 3) uint8 RGB.
    """

    def __init__(self, pipeline: FramePipeline, frames: Iterator[tuple[float, RgbImage]]) -> None:
        self._pipeline, self._frames = pipeline, frames
        self._history: deque[FrameResult] = deque()

    def step(self) -> RgbImage:
        """Reads the next picture and returns it with labels drawn in."""
        timestamp_s, image = next(self._frames)
        result = self._pipeline.process(image, timestamp_s=timestamp_s)
        self._history.append(result)
        while self._history[0].timestamp_s < timestamp_s - camera.WINDOW_S:
            self._history.popleft()
        return draw_faces(image, result, DrawStyle())

    @property
    def seconds(self) -> float:
        """How much of the scene was read."""
        return self._history[-1].timestamp_s if self._history else 0.0

    def view(self) -> LiveView:
        """What there is to show now, as of a stream."""
        return LiveView(
            now_s=self.seconds,
            result=self._history[-1] if self._history else None,
            history=tuple(self._history),
            pictures_per_s=PICTURES_PER_S,
        )


def show() -> None:
    """The demo in place of the camera page's stream."""
    state = st.session_state
    if "live_demo_run" not in state:
        pipeline = resources.new_pipeline(OPTIONS)
        state["live_demo_run"] = Demo(pipeline, sample_frames(fps=PICTURES_PER_S))
        camera_view.prepare()
    demo: Demo = state["live_demo_run"]
    over = demo.seconds >= LONGEST_S
    picture, side = st.columns([3, 2], gap="medium")
    with picture:
        st.badge("Demo clip, no camera", icon=":material/movie:", color="violet")
        _picture(demo, over=over)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("End the demo", icon=":material/close:", on_click=_end, key="live_demo_end")
            if over:
                st.button("Start again", on_click=_again, key="live_demo_again")
        st.caption(
            "Two public-domain portraits (NASA, US Navy) move about and cross. They are read like "
            "a camera's pictures, only fewer a second."
        )
        with st.container(key="live_minute"):
            camera_view.minute(demo.view, on=not over)
    with side, st.container(key="live_side"):
        camera_view.readings(demo.view, off=OVER if over else None)


def _picture(demo: Demo, *, over: bool) -> None:
    @st.fragment(run_every=None if over else 1 / PICTURES_PER_S)
    def moving() -> None:
        with plain_errors():
            image = demo.step()
            words = tables.frame_words(demo.view().result or FrameResult(0.0, (1, 1)))
            st.image(image, width="stretch", alt=f"Demo picture. {words}")
            if demo.seconds >= LONGEST_S and not over:
                st.rerun()

    moving()


def _end() -> None:
    st.session_state.pop("live_demo", None)
    st.session_state.pop("live_demo_run", None)


def _again() -> None:
    st.session_state.pop("live_demo_run", None)
