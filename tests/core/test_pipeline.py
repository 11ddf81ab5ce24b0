import numpy as np
import pytest

from fer_core.pipeline import FramePipeline, PipelineOptions
from fer_core.results import EmotionScores
from fer_core.testing import (
    FER2013_LABELS,
    FakeClassifier,
    FakeDetector,
    make_face,
    synthetic_frame,
)

LEFT, RIGHT = make_face(50, 150, 150, score=0.8), make_face(400, 150, 150, score=0.7)
FRAME = synthetic_frame([LEFT, RIGHT])


def test_no_face_is_an_empty_result_and_runs_no_network() -> None:
    classifier = FakeClassifier()
    result = FramePipeline(FakeDetector([]), classifier).process(FRAME, timestamp_s=1.5)
    assert (result.timestamp_s, result.size_wh, result.faces) == (1.5, (640, 480), ())
    assert classifier.runtime.batches == []


def test_all_faces_of_a_frame_are_one_batch_in_the_detectors_order() -> None:
    classifier = FakeClassifier(script=("happy", "sad"))
    result = FramePipeline(FakeDetector([LEFT, RIGHT]), classifier).process(FRAME, timestamp_s=0)
    assert [(f.face, f.raw.top, f.track_id, f.unsure) for f in result.faces] == [
        (LEFT, "happy", 1, None),
        (RIGHT, "sad", 2, None),
    ]
    assert classifier.runtime.batches == [(2, 48, 48, 3)]


def test_a_single_picture_is_not_smoothed() -> None:
    (face,) = (
        FramePipeline(FakeDetector([LEFT]), FakeClassifier()).process(FRAME, timestamp_s=0).faces
    )
    assert face.smoothed == face.raw


def test_the_same_person_keeps_its_number_and_its_smoothed_scores() -> None:
    classifier = FakeClassifier(script=("happy", "sad", "sad", "sad"), confidence=1.0)
    detector = FakeDetector([LEFT, RIGHT], [RIGHT, LEFT])
    pipeline = FramePipeline(detector, classifier, PipelineOptions(half_life_s=1.0))
    pipeline.process(FRAME, timestamp_s=0.0)
    right, left = pipeline.process(FRAME, timestamp_s=1.0).faces
    assert (right.track_id, left.track_id) == (2, 1)
    assert left.raw.as_dict()["sad"] == pytest.approx(1.0)
    assert left.smoothed.as_dict()["happy"] == pytest.approx(0.5)
    assert right.smoothed.as_dict()["sad"] == pytest.approx(1.0)


def test_a_person_who_comes_back_late_is_new_and_unsmoothed() -> None:
    classifier = FakeClassifier(script=("happy", "sad"), confidence=1.0)
    options = PipelineOptions(half_life_s=5.0, max_gap_s=0.5)
    pipeline = FramePipeline(FakeDetector([LEFT], [], [LEFT]), classifier, options)
    for timestamp_s in (0.0, 0.4, 0.8):
        result = pipeline.process(FRAME, timestamp_s=timestamp_s)
    assert result.faces[0].track_id == 2
    assert result.faces[0].smoothed == result.faces[0].raw


def test_unsure_looks_at_what_is_shown() -> None:
    dim = FakeClassifier(confidence=0.35)
    pipeline = FramePipeline(FakeDetector([LEFT, make_face(10, 10, 20)]), dim)
    assert [f.unsure for f in pipeline.process(FRAME, timestamp_s=0).faces] == [
        "low confidence",
        "small",
    ]


def test_at_most_so_many_faces_the_surest_first() -> None:
    options = PipelineOptions(max_faces=1)
    pipeline = FramePipeline(FakeDetector([LEFT, RIGHT]), FakeClassifier(), options)
    assert [f.face for f in pipeline.process(FRAME, timestamp_s=0).faces] == [LEFT]


def test_reset_forgets_everything() -> None:
    pipeline = FramePipeline(
        FakeDetector([LEFT, RIGHT], [RIGHT]), FakeClassifier(script=("happy", "sad", "fear"))
    )
    pipeline.process(FRAME, timestamp_s=0)
    pipeline.reset()
    (face,) = pipeline.process(FRAME, timestamp_s=0).faces
    assert face.track_id == 1
    assert face.smoothed == face.raw


def test_pipelines_sharing_a_classifier_do_not_share_numbers() -> None:
    classifier = FakeClassifier()
    for _ in range(2):
        pipeline = FramePipeline(FakeDetector([LEFT]), classifier)
        assert pipeline.process(FRAME, timestamp_s=0).faces[0].track_id == 1


def test_timings_name_the_stages() -> None:
    result = FramePipeline(FakeDetector([LEFT]), FakeClassifier()).process(FRAME, timestamp_s=0)
    assert list(result.timings) == ["detect", "preprocess", "classify", "track", "total"]
    assert all(value >= 0 for value in result.timings.values())
    parts = sum(result.timings.values()) - result.timings["total"]
    assert parts == pytest.approx(result.timings["total"])


def test_the_frame_is_left_unchanged() -> None:
    frame = FRAME.copy()
    FramePipeline(FakeDetector([LEFT]), FakeClassifier()).process(frame, timestamp_s=0)
    assert np.array_equal(frame, FRAME)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((0, 0, 3), np.uint8),
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
    ],
)
def test_anything_but_an_rgb_image_is_refused(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="RGB image"):
        FramePipeline(FakeDetector([]), FakeClassifier()).process(image, timestamp_s=0)


@pytest.mark.parametrize(
    "options",
    [
        {"half_life_s": -1},
        {"max_gap_s": -1},
        {"max_faces": 0},
        {"min_confidence": -0.1},
        {"min_confidence": 1.1},
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="Expected"):
        PipelineOptions(**options)


def test_scores_carry_the_labels_of_the_head() -> None:
    result = FramePipeline(FakeDetector([LEFT]), FakeClassifier()).process(FRAME, timestamp_s=0)
    assert isinstance(result.faces[0].raw, EmotionScores)
    assert result.faces[0].raw.labels == FER2013_LABELS
