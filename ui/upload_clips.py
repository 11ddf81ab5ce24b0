"""One clip: its figures, a moment of it, what happened when, its video, downloads."""

from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

import streamlit as st

from fer_core.annotation import draw_faces
from fer_core.export import NO_FACE_VIDEO, ended_early
from fer_core.media import read_frame
from fer_core.results import FrameResult, RgbImage, VideoTimeline
from ui import show, tables, upload_charts, upload_exports, upload_photos, upload_tables
from ui.desk import Desk
from ui.files import GivenFile
from ui.page import plain_errors
from ui.readings import Reading

NUMBERS = (
    "So many numbers were given. Who leaves the picture, is hidden for a while, or comes back "
    "after a cut gets a new one: nobody is recognised."
)
CONFIDENCE = "How likely the model held its labels to be, on average. It can be sure and wrong."
HDR = (
    "This is an HDR video. It is read as if it were an ordinary one: it looks paler here than on "
    "your phone, and labels may be less sure."
)
LANES = 4  # people whose lanes are drawn at first


def clip(desk: Desk, file: GivenFile, reading: Reading) -> None:
    """A clip of which at least one frame was read."""
    timeline = reading.result
    assert isinstance(timeline, VideoTimeline)
    _figures(timeline)
    if words := ended_early(timeline):
        st.caption(words)
    if reading.info is not None and reading.info.hdr:
        st.caption(HDR)
    _moments(desk, file, reading, timeline)
    faces = upload_tables.faces_in(timeline)
    if faces:
        part = "part that was read" if reading.state == "partial" else "whole clip"
        st.header(f"Over the {part}", anchor=False)
        st.caption(upload_tables.unsure_words(faces))
        _spread(timeline)
        show.table(upload_tables.clip_table(timeline), key="upload_table")
    _video(file, reading)
    stem = upload_exports.stem_of(file)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("Download:", width="content")
        upload_exports.buttons([(file, reading)], stem=stem)
        if (annotated := reading.clip) is not None:
            show.download(
                "Video",
                lambda: annotated,  # given as bytes, it would be stored before it is asked for
                f"{stem}-annotated.mp4",
                "video/mp4",
                key="upload_mp4",
                text="The clip with labels drawn in, as MP4 with its sound.",
            )
    upload_exports.report_choice()


def _figures(timeline: VideoTimeline) -> None:
    summary = timeline.summary()
    dominant = summary["dominant"]
    figures: list[tuple[str, Any, str | None]] = [
        ("Frames read", f"{summary['frames']:,}", f"{summary['frames_with_faces']:,} with a face"),
    ]
    faces = upload_tables.faces_in(timeline)
    unsure = sum(face.unsure is not None for face in faces)
    if dominant:
        share = f"{tables.percent(summary['dominant_share'])} of the readings"
        commonest = ("not sure", None) if upload_tables.never_sure(faces) else (dominant, share)
        figures += [
            ("People", len(timeline.people()), None),
            ("Commonest label", *commonest),
            ("Average confidence", tables.percent(summary["average_confidence"]), None),
            (
                "Not sure",
                tables.percent(unsure / len(faces)),
                f"{unsure:,} of {len(faces):,} readings",
            ),
        ]
    with st.container(horizontal=True):
        for label, value, below in figures:
            st.metric(
                label,
                value,
                below,
                delta_color="off",
                delta_arrow="off",
                border=True,
                width=170,
                height="stretch",
                help={"People": NUMBERS, "Average confidence": CONFIDENCE}.get(label),
            )


def _moments(desk: Desk, file: GivenFile, reading: Reading, timeline: VideoTimeline) -> None:
    """A slider over the clip, the frame at that moment, and the time line of each person."""

    @st.fragment
    def moments() -> None:
        with plain_errors():
            picture, times = st.columns([2, 3], gap="medium")
            with picture:
                frame = _chosen(file, timeline)
                image = _frame(desk, file, frame)
            with times:
                _timeline(file, timeline, frame.timestamp_s)
            if frame.faces and st.toggle("A closer look at one face", key="upload_closer_look"):
                key = f"{file.identity}_{frame.timestamp_s}"
                upload_photos.closer(desk, image, frame, reading, key=key)

    moments()


def _chosen(file: GivenFile, timeline: VideoTimeline) -> FrameResult:
    """The frame that the slider stands at; at first one with the most faces."""
    frames = timeline.frames
    first, last = frames[0].timestamp_s, frames[-1].timestamp_s
    if last - first < 0.1:
        return frames[0]
    fullest = max(frames, key=lambda frame: len(frame.faces))
    moment_s = st.slider(
        "Moment",
        first,
        round(last, 1),
        min(round(fullest.timestamp_s, 1), round(last, 1)),
        0.1,
        format="%.1f s",
        key=f"upload_moment_{file.identity}",
        help="Move it to see the clip at another moment.",
    )
    # Moments are rounded to tenths; the frame is the last one that is not later.
    place = bisect_right(frames, moment_s + 0.05, key=lambda frame: frame.timestamp_s)
    return frames[max(place - 1, 0)]


def _frame(desk: Desk, file: GivenFile, frame: FrameResult) -> RgbImage:
    """Shows a frame with labels drawn in, and returns it without."""
    image = desk.made(
        ("frame", file.identity, frame.timestamp_s),
        lambda: read_frame(file.content, timestamp_s=frame.timestamp_s),
    )
    drawn = draw_faces(image, frame)
    words = tables.frame_words(frame)
    st.image(drawn, width="stretch", alt=f"{file.name} at {frame.timestamp_s:.1f} s: {words}")
    st.caption(f"At {upload_tables.clock(frame.timestamp_s)}. {words}")
    show.download(
        "This picture",
        lambda: show.png(drawn),
        f"{upload_exports.stem_of(file)}-{frame.timestamp_s:.1f}s.png",
        "image/png",
        key="upload_png",
        text="The frame above with labels drawn in, as PNG.",
    )
    return image


def _timeline(file: GivenFile, timeline: VideoTimeline, moment_s: float) -> None:
    people = tables.readings_by_person(timeline.frames)
    if not people:
        st.info(NO_FACE_VIDEO, icon=":material/search_off:")
        return
    shown = sorted(list(people)[:LANES])
    if len(people) > LANES:
        shown = st.multiselect(
            "People, those seen most often first",
            list(people),
            shown,
            format_func=lambda person: f"Person {person} · {len(people[person])} frames",
            key=f"upload_people_{file.identity}",
        )
    lanes: Mapping[int, list[upload_tables.Sight]] = {person: people[person] for person in shown}
    frames = timeline.frames
    step_s = frames[1].timestamp_s - frames[0].timestamp_s if len(frames) > 1 else 1.0
    chart = upload_charts.timeline(
        upload_tables.timeline_frame(lanes, step_s=step_s),
        people=shown,
        labels=upload_tables.labels_of(frames),
        end_s=frames[-1].timestamp_s + step_s,  # of what was read, also when cancelled
        moment_s=moment_s,
    )
    said = "; ".join(
        f"person {person}: {tables.commonest(frames, person)} most of the time" for person in shown
    )
    show.chart(chart, f"Shares of the labels of each person over the clip; {said}")
    st.caption(
        "Faded: not sure. Gaps: the face was not found. The line: the moment in the picture."
    )


def _spread(timeline: VideoTimeline) -> None:
    """Everybody and each person beside each other."""
    faces = upload_tables.faces_in(timeline)
    people = [person["track_id"] for person in timeline.people()]
    rows = {"Everybody": faces} if len(people) > 1 else {}
    for person in people[:12]:
        rows[f"Person {person}"] = [face for face in faces if face.track_id == person]
    chart = upload_charts.stacked_shares(
        upload_tables.spread_frame(rows),
        rows=list(rows),
        labels=upload_tables.labels_of(timeline.frames),
    )
    show.chart(chart, "How often each label was given, for each person")


def _video(file: GivenFile, reading: Reading) -> None:
    if reading.clip is None:
        return
    st.header("The annotated video", anchor=False)
    with st.container(width=720):
        st.video(reading.clip, alt=f"{file.name} with labels drawn in")
        sound = (
            "With the sound of your video." if _has_sound(reading) else "Your video has no sound."
        )
        st.caption(sound)


def _has_sound(reading: Reading) -> bool:
    return reading.info is not None and reading.info.has_sound
