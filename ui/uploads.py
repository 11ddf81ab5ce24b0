"""The upload page's video part: one job at a time, its progress, cancel, its report."""

import streamlit as st

from ui import show
from ui.controls import Settings
from ui.inputs import Source
from ui.jobs import JobView, VideoJob
from ui.page import plain_errors


def stop_job() -> None:
    """Cancels the session's job, if it has one, and forgets it."""
    job: VideoJob | None = st.session_state.pop("upload_job", None)
    st.session_state.pop("upload_job_for", None)
    if job is not None:
        job.cancel()


def video(source: Source, settings: Settings) -> None:
    """Starts the analysis on request, follows it, and shows its report."""
    assert isinstance(source.content, bytes)
    sample_fps = st.select_slider(
        "Frames to read of each second",
        [1, 3, 5, 10],
        value=3,
        key="upload_fps",
        help="More frames show shorter expressions and take longer.",
    )
    wanted = (source.identity, settings, sample_fps)
    if st.session_state.get("upload_job_for") != wanted:
        stop_job()
        job = VideoJob(source.content, new_pipeline=settings.new_pipeline, sample_fps=sample_fps)
        job.start()
        st.session_state["upload_job"], st.session_state["upload_job_for"] = job, wanted
    job = st.session_state["upload_job"]
    if job.view().state == "running":
        _follow(job)
    else:
        _report(job.view(), source.name)


@st.fragment(run_every=0.5)
def _follow(job: VideoJob) -> None:
    with plain_errors():
        view = job.view()
        if view.state != "running":
            st.rerun()
        left = "" if view.left_s is None else f" · about {max(1, round(view.left_s))} s left"
        frames = len(view.timeline.frames)
        st.progress(min(view.progress, 1.0), text=f"{frames} frames read{left}")
        if st.button("Cancel", icon=":material/close:", key="upload_cancel"):
            job.cancel()
        if view.preview is not None:
            st.image(view.preview, width=360, alt="The newest frame with labels drawn in")


def _report(view: JobView, name: str) -> None:
    if view.error:
        st.error(view.error, icon=":material/info:")
    elif view.state == "cancelled":
        st.info("Cancelled. This is what was read until then.", icon=":material/info:")
    show.video(view, name=name, page="upload")
