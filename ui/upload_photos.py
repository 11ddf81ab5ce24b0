"""One photo: the picture with its faces, a closer look at one of them, downloads."""

from collections.abc import Collection

import streamlit as st

from fer_core.annotation import draw_faces
from fer_core.heatmap import draw_heat_map, heat_map
from fer_core.media import read_image
from fer_core.preprocessing import crop_face
from fer_core.results import FaceResult, FrameResult, RgbImage
from ui import resources, show, tables, upload_charts, upload_exports, upload_tables
from ui.desk import Desk
from ui.files import GivenFile
from ui.page import plain_errors
from ui.readings import Reading

CLOSE_PX = 260


def photo(desk: Desk, file: GivenFile, reading: Reading) -> None:
    """A photo that was read."""
    result = reading.result
    assert isinstance(result, FrameResult)

    image = desk.made(("photo", file.identity), lambda: read_image(file.content))
    picture = draw_faces(image, result)
    if len(result.faces) <= show.CARDS:
        show.photo_reading(picture, result, name=file.name)
    else:
        _crowd(picture, result, name=file.name)
    stem = upload_exports.stem_of(file)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("Download:", width="content")
        upload_exports.buttons([(file, reading)], stem=stem)
        show.download(
            "Picture",
            lambda: show.png(picture),
            f"{stem}-annotated.png",
            "image/png",
            key="upload_png",
            text="The picture with labels drawn in, as PNG. Nothing else of the file goes along.",
        )
    upload_exports.report_choice()
    if result.faces:
        st.header("A closer look at one face", anchor=False)
        few = len(result.faces) <= show.CARDS
        barred = [face.track_id for face in result.faces] if few else []
        closer(desk, image, result, reading, key=file.identity, without_bars=barred)


def _crowd(drawn: RgbImage, result: FrameResult, *, name: str) -> None:
    """A photo with more faces than there is room for cards: a row of colours for each."""
    words = tables.frame_words(result)
    picture, scores = st.columns([3, 2], gap="medium")
    with picture:
        st.image(drawn, width="stretch", alt=f"{name}: {words}")
    with scores:
        rows = {upload_tables.short_words(face): face for face in result.faces}
        chart = upload_charts.stacked_shares(
            upload_tables.scores_frame(rows),
            rows=list(rows),
            labels=upload_tables.labels_of([result]),
        )
        show.chart(chart, f"The scores of each face. {words}")
        st.caption("A row a face, by the numbers in the picture. Faded: not sure.")
        show.unread(result, place="in the picture")


def closer(
    desk: Desk,
    image: RgbImage,
    result: FrameResult,
    reading: Reading,
    *,
    key: str,
    without_bars: Collection[int] = (),
) -> None:
    """One face cut out, what the network looked at in it, and why it may be in doubt.

    Args:
        desk: keeps what takes long to make.
        image: (H, W, 3) uint8 RGB that `result` was read in.
        result: with at least one face.
        reading: whose settings to ask the network with.
        key: names the image.
        without_bars: numbers of the faces whose bars stand elsewhere on the page.
    """
    faces = {face.track_id: face for face in result.faces}

    @st.fragment
    def look() -> None:
        with plain_errors():
            number = next(iter(faces))
            if len(faces) > 1:
                number = st.pills(
                    "Face",
                    list(faces),
                    default=number,
                    required=True,
                    format_func=lambda n: (
                        f"#{n} {'not sure' if faces[n].unsure else faces[n].label}"
                    ),
                    key=f"upload_face_{key}",
                    label_visibility="collapsed",
                )
            with st.container(horizontal=True, gap="medium"):
                _close_up(desk, image, faces[number], reading, key=key)
                with st.container(width=CLOSE_PX + 120, gap="small"):
                    _words(faces[number], bars=number not in without_bars)

    look()


def _close_up(desk: Desk, image: RgbImage, face: FaceResult, reading: Reading, *, key: str) -> None:
    classifier = resources.shared_classifier(reading.plan.settings.head)
    spec = classifier.card.input

    def pair() -> tuple[RgbImage, RgbImage]:
        crop = crop_face(image, face.face, spec)
        heat = heat_map(classifier, crop, label=face.label)
        hot = draw_heat_map(image, face.face, heat, spec=spec)
        return crop, crop_face(hot, face.face, spec)

    crop, hot = desk.made(("face", key, classifier.head, face.track_id, face.label), pair)
    for shown, caption in ((crop, "The face as cut out"), (hot, "Where it looked")):
        with st.container(width=CLOSE_PX):
            st.image(shown, caption, width="stretch", alt=f"{caption}: face {face.track_id}")


def _words(face: FaceResult, *, bars: bool) -> None:
    if bars:
        show.face(face)
    else:
        st.markdown(f"**{tables.face_words(face)}**")
    if face.unsure:
        st.markdown(upload_tables.doubt_words(face))
    st.caption(
        f"The brighter a part, the more “{face.label}” loses when that part is covered. "
        "It shows what this answer hangs on, not whether it is right."
    )
