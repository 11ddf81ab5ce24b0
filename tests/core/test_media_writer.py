"""Written clips: playable everywhere, complete or absent."""

import os
import subprocess
import sys
import textwrap

import av
import numpy as np
import pytest

from fer_core import video_writer
from fer_core.errors import MediaError
from fer_core.media import VideoWriter, iter_frames, probe_video
from tests import media_corpus as corpus


def write(path, count=4, size_wh=(64, 48), fps=3.0):
    with VideoWriter(path, size_wh=size_wh, fps=fps) as writer:
        for index in range(count):
            writer.write(corpus.quadrants(size_wh), index / fps)


def test_browsers_can_play_it(tmp_path):
    write(tmp_path / "out.mp4")
    data = (tmp_path / "out.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(tmp_path / "out.mp4")) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")


def test_what_is_written_is_read_again(tmp_path):
    write(tmp_path / "out.mp4")
    info = probe_video(tmp_path / "out.mp4")
    assert (info.size_wh, info.fps) == ((64, 48), 3.0)
    assert info.duration_s == pytest.approx(4 / 3, abs=0.01)
    frames = list(iter_frames(tmp_path / "out.mp4", sample_fps=3))
    assert [round(time_s, 2) for time_s, _ in frames] == [0.0, 0.33, 0.67, 1.0]
    for _, image in frames:
        assert np.abs(image.astype(int) - corpus.quadrants()).mean() < 8


def test_varying_times_are_kept(tmp_path):
    with VideoWriter(tmp_path / "out.mp4", size_wh=(64, 48), fps=3) as writer:
        for time_s in (0.0, 0.1, 2.0):
            writer.write(corpus.quadrants(), time_s)
    times_s = [time_s for time_s, _ in iter_frames(tmp_path / "out.mp4", sample_fps=30)]
    assert times_s == pytest.approx([0.0, 0.1, 2.0], abs=0.001)


@pytest.mark.parametrize(
    ("size_wh", "written_wh"), [((1, 1), (2, 2)), ((63, 47), (64, 48)), ((64, 48), (64, 48))]
)
def test_odd_sides_grow_by_one(tmp_path, size_wh, written_wh):
    write(tmp_path / "out.mp4", size_wh=size_wh)
    assert probe_video(tmp_path / "out.mp4").size_wh == written_wh


def test_frames_of_another_size_are_scaled(tmp_path):
    with VideoWriter(tmp_path / "out.mp4", size_wh=(64, 48), fps=3) as writer:
        writer.write(corpus.quadrants((128, 96)), 0.0)
    ((_, image),) = iter_frames(tmp_path / "out.mp4", sample_fps=3)
    assert corpus.corners(image) == "RGBK"


def test_nothing_is_left_behind_when_the_block_fails(tmp_path):
    with (
        pytest.raises(KeyboardInterrupt),
        VideoWriter(tmp_path / "out.mp4", size_wh=(64, 48), fps=3) as writer,
    ):
        writer.write(corpus.quadrants(), 0.0)
        assert not (tmp_path / "out.mp4").exists()
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_clip_without_frames_is_not_written(tmp_path):
    with pytest.raises(MediaError, match="Nothing was written"):
        write(tmp_path / "out.mp4", count=0)
    assert list(tmp_path.iterdir()) == []


def test_an_incomplete_clip_is_not_offered(tmp_path, monkeypatch):
    monkeypatch.setattr(video_writer, "_count_frames", lambda _: 3)
    (tmp_path / "out.mp4").write_bytes(b"the one before")
    with pytest.raises(MediaError, match="incomplete"):
        write(tmp_path / "out.mp4")
    assert (tmp_path / "out.mp4").read_bytes() == b"the one before"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_missing_folder_is_a_sentence(tmp_path):
    with pytest.raises(MediaError, match="Check that the folder exists"):
        write(tmp_path / "nowhere" / "out.mp4")


@pytest.mark.parametrize(("size_wh", "fps"), [((0, 48), 3), ((64, 48), 0), ((64, 48), -1)])
def test_impossible_clips_are_refused(tmp_path, size_wh, fps):
    with pytest.raises(ValueError, match="above 0"):
        VideoWriter(tmp_path / "out.mp4", size_wh=size_wh, fps=fps)


def test_without_files_that_have_no_name_the_same_comes_out(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    write(tmp_path / "out.mp4")
    assert probe_video(tmp_path / "out.mp4").size_wh == (64, 48)
    with pytest.raises(MediaError, match="Nothing was written"):
        write(tmp_path / "out.mp4", count=0)
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="files have names here")
def test_nothing_is_left_of_a_clip_when_its_process_is_killed(tmp_path):
    program = f"""
        import time
        from fer_core.media import VideoWriter
        from tests import media_corpus as corpus
        source = {str(tmp_path / "source.mp4")!r}
        with VideoWriter(
            {str(tmp_path / "out" / "out.mp4")!r}, size_wh=(64, 48), fps=3, sound_from=source
        ) as writer:
            for index in range(300):
                writer.write(corpus.quadrants(), index / 3)
            print("writing", flush=True)
            time.sleep(30)
    """
    (tmp_path / "out").mkdir()
    corpus.write_clip(tmp_path / "source.mp4", heard=corpus.tone(0.5))
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        process.kill()
    assert list((tmp_path / "out").iterdir()) == []


def test_a_clip_has_the_rights_of_any_new_file(tmp_path):
    write(tmp_path / "out.mp4")
    (tmp_path / "other").touch()
    assert (tmp_path / "out.mp4").stat().st_mode == (tmp_path / "other").stat().st_mode
