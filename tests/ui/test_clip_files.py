"""Annotated clips, and the folder in which they are made."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fer_core.media import probe_video
from fer_core.results import FrameResult, RgbImage
from fer_core.testing import synthetic_frame
from tests.media_corpus import write_clip
from ui.clip_files import annotated_clip, work_folder


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def source(tmp_path: Path) -> bytes:
    path = tmp_path / "source.mp4"
    write_clip(path)
    return path.read_bytes()


def pairs(count: int, *, fails: bool = False) -> Iterator[tuple[RgbImage, FrameResult]]:
    for index in range(count):
        yield synthetic_frame(size_wh=(64, 48), faces=[]), FrameResult(index / 10, (64, 48))
    if fails:
        raise RuntimeError


def test_no_picture_makes_no_clip(temporary: Path, source: bytes) -> None:
    assert annotated_clip(pairs(0), fps=10, sound_from=source) is None
    assert list(temporary.iterdir()) == []


def test_a_clip_leaves_nothing_behind(temporary: Path, source: bytes) -> None:
    clip = annotated_clip(pairs(5), fps=10, sound_from=source)
    assert clip is not None
    assert probe_video(clip).duration_s == pytest.approx(0.5, abs=0.05)
    assert list(temporary.iterdir()) == []


def test_a_failure_leaves_nothing_behind(temporary: Path, source: bytes) -> None:
    with pytest.raises(RuntimeError):
        annotated_clip(pairs(5, fails=True), fps=10, sound_from=source)
    assert list(temporary.iterdir()) == []


def test_what_killed_programs_left_goes(temporary: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = temporary / f"fer-clip-{ended.pid}-abc"
    kept = [temporary / name for name in (f"fer-clip-{os.getpid()}-abc", "fer-clip-x", "other")]
    for folder in (left, *kept):
        folder.mkdir()
        (folder / "annotated.mp4").write_bytes(b"x")
    with work_folder() as folder:
        assert folder.is_dir()
        assert not left.exists()
        assert all(each.exists() for each in kept)
    assert not folder.exists()
