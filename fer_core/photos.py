"""Decodes photos from strangers to plain RGB. Runs in the limited process of `fer_core.decoder`.

In this order: size of the file, first bytes, Pillow with a list of formats, number of pixels,
only then the pixels themselves; upright by the EXIF note; 16 bits, CMYK, transparency, palettes
and colour profiles to plain RGB; scaled down.
"""

import io
import warnings
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

from fer_core.errors import MediaError
from fer_core.results import RgbImage
from fer_core.sniffing import HEAD_BYTES, photo_formats

MAX_PHOTO_BYTES = 25_000_000
MAX_PHOTO_PIXELS = 25_000_000
MAX_SIDE_PX = 2_000  # larger photos are scaled down to this: a face needs no more
_FIRST_FRAMES = 10  # of an animation, searched for one that is not a single colour
_PROFILED = frozenset(("RGB", "L", "CMYK"))  # the modes that colour profiles are made for
_SRGB = ImageCms.createProfile("sRGB")

# A picture that unpacks to far more than its file promises is refused, not remarked upon.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
# Oddities in the notes about a picture are no news to the people who open it.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


def load_decoders() -> None:
    """Imports every decoder now, for a process that may open no file later on."""
    import pillow_heif
    from PIL import AvifImagePlugin, MpoImagePlugin, TiffImagePlugin, WebPImagePlugin

    for plugin in (MpoImagePlugin, TiffImagePlugin, WebPImagePlugin):
        assert plugin  # importing it enters its format
    Image.preinit()  # BMP, GIF, JPEG, PNG
    pillow_heif.options.DECODE_THREADS = AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    pillow_heif.register_heif_opener()


def decode_photo(file: BinaryIO) -> RgbImage:
    """Reads a photo the right way up, at most 2,000 pixels a side.

    Transparent parts become white, 16-bit values are scaled to 8 bits, and of an animation
    the first picture is taken that is not all one colour.

    Args:
        file: open for reading; read from its start.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        MediaError: the file is too large, damaged or no photo.
    """
    file.seek(0)
    data = file.read(MAX_PHOTO_BYTES + 1)
    if len(data) > MAX_PHOTO_BYTES:
        raise MediaError(
            f"Expected a photo of at most {MAX_PHOTO_BYTES // 1_000_000} MB. Received a larger "
            "file. Save it smaller or as JPEG and try again."
        )
    formats = photo_formats(data[:HEAD_BYTES])
    if not formats:
        raise MediaError("Expected a photo. Received a video. Open it as a video instead.")
    if "HEIF" in formats:
        load_decoders()
    try:
        with Image.open(io.BytesIO(data), formats=formats) as image:
            _check_pixels(image)
            picture = _first_sensible_frame(image)
        return np.array(picture)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise MediaError(_too_many_pixels("far more")) from error
    except MediaError:
        raise
    except MemoryError as error:
        raise MediaError(_too_many_pixels("one that needs more memory than it may have")) from error
    except Exception as error:  # damaged files make the decoders raise whatever they like
        raise MediaError(
            "Expected a complete photo. Received a damaged or unfinished one. "
            "Save or download it again, or choose another photo."
        ) from error


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
    for index in range(_FIRST_FRAMES):
        try:
            image.seek(index)  # counting the frames first would unpack all of an animation
        except EOFError:
            break
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
    """A picture of any mode as RGB, scaled down."""
    if image.mode.startswith("I;16"):
        return _grey(np.asarray(image) / 257)
    if image.mode in ("I", "F"):
        # 32-bit values have no agreed white: the darkest and the brightest become 0 and 255.
        values = np.nan_to_num(np.asarray(image, np.float64), posinf=0, neginf=0)
        low, high = values.min(), values.max()
        return _grey((values - low) * (255 / (high - low) if high > low else 0))
    if image.has_transparency_data:
        layered = _small(image.convert("RGBA"))
        white = Image.new("RGBA", layered.size, "white")
        return Image.alpha_composite(white, layered).convert("RGB")
    profile = image.info.get("icc_profile") if image.mode in _PROFILED else None
    if image.mode not in _PROFILED:
        image = image.convert("RGB")
    image = _small(image)
    return _in_srgb(image, profile) if profile else image.convert("RGB")


def _small(image: Image.Image) -> Image.Image:
    image.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX))
    return image


def _grey(values: NDArray[np.float64]) -> Image.Image:
    return _small(Image.fromarray(np.round(values).astype(np.uint8)).convert("RGB"))


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Colours as the photo's profile means them: phones save Display P3, printers CMYK."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB")
    except Exception:  # a damaged or unfitting profile does not cost the photo
        converted = None
    return converted or image.convert("RGB")
