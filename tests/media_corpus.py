"""Makes every odd photo and video that the tests need; nothing is committed.

`PHOTOS` and `CLIPS` are read, `REFUSED` gets a sentence: file name → function that writes it.
"""

import io
import struct
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import cv2
import numpy as np
import pillow_heif
from av.video.reformatter import Colorspace, ColorTrc
from numpy.typing import NDArray
from PIL import Image, ImageCms

from fer_core.results import RgbImage
from fer_core.samples import sample_image

Maker = Callable[[Path], None]

# EXIF orientation → where the stored first row and first column belong (CIPA DC-008, 4.6.4).
_ORIENTATIONS = {
    1: ("top", "left"),
    2: ("top", "right"),
    3: ("bottom", "right"),
    4: ("bottom", "left"),
    5: ("left", "top"),
    6: ("right", "top"),
    7: ("right", "bottom"),
    8: ("left", "bottom"),
}
# Degrees clockwise → the matrix (a, b, c, d) of the QuickTime track header.
_TRACK_MATRICES = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}


def quadrants(size_wh: tuple[int, int] = (64, 48)) -> RgbImage:
    """Red top left, green top right, blue bottom left, black bottom right."""
    width, height = size_wh
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 2, : width // 2, 0] = 255
    image[: height // 2, width // 2 :, 1] = 255
    image[height // 2 :, : width // 2, 2] = 255
    return image


def corners(image: RgbImage) -> str:
    """The colours of the four corners, row by row: "RGBK" for upright quadrants."""
    inset = max(min(image.shape[:2]) // 8, 1)
    return "".join(
        "RGB"[int(pixel.argmax())] if pixel.max() > 128 else "K"
        for pixel in (image[y, x] for y in (inset, -inset) for x in (inset, -inset))
    )


def face_image(side_px: int = 256) -> RgbImage:
    """One public-domain face, square."""
    face = sample_image("astronaut")[0:300, 75:375]
    return np.asarray(cv2.resize(face, (side_px, side_px), interpolation=cv2.INTER_AREA), np.uint8)


def thirty_faces(side_px: int = 128) -> RgbImage:
    """Five rows of six faces, two people by turns."""
    cuts = sample_image("astronaut")[30:210, 134:314], sample_image("grace_hopper")[60:340, 110:390]
    pair = [cv2.resize(cut, (side_px, side_px), interpolation=cv2.INTER_AREA) for cut in cuts]
    rows = [np.hstack([pair[(row + column) % 2] for column in range(6)]) for row in range(5)]
    return np.asarray(np.vstack(rows), np.uint8)


def photo_bytes(image: RgbImage, form: str = "PNG", mode: str = "RGB") -> bytes:
    """A photo as the bytes of a file."""
    if form == "HEIF":
        pillow_heif.register_heif_opener()
    buffer = io.BytesIO()
    Image.fromarray(image).convert(mode).save(buffer, form)
    return buffer.getvalue()


def write_oriented_photo(
    path: Path, orientation: int, form: str = "JPEG", *, upright: RgbImage | None = None
) -> None:
    """A picture (None: quadrants) as a camera held otherwise stores it, with the EXIF note."""
    first_row, first_column = _ORIENTATIONS[orientation]
    stored = quadrants() if upright is None else upright
    if first_row in ("left", "right"):
        stored = stored.transpose(1, 0, 2)
    if first_row in ("bottom", "right"):
        stored = stored[::-1]
    if first_column in ("bottom", "right"):
        stored = stored[:, ::-1]
    exif = Image.Exif()
    exif[0x0112] = orientation
    if form == "HEIF":
        pillow_heif.register_heif_opener()
    Image.fromarray(np.ascontiguousarray(stored)).save(path, form, exif=exif.tobytes(), quality=95)


def write_deep_png(path: Path, image: NDArray[np.uint16]) -> None:
    """A PNG of 16 bits a channel, (H, W) grey or (H, W, 3) RGB."""
    data = image if image.ndim == 2 else image[:, :, ::-1]
    path.write_bytes(cv2.imencode(".png", data)[1].tobytes())


def write_translucent_png(path: Path) -> None:
    """Opaque red on the left, on the right black that cannot be seen."""
    image = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 20, 20))
    image.save(path, "PNG")


def write_animation(path: Path, form: str = "GIF") -> None:
    """Two frames: nothing but white, then the quadrants."""
    frames = [Image.new("RGB", (64, 48), "white"), Image.fromarray(quadrants())]
    frames[0].save(path, form, save_all=True, append_images=frames[1:], duration=100)


def write_av1_clip(path: Path) -> None:
    """Quadrants as AV1: an animated AVIF under the name of another container."""
    # AV1's encoder for clips takes real-time priority when root calls it: the machine stands still.
    frames, avif = [Image.fromarray(quadrants())] * 5, io.BytesIO()
    frames[0].save(avif, "AVIF", save_all=True, append_images=frames[1:], duration=100)
    brands = avif.getvalue().replace(b"avis", b"isom").replace(b"avif", b"isom")
    path.write_bytes(brands.replace(b"meta", b"free", 1))  # the still picture beside the track


def write_pair(path: Path) -> None:
    """Two pictures in one JPEG file, as phones store a photo with its depth map."""
    face = Image.fromarray(face_image())
    face.save(path, "MPO", save_all=True, append_images=[Image.new("RGB", face.size)])


def write_deep_heic(path: Path) -> None:
    """A face of 10 bits a channel."""
    face = face_image().astype(np.uint16) * 257
    heif = pillow_heif.from_bytes("RGB;16", face.shape[1::-1], face.tobytes())
    heif.save(path, quality=90)


def write_profiled_photo(path: Path) -> None:
    """A photo whose colour profile says that its red values mean green, and the reverse."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.index(b"rXYZ"), profile.index(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    image = Image.fromarray(quadrants())
    image.save(path, "JPEG", quality=95, icc_profile=bytes(profile))


def write_huge_photo(path: Path) -> None:
    """12,000 × 12,000 pixels in a few kilobytes."""
    Image.new("1", (12_000, 12_000)).save(path, "PNG")


def write_clip(
    path: Path,
    *,
    size_wh: tuple[int, int] = (64, 48),
    times_s: Sequence[float] = (0.0, 0.1, 0.2, 0.3, 0.4),
    images: Sequence[RgbImage] | NDArray[np.uint8] = (),
    codec: str = "libx264",
    container: str | None = None,
    options: dict[str, str] | None = None,
    encoder: dict[str, str] | None = None,
    pixels: str | None = None,
    matrix: str = "itu601",
    tell_matrix: bool = True,
    transfer: ColorTrc = ColorTrc.UNSPECIFIED,
    b_frames: int = 0,
    heard: NDArray[np.float32] | None = None,
    sound_codec: str = "aac",
) -> None:
    """A clip of quadrants, or of `images` in turn, with frames at the given times.

    Args:
        options: of the container; `encoder`: of the encoder.
        pixels: format of the encoded pixels; None takes what fits codec and size.
        matrix: from RGB, "itu601" (which goes unsaid) or "itu709"; `tell_matrix`: say it.
        b_frames: at most so many in a row; with 0 there is one packet a frame in order, so
            that a cut file keeps its first frames.
        heard: one channel of sound from the first frame on, 48,000 samples a second.
    """
    pictures = images if len(images) else [quadrants(size_wh)]
    if pixels is None:
        pixels = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        if size_wh[0] % 2 or size_wh[1] % 2:
            pixels = "yuv444p"  # the only one of these that allows odd sides
    with av.open(str(path), "w", format=container, options=options or {}) as output:
        stream = output.add_stream(codec, rate=30, options=encoder or {})
        stream.width, stream.height = size_wh
        stream.pix_fmt = pixels
        stream.codec_context.max_b_frames = b_frames
        stream.codec_context.time_base = Fraction(1, 600)
        stream.codec_context.color_trc = transfer
        if matrix != "itu601" and tell_matrix:
            stream.codec_context.colorspace = Colorspace[matrix]
        sound = None if heard is None else output.add_stream(sound_codec, 48_000, layout="mono")
        for index, time_s in enumerate(times_s):
            picture = np.ascontiguousarray(pictures[index % len(pictures)])
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(
                format=pixels, dst_colorspace=Colorspace[matrix]
            )
            frame.color_trc = transfer
            if not tell_matrix:
                frame.colorspace = Colorspace.DEFAULT
            frame.pts, frame.time_base = round(time_s * 600), Fraction(1, 600)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
        if sound is not None and heard is not None:
            frame = av.AudioFrame.from_ndarray(heard[None], format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 48_000, round(times_s[0] * 48_000)
            output.mux([*sound.encode(frame), *sound.encode(None)])


def tone(seconds: float, *, silent_s: float = 0.0) -> NDArray[np.float32]:
    """A tone of 440 Hz after a silence, together `seconds` long."""
    at_s = np.arange(round(seconds * 48_000)) / 48_000
    return np.where(at_s < silent_s, 0, 0.5 * np.sin(2 * np.pi * 440 * at_s)).astype(np.float32)


def write_rotated_clip(
    path: Path, degrees: int, *, upright: RgbImage | None = None, crf: int = 23
) -> None:
    """A clip stored lying, with the phone's note to turn it clockwise by `degrees`.

    Args:
        upright: what is to be seen; None takes quadrants.
        crf: how much quality may be lost, 0 (nothing) and more.
    """
    image = quadrants() if upright is None else upright
    stored = np.rot90(image, degrees // 90)  # counter-clockwise: the note undoes it
    height, width = stored.shape[:2]
    write_clip(path, size_wh=(width, height), images=[stored], encoder={"crf": str(crf)})
    a, b, c, d = (value << 16 for value in _TRACK_MATRICES[degrees])
    data = bytearray(path.read_bytes())
    start = data.index(b"tkhd") + 44
    data[start : start + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(bytes(data))


def write_sound(path: Path) -> None:
    """Half a second of silence, without a picture."""
    with av.open(str(path), "w", format="mp4") as output:
        stream = output.add_stream("aac", rate=16_000)
        silence = np.zeros((1, 8_000), np.float32)
        frame = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 16_000, 0
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def write_frameless_clip(path: Path, container: str = "avi") -> None:
    """A video track that holds no frame."""
    with av.open(str(path), "w", format=container) as output:
        stream = output.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        output.start_encoding()


def write_cut_clip(path: Path, *, keep: float) -> None:
    """The first part of a clip of ten frames whose index stands in front."""
    scene = np.random.default_rng(0).integers(0, 255, (10, 48, 64, 3)).astype(np.uint8)
    times_s = [index / 10 for index in range(10)]
    front = {"movflags": "+faststart"}
    write_clip(path, images=scene, times_s=times_s, container="mp4", options=front)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])


def write_camera_file(path: Path) -> None:
    """A moving face as an .mjpeg for Chromium's fake camera: 640×480, two seconds at 30 fps."""
    scene = np.full((480, 640, 3), 128, np.uint8)
    face = face_image(300)
    with path.open("wb") as file:
        for index in range(60):
            left = 170 + round(40 * np.sin(index / 60 * 2 * np.pi))
            frame = scene.copy()
            frame[90:390, left : left + 300] = face
            Image.fromarray(frame).save(file, "JPEG", quality=85)


def _photo(image: Callable[[], RgbImage], form: str = "PNG", mode: str = "RGB") -> Maker:
    return lambda path: _write(path, photo_bytes(image(), form, mode))


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _text(text: str) -> Maker:
    return lambda path: _write(path, text.encode())


def _half(form: str) -> Maker:
    def write(path: Path) -> None:
        data = photo_bytes(face_image(), form)
        path.write_bytes(data[: len(data) // 2])

    return write


def _deep_grey(path: Path) -> None:
    write_deep_png(path, np.linspace(0, 65_535, 64 * 48).reshape(48, 64).astype(np.uint16))


def _sound_with_cover(path: Path) -> None:
    with av.open(str(path), "w", format="mp4") as output:
        cover = output.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 48, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        sound = output.add_stream("aac", rate=16_000)
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 4_000), np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate, frame.pts = 16_000, 0
        output.mux(cover.encode(av.VideoFrame.from_ndarray(quadrants(), format="rgb24")))
        output.mux(sound.encode(frame))
        output.mux([*cover.encode(None), *sound.encode(None)])


PHOTOS: dict[str, Maker] = {
    "face.jpg": _photo(face_image, "JPEG"),
    "face.heic": _photo(face_image, "HEIF"),
    "face.avif": _photo(face_image, "AVIF"),
    "face.webp": _photo(face_image, "WEBP"),
    "face.tiff": _photo(face_image, "TIFF"),
    "face.bmp": _photo(face_image, "BMP"),
    "cmyk.jpg": _photo(face_image, "JPEG", "CMYK"),
    "grey.png": _photo(face_image, "PNG", "L"),
    "black_and_white.png": _photo(face_image, "PNG", "1"),
    "palette.png": _photo(face_image, "PNG", "P"),
    "thirty_faces.jpg": _photo(thirty_faces, "JPEG"),
    "no_face.png": _photo(quadrants),
    "one_pixel.png": _photo(lambda: np.zeros((1, 1, 3), np.uint8)),
    "odd_size.png": _photo(lambda: quadrants((63, 47))),
    "sixteen_bit.png": _deep_grey,
    "ten_bit.heic": write_deep_heic,
    "floats.tiff": _photo(face_image, "TIFF", "F"),
    "alpha.png": write_translucent_png,
    "animated.gif": write_animation,
    "animated.webp": lambda path: write_animation(path, "WEBP"),
    "animated.avif": lambda path: write_animation(path, "AVIF"),
    "pages.tiff": lambda path: write_animation(path, "TIFF"),
    "pair.jpg": write_pair,
    "profile.jpg": write_profiled_photo,
    **{
        f"turned_{orientation}.jpg": partial(write_oriented_photo, orientation=orientation)
        for orientation in range(1, 9)
    },
    "photo_named.mp4": _photo(face_image),
}
CLIPS: dict[str, Maker] = {
    "clip.mp4": write_clip,
    "vp8.webm": partial(write_clip, codec="libvpx"),
    "vp9.webm": partial(write_clip, codec="libvpx-vp9"),
    "av1.mp4": write_av1_clip,
    "h265.mov": partial(write_clip, codec="libx265"),
    "hdr.mp4": partial(
        write_clip, codec="libx265", pixels="yuv420p10le", transfer=ColorTrc.ARIB_STD_B67
    ),
    "mpeg4.avi": partial(write_clip, codec="mpeg4", times_s=[i / 30 for i in range(5)]),
    "motion_jpeg.avi": partial(write_clip, codec="mjpeg", times_s=[i / 30 for i in range(5)]),
    "phone.3gp": write_clip,
    "sound.mp4": partial(write_clip, heard=tone(0.5)),
    "sound.mkv": partial(write_clip, heard=tone(0.5), sound_codec="flac"),
    "varying_rate.mp4": partial(write_clip, times_s=[0.0, 0.05, 0.1, 1.0, 1.05, 3.0]),
    "one_frame.mp4": partial(write_clip, times_s=[0.0]),
    "browser.webm": partial(write_clip, codec="libvpx", options={"live": "1"}),
    "odd_size.mp4": partial(write_clip, size_wh=(63, 47)),
    **{
        f"turned_{degrees}.mov": partial(write_rotated_clip, degrees=degrees)
        for degrees in (0, 90, 180, 270)
    },
    "video_named.png": partial(write_clip, container="mp4"),
    "cut_late.mp4": partial(write_cut_clip, keep=0.6),
}
REFUSED: dict[str, Maker] = {
    "empty.jpg": _text(""),
    "empty.mp4": _text(""),
    "text_named.jpg": _text("Just a letter to a friend.\n"),
    "text_named.mp4": _text("Just a letter to a friend.\n"),
    "script_named.mp4": _text("ffconcat version 1.0\nfile 'clip.mp4'\n"),
    "playlist_named.mp4": _text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nclip.mp4\n"),
    "session_named.mp4": _text("v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n"),
    "truncated.jpg": _half("JPEG"),
    "truncated.png": _half("PNG"),
    "truncated.heic": _half("HEIF"),
    "huge.png": write_huge_photo,
    "sound_only.mp4": write_sound,
    "sound_with_cover.m4a": _sound_with_cover,
    "rare_codec.mkv": partial(write_clip, codec="ffv1"),
    "too_long.mp4": partial(write_clip, times_s=[0.0, 700.0]),
    "no_frames.avi": write_frameless_clip,
    "no_frames.mp4": partial(write_frameless_clip, container="mp4"),
    "cut_early.mp4": partial(write_cut_clip, keep=0.1),
}
