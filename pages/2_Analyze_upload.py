"""Photo or video: a file or a sample in, annotated media and figures out."""

import streamlit as st

from ui import controls, inputs, show, uploads
from ui.page import fer_page

LEAD = (
    "Faces are found and their expressions labelled by a model. Your file goes to the machine "
    "that runs this app, is read in memory, and is forgotten when you close the page."
)

with fer_page("Photo or video", LEAD):
    source = inputs.choose()
    settings = controls.analysis_settings("upload", moving=True)
    if source is None:
        uploads.stop_job()
    elif source.kind == "image":
        uploads.stop_job()
        with st.spinner("Looking for faces…"):
            show.photo(source.content, settings, name=source.name, page="upload")
    else:
        uploads.video(source, settings)
