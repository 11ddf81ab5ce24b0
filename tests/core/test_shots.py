"""Where a new shot begins, and where it only seems so."""

import json
import sys

import numpy as np
import pytest

from bench import shots as scenes
from fer_core.analyze import analyze_video
from fer_core.pipeline import FramePipeline, PipelineOptions
from fer_core.shots import ShotCuts
from fer_core.testing import FakeClassifier, FakeDetector, make_face
from tests import media_corpus as corpus

PLAIN, DARK = (np.full((360, 640, 3), color, np.uint8) for color in ((196, 202, 206), (60, 50, 45)))
WHITE, BLACK = np.full_like(PLAIN, 255), np.zeros_like(PLAIN)
ONE = scenes.person(PLAIN, "astronaut")
OTHER = scenes.person(DARK, "grace_hopper")
STREET = scenes.view(scenes.sample_image("grace_hopper"), 0.3, 0.4, 0.6)


def begins(*frames):
    look = ShotCuts()
    return [look.begins(frame) for frame in frames]


def test_the_first_frame_begins_no_new_shot():
    assert begins(ONE) == [False]


def test_another_person_on_another_wall_is_a_new_shot():
    assert begins(ONE, ONE, OTHER, OTHER, ONE) == [False, False, True, False, True]


def test_another_picture_is_a_new_shot():
    assert begins(ONE, STREET, OTHER) == [False, True, True]


@pytest.mark.parametrize("size_wh", [(1, 1), (3, 500), (64, 36), (1280, 720)])
def test_any_size_is_taken(size_wh):
    noise = np.random.default_rng(0).integers(0, 255, (size_wh[1], size_wh[0], 3), np.uint8)
    assert begins(noise, noise) == [False, False]


@pytest.mark.parametrize("step", [0.1, 0.3])
def test_a_moving_camera_is_no_cut(step):
    astronaut = scenes.sample_image("astronaut")
    frames = [scenes.view(astronaut, x, 0.3, 0.5) for x in np.arange(0, 1, step)]
    assert not any(begins(*frames))


def test_light_hands_and_blur_are_no_cuts():
    for name, change in scenes.changes(np.random.default_rng(0)).items():
        assert begins(STREET, change(STREET), STREET) == [False] * 3, name


def test_people_who_come_move_and_go_are_no_cut():
    nearer = scenes.person(PLAIN, "astronaut", x=0.6, size=0.95)
    second = scenes.person(ONE, "grace_hopper", x=0.85, size=0.6)
    assert not any(begins(PLAIN, ONE, nearer, ONE, second, ONE, PLAIN))


@pytest.mark.parametrize("flat", [WHITE, BLACK])
def test_a_flash_and_a_fade_are_passed_over(flat):
    assert not any(begins(ONE, flat, flat, ONE))
    assert begins(ONE, flat, OTHER) == [False, False, True]


def test_people_of_a_new_shot_get_new_numbers_and_no_memory():
    one = FramePipeline(
        FakeDetector([make_face()]),
        FakeClassifier(script=("happy", "happy", "sad", "sad")),
        PipelineOptions(half_life_s=5, switch_margin=0.5, detect_every_s=10),
    )
    before = [one.process(ONE, timestamp_s=time_s).faces[0] for time_s in (0.0, 0.1)]
    one.new_shot()
    after = [one.process(ONE, timestamp_s=time_s).faces[0] for time_s in (0.2, 0.3)]
    assert [face.track_id for face in (*before, *after)] == [1, 1, 2, 2]
    assert after[0].smoothed == after[0].raw and after[0].label == "sad"
    assert one.detector.calls == 2  # searched anew, though not yet due


def test_a_clip_with_a_cut_has_a_person_a_shot(tmp_path):
    frames = [ONE] * 3 + [OTHER] * 3
    times_s = [index / 3 for index in range(len(frames))]
    corpus.write_clip(tmp_path / "clip.mp4", size_wh=(640, 360), images=frames, times_s=times_s)
    pipeline = FramePipeline(FakeDetector(), FakeClassifier())
    people = analyze_video(tmp_path / "clip.mp4", pipeline=pipeline).people()
    assert [(person["track_id"], person["frames"]) for person in people] == [(1, 3), (2, 3)]


def test_the_report_names_no_folder_of_this_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(scenes, "counted", lambda pairs, *, seed: {})
    monkeypatch.setattr(scenes, "milliseconds", lambda size_wh: {})
    monkeypatch.setattr(sys, "argv", ["shots", "--json", str(tmp_path / "shots.json")])
    scenes.main()
    report = json.loads((tmp_path / "shots.json").read_text())
    assert report["command"] == "python -m bench.shots --json shots.json"
