"""The benches of media: damage that can be made again, failures that are seen, clips that fit."""

import json
import sys

import pytest

from bench import fuzz_media, video
from fer_core.errors import MediaError
from fer_core.media import iter_frames, probe_video
from tests import media_corpus as corpus

ORIGINALS = {
    "photos": {"face.png": corpus.photo_bytes(corpus.face_image(64)), "dot.bmp": b"BM" * 9},
    "videos": {"text.mp4": b"no video at all"},
}


def test_damage_can_be_made_again():
    def files(seed):
        return [
            fuzz_media.damaged(ORIGINALS, kind, seed=seed, number=number)
            for kind in fuzz_media.KINDS
            for number in range(50)
        ]

    assert files(1) == files(1)
    assert files(1) != files(2)
    assert {name for name, _ in files(1)} == {"face.png", "dot.bmp", "text.mp4"}
    whole = {data for kind in ORIGINALS.values() for data in kind.values()}
    changed = [data for _, data in files(1) if data not in whole]
    assert len(set(changed)) > 60


def test_every_kind_of_the_corpus_is_damaged(tmp_path):
    originals = fuzz_media.make_originals(tmp_path)
    made = {name for kind in originals.values() for name in kind}
    listed = {*corpus.PHOTOS, *corpus.CLIPS, *corpus.REFUSED}
    assert listed - made == {"empty.jpg", "empty.mp4"}  # nothing to damage
    assert "video_named.png" in originals["videos"]


def test_outcomes_are_told_apart_but_not_by_their_numbers(tmp_path):
    corpus.write_clip(tmp_path / "clip.mp4")
    assert fuzz_media.outcome(ORIGINALS["photos"]["face.png"]) == "read"
    assert fuzz_media.outcome((tmp_path / "clip.mp4").read_bytes()) == "read"
    assert "a text file" in fuzz_media.outcome(b"no photo at all")


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        (MediaError("Expected a photo. Received 12 MB. Try 3 MB."), None),
        (MediaError("cannot identify image file"), "no sentence"),
        (MediaError(""), "no sentence"),
        (ValueError("tile"), "ValueError"),
    ],
)
def test_what_is_no_sentence_is_a_failure(monkeypatch, error, seen):
    def fail(_):
        raise error

    monkeypatch.setattr(fuzz_media, "read_image", fail)
    tally = fuzz_media.Tally()
    tally.add(7, "face.png", ORIGINALS["photos"]["face.png"])
    report = tally.report()
    if seen is None:
        assert report["failures"] == []
        assert list(report["outcomes"]) == ["Expected a photo. Received # MB. Try # MB."]
    else:
        (failure,) = report["failures"]
        assert failure["number"] == 7 and seen in failure["failure"]


def test_what_is_late_is_a_failure(monkeypatch):
    monkeypatch.setattr(fuzz_media, "LIMIT_S", 0.0)
    tally = fuzz_media.Tally()
    tally.add(0, "face.png", ORIGINALS["photos"]["face.png"])
    assert tally.report()["failures"][0]["failure"].startswith("took")


@pytest.mark.parametrize(("fails", "status"), [(False, 0), (True, 1)])
def test_the_exit_status_says_whether_all_went_well(tmp_path, monkeypatch, fails, status):
    monkeypatch.setattr(fuzz_media, "make_originals", lambda _: ORIGINALS)
    if fails:
        monkeypatch.setattr(fuzz_media, "kind_of", lambda _: 1 / 0)
    target = tmp_path / "made" / "fuzz.json"
    given = ["--count", "5", "--videos", "3", "--workers", "2", "--json", str(target)]
    assert fuzz_media.main(given) == status
    report = json.loads(target.read_text())
    assert (report["photos"]["files"], report["videos"]["files"]) == (5, 3)
    assert len(report["photos"]["failures"]) == (5 if fails else 0)
    assert report["command"].endswith("--workers 2 --json fuzz.json")


def test_the_report_of_clips_names_no_folder_of_this_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(video, "run", lambda minutes, folder: [])
    assert video.main(["--json", str(tmp_path / "video.json")]) == 0
    report = json.loads((tmp_path / "video.json").read_text())
    assert report["command"] == "python -m bench.video --json video.json"


def test_a_scene_repeated_is_a_longer_clip(tmp_path, monkeypatch):
    monkeypatch.setattr(video, "SCENE_S", 1)
    video.write_scene(tmp_path / "scene.mp4", seconds=1)
    video.repeat(tmp_path / "scene.mp4", tmp_path / "long.mp4", times=3)
    info = probe_video(tmp_path / "long.mp4")
    assert (info.size_wh, info.has_sound) == ((1280, 720), True)
    assert info.duration_s == pytest.approx(3.0, abs=0.05)
    times_s = [time_s for time_s, _ in iter_frames(tmp_path / "long.mp4", sample_fps=5)]
    assert times_s == pytest.approx([index / 5 for index in range(15)], abs=0.04)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(("way", "frames"), [*zip(video.WAYS, (3, 30), strict=True)])
def test_a_measurement_counts_frames_faces_and_memory(tmp_path, way, frames):
    video.write_scene(tmp_path / "scene.mp4", seconds=1)
    row = video.measure(tmp_path / "scene.mp4", way)
    assert (row["frames"], row["faces"]) == (frames, frames)
    assert row["seconds"] > 0
    assert row["rss_before_mb"] > 50
