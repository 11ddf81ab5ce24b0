"""Keeps uploaded files off the disk while they arrive."""

import sys

from starlette.formparsers import MultiPartParser


def keep_uploads_in_memory() -> None:
    """Makes the web server gather an upload in memory, whatever its size.

    By itself it writes what is over 1 MB to a file in the temporary folder. How large an upload
    may be is limited before, by `server.maxUploadSize`. To be called before the first upload can
    come, and as often as one likes.
    """
    MultiPartParser.spool_max_size = sys.maxsize
