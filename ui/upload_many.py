"""Many files: one table, a contact sheet, a comparison, and downloads of them all."""

from collections.abc import Mapping, Sequence

import streamlit as st

from fer_core.results import FaceResult, FrameResult, VideoTimeline
from ui import contact_sheet, show, tables, upload_charts, upload_exports, upload_tables
from ui.upload_exports import Read

A_PAGE, CARD_PX = 24, 170
OPEN_FAILURES = 3  # more sentences would push the pictures away
COMPARED = 24  # rows of a comparison; more could not be told apart


def overview(read: Sequence[Read]) -> None:
    """The table, the pictures, the comparison and the downloads."""
    table, sheet, compared = st.tabs(["Table", "Pictures", "Compare"], key="upload_tabs")
    with table:
        _table(read)
        _failures(read)
    with sheet:
        _sheet(read)
    with compared:
        _compare(read)
    pictures = [(file.name, reading.thumbnail) for file, reading in read if reading.thumbnail]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"All {len(read)} files:", width="content")
        upload_exports.buttons(read, stem="expressions", which="all")
        if pictures:
            show.download(
                "Contact sheet",
                lambda: contact_sheet.contact_sheet(pictures),
                "contact-sheet.png",
                "image/png",
                key="upload_sheet",
                text="All pictures with labels drawn in, small, on one PNG.",
            )
    upload_exports.report_choice("all")


def _table(read: Sequence[Read]) -> None:
    show.table(upload_tables.files_frame(read), key="upload_files_table")
    words = (
        "Press the head of a column to sort. Expression: the commonest label, or “not sure” where "
        "no reading is sure. Share: how many of the readings have it. Confidence: what the model "
        "gave on average."
    )
    faces = [face for _, reading in read for face in upload_tables.faces_of(reading)]
    st.caption(f"{words} {upload_tables.unsure_words(faces)}" if faces else words)


def _failures(read: Sequence[Read]) -> None:
    failed = [pair for pair in read if pair[1].error]
    if failed:
        many = "1 file with a problem" if len(failed) == 1 else f"{len(failed)} files with problems"
        few = len(failed) <= OPEN_FAILURES
        with st.expander(many, expanded=few, icon=":material/info:"):
            for file, reading in failed:
                st.markdown(f"**{tables.plain(file.name)}**: {reading.error}")


def _sheet(read: Sequence[Read]) -> None:
    pages = -(-len(read) // A_PAGE)
    page = 1
    if pages > 1:
        page = st.segmented_control(
            "Part",
            list(range(1, pages + 1)),
            default=1,
            required=True,
            format_func=lambda n: f"{(n - 1) * A_PAGE + 1}–{min(n * A_PAGE, len(read))}",
            key=f"upload_sheet_part_{pages}",
            label_visibility="collapsed",
        )
    with st.container(horizontal=True, gap="small"):
        for file, reading in read[(page - 1) * A_PAGE : page * A_PAGE]:
            with st.container(width=CARD_PX, gap="xxsmall"):
                words = upload_tables.file_words(reading)
                if reading.thumbnail:
                    st.image(reading.thumbnail, width="stretch", alt=f"{file.name}: {words}")
                st.caption(f"**{tables.plain(file.name)}**  \n{words}")


def _compare(read: Sequence[Read]) -> None:
    clips: dict[str, list[FaceResult]] = {}
    faces: dict[str, FaceResult] = {}
    results: list[FrameResult] = []
    for file, reading in read:
        if isinstance(reading.result, VideoTimeline):
            clips[file.name] = upload_tables.faces_in(reading.result)
            results += reading.result.frames
        elif isinstance(reading.result, FrameResult):
            for face in reading.result.faces:
                faces[f"{file.name} #{face.track_id}"] = face
            results.append(reading.result)
    labels = upload_tables.labels_of(results)
    if not labels:
        st.info("No face was found in any of these, so there is nothing to compare.")
    if any(clips.values()):
        st.markdown("**Clips:** how often each label was given")
        st.caption(upload_tables.unsure_words([face for row in clips.values() for face in row]))
        rows = dict(list(clips.items())[:COMPARED])
        spread = upload_tables.spread_frame(rows)
        chart = upload_charts.stacked_shares(spread, rows=list(rows), labels=labels)
        show.chart(chart, "How often each label was given, a row a clip")
        timelines = {
            file.name: reading.result
            for file, reading in read
            if isinstance(reading.result, VideoTimeline)
        }
        show.table(upload_tables.compare_frame(timelines), key="upload_compare_table")
    if faces:
        _compare_faces(faces, labels)


def _compare_faces(faces: Mapping[str, FaceResult], labels: Sequence[str]) -> None:
    """The faces of all photos, by the photo's name and their number in it."""
    st.markdown("**Photos:** the scores of each face")
    drawn = dict(list(faces.items())[:COMPARED])
    rest = f" The first {len(drawn)} of {len(faces)} faces are drawn; the table has them all."
    st.caption(f"Faded: not sure.{rest if len(drawn) < len(faces) else ''}")
    scores = upload_tables.scores_frame(drawn)
    chart = upload_charts.stacked_shares(scores, rows=list(drawn), labels=labels)
    said = "; ".join(f"{name}: {tables.label_words(face)}" for name, face in drawn.items())
    show.chart(chart, f"Scores of each face, a row a face. {said}")
    show.table(upload_tables.scores_table(faces), key="upload_scores_table")
