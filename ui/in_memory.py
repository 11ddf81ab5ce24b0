"""Uploaded files: off the disk while they arrive, and gone when they were read."""

import sys

from starlette.formparsers import MultiPartParser
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.typing import UploadedFile


def keep_uploads_in_memory() -> None:
    """Makes the web server gather an upload in memory, whatever its size.

    By itself it writes what is over 1 MB to a file in the temporary folder. How large an upload
    may be is limited before, by `server.maxUploadSize`. To be called before the first upload can
    come, and as often as one likes.
    """
    MultiPartParser.spool_max_size = sys.maxsize


def let_go_of_all() -> None:
    """Frees every upload of this session."""
    context = get_script_run_ctx()
    if context is not None:
        context.uploaded_file_mgr.remove_session_files(context.session_id)


def let_go(upload: UploadedFile) -> None:
    """Frees an upload that was read; by itself the server keeps it until the session ends."""
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, upload.file_id)
