"""The gate for photos and videos from strangers: what comes through is a plain RGB array.

Photos are read here; clips in `fer_core.video`, written in `fer_core.video_writer`; this
module offers all of them. What a file is, is decided by its first bytes, never by its name.
"""

import io
import warnings
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageOps

from fer_core.errors import MediaError
from fer_core.results import RgbImage
from fer_core.video import VideoInfo, iter_frames, probe_video
from fer_core.video_writer import VideoWriter

__all__ = ["VideoInfo", "VideoWriter", "iter_frames", "kind_of", "probe_video", "read_image"]

MAX_PHOTO_BYTES = 25_000_000
MAX_PHOTO_PIXELS = 25_000_000
MAX_SIDE_PX = 2_000  # larger photos are scaled down to this: a face needs no more
_FIRST_FRAMES = 10  # of an animation, searched for one that is not a single colour
_HEAD_BYTES = 32
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

# A picture that unpacks to far more than its file promises is refused, not remarked upon.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
# Oddities in the notes about a picture are no news to the people who open it.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


def kind_of(source: Path | str | bytes) -> Literal["image", "video"]:
    """Whether a file is a photo or a video, by its content.

    Args:
        source: path of a file, or its whole content.

    Raises:
        MediaError: the file is missing, empty or neither of the two.
    """
    return "image" if _photo_formats(_head(source)) else "video"


def read_image(source: Path | str | bytes) -> RgbImage:
    """Reads a photo the right way up, at most 2,000 pixels a side.

    Transparent parts become white, 16-bit values are scaled to 8 bits, and of an animation
    the first picture is taken that is not all one colour.

    Args:
        source: path of a file, or its whole content.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        MediaError: the file is missing, too large, damaged or no photo.
    """
    formats = _photo_formats(_head(source))
    if not formats:
        raise MediaError("Expected a photo. Received a video. Open it as a video instead.")
    data = _content(source)
    if "HEIF" in formats:
        import pillow_heif  # only for the photos that need it

        pillow_heif.register_heif_opener()
    try:
        with Image.open(io.BytesIO(data), formats=formats) as image:
            _check_pixels(image)
            picture = _first_sensible_frame(image)
        picture.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX))
        return np.array(picture)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise MediaError(_too_many_pixels("far more")) from error
    except MediaError:
        raise
    except Exception as error:  # damaged files make the decoders raise whatever they like
        raise MediaError(
            "Expected a complete photo. Received a damaged or unfinished one. "
            "Save or download it again, or choose another photo."
        ) from error


def _head(source: Path | str | bytes) -> bytes:
    if isinstance(source, bytes):
        head = source[:_HEAD_BYTES]
    else:
        path = Path(source)
        if not path.is_file():
            found = "a folder" if path.is_dir() else "nothing of that name"
            raise MediaError(f"Expected a file at {path}. Received {found}. Check the path.")
        try:
            with path.open("rb") as file:
                head = file.read(_HEAD_BYTES)
        except OSError as error:
            raise _unreadable(path, error) from error
    if not head:
        raise MediaError(
            f"Expected {_ACCEPTED}. Received an empty file. Save or download it again."
        )
    return head


def _content(source: Path | str | bytes) -> bytes:
    if isinstance(source, bytes):
        data = source
    else:
        try:
            with Path(source).open("rb") as file:
                data = file.read(MAX_PHOTO_BYTES + 1)
        except OSError as error:
            raise _unreadable(Path(source), error) from error
    if len(data) > MAX_PHOTO_BYTES:
        raise MediaError(
            f"Expected a photo of at most {MAX_PHOTO_BYTES // 1_000_000} MB. Received a larger "
            "file. Save it smaller or as JPEG and try again."
        )
    return data


def _unreadable(path: Path, error: OSError) -> MediaError:
    return MediaError(
        f"Expected to read {path}. Received an error ({error.strerror}). "
        "Check that the file may be read, or copy it elsewhere."
    )


def _photo_formats(head: bytes) -> tuple[str, ...]:
    """The Pillow formats that the first bytes allow; () for a video.

    Raises:
        MediaError: the bytes start neither a photo nor a video.
    """
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
    is_text = all(byte >= 0x20 or byte in b"\t\n\r\f" for byte in head)
    return "a text file" if is_text else "another kind of file"


def _too_many_pixels(received: str) -> str:
    return (
        f"Expected a photo of at most {MAX_PHOTO_PIXELS // 1_000_000} million pixels. Received "
        f"{received}. Make it smaller, for example 4,000 × 3,000 pixels, and try again."
    )


def _check_pixels(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MAX_PHOTO_PIXELS:
        raise MediaError(_too_many_pixels(f"{width:,} × {height:,}"))


def _first_sensible_frame(image: Image.Image) -> Image.Image:
    first = None
    for index in range(min(getattr(image, "n_frames", 1), _FIRST_FRAMES)):
        image.seek(index)
        _check_pixels(image)  # the frames of one file may differ in size
        frame = _to_rgb(_upright(image))
        if any(low != high for low, high in frame.getextrema()):  # type: ignore[misc]
            return frame
        first = first or frame
    assert first is not None
    return first


def _upright(image: Image.Image) -> Image.Image:
    image.load()
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # notes about the photo may be damaged where the photo is not
        return image.copy()


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        return _grey(np.asarray(image) / 257)
    if image.mode in ("I", "F"):
        # 32-bit values have no agreed white: the darkest and the brightest become 0 and 255.
        values = np.nan_to_num(np.asarray(image, np.float64), posinf=0, neginf=0)
        low, high = values.min(), values.max()
        return _grey((values - low) * (255 / (high - low) if high > low else 0))
    if image.has_transparency_data:
        layered = image.convert("RGBA")
        white = Image.new("RGBA", layered.size, "white")
        return Image.alpha_composite(white, layered).convert("RGB")
    return image.convert("RGB")


def _grey(values: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> Image.Image:
    return Image.fromarray(np.round(values).astype(np.uint8)).convert("RGB")
