"""Draws results: faces with their bars, a photo with its downloads."""

import io
from collections.abc import Callable, Sequence
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st
from PIL import Image

from fer_core.annotation import DrawStyle, draw_faces
from fer_core.export import NO_FACE_PHOTO, image_entry, to_csv, to_json
from fer_core.media import read_image
from fer_core.palette import person_color
from fer_core.results import FaceResult, FrameResult, RgbImage
from ui import charts, tables
from ui.controls import Settings

JSON = "application/json"
CARDS = 4  # faces of a photo whose bars are drawn; the others are listed in words

INTENSITY_HELP = (
    "How clearly the face shows the label. Strong: about 8 of 10 people would say the same. "
    "Low: fewer than 5 of 10. It does not say how strongly anybody feels."
)


def chart(drawing: alt.Chart | alt.LayerChart, words: str) -> None:
    """A chart across its column, in the colours of the theme, with words for who cannot see it."""
    theme = st.context.theme.type
    st.altair_chart(charts.inked(drawing, theme), width="stretch", alt=words)


def quick_chart(
    draw: Callable[..., alt.Chart | alt.LayerChart],
    data: pd.DataFrame,
    words: str,
    *,
    key: str | None = None,
    on_select: Callable[[], None] | None = None,
    **settings: Any,
) -> None:
    """As `chart`, for charts that are drawn often: looks are made once and kept.

    Args:
        draw, settings: see `charts.specification`.
        data: what it shows.
        words: what it is, for who cannot see it.
        key, on_select: for a chart whose marks can be clicked: the state that holds what was,
            and what to do then.
    """
    spec = dict(charts.specification(draw, st.context.theme.type, **settings))
    st.vega_lite_chart(
        data, spec, width="stretch", alt=words, key=key, on_select=on_select or "ignore"
    )


def prepare_charts(*drawn: tuple[Callable[..., alt.Chart], dict[str, Any]]) -> None:
    """Makes what `quick_chart` will need, so that the first result does not wait for it."""
    for draw, settings in drawn:
        charts.specification(draw, st.context.theme.type, **settings)


def face(reading: FaceResult, *, often: bool = False) -> None:
    """A face in words and as bars, with a chip in the colour of its box.

    Args:
        reading: of the face.
        often: whether it is drawn again and again. Browsers build a chart anew when its words
            change, so these say no scores then.
    """
    graded = not reading.unsure and reading.label != "neutral"
    chip = f':color[⬤]{{foreground="{person_color(reading.track_id)}"}}'
    st.markdown(
        f"{chip} **{tables.face_words(reading)}**"
        + (f" · {reading.intensity} intensity" if graded else ""),
        help=INTENSITY_HELP if graded else None,
    )
    scores = tables.share_frame(reading.smoothed.as_dict()).assign(sure=reading.unsure is None)
    words = f"Scores of person {reading.track_id}"
    if not often:
        words += f": {tables.scores_in_words(reading.smoothed)}"
    quick_chart(charts.share_bars, scores, words)


def others(readings: Sequence[FaceResult]) -> None:
    """The faces that found no room, in words."""
    if readings:
        st.markdown("  \n".join(tables.face_words(reading) for reading in readings))


def unread(result: FrameResult, *, place: str = "in view") -> None:
    """How many faces were found but, being too many, not read."""
    if many := len(result.others):
        st.caption(f"{many} more {'face is' if many == 1 else 'faces are'} {place}, but not read.")


def photo(content: bytes, settings: Settings, style: DrawStyle, *, name: str, page: str) -> None:
    """Reads a photo and shows it annotated, with the scores beside it and downloads below.

    Args:
        content: a file's bytes.
        settings: how to read it.
        style: how to draw it, also in the file.
        name: to name it for people who cannot see it, and downloads.
        page: prefix of the widgets' keys.
    """
    image = read_image(content)
    result = settings.new_pipeline(moving=False).process(image, timestamp_s=0.0)
    drawn = draw_faces(image, result, style)
    photo_reading(drawn, result, name=name)
    entry = image_entry(name, result)
    with st.container(horizontal=True):
        download("CSV", lambda: to_csv(result), f"{name}.csv", "text/csv", key=f"{page}_csv")
        download("JSON", lambda: to_json(entry), f"{name}.json", JSON, key=f"{page}_json")
        download("Picture", lambda: png(drawn), f"{name}.png", "image/png", key=f"{page}_png")


def photo_reading(drawn: RgbImage, result: FrameResult, *, name: str) -> None:
    """A photo with labels drawn in, and its scores beside it."""
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


def table(frame: pd.DataFrame, *, key: str) -> None:
    """A table that can be sorted; its fractions are shares, shown as whole percent."""
    percent = st.column_config.NumberColumn(format="percent")
    shares = {name: percent for name in frame.columns if frame[name].dtype == float}
    st.dataframe(frame.round(2), hide_index=True, column_config=shares, key=key, placeholder="–")


def download(
    label: str,
    content: bytes | Callable[[], str | bytes],
    name: str,
    kind: str,
    *,
    key: str,
    text: str | None = None,
) -> None:
    """A button that downloads a file, made when it is pressed; the page stays as it is.

    Args:
        label: on the button.
        content: the file, or what makes it.
        name: of the file.
        kind: its MIME type.
        key: of the widget.
        text: what is in the file.
    """
    st.download_button(
        label,
        content,
        name,
        kind,
        key=key,
        help=text,
        on_click="ignore",
        icon=":material/download:",
    )


def png(picture: RgbImage) -> bytes:
    """The picture as a PNG file that holds pixels and nothing else."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()
