"""The demo clip: the same reading and the same page, on pictures made for it. No camera."""

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import replace

import streamlit as st

from fer_core.annotation import DrawStyle, draw_faces
from fer_core.pipeline import FramePipeline
from fer_core.results import FrameResult, RgbImage
from fer_core.samples import sample_frames
from ui import camera, camera_still, camera_view, tables
from ui.controls import usual_live_settings
from ui.live import LiveView, Still
from ui.page import plain_errors

PICTURES_PER_S = 4.0
LONGEST_S = 10 * 60.0
# In each crossing one of the two is hidden for 3 s, longer than people in front of a camera.
MAX_GAP_S = 4.0
OVER = "The demo has stopped after 10 minutes. Start it again if you like."


class Demo:
    """A scene without end, read picture by picture.

    Args:
        pipeline: belongs to this demo alone.
        frames: seconds and pictures, (H, W, 3) uint8 RGB.
    """

    def __init__(self, pipeline: FramePipeline, frames: Iterator[tuple[float, RgbImage]]) -> None:
        self._pipeline, self._frames = pipeline, frames
        # A run of the page may begin while the one before is still reading a picture.
        self._lock = threading.Lock()
        self._style = DrawStyle()
        self._still: Still | None = None
        self._numbers: list[FrameResult] = []
        self._history: deque[FrameResult] = deque()

    def step(self) -> None:
        """Reads the next picture."""
        with self._lock:
            timestamp_s, image = next(self._frames)
            result = self._pipeline.process(image, timestamp_s=timestamp_s)
            self._still = Still(image, result)
            self._numbers.append(result)
            self._history.append(result)
            while self._history[0].timestamp_s < timestamp_s - camera.WINDOW_S:
                self._history.popleft()

    def picture(self) -> RgbImage:
        """The picture read last, with labels drawn in.

        Raises:
            ValueError: none was read yet.
        """
        if self._still is None:
            raise ValueError("Expected a picture. None was read yet. Call step() first.")
        return draw_faces(self._still.image, self._still.result, self._style)

    def draw(self, style: DrawStyle) -> None:
        """Draws pictures another way from now on."""
        self._style = style

    def still(self) -> Still | None:
        """The picture read last; None before the first."""
        return self._still

    def numbers(self) -> tuple[FrameResult, ...]:
        """All that was read."""
        return tuple(self._numbers)

    @property
    def seconds(self) -> float:
        """How much of the scene was read."""
        return self._history[-1].timestamp_s if self._history else 0.0

    def view(self) -> LiveView:
        """What there is to show now, as of a stream."""
        with self._lock:
            history = tuple(self._history)
        return LiveView(
            now_s=history[-1].timestamp_s if history else 0.0,
            result=history[-1] if history else None,
            history=history,
            pictures_per_s=PICTURES_PER_S,
        )


def show() -> None:
    """The demo in place of the camera page's stream."""
    state = st.session_state
    if "live_demo_run" not in state:
        camera.end_stream()
        camera.forget_frozen()  # a picture of the camera is none of the demo's
        settings = usual_live_settings()
        options = replace(settings.options, max_gap_s=MAX_GAP_S)
        pipeline = replace(settings, options=options).new_pipeline()
        state["live_demo_run"] = Demo(pipeline, sample_frames(fps=PICTURES_PER_S))
        camera_view.prepare(pipeline.classifier.labels)
    demo: Demo = state["live_demo_run"]
    camera.redraw(demo)
    over = demo.seconds >= LONGEST_S
    picture, side = camera_view.columns()
    with picture, st.container(key="live_picture"):
        st.badge("Demo clip, no camera", icon=":material/movie:", color="violet")
        with st.container(key="live_demo_box"):
            _picture(demo, over=over)
        camera_still.actions(demo, usual_live_settings(), ready=True, kind="demo")
        with st.container(key="live_minute"):
            camera_view.minute(demo.view, on=not over)
        with st.container(key="live_help"):
            st.caption(
                "Two public-domain portraits (NASA, US Navy) move about and cross. They are read "
                "like a camera's pictures, only fewer a second."
            )
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button(
                    "End the demo", icon=":material/close:", on_click=_end, key="live_demo_end"
                )
                if over:
                    st.button("Start again", on_click=_again, key="live_demo_again")
    with side, st.container(key="live_side"):
        camera_view.readings(demo.view, off=OVER if over else None)


def _picture(demo: Demo, *, over: bool) -> None:
    @st.fragment(run_every=None if over else 1 / PICTURES_PER_S)
    def moving() -> None:
        with plain_errors():
            if demo.still() is None or "live_frozen" not in st.session_state:
                demo.step()
            words = tables.frame_words(demo.view().result or FrameResult(0.0, (1, 1)))
            st.image(demo.picture(), width="stretch", alt=f"Demo picture. {words}")
            if demo.seconds >= LONGEST_S and not over:
                st.rerun()

    moving()


def _end() -> None:
    for key in ("live_demo", "live_demo_run", "live_presenting", "live_chart_paused"):
        st.session_state.pop(key, None)
    camera.forget_frozen()


def _again() -> None:
    st.session_state.pop("live_demo_run", None)
