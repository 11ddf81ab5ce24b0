"""Clips at three frames a second: each frame on its own, the surest face of each."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from fer_core.errors import DetectorError
from fer_core.results import Face
from fer_core.samples import write_sample_clip
from fer_core.testing import FakeClassifier, FakeDetector, make_face
from fer_core.training import clips
from fer_core.training.__main__ import main
from fer_core.training.clips import ClipRow, SurestFace, clip_table, write_clips
from tests import media_corpus as corpus

TWO_SECONDS = [index / 30 for index in range(60)]
FACE, RIVAL = make_face(10, 5, 30), make_face(2, 2, 8, score=0.5)


def see(monkeypatch: pytest.MonkeyPatch, *answers: list[Face]) -> None:
    monkeypatch.setattr(clips, "create_detector", lambda name: FakeDetector(*answers))


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    corpus.write_clip(path, times_s=TWO_SECONDS)
    return path


def test_frames_count_alone_and_once(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    see(monkeypatch, [FACE, RIVAL], [], [FACE], [FACE], [FACE, RIVAL])
    classifier = FakeClassifier(script=("angry", "neutral", "neutral", "neutral", "happy"))
    (row,) = clip_table([clip], classifier)
    assert row == ClipRow(
        "clip.mp4",
        frames=6,
        frames_with_faces=5,
        dominant="neutral",
        dominant_share=pytest.approx(0.6),
        average_confidence=pytest.approx(0.9),
        distribution=pytest.approx({"neutral": 0.6, "angry": 0.2, "happy": 0.2}),
    )


def test_the_surest_face_counts_whoever_was_seen_before() -> None:
    surest = SurestFace(FakeDetector([RIVAL], [FACE, RIVAL], []))
    image = np.zeros((64, 64, 3), np.uint8)
    assert [surest.detect(image) for _ in range(3)] == [[RIVAL], [FACE], []]


def test_a_clip_without_a_face_has_no_dominant_label(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    see(monkeypatch, [])
    (row,) = clip_table([clip], FakeClassifier(), sample_fps=1)
    assert row == ClipRow("clip.mp4", frames=2)


def test_a_damaged_clip_leaves_the_others(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    see(monkeypatch, [FACE])
    broken = clip.with_name("broken.mp4")
    broken.write_bytes(b"nothing")
    first, second = clip_table([broken, clip], FakeClassifier())
    assert first.message and first.frames == 0
    assert second.message is None and second.frames == 6
    assert clip_table([], FakeClassifier()) == []


def test_an_unknown_detector(clip: Path) -> None:
    with pytest.raises(DetectorError, match="nothing"):
        clip_table([clip], FakeClassifier(), detector="nothing")


def test_the_paper_s_detector_finds_the_faces_of_the_sample(tmp_path: Path) -> None:
    write_sample_clip(tmp_path / "sample.mp4")
    (row,) = clip_table([tmp_path / "sample.mp4"], FakeClassifier(), detector="haar")
    assert row.frames == 18
    assert row.frames_with_faces >= 9
    assert row.dominant == "happy"


def test_the_command(
    clip: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    see(monkeypatch, [FACE], [])
    monkeypatch.setattr("fer_core.classification.load_classifier", lambda _: FakeClassifier())
    out = clip.with_name("clips.json")
    broken = clip.with_name("broken.mp4")
    broken.write_bytes(b"nothing")
    line = ["clips", str(clip), str(broken), "--model", "models/some", "--out", str(out)]
    assert main(line) == 0
    report = json.loads(out.read_text(encoding="utf-8"))
    assert (report["model"], report["detector"]) == ("some", "blazeface")
    assert [row["frames"] for row in report["clips"]] == [6, 0]
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "clip.mp4: happy in 100% of its frames with a face"
    assert said[1].startswith("broken.mp4: Expected")


def test_a_folder_to_write_to_is_refused_before_the_reading(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["clips", "no.mp4", "--model", "models/some", "--out", str(tmp_path)]
    assert main(line) == 1
    assert "Expected --out to be a file to write" in capsys.readouterr().err


def test_tables_are_written(tmp_path: Path) -> None:
    rows = [
        ClipRow("a.mp4", 6, 5, "sad", 0.6, 0.5, {"sad": 0.6, "happy": 0.4}),
        ClipRow("b.mp4", 3),
        ClipRow("c.mp4", message="damaged"),
    ]
    write_clips(rows, tmp_path / "new" / "clips.json", facts={"detector": "haar"})
    record = json.loads((tmp_path / "new" / "clips.json").read_text(encoding="utf-8"))
    assert record["detector"] == "haar"
    assert [each["file"] for each in record["clips"]] == ["a.mp4", "b.mp4", "c.mp4"]
    assert record["clips"][0]["distribution"] == {"sad": 0.6, "happy": 0.4}
    write_clips(rows, tmp_path / "clips.csv", facts={})
    with (tmp_path / "clips.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert [each["happy"] for each in table] == ["0.4", "", ""]
    assert [each["message"] for each in table] == ["", "", "damaged"]
    assert table[0]["dominant_share"] == "0.6"
