"""What `bench.steadiness` measures, at small size: seeded noise, so always the same."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bench import steadiness as bench
from bench import steady_scenes as scenes
from fer_core.classification import EmotionClassifier, load_classifier
from fer_core.geometry import Point
from fer_core.pipeline import LIVE_OPTIONS
from fer_core.results import EmotionScores, FaceResult, FrameResult
from fer_core.testing import make_face

FACE_PX = 120


@pytest.fixture(scope="module")
def classifier() -> EmotionClassifier:
    return load_classifier()


def test_a_still_face_flickers_at_least_five_times_less_than_raw(
    classifier: EmotionClassifier,
) -> None:
    part = bench.boundary(classifier, face_px=FACE_PX)
    row, _ = bench.still(classifier, part, face_px=FACE_PX, seconds=4)
    assert row["frames_with_face"] == row["frames"] == 60
    assert row["raw_changes_per_s"] >= 2
    assert row["shown_changes_per_s"] * 5 <= row["raw_changes_per_s"]


@pytest.mark.parametrize("parts", bench.CHANGES)
def test_a_real_change_is_shown_within_half_a_second(
    classifier: EmotionClassifier, parts: tuple[float, float]
) -> None:
    row, _ = bench.change(classifier, parts, face_px=FACE_PX)
    assert row["from"] != row["to"]
    assert 0 <= row["delay_s"] <= 0.5


def test_numbers_stay_through_a_crossing_and_a_hidden_face(classifier: EmotionClassifier) -> None:
    for row in bench.numbers(classifier, seconds=3.0):
        assert (row["switches"], row["numbers"].keys()) == (0, {"astronaut", "grace_hopper"}), row
        assert min(row["seen_share"].values()) > 0.6, row


def test_the_same_seed_gives_the_same_pictures() -> None:
    frame = scenes.blend(0.5, face_px=FACE_PX)
    (first,), (again,), (other,) = (scenes.camera([frame], seed=seed) for seed in (1, 1, 2))
    assert first.shape == frame.shape
    assert (first == again).all()
    assert (first != other).any()


@pytest.mark.parametrize(
    ("labels", "expected"),
    [([], 0), (["a"], 0), (["a", "a", "a"], 0), (["a", "b", "b"], 7.5), (["a", "b", "a"], 15)],
)
def test_changes_a_second(labels: Sequence[str], expected: float) -> None:
    assert bench.changes_per_s(labels) == expected


@pytest.mark.parametrize(
    ("labels", "expected"),
    [("aabbbb", 0.0), ("aaabbb", 1 / 15), ("aabbab", 3 / 15), ("aaaaaa", None)],
)
def test_the_delay_ends_where_the_new_label_stays(labels: str, expected: float | None) -> None:
    assert bench.delay_s(labels, at=2) == pytest.approx(expected, abs=1e-3)


def test_a_switched_number_is_counted() -> None:
    scores = EmotionScores(("happy",), (1.0,))
    centers = {"one": Point(100, 100), "two": Point(300, 100)}

    def frame(first: int, second: int) -> FrameResult:
        faces = make_face(50, 50, 100), make_face(250, 50, 100)
        pairs = zip(faces, (first, second), strict=True)
        return FrameResult(0, (640, 480), tuple(FaceResult(f, scores, scores, n) for f, n in pairs))

    results = [frame(1, 2), frame(1, 2), frame(2, 1)]
    found = bench.number_switches(results, [centers] * 3, face_px=100)
    assert found["switches"] == 2
    assert found["numbers"] == {"one": [1, 2], "two": [1, 2]}


def test_the_choice_in_use_is_among_those_that_are_replayed() -> None:
    assert LIVE_OPTIONS.half_life_s in bench.HALF_LIVES_S
    assert LIVE_OPTIONS.switch_margin in bench.MARGINS


def test_a_missing_model_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "load_classifier", lambda: load_classifier(tmp_path / "nowhere"))
    assert bench.main(["--json", str(tmp_path / "report.json")]) == 1
    assert "nowhere" in capsys.readouterr().err
    assert not (tmp_path / "report.json").exists()
