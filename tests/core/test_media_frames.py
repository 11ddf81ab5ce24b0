"""Which frames of a clip come out, in which colours, and what is told about it."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from fer_core import clips, decoder, video
from fer_core.media import iter_frames, probe_video, read_frame
from tests import media_corpus as corpus


def every_frame(path):
    return list(iter_frames(path, sample_fps=None))


MOVING = [np.roll(corpus.quadrants(), 3 * index, axis=1) for index in range(20)]


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp4", "libx264"),
        ("a.mkv", "libx264"),
        ("a.mov", "libx265"),
        ("a.webm", "libvpx-vp9"),
        ("a.avi", "mpeg4"),
    ],
)
def test_every_frame_of_a_clip_can_be_had(tmp_path, name, codec):
    path = tmp_path / name
    times_s = [index / 30 for index in range(60)]
    b_frames = 0 if codec == "mpeg4" else 3  # AVI does not tell when such a frame is shown
    corpus.write_clip(path, codec=codec, images=MOVING, times_s=times_s, b_frames=b_frames)
    assert [time_s for time_s, _ in every_frame(path)] == pytest.approx(times_s, abs=1e-3)


@pytest.mark.parametrize("sample_fps", [1, 3, 7, 10])
def test_frames_left_out_by_the_decoder_change_nothing(tmp_path, sample_fps):
    path = tmp_path / "b_frames.mp4"
    times_s = [index / 30 for index in range(100)]
    corpus.write_clip(path, images=MOVING, times_s=times_s, b_frames=3)
    whole = {time_s: image.tobytes() for time_s, image in every_frame(path)}
    first = {}  # of each step of the sampling
    for time_s in whole:
        first.setdefault(math.floor((time_s + 1e-3) * sample_fps), time_s)
    sampled = list(iter_frames(path, sample_fps=sample_fps))
    assert [time_s for time_s, _ in sampled] == list(first.values())
    for time_s, image in sampled:
        assert image.tobytes() == whole[time_s]


def test_frames_that_nobody_wants_are_not_decoded(tmp_path):
    path = tmp_path / "b_frames.mp4"
    times_s = [index / 30 for index in range(100)]
    corpus.write_clip(path, images=MOVING, times_s=times_s, b_frames=3)
    counts = []
    for sample_fps in (None, 1):
        with path.open("rb") as file, clips.opened(file) as (container, stream):
            sampler = video._Sampler(stream, sample_fps)
            seen = 0
            for batch in clips.decoded(container, stream, sampler.prepare):
                for frame in batch:
                    seen += 1
                    if (time_s := sampler.time_of(frame)) is not None:
                        sampler.took(time_s)
        counts.append(seen)
    assert counts[0] == 100
    assert counts[1] < 75


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp4", {"b_frames": 3}),
        ("a.mkv", {"b_frames": 3}),
        ("live.webm", {"codec": "libvpx", "options": {"live": "1"}}),  # has no index
        ("a.avi", {"codec": "mpeg4"}),
    ],
)
def test_the_frame_shown_at_a_moment(tmp_path, name, options):
    path = tmp_path / name
    times_s = [index / 30 for index in range(60)]
    corpus.write_clip(path, images=MOVING, times_s=times_s, **options)
    frames = every_frame(path)
    for index in (0, 1, 29, 59):
        time_s, image = frames[index]
        for moment_s in (time_s, time_s + 0.02):
            np.testing.assert_array_equal(read_frame(path, timestamp_s=moment_s), image)
    np.testing.assert_array_equal(read_frame(path, timestamp_s=-1.0), frames[0][1])
    for beyond_s in (999.0, 1e300):
        np.testing.assert_array_equal(read_frame(path, timestamp_s=beyond_s), frames[-1][1])


@pytest.mark.parametrize(
    ("name", "options"),
    [("a.mp4", {}), ("live.webm", {"codec": "libvpx", "options": {"live": "1"}})],
)
def test_signs_of_life_come_before_a_frame_far_from_the_last_key_frame(tmp_path, name, options):
    path, told = tmp_path / name, []
    times_s = [index / 30 for index in range(60)]
    corpus.write_clip(path, images=MOVING, times_s=times_s, **options)
    with path.open("rb") as file:
        job = SimpleNamespace(
            file=file,
            canvas=lambda width, height: np.empty((height, width, 3), np.uint8),
            alive=lambda: told.append("alive"),
            picture=lambda image: told.append(image.shape),
        )
        decoder._frame(job, timestamp_s=1.9)
    assert told.pop() == (48, 64, 3)
    assert len(told) > 50


def test_of_a_clip_whose_clock_starts_late_the_moment_counts_from_its_first_frame(tmp_path):
    corpus.write_clip(tmp_path / "late.mp4", images=MOVING, times_s=[5.0, 5.1, 5.5])
    frames = every_frame(tmp_path / "late.mp4")
    for time_s, image in frames:
        shown = read_frame(tmp_path / "late.mp4", timestamp_s=time_s)
        np.testing.assert_array_equal(shown, image)


def test_a_moment_that_is_no_number_is_said_at_once(tmp_path):
    with pytest.raises(ValueError, match="in seconds"):
        read_frame(tmp_path / "any.mp4", timestamp_s=float("nan"))


@pytest.mark.parametrize("name", [name for name in corpus.CLIPS if "cut" not in name])
def test_every_kind_of_clip_shows_its_colours_upright(tmp_path, name):
    corpus.CLIPS[name](tmp_path / name)
    for _, image in iter_frames(tmp_path / name, sample_fps=3):
        assert corpus.corners(image) == "RGBK"


def test_sound_and_hdr_are_told(tmp_path):
    told = {}
    for name in ("clip.mp4", "sound.mp4", "sound.mkv", "hdr.mp4"):
        corpus.CLIPS[name](tmp_path / name)
        info = probe_video(tmp_path / name)
        told[name] = (info.has_sound, info.hdr)
    assert told == {
        "clip.mp4": (False, False),
        "sound.mp4": (True, False),
        "sound.mkv": (True, False),
        "hdr.mp4": (False, True),
    }


PATCH = np.full((720, 1280, 3), (200, 120, 90), np.uint8)


@pytest.mark.parametrize(
    ("size_wh", "options"),
    [
        ((64, 48), {}),
        ((64, 48), {"matrix": "itu709"}),
        ((1280, 720), {"matrix": "itu709"}),
        ((64, 48), {"pixels": "yuvj420p"}),
        ((64, 48), {"pixels": "yuv420p10le", "codec": "libx265"}),
        ((64, 48), {"pixels": "yuv444p"}),
    ],
)
def test_colours_are_right_whatever_they_are_made_of(tmp_path, size_wh, options):
    patch = PATCH[: size_wh[1], : size_wh[0]]
    corpus.write_clip(
        tmp_path / "a.mp4", size_wh=size_wh, images=[patch], encoder={"crf": "10"}, **options
    )
    _, image = every_frame(tmp_path / "a.mp4")[0]
    assert np.abs(image.astype(int) - patch).max() <= 4


def test_hd_that_does_not_say_its_colours_is_read_as_players_do(tmp_path):
    corpus.write_clip(
        tmp_path / "a.mp4",
        size_wh=(1280, 720),
        images=[PATCH],
        matrix="itu709",
        times_s=[0.0],
        tell_matrix=False,
    )
    _, image = every_frame(tmp_path / "a.mp4")[0]
    assert np.abs(image.astype(int) - PATCH).max() <= 4
