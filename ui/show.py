"""Draws results: faces with their bars, a photo, a video's report, downloads."""

import io
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st
from PIL import Image

from fer_core.annotation import draw_faces
from fer_core.export import NO_FACE_PHOTO, NO_FACE_VIDEO, image_entry, to_csv, to_json, video_entry
from fer_core.media import read_image
from fer_core.palette import person_color
from fer_core.results import FaceResult, FrameResult, RgbImage, VideoTimeline
from ui import charts, tables
from ui.controls import Settings
from ui.jobs import JobView

CARDS = 6  # faces of a photo whose bars are drawn; the others are listed in words

INTENSITY_HELP = (
    "How clearly the face shows the label. Strong: about 8 of 10 people would say the same. "
    "Low: fewer than 5 of 10. It does not say how strongly anybody feels."
)


def chart(drawing: alt.Chart | alt.LayerChart, words: str) -> None:
    """A chart across its column, in the colours of the theme, with words for who cannot see it."""
    theme = st.context.theme.type
    st.altair_chart(charts.inked(drawing, theme), width="stretch", alt=words)


def quick_chart(
    draw: Callable[..., alt.Chart], data: pd.DataFrame, words: str, **settings: Any
) -> None:
    """As `chart`, for charts that are drawn often: see `charts.specification`."""
    spec = dict(charts.specification(draw, st.context.theme.type, **settings))
    st.vega_lite_chart(data, spec, width="stretch", alt=words)


def prepare_charts(*drawn: tuple[Callable[..., alt.Chart], dict[str, Any]]) -> None:
    """Makes what `quick_chart` will need, so that the first result does not wait for it."""
    for draw, settings in drawn:
        charts.specification(draw, st.context.theme.type, **settings)


def face(reading: FaceResult) -> None:
    """A face in words and as bars, with a chip in the colour of its box."""
    graded = not reading.unsure and reading.label != "neutral"
    chip = f':color[⬤]{{foreground="{person_color(reading.track_id)}"}}'
    st.markdown(
        f"{chip} **{tables.face_words(reading)}**"
        + (f" · {reading.intensity} intensity" if graded else ""),
        help=INTENSITY_HELP if graded else None,
    )
    scores = tables.share_frame(reading.smoothed.as_dict())
    quick_chart(charts.share_bars, scores, f"Scores of person {reading.track_id}")


def others(readings: Sequence[FaceResult]) -> None:
    """The faces that found no room, in words."""
    if readings:
        st.markdown("  \n".join(tables.face_words(reading) for reading in readings))


def photo(content: bytes | RgbImage, settings: Settings, *, name: str, page: str) -> None:
    """Reads a photo and shows it annotated, with the scores beside it.

    Args:
        content: a file's bytes, or a picture.
        settings: how to read it.
        name: to name it for people who cannot see it, and downloads.
        page: prefix of the widgets' keys.
    """
    image = read_image(content) if isinstance(content, bytes) else content
    result = settings.new_pipeline(moving=False).process(image, timestamp_s=0.0)
    drawn = draw_faces(image, result)
    picture, scores = st.columns([3, 2], gap="medium")
    with picture:
        st.image(drawn, width="stretch", alt=f"{name}: {tables.frame_words(result)}")
    with scores:
        if not result.faces:
            st.info(NO_FACE_PHOTO, icon=":material/search_off:")
        for reading in result.faces[:CARDS]:
            with st.container(border=True, gap="small"):
                face(reading)
        others(result.faces[CARDS:])
    downloads(name, result, image_entry(name, result), page=page, picture=drawn)


def video(view: JobView, *, name: str, page: str) -> None:
    """The report of a clip: figures, what happened when, the clip, downloads; as `photo`."""
    summary = view.timeline.summary()
    if not view.timeline.frames:
        return
    _figures(summary)
    clip, times = st.columns([2, 3], gap="medium")
    with clip:
        if view.clip is not None:
            st.video(view.clip, alt="The clip with labels drawn in")
        st.caption("Only the frames that were read, with labels drawn in; no sound.")
    with times:
        _timeline(view.timeline, page)
    if summary["distribution"]:
        st.subheader("Over the whole clip", anchor=False)
        shares = dict.fromkeys(_labels(view.timeline), 0.0) | summary["distribution"]
        bars = charts.share_bars(tables.share_frame(shares))
        chart(bars, "Share of the readings that each label has")
    downloads(name, view.timeline, video_entry(name, view.timeline), page=page, clip=view.clip)


def downloads(
    name: str,
    result: FrameResult | VideoTimeline,
    entry: dict[str, Any],
    *,
    page: str,
    picture: RgbImage | None = None,
    clip: bytes | None = None,
) -> None:
    """Buttons for the table (CSV), everything (JSON) and the annotated picture or clip."""
    stem = PurePath(name).stem
    files: list[tuple[str, bytes | Callable[[], str | bytes], str, str]] = [
        ("CSV", lambda: to_csv(result), ".csv", "text/csv"),
        ("JSON", lambda: to_json(entry), ".json", "application/json"),
    ]
    if picture is not None:
        files.append(("Picture", lambda: png(picture), "-annotated.png", "image/png"))
    if clip is not None:
        files.append(("Video", clip, "-annotated.mp4", "video/mp4"))
    with st.container(horizontal=True):
        for label, content, ending, kind in files:
            st.download_button(
                label,
                content,
                f"{stem}{ending}",
                kind,
                key=f"{page}_{ending.rpartition('.')[2]}",
                on_click="ignore",
                icon=":material/download:",
            )


def png(picture: RgbImage) -> bytes:
    """The picture as a PNG file that holds pixels and nothing else."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


def _labels(timeline: VideoTimeline) -> tuple[str, ...]:
    return next(face.raw.labels for frame in timeline.frames for face in frame.faces)


def _figures(summary: dict[str, Any]) -> None:
    dominant = summary["dominant"]
    share = f"{tables.percent(summary['dominant_share'])} of the readings" if dominant else None
    with st.container(horizontal=True):
        st.metric("Frames read", summary["frames"], border=True, width=165)
        st.metric("With a face", summary["frames_with_faces"], border=True, width=165)
        st.metric(
            "Commonest label",
            dominant or "none",
            share,
            delta_color="off",
            delta_arrow="off",
            border=True,
            width=165,
        )
        if dominant:
            sure = tables.percent(summary["average_confidence"])
            st.metric("Average confidence", sure, border=True, width=165)


def _timeline(timeline: VideoTimeline, page: str) -> None:
    people = tables.readings_by_person(timeline.frames)
    if not people:
        st.info(NO_FACE_VIDEO, icon=":material/search_off:")
        return
    person = next(iter(people))
    if len(people) > 1:
        person = st.selectbox(
            "Person",
            list(people),
            format_func=lambda p: f"Person {p} · in {len(people[p])} frames",
            key=f"{page}_person",
        )
    step_s = timeline.frames[1].timestamp_s if len(timeline.frames) > 1 else 1.0
    end_s = timeline.frames[-1].timestamp_s + step_s  # of what was read, also when cancelled
    ribbon = charts.ribbon(
        tables.ribbon_frame(people[person], step_s=step_s),
        window_s=(0.0, end_s),
        title="seconds",
        height=320,
        legend=True,
    )
    chart(ribbon, f"Shares of the labels of person {person} over the clip")
    st.caption("Faded stretches: not sure. Gaps: the face was not found.")
