"""The ways in: files, a folder, a zip, or a sample that comes with the app."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

import streamlit as st
from streamlit.typing import UploadedFile

from fer_core.samples import sample_image, write_sample_clip
from ui.desk import MAX_BYTES, MAX_FILES, Desk
from ui.files import GivenFile, given
from ui.in_memory import let_go
from ui.show import png

PHOTO_TYPES = ("jpg", "jpeg", "png", "webp", "heic", "heif", "avif", "gif", "bmp", "tif", "tiff")
VIDEO_TYPES = ("mp4", "mov", "m4v", "webm", "mkv", "avi", "3gp")
SAMPLE_PHOTOS = {"Astronaut": "astronaut", "Admiral": "grace_hopper"}
SAMPLE_CLIP = "Short clip"
LIMITS = (
    "Photos up to 25 MB, videos up to 200 MB and ten minutes; "
    f"at most {MAX_FILES} files and {MAX_BYTES // 1_000_000} MB together. "
    "The files in a zip count one by one."
)


def take_in(desk: Desk) -> None:
    """An uploader with samples below it. What is given goes to the desk, and the page runs anew."""
    state = st.session_state
    # What was taken needs no second copy in the uploader: a new one takes its place.
    turn = state.setdefault("upload_turn", 0)
    with st.container(key="upload_ways", gap="small"):
        folder = (
            st.segmented_control(
                "Choose",
                ["Files", "Folder"],
                default="Files",
                required=True,
                key="upload_way",
                label_visibility="collapsed",
                persist_state="session",
            )
            == "Folder"
        )
        uploads = _uploader(turn, folder=folder, again=bool(desk.files))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown("No file at hand? Try a sample:", width="content")
            samples = [
                name
                for name in (*SAMPLE_PHOTOS, SAMPLE_CLIP)
                if st.button(name, key=f"upload_sample_{name.split()[0].lower()}")
            ]
    if uploads or samples:
        with st.spinner("Taking in…"):
            desk.add(_all(uploads, samples))
        for upload in uploads:
            let_go(upload)
        state["upload_turn"] = turn + 1
        st.rerun()
    for sentence in desk.turned_away:
        st.warning(sentence, icon=":material/inventory_2:")


def _uploader(turn: int, *, folder: bool, again: bool) -> list[UploadedFile]:
    more = "more " if again else ""
    if folder:
        return st.file_uploader(
            f"Choose a folder with {more}photos and videos; what else is in it is left out",
            type=[*PHOTO_TYPES, *VIDEO_TYPES],
            accept_multiple_files="directory",
            key=f"upload_folder_{turn}",
            help=LIMITS,
        )
    return st.file_uploader(
        f"Drop {more}photos, videos or a zip of them here",
        type=[*PHOTO_TYPES, *VIDEO_TYPES, "zip"],
        accept_multiple_files=True,
        key=f"upload_files_{turn}",
        help=LIMITS,
    )


def _all(uploads: Iterable[UploadedFile], samples: Iterable[str]) -> Iterable[GivenFile]:
    for upload in uploads:
        yield from given(upload.name, upload.getvalue())
    for sample in samples:
        name = SAMPLE_PHOTOS.get(sample)
        if name is None:
            yield from given("sample-clip.mp4", _sample_clip())
        else:
            yield from given(f"{name}.png", _sample_photo(name))


@st.cache_data(show_spinner="Making the sample clip…")
def _sample_clip() -> bytes:
    with tempfile.TemporaryDirectory(prefix="fer-") as folder:
        path = Path(folder) / "sample.mp4"
        write_sample_clip(path)
        return path.read_bytes()


@st.cache_data(show_spinner=False)
def _sample_photo(name: str) -> bytes:
    return png(sample_image(name))
