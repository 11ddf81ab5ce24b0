"""The gate for photos, and how photos and videos are told apart."""

import io
import os

import numpy as np
import pytest
from PIL import GifImagePlugin, Image

from fer_core import media, photos
from fer_core.errors import MediaError
from fer_core.media import kind_of, read_image
from tests import media_corpus as corpus


def decode(path):
    """What the decoder process does with a photo, in this one, so that it can be watched."""
    with path.open("rb") as file:
        return photos.decode_photo(file)


@pytest.mark.parametrize("name", corpus.PHOTOS)
def test_every_photo_is_known_by_its_content(tmp_path, name):
    corpus.PHOTOS[name](tmp_path / name)
    assert kind_of(tmp_path / name) == "image"
    image = read_image(tmp_path / name)
    assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
    assert image.flags.c_contiguous and image.flags.writeable
    np.testing.assert_array_equal(read_image((tmp_path / name).read_bytes()), image)


@pytest.mark.parametrize("name", corpus.CLIPS)
def test_every_clip_is_known_by_its_content(tmp_path, name):
    corpus.CLIPS[name](tmp_path / name)
    assert kind_of(tmp_path / name) == "video"
    with pytest.raises(MediaError, match="Expected a photo. Received a video"):
        read_image(tmp_path / name)


@pytest.mark.parametrize(
    ("head", "described"),
    [
        (b"", "an empty file"),
        (b"plain words", "a text file"),
        ("Größe".encode() * 6, "a text file"),
        (bytes(range(0x80, 0xC0)), "another kind of file"),
        (b"ffconcat version 1.0\nfile 'x.mp4'\n", "a text file"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n", "a text file"),
        (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n", "a text file"),
        (b"%PDF-1.7", "a PDF document"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"RIFF\x00\x00\x00\x00WAVE", "a sound file"),
        (b"\x7fELF\x02\x01", "another kind of file"),
    ],
)
def test_what_is_neither_photo_nor_video_is_named(head, described):
    with pytest.raises(MediaError, match=f"Received {described}"):
        kind_of(head)
    with pytest.raises(MediaError, match=f"Received {described}"):
        read_image(head)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image"),
        (b"GIF89a", "image"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image"),
        (b"\x00\x00\x00\x1cftypheic", "image"),
        (b"\x00\x00\x00\x1cftypmif1", "image"),
        (b"\x00\x00\x00\x1cftypqt  ", "video"),
        (b"\x00\x00\x00\x1cftypisom", "video"),
        (b"\x00\x00\x00\x08wide", "video"),
        (b"\x1a\x45\xdf\xa3", "video"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "video"),
    ],
)
def test_first_bytes_tell_the_kind(head, kind):
    assert kind_of(head) == kind


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_stand_upright(tmp_path, orientation):
    corpus.write_oriented_photo(tmp_path / "photo.jpg", orientation)
    image = read_image(tmp_path / "photo.jpg")
    assert (image.shape, corpus.corners(image)) == ((48, 64, 3), "RGBK")


@pytest.mark.parametrize("form", ["HEIF", "AVIF", "WEBP", "PNG", "TIFF"])
@pytest.mark.parametrize("orientation", [3, 5, 6, 8])
def test_photos_of_other_formats_stand_upright(tmp_path, form, orientation):
    corpus.write_oriented_photo(tmp_path / "photo", orientation, form)
    image = read_image(tmp_path / "photo")
    assert (image.shape, corpus.corners(image)) == ((48, 64, 3), "RGBK")


def test_a_damaged_exif_note_does_not_cost_the_photo():
    buffer = io.BytesIO()
    Image.fromarray(corpus.quadrants()).save(buffer, "JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff")
    assert corpus.corners(read_image(buffer.getvalue())) == "RGBK"


@pytest.mark.parametrize("form", ["JPEG", "HEIF", "AVIF", "WEBP"])
def test_formats_agree_on_the_picture(form):
    expected = corpus.face_image()
    image = read_image(corpus.photo_bytes(expected, form))
    assert np.abs(image.astype(int) - expected).mean() < 6


def test_cmyk_keeps_its_colours():
    image = read_image(corpus.photo_bytes(corpus.quadrants(), "JPEG", "CMYK"))
    assert corpus.corners(image) == "RGBK"


def test_sixteen_bits_are_scaled_not_clipped(tmp_path):
    grey = np.tile(np.linspace(0, 65_535, 64).astype(np.uint16), (48, 1))
    corpus.write_deep_png(tmp_path / "grey.png", grey)
    image = read_image(tmp_path / "grey.png")
    np.testing.assert_allclose(image[0, :, 0], grey[0] / 257, atol=0.51)
    corpus.write_deep_png(tmp_path / "colour.png", np.dstack([grey, grey // 2, grey // 4]))
    colour = read_image(tmp_path / "colour.png")
    np.testing.assert_allclose(colour[0, :, 1], grey[0] / 514, atol=1.01)


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_values_without_an_agreed_white_use_their_own_range(dtype):
    buffer = io.BytesIO()
    Image.fromarray(np.array([[-100, -49, 100]], dtype)).save(buffer, "TIFF")
    assert read_image(buffer.getvalue())[0, :, 0].tolist() == [0, 65, 255]


def test_values_that_are_no_numbers_are_black():
    buffer = io.BytesIO()
    Image.fromarray(np.array([[np.nan, np.inf, 100]], np.float32)).save(buffer, "TIFF")
    assert read_image(buffer.getvalue())[0, :, 0].tolist() == [0, 0, 255]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_parts_become_white(mode):
    layered = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
    layered.paste((0, 0, 0, 255), (0, 0, 20, 20))
    buffer = io.BytesIO()
    layered.convert(mode).save(buffer, "PNG")
    image = read_image(buffer.getvalue())
    assert image[10, 5].tolist() == [0, 0, 0]
    assert image[10, 35].tolist() == [255, 255, 255]


def test_of_an_animation_the_first_frame_with_something_in_it_is_taken(tmp_path):
    corpus.write_animation(tmp_path / "blank_first.gif")
    assert corpus.corners(read_image(tmp_path / "blank_first.gif")) == "RGBK"


def test_an_animation_of_one_colour_is_still_a_photo():
    blank = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    buffer = io.BytesIO()
    blank[0].save(buffer, "GIF", save_all=True, append_images=blank[1:])
    assert read_image(buffer.getvalue())[0, 0].tolist() == [255, 0, 0]


def test_one_pixel_is_a_photo(tmp_path):
    corpus.PHOTOS["one_pixel.png"](tmp_path / "dot.png")
    assert read_image(tmp_path / "dot.png").shape == (1, 1, 3)


def test_large_photos_are_scaled_down():
    image = read_image(corpus.photo_bytes(corpus.quadrants((3000, 1000))))
    assert (image.shape, corpus.corners(image)) == ((667, 2000, 3), "RGBK")


@pytest.mark.parametrize("name", corpus.REFUSED)
def test_every_unusable_file_gets_a_sentence(tmp_path, name):
    corpus.REFUSED[name](tmp_path / name)
    with pytest.raises(MediaError, match=r"^Expected .+ Received .+\.$"):
        if kind_of(tmp_path / name) == "image":
            read_image(tmp_path / name)
        else:
            list(media.iter_frames(tmp_path / name, sample_fps=3))


def test_too_many_pixels_are_refused_before_they_are_unpacked(tmp_path, monkeypatch):
    corpus.write_huge_photo(tmp_path / "huge.png")
    Image.new("1", (5_001, 5_000)).save(tmp_path / "large.png")
    monkeypatch.setattr(Image.Image, "load", lambda _: pytest.fail("the picture was unpacked"))
    with pytest.raises(MediaError, match="at most 25 million pixels"):
        decode(tmp_path / "huge.png")
    with pytest.raises(MediaError, match="Received 5,001 × 5,000"):
        decode(tmp_path / "large.png")


def test_large_files_are_refused_before_they_are_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(photos, "MAX_PHOTO_BYTES", 1_000_000)
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("the file was opened"))
    data = corpus.photo_bytes(corpus.quadrants()) + bytes(1_000_000)
    (tmp_path / "large.png").write_bytes(data)
    with pytest.raises(MediaError, match="at most 1 MB"):
        decode(tmp_path / "large.png")


@pytest.mark.parametrize("read", [kind_of, read_image])
def test_missing_files_folders_and_pipes_get_a_sentence(tmp_path, read):
    os.mkfifo(tmp_path / "pipe.jpg")
    for path in (tmp_path / "missing.jpg", tmp_path, tmp_path / "pipe.jpg"):
        with pytest.raises(MediaError, match=r"Expected a file at .+ Check the path\."):
            read(path)


def test_any_cut_or_flip_of_a_photo_is_a_picture_or_a_sentence():
    random = np.random.default_rng(3)
    for form in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "HEIF", "AVIF"):
        whole = np.frombuffer(corpus.photo_bytes(corpus.quadrants(), form), np.uint8)
        for _ in range(20):
            broken = whole.copy()
            broken[random.integers(0, len(broken), 8)] = random.integers(0, 256, 8)
            try:
                image = read_image(broken[: random.integers(1, len(broken) + 1)].tobytes())
            except MediaError:
                continue
            assert image.ndim == 3 and max(image.shape) <= photos.MAX_SIDE_PX


@pytest.mark.parametrize("name", ["animated.webp", "animated.avif", "pages.tiff"])
def test_blank_first_pictures_are_passed_over_in_every_format(tmp_path, name):
    corpus.PHOTOS[name](tmp_path / name)
    assert corpus.corners(read_image(tmp_path / name)) == "RGBK"


def test_of_a_long_animation_no_more_is_unpacked_than_needed(monkeypatch):
    frames = [Image.fromarray(corpus.quadrants()) for _ in range(3)]
    frames[1].putpixel((0, 0), (9, 9, 9))
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    seek = GifImagePlugin.GifImageFile.seek

    def watched_seek(image, frame):
        assert frame == 0
        seek(image, frame)

    monkeypatch.setattr(GifImagePlugin.GifImageFile, "seek", watched_seek)
    assert corpus.corners(photos.decode_photo(buffer)) == "RGBK"


def test_of_two_pictures_in_one_jpeg_the_first_counts(tmp_path):
    corpus.write_pair(tmp_path / "pair.jpg")
    image = read_image(tmp_path / "pair.jpg")
    assert np.abs(image.astype(int) - corpus.face_image()).mean() < 6


def test_a_colour_profile_is_followed(tmp_path):
    corpus.write_profiled_photo(tmp_path / "profile.jpg")
    assert corpus.corners(read_image(tmp_path / "profile.jpg")) == "GRBK"


@pytest.mark.parametrize("profile", [b"", b"no profile", bytes(200)])
def test_a_damaged_colour_profile_does_not_cost_the_photo(profile):
    buffer = io.BytesIO()
    Image.fromarray(corpus.quadrants()).save(buffer, "JPEG", icc_profile=profile)
    assert corpus.corners(read_image(buffer.getvalue())) == "RGBK"


def test_ten_bits_are_scaled_not_clipped(tmp_path):
    corpus.write_deep_heic(tmp_path / "deep.heic")
    image = read_image(tmp_path / "deep.heic")
    assert np.abs(image.astype(int) - corpus.face_image()).mean() < 6


def test_what_needs_too_much_memory_gets_a_sentence(monkeypatch):
    def greedy(*_, **__):
        raise MemoryError

    monkeypatch.setattr(Image, "open", greedy)
    with pytest.raises(MediaError, match="more memory than it may have"):
        photos.decode_photo(io.BytesIO(corpus.photo_bytes(corpus.quadrants())))
