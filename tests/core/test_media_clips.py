"""Reading clips: sampling by the clip's clock, upright, within limits."""

from itertools import pairwise

import av
import numpy as np
import pytest

from fer_core import clips, video
from fer_core.errors import MediaError
from fer_core.media import iter_frames, probe_video
from tests import media_corpus as corpus

TENTHS = [index / 10 for index in range(20)]


def canvas(width, height):
    return np.empty((height, width, 3), np.uint8)


def decode(path, sample_fps):
    """What the decoder process does with a clip, in this one, so that it can be changed."""
    with path.open("rb") as file:
        clips.check_bytes(path.stat().st_size)
        found = video.frames(file, canvas, sample_fps=sample_fps)
        return [pair for pair in found if pair is not None]


def times_of(path, sample_fps):
    return [round(time_s, 2) for time_s, _ in iter_frames(path, sample_fps=sample_fps)]


@pytest.mark.parametrize(
    ("times_s", "sample_fps", "expected"),
    [
        ([0.0], 3, [0.0]),
        (TENTHS, 5, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8]),
        (TENTHS, 3, [0.0, 0.4, 0.7, 1.0, 1.4, 1.7]),
        (TENTHS[:4], 100, [0.0, 0.1, 0.2, 0.3]),  # never more frames than there are
        ([0.0, 0.05, 0.1, 1.0, 1.05, 3.0], 2, [0.0, 1.0, 3.0]),  # varying frame rate
        ([5.0, 5.1, 5.5], 2, [0.0, 0.5]),  # a clock that starts late
    ],
)
@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_frames_are_sampled_by_their_own_clock(tmp_path, times_s, sample_fps, expected, ending):
    path = tmp_path / f"clip.{ending}"
    corpus.write_clip(path, times_s=times_s)
    assert times_of(path, sample_fps) == expected


@pytest.mark.parametrize("sample_fps", [0, -1, float("nan"), float("inf")])
def test_a_wrong_sample_rate_is_said_at_once(tmp_path, sample_fps):
    with pytest.raises(ValueError, match="above 0"):
        iter_frames(tmp_path / "any.mp4", sample_fps=sample_fps)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_phone_videos_stand_upright(tmp_path, degrees):
    path = tmp_path / "phone.mp4"
    corpus.write_rotated_clip(path, degrees)
    info = probe_video(path)
    assert (info.size_wh, info.rotation) == ((64, 48), degrees)
    for _, image in iter_frames(path, sample_fps=30):
        assert (image.shape, corpus.corners(image)) == ((48, 64, 3), "RGBK")


@pytest.mark.parametrize("size_wh", [(63, 47), (17, 9), (1, 1)])
def test_odd_sizes_are_kept(tmp_path, size_wh):
    corpus.write_clip(tmp_path / "odd.mp4", size_wh=size_wh)
    assert probe_video(tmp_path / "odd.mp4").size_wh == size_wh
    _, image = next(iter_frames(tmp_path / "odd.mp4", sample_fps=3))
    assert image.shape == (size_wh[1], size_wh[0], 3)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp4", "libx264"),
        ("a.mov", "libx264"),
        ("a.3gp", "libx264"),
        ("a.mkv", "libx264"),
        ("a.webm", "libvpx"),
        ("a.webm", "libvpx-vp9"),
        ("a.avi", "mpeg4"),
        ("a.avi", "mjpeg"),
    ],
)
def test_common_formats_are_read(tmp_path, name, codec):
    corpus.write_clip(tmp_path / name, codec=codec, times_s=[i / 30 for i in range(5)])
    frames = list(iter_frames(tmp_path / name, sample_fps=60))
    assert len(frames) == 5
    assert corpus.corners(frames[0][1]) == "RGBK"


def test_large_frames_are_scaled_down(tmp_path):
    corpus.write_clip(tmp_path / "wide.mp4", size_wh=(1920, 960), times_s=[0.0])
    assert probe_video(tmp_path / "wide.mp4").size_wh == (1920, 960)
    ((_, image),) = iter_frames(tmp_path / "wide.mp4", sample_fps=3)
    assert (image.shape, corpus.corners(image)) == ((640, 1280, 3), "RGBK")


def test_pixels_that_are_not_square_are_made_square(tmp_path):
    with av.open(str(tmp_path / "tv.mp4"), "w") as output:
        stream = output.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 48, 48, "yuv420p"
        stream.codec_context.sample_aspect_ratio = 2
        frame = av.VideoFrame.from_ndarray(corpus.quadrants((48, 48)), format="rgb24")
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    assert probe_video(tmp_path / "tv.mp4").size_wh == (96, 48)
    ((_, image),) = iter_frames(tmp_path / "tv.mp4", sample_fps=3)
    assert image.shape == (48, 96, 3)


def test_the_content_may_come_as_bytes(tmp_path):
    corpus.write_clip(tmp_path / "clip.mp4")
    data = (tmp_path / "clip.mp4").read_bytes()
    assert probe_video(data) == probe_video(tmp_path / "clip.mp4")
    assert len(list(iter_frames(data, sample_fps=30))) == 5


def test_length_and_rate_are_told(tmp_path):
    corpus.write_clip(tmp_path / "clip.mp4", times_s=[i / 30 for i in range(30)])
    info = probe_video(tmp_path / "clip.mp4")
    assert info.duration_s == pytest.approx(1.0, abs=0.05)
    assert info.fps == pytest.approx(30, abs=1)


def test_a_recording_without_a_stated_length_is_measured(tmp_path):
    path = tmp_path / "browser.webm"
    corpus.write_clip(path, codec="libvpx", times_s=TENTHS, options={"live": "1"})
    with av.open(str(path)) as container:
        assert container.duration is None
    assert probe_video(path).duration_s == pytest.approx(1.9, abs=0.15)


def test_a_recording_without_a_stated_length_may_be_too_long(tmp_path):
    path = tmp_path / "browser.webm"
    corpus.write_clip(path, codec="libvpx", times_s=[0.0, 700.0], options={"live": "1"})
    with pytest.raises(MediaError, match="at most 10 minutes"):
        probe_video(path)


def test_codecs_off_the_list_are_named(tmp_path):
    corpus.write_clip(tmp_path / "rare.mkv", codec="ffv1")
    with pytest.raises(MediaError, match=r"Received ffv1\. Convert it to MP4"):
        probe_video(tmp_path / "rare.mkv")


@pytest.mark.parametrize("read", [probe_video, lambda p: list(iter_frames(p, sample_fps=3))])
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("empty.mp4", "damaged, unfinished or of another kind"),
        ("text_named.mp4", "damaged, unfinished or of another kind"),
        ("sound_only.mp4", "sound only"),
        ("sound_with_cover.m4a", "sound only"),
        ("too_long.mp4", "Received one of 12 minutes"),
        ("no_frames.mp4", "nothing to see"),
        ("no_frames.avi", "no picture can be read"),
        ("cut_early.mp4", "no picture can be read"),
        ("truncated.jpg", "damaged, unfinished or of another kind"),
    ],
)
def test_clips_without_pictures_get_a_sentence(tmp_path, read, name, sentence):
    corpus.REFUSED[name](tmp_path / name)
    with pytest.raises(MediaError, match=sentence):
        read(tmp_path / name)


def test_of_a_cut_clip_the_beginning_is_kept(tmp_path):
    corpus.write_cut_clip(tmp_path / "whole.mp4", keep=1.0)
    corpus.write_cut_clip(tmp_path / "cut.mp4", keep=0.6)
    whole = list(iter_frames(tmp_path / "whole.mp4", sample_fps=30))
    cut = list(iter_frames(tmp_path / "cut.mp4", sample_fps=30))
    assert len(whole) == 10
    assert 3 <= len(cut) < 10
    for (time_s, image), (cut_time_s, cut_image) in zip(whole, cut[:-1], strict=False):
        assert time_s == cut_time_s
        np.testing.assert_array_equal(image, cut_image)


@pytest.mark.parametrize(
    ("limit", "value", "sentence"),
    [
        ("MAX_VIDEO_S", 1.0, "Cut it shorter"),
        ("MAX_VIDEO_BYTES", 500, "Cut it shorter or save it"),
        ("MAX_FRAME_PIXELS", 64 * 48 - 1, "Received 64 × 48"),
        ("MAX_DECODED_FRAMES", 5, "Received more"),
    ],
)
def test_limits_are_sentences(tmp_path, monkeypatch, limit, value, sentence):
    corpus.write_clip(tmp_path / "clip.mp4", times_s=TENTHS)
    monkeypatch.setattr(clips, limit, value)
    with pytest.raises(MediaError, match=sentence):
        decode(tmp_path / "clip.mp4", sample_fps=3)


def test_a_clip_longer_than_it_says_is_stopped(tmp_path, monkeypatch):
    corpus.write_clip(tmp_path / "live.webm", codec="libvpx", times_s=TENTHS, options={"live": "1"})
    monkeypatch.setattr(clips, "MAX_VIDEO_S", 1.0)
    with pytest.raises(MediaError, match="Cut it shorter"):
        decode(tmp_path / "live.webm", sample_fps=10)


@pytest.mark.parametrize("path", ["missing.mp4", "."])
def test_missing_files_and_folders_get_a_sentence(tmp_path, path):
    with pytest.raises(MediaError, match="Check the path"):
        probe_video(tmp_path / path)


@pytest.mark.parametrize("ending", ["mp4", "webm", "avi"])
def test_any_damage_is_frames_or_a_sentence_and_the_same_twice(tmp_path, ending):
    codec = {"mp4": "libx264", "webm": "libvpx", "avi": "mpeg4"}[ending]
    corpus.write_clip(tmp_path / f"whole.{ending}", codec=codec, times_s=[0, 1 / 30, 2 / 30])
    whole = np.frombuffer((tmp_path / f"whole.{ending}").read_bytes(), np.uint8)
    random = np.random.default_rng(5)
    for _ in range(60):
        broken = whole.copy()
        broken[random.integers(0, len(broken), 8)] = random.integers(0, 256, 8)
        first, second = (outcome(broken.tobytes()) for _ in range(2))
        assert first == second


def outcome(data):
    """The frames of a damaged clip, or the sentence about it."""
    try:
        frames = list(iter_frames(data, sample_fps=30))
        duration_s = probe_video(data).duration_s
    except MediaError as error:
        return str(error)
    assert all(a < b for (a, _), (b, _) in pairwise(frames))
    assert len({image.shape for _, image in frames}) == 1
    return [(time_s, image.tobytes()) for time_s, image in frames], duration_s
