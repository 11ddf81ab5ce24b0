"""The upload page's input: a file of the person's own, or a sample that comes with the app."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import streamlit as st

from fer_core.media import kind_of
from fer_core.results import RgbImage
from fer_core.samples import sample_image, write_sample_clip

PHOTO_TYPES = ("jpg", "jpeg", "png", "webp", "heic", "heif", "avif", "gif", "bmp", "tif", "tiff")
VIDEO_TYPES = ("mp4", "mov", "m4v", "webm", "mkv", "avi", "3gp")
SAMPLE_PHOTOS = {"Astronaut": "astronaut", "Admiral": "grace_hopper"}
SAMPLE_CLIP = "Short clip"


@dataclass(frozen=True, slots=True)
class Source:
    """A photo or video to analyse.

    Attributes:
        name: to show and to name downloads after.
        identity: equal for equal content within a session.
        content: the file's bytes, or the picture itself for a sample photo.
    """

    name: str
    identity: str
    content: bytes | RgbImage

    @property
    def kind(self) -> Literal["image", "video"]:
        """What it is, by content.

        Raises:
            MediaError: it is neither.
        """
        return kind_of(self.content) if isinstance(self.content, bytes) else "image"


def choose() -> Source | None:
    """An uploader with samples below it; None while nothing is chosen."""
    upload = st.file_uploader(
        "Drop a photo or a short video here",
        type=[*PHOTO_TYPES, *VIDEO_TYPES],
        key="upload_file",
        help="Photos up to 25 MB, videos up to 200 MB and ten minutes.",
    )
    sample = st.pills(
        "No file at hand? Try a sample",
        [*SAMPLE_PHOTOS, SAMPLE_CLIP],
        key="upload_sample",
        disabled=upload is not None,
    )
    if upload is not None:
        return Source(upload.name, upload.file_id, upload.getvalue())
    if sample == SAMPLE_CLIP:
        return Source("sample-clip.mp4", SAMPLE_CLIP, _sample_clip())
    if sample is not None:
        name = SAMPLE_PHOTOS[sample]
        return Source(f"{name}.jpg", sample, sample_image(name))
    return None


@st.cache_data(show_spinner="Making the sample clip…")
def _sample_clip() -> bytes:
    with tempfile.TemporaryDirectory(prefix="fer-") as folder:
        path = Path(folder) / "sample.mp4"
        write_sample_clip(path)
        return path.read_bytes()
