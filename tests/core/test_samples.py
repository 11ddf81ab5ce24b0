"""Sample media made from public-domain pictures of installed packages."""

import itertools
import subprocess
import sys

import numpy as np
import pytest

from fer_core import samples
from fer_core.detection import create_detector
from fer_core.errors import MediaError
from fer_core.media import iter_frames, probe_video
from fer_core.samples import SAMPLE_NAMES, sample_frames, sample_image, write_sample_clip
from tests.media_corpus import write_camera_file


def test_the_samples_are_pictures():
    assert {name: sample_image(name).shape for name in SAMPLE_NAMES} == {
        "astronaut": (512, 512, 3),
        "grace_hopper": (600, 512, 3),
    }


def test_unknown_and_missing_samples_are_sentences(monkeypatch):
    with pytest.raises(MediaError, match="astronaut, grace_hopper"):
        sample_image("mona_lisa")
    for place in (("no_such_package", "a.png"), ("numpy", "no_such_file.png")):
        monkeypatch.setitem(samples._FILES, "astronaut", place)
        with pytest.raises(MediaError, match=r"requirements\.txt"):
            sample_image("astronaut")


def test_the_packages_of_the_pictures_are_not_imported():
    program = (
        "import sys; from fer_core.samples import sample_image; "
        "sample_image('astronaut'); sample_image('grace_hopper'); "
        "sys.exit(any(name in sys.modules for name in ('skimage', 'matplotlib', 'tensorflow')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_clip_moves_from_one_picture_to_two(tmp_path):
    write_sample_clip(tmp_path / "clip.mp4")
    info = probe_video(tmp_path / "clip.mp4")
    assert (info.size_wh, info.fps, round(info.duration_s, 1)) == ((640, 480), 15.0, 6.0)
    frames = [image for _, image in iter_frames(tmp_path / "clip.mp4", sample_fps=1)]
    # The right edge shows the grey wall of the first picture, then the blue of the second.
    edges = [image[:200, -20:].mean(axis=(0, 1)) for image in frames]
    assert edges[0][2] - edges[0][0] < 20
    assert edges[-1][2] - edges[-1][0] > 60


def test_the_camera_file_is_a_row_of_jpegs(tmp_path):
    write_camera_file(tmp_path / "camera.mjpeg")
    data = (tmp_path / "camera.mjpeg").read_bytes()
    assert data.startswith(b"\xff\xd8\xff")
    assert data.count(b"\xff\xd9\xff\xd8") == 59


def test_the_scene_without_a_camera_shows_two_people_who_move_and_cross():
    detector = create_detector()
    seen = [detector.detect(image) for _, image in itertools.islice(sample_frames(fps=1), 24)]
    assert {len(faces) for faces in seen} == {1, 2}  # one of them is hidden while they cross
    assert sum(len(faces) == 2 for faces in seen) >= 16
    widths = [face.box.width for faces in seen for face in faces]
    assert max(widths) > 1.4 * min(widths)


def test_the_scene_starts_again_without_a_jump():
    frames = list(itertools.islice(sample_frames((320, 240), fps=5), 121))
    assert [round(time_s, 1) for time_s, _ in frames[:3]] == [0.0, 0.2, 0.4]
    first, second, last = frames[0][1], frames[1][1], frames[120][1]
    assert first.shape == (240, 320, 3)
    assert first.dtype == np.uint8
    assert np.abs(first.astype(int) - last).mean() < 0.5
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("size_wh", [(640, 360), (240, 320), (16, 16)])
def test_the_scene_fits_any_size(size_wh):
    for _, image in itertools.islice(sample_frames(size_wh, fps=1), 24):
        assert image.shape == (size_wh[1], size_wh[0], 3)
