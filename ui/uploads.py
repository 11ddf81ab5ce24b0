"""The upload page: what is on the desk, what is going on, and what came of it."""

import os
from dataclasses import replace

import streamlit as st

from fer_core.annotation import draw_faces
from fer_core.results import FrameResult
from ui import controls, inputs, tables, upload_clips, upload_many, upload_photos, upload_tables
from ui.controls import Settings
from ui.desk import USUAL_SHELF_MB, Desk, Shelf
from ui.files import GivenFile
from ui.jobs import CANCEL_S, Job, JobView, Task
from ui.lost_sessions import watched_session
from ui.page import plain_errors
from ui.readings import Plan, Reading
from ui.turns import Turns, limit_of

RATES = {"1": 1.0, "3": 3.0, "5": 5.0, "10": 10.0, "every": None}
USUAL_RATE = "3"  # Maulana's video evaluation
GAINS = (
    "You get each face with a bar for every label, and “not sure” where none can be trusted. "
    "Videos get a time line for each person, several files a table to compare. All of it can be "
    "downloaded."
)
PHOTOS_S = 1.0  # a few photos are read while the page waits, without a bar that flashes by


def show() -> None:
    """The page below its head."""
    settings = controls.analysis_settings()
    desk = _desk()
    desk.collect()
    inputs.take_in(desk)
    if not desk.files:
        st.caption(GAINS)
        return
    _head(desk)
    plan = _plan(desk, settings)
    _keep_going(desk, plan)
    if desk.job is not None:
        _follow(desk, desk.job)
    else:
        _results(desk, plan)


@st.cache_resource(show_spinner=False)
def _turns() -> Turns:
    """The line in which clips of all sessions wait to be read.

    Raises:
        FerError: `FER_MAX_CLIPS` of the environment is not a number above 0.
    """
    return Turns(limit_of("FER_MAX_CLIPS", max((os.cpu_count() or 1) // 2, 1)))


@st.cache_resource(show_spinner=False)
def _shelf() -> Shelf:
    """The memory for the files of all sessions.

    Raises:
        FerError: `FER_MAX_UPLOADS_MB` of the environment is not a number above 0.
    """
    return Shelf(limit_of("FER_MAX_UPLOADS_MB", USUAL_SHELF_MB) * 1_000_000)


def _desk() -> Desk:
    state = st.session_state
    if "upload_desk" not in state:
        state["upload_desk"] = Desk(_shelf())
    desk: Desk = state["upload_desk"]
    return desk


def _head(desk: Desk) -> None:
    """What is held, and the way to be rid of it."""
    count = len(desk.files)
    files = "1 file" if count == 1 else f"{count} files"
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        size = upload_tables.megabytes(desk.size)
        st.markdown(f"**{files}** in memory · {size}", width="content")
        st.button(
            "Forget these files",
            icon=":material/delete:",
            key="upload_forget",
            on_click=desk.forget,
            help="Removes the files and everything that was read in them from this app's memory.",
        )


def _plan(desk: Desk, settings: Settings) -> Plan:
    """What the widgets say; those for clips are there when there is a clip."""
    if all(file.kind != "video" for file in desk.files):
        return Plan(settings, RATES[USUAL_RATE], annotated=False)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        rate = st.segmented_control(
            "Frames to read of each second of video",
            list(RATES),
            default=USUAL_RATE,
            required=True,
            key="upload_rate",
            help="More frames show shorter expressions and take longer.",
            persist_state="session",
        )
        annotated = st.toggle(
            "Make an annotated video",
            key="upload_annotated",
            help="Your video with labels drawn in and its sound kept, to watch and download. "
            "It takes about as long again. While it is made, it lies in a temporary file on the "
            "machine that runs this app, which is deleted at once.",
            persist_state="session",
        )
    return Plan(settings, RATES[rate], annotated)


def _keep_going(desk: Desk, plan: Plan) -> None:
    """Begins what is to be done, and says so where it is better to ask first."""
    stale = [file for file in desk.files if _is_stale(file, desk.readings, plan)]
    if any(file.kind == "video" for file in stale):
        if desk.job is None:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown("The settings were changed after this was read.", width="content")
                st.button(
                    "Read again",
                    icon=":material/refresh:",
                    key="upload_again",
                    on_click=_go_on,
                    args=(desk, stale),
                )
    elif stale:
        _go_on(desk, stale)
    if desk.job is not None and desk.job.has_clips and _differs(desk.job.plan, plan):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("You changed the settings meanwhile.", width="content")
            st.button(
                "Start again with them",
                icon=":material/refresh:",
                key="upload_again",
                on_click=_start_again,
                args=(desk,),
            )
    tasks = _tasks(desk, plan)
    if desk.job is None and tasks and not desk.paused:
        desk.job = Job(
            tasks,
            plan,
            new_pipeline=plan.settings.pipelines(),
            turns=_turns(),
            watched=watched_session(),
        )
        desk.job.start()
        if not desk.job.has_clips:
            with st.spinner("Looking for faces…"):
                desk.job.join(PHOTOS_S)
            desk.collect()


def _tasks(desk: Desk, plan: Plan) -> list[Task]:
    tasks: list[Task] = []
    for file in desk.files:
        reading = desk.readings.get(file.identity)
        if reading is None or _lacks_video(file, reading, plan):
            tasks.append((file, reading))
    return tasks


def _is_stale(file: GivenFile, readings: dict[str, Reading], plan: Plan) -> bool:
    """Whether the numbers of a file would be others now."""
    reading = readings.get(file.identity)
    if reading is None or reading.state == "failed":
        return False
    return _asked(file, reading.plan) != _asked(file, plan)


def _asked(file: GivenFile, plan: Plan) -> object:
    """What the numbers of a file depend on."""
    if file.kind == "video":
        return plan.settings, plan.sample_fps
    return plan.settings.head, plan.settings.options.min_confidence


def _differs(one: Plan, other: Plan) -> bool:
    """Whether the numbers of a clip would be others."""
    return (one.settings, one.sample_fps) != (other.settings, other.sample_fps)


def _lacks_video(file: GivenFile, reading: Reading, plan: Plan) -> bool:
    return (
        plan.annotated
        and file.kind == "video"
        and (reading.state, reading.clip, reading.error) == ("done", None, None)
        and _asked(file, reading.plan) == _asked(file, plan)
    )


@st.fragment(run_every=0.5)
def _follow(desk: Desk, job: Job) -> None:
    with plain_errors():
        view = job.view()
        if view.over:
            st.rerun()
        if view.state == "waiting":
            st.info(_line_words(view), icon=":material/hourglass_top:")
        else:
            st.progress(min(view.progress, 1.0), text=_progress_words(view))
        if st.button("Cancel", icon=":material/close:", key="upload_cancel"):
            job.cancel()
            job.join(CANCEL_S + 0.1)
            st.rerun()
        if view.newest is not None:
            st.image(draw_faces(*view.newest), width=480, alt="The newest frame")


def _line_words(view: JobView) -> str:
    before = "One person is" if view.ahead == 1 else f"{view.ahead} people are"
    return (
        f"{before} before you. Other people's videos are read on this machine first; then it goes "
        "on with yours by itself."
    )


def _progress_words(view: JobView) -> str:
    name = tables.plain(view.name)
    at = name if view.count == 1 else f"{view.number} of {view.count}: {name}"
    many = "1 frame" if view.frames == 1 else f"{view.frames:,} frames"
    doing = "drawing the video" if view.drawing else f"{many} read"
    if not view.frames:
        doing = "opening" if view.newest is None else doing
    left = "" if view.left_s is None else f" · about {upload_tables.length(view.left_s)} left"
    return f"{at} · {doing}{left}"


def _results(desk: Desk, plan: Plan) -> None:
    """What was read: of one file everything, of many an overview and one of them."""
    read = [(file, desk.readings[file.identity]) for file in desk.files]
    _stopped(desk, read, plan)
    if len(read) == 1:
        _one(desk, *read[0])
        return
    upload_many.overview(read)
    open_ones = [pair for pair in read if pair[1].result is not None]
    if not open_ones:
        return
    st.header("Look closer at one", anchor=False)
    names = [file.name for file, _ in open_ones]
    chosen = st.selectbox("File", names, key="upload_closer", label_visibility="collapsed")
    _one(desk, *open_ones[names.index(chosen)])


def _stopped(desk: Desk, read: list[tuple[GivenFile, Reading]], plan: Plan) -> None:
    """Says that the work was ended early, with the way on."""
    unread = [file for file, reading in read if reading.state == "partial" and not reading.error]
    unmade = any(_lacks_video(file, reading, plan) for file, reading in read)
    if not unread and not (desk.paused and unmade):
        return
    if not unread:
        words = "Stopped. The annotated video was not finished."
    elif len(read) == 1:
        words = "Stopped. This is what was read until then."
    else:
        verb = "was" if len(unread) == 1 else "were"
        words = f"Stopped. {len(unread)} of {len(read)} files {verb} not read to the end."
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(words, icon=":material/info:", width="stretch")
        st.button(
            "Read the rest" if unread else "Go on",
            icon=":material/play_arrow:",
            key="upload_go_on",
            on_click=_go_on,
            args=(desk, unread),
        )


def _go_on(desk: Desk, files: list[GivenFile]) -> None:
    """Has these files read from their start."""
    desk.paused = False
    for file in files:
        desk.readings.pop(file.identity, None)


def _retry(desk: Desk, file: GivenFile, reading: Reading) -> None:
    """Has the annotated video of a clip made once more."""
    desk.readings[file.identity] = replace(reading, error=None)


def _start_again(desk: Desk) -> None:
    """Ends what goes on, so that it begins anew with what the widgets say now."""
    desk.leave()
    desk.job = None


def _one(desk: Desk, file: GivenFile, reading: Reading) -> None:
    if reading.error:
        st.error(reading.error, icon=":material/info:")
        if reading.state == "done":  # all was read; only the annotated video failed
            st.button(
                "Try again",
                icon=":material/refresh:",
                key="upload_retry",
                on_click=_retry,
                args=(desk, file, reading),
            )
    if reading.result is None:
        return
    if isinstance(reading.result, FrameResult):
        upload_photos.photo(desk, file, reading)
    else:
        upload_clips.clip(desk, file, reading)
