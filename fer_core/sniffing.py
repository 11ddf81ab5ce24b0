"""What a file is, by its first bytes; its name says nothing."""

from codecs import getincrementaldecoder

from fer_core.errors import MediaError

HEAD_BYTES = 32
_ACCEPTED = "a photo (JPEG, PNG, WebP, GIF, HEIC, AVIF, TIFF, BMP) or a video (MP4, MOV, WebM, AVI)"

_PHOTO_MAGIC = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
    b"BM": "BMP",
}
_STILL_BRANDS = frozenset(
    (b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
)
_MOVIE_ATOMS = frozenset((b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"))
_OTHER_MAGIC = {
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive or an office document",
    b"ID3": "a sound file",
    b"OggS": "an Ogg file",
    b"fLaC": "a sound file",
}


def photo_formats(head: bytes) -> tuple[str, ...]:
    """The Pillow formats that the first bytes of a file allow; () for a video.

    Args:
        head: at least the first `HEAD_BYTES` of the file, or all of it.

    Raises:
        MediaError: the bytes start neither a photo nor a video.
    """
    if not head:
        raise MediaError(
            f"Expected {_ACCEPTED}. Received an empty file. Save or download it again."
        )
    for magic, name in _PHOTO_MAGIC.items():
        if head.startswith(magic):
            return (name,)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return ("WEBP",)
    if head[4:8] == b"ftyp" and head[8:12] in _STILL_BRANDS:
        return ("AVIF", "HEIF")  # the brand mif1 leaves open which of the two
    is_video = (
        head[4:8] == b"ftyp"
        or head[4:8] in _MOVIE_ATOMS
        or head.startswith(b"\x1a\x45\xdf\xa3")  # Matroska and WebM
        or (head[:4] == b"RIFF" and head[8:12] == b"AVI ")
    )
    if is_video:
        return ()
    raise MediaError(
        f"Expected {_ACCEPTED}. Received {_described(head)}, whatever its name says. "
        "Choose another file, or convert this one."
    )


def _described(head: bytes) -> str:
    for magic, name in _OTHER_MAGIC.items():
        if head.startswith(magic):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "a sound file"
    return "a text file" if _is_text(head[:HEAD_BYTES]) else "another kind of file"


def _is_text(head: bytes) -> bool:
    try:  # an incremental decoder minds no letter that is cut at the end
        words = getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return all(letter >= " " or letter in "\t\n\r\f" for letter in words)
