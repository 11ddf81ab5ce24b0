import numpy as np
import pytest

from fer_core.pipeline import FramePipeline, PipelineOptions
from fer_core.results import EmotionScores, FaceResult
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


def test_a_pipeline_that_follows_another_knows_its_people() -> None:
    first = FramePipeline(FakeDetector([LEFT, RIGHT], [RIGHT]), FakeClassifier())
    first.process(FRAME, timestamp_s=0.0)
    first.process(FRAME, timestamp_s=0.1)
    second = FramePipeline(
        FakeDetector([LEFT]), FakeClassifier(), PipelineOptions(min_confidence=0.9)
    )
    second.follow(first)
    (face,) = second.process(FRAME, timestamp_s=0.2).faces
    assert (face.track_id, face.unsure) == (2, "low confidence")


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
    result = pipeline.process(FRAME, timestamp_s=0)
    assert [f.face for f in result.faces] == [LEFT]
    assert result.others == (RIGHT.box,)


def test_who_is_read_goes_on_being_read_whoever_else_comes() -> None:
    detector, classifier = FakeDetector([RIGHT], [LEFT, RIGHT], [LEFT]), FakeClassifier()
    pipeline = FramePipeline(detector, classifier, PipelineOptions(max_faces=1))
    results = [pipeline.process(FRAME, timestamp_s=tenth / 10) for tenth in range(3)]
    assert [[f.track_id for f in result.faces] for result in results] == [[1], [1], [2]]
    assert [result.others for result in results] == [(), (LEFT.box,), ()]
    assert classifier.runtime.batches == [(1, 48, 48, 3)] * 3


def test_process_is_begin_and_finish_with_scores_in_between() -> None:
    whole, parts = (
        FramePipeline(FakeDetector([LEFT, RIGHT]), FakeClassifier(script=("happy", "sad")))
        for _ in range(2)
    )
    pending = parts.begin(FRAME, timestamp_s=2.0)
    assert (pending.batch.shape, pending.batch.dtype) == ((2, 48, 48, 3), np.uint8)
    result = parts.finish(pending, parts.classifier.score(pending.batch))
    assert result == whole.process(FRAME, timestamp_s=2.0)


def test_a_frame_that_is_never_finished_does_no_harm() -> None:
    pipeline = FramePipeline(FakeDetector([LEFT]), FakeClassifier())
    pipeline.begin(FRAME, timestamp_s=0.0)
    assert pipeline.process(FRAME, timestamp_s=0.1).faces[0].track_id == 1


def test_one_score_a_face_is_expected() -> None:
    pipeline = FramePipeline(FakeDetector([LEFT, RIGHT]), FakeClassifier())
    pending = pipeline.begin(FRAME, timestamp_s=0.0)
    with pytest.raises(ValueError, match="shorter"):
        pipeline.finish(pending, pipeline.classifier.score(pending.batch[:1]))


def swaying(options: PipelineOptions) -> list[FaceResult]:
    """Ten frames of a face whose label is as often happy as sad, and hardly sure."""
    classifier = FakeClassifier(script=("happy", "sad"), confidence=0.45)
    pipeline = FramePipeline(FakeDetector([LEFT]), classifier, options)
    return [pipeline.process(FRAME, timestamp_s=t / 15).faces[0] for t in range(10)]


def test_the_label_shown_does_not_sway_with_the_scores() -> None:
    steady = swaying(PipelineOptions(half_life_s=0.01, switch_margin=0.5))
    assert {face.smoothed.top for face in steady} == {"happy", "sad"}
    assert {face.label for face in steady} == {"happy"}


@pytest.mark.parametrize(("half_life_s", "switch_margin"), [(0.0, 0.5), (0.01, 0.0)])
def test_no_half_life_or_no_margin_shows_the_most_probable_label(
    half_life_s: float, switch_margin: float
) -> None:
    options = PipelineOptions(half_life_s=half_life_s, switch_margin=switch_margin)
    assert [(f.held, f.label) for f in swaying(options)] == [(None, "happy"), (None, "sad")] * 5


def test_low_confidence_does_not_flicker_either() -> None:
    # Happy is held; its share sways about 0.3, whatever the top label's does.
    plain = swaying(PipelineOptions(half_life_s=0.01, min_confidence=0.4))
    assert {face.unsure for face in plain} == {None}
    steady = swaying(PipelineOptions(half_life_s=0.01, min_confidence=0.4, switch_margin=0.5))
    assert [face.unsure for face in steady] == [None] + ["low confidence"] * 9


def test_a_smaller_picture_of_the_same_stream_keeps_the_numbers() -> None:
    half = make_face(25, 75, 75), make_face(200, 75, 75)
    pipeline = FramePipeline(FakeDetector([LEFT, RIGHT], [half[1], half[0]]), FakeClassifier())
    pipeline.process(FRAME, timestamp_s=0.0)
    small = synthetic_frame(half, size_wh=(320, 240))
    assert [f.track_id for f in pipeline.process(small, timestamp_s=0.1).faces] == [2, 1]


def test_between_searches_faces_are_followed() -> None:
    detector = FakeDetector([LEFT])
    options = PipelineOptions(detect_every_s=0.2)
    pipeline = FramePipeline(detector, FakeClassifier(), options)
    results = [pipeline.process(FRAME, timestamp_s=t / 15) for t in range(6)]
    assert detector.calls == 2
    assert [[f.track_id for f in result.faces] for result in results] == [[1]] * 6


def test_everybody_on_the_photo_of_a_school_class_is_read() -> None:
    rows = [make_face(15 * place % 600, 40 * (15 * place // 600), 12) for place in range(120)]
    result = FramePipeline(FakeDetector(rows), FakeClassifier()).process(FRAME, timestamp_s=0)
    assert len(result.faces) == 120
    assert not result.others


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
        {"detect_every_s": -1},
        {"switch_margin": -0.1},
        {"switch_margin": 1.1},
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
