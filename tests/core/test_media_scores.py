"""However a phone was held, the same face is found and read the same."""

import numpy as np
import pytest

from fer_core.analyze import analyze_image, analyze_video, photo_pipeline, stream_pipeline
from fer_core.classification import load_classifier
from fer_core.samples import sample_image
from tests import media_corpus as corpus

TOLERANCE = 0.02


@pytest.fixture(scope="module")
def classifier():
    return load_classifier()


@pytest.fixture(scope="module")
def portrait():
    """640×480, one face left of the middle."""
    scene = np.full((480, 640, 3), 128, np.uint8)
    scene[0:480, 40:520] = sample_image("astronaut")[0:480, 0:480]
    return scene


def same(face, other):
    centers = face.face.box.center, other.face.box.center
    assert abs(centers[0].x - centers[1].x) < 4 and abs(centers[0].y - centers[1].y) < 4
    for label, score in other.raw.as_dict().items():
        assert face.raw.as_dict()[label] == pytest.approx(score, abs=TOLERANCE)


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_photos_of_every_orientation_give_the_same_scores(tmp_path, classifier, portrait, form):
    pipeline = photo_pipeline(classifier)
    (expected,) = analyze_image(corpus.photo_bytes(portrait, "PNG"), pipeline=pipeline).faces
    for orientation in range(1, 9):
        path = tmp_path / f"{orientation}"
        corpus.write_oriented_photo(path, orientation, form, upright=portrait)
        (face,) = analyze_image(path, pipeline=pipeline).faces
        same(face, expected)


def test_clips_of_every_rotation_give_the_same_scores(tmp_path, classifier, portrait):
    pipeline = stream_pipeline(classifier)
    found = []
    for degrees in (0, 90, 180, 270):
        path = tmp_path / f"{degrees}.mp4"
        corpus.write_rotated_clip(path, degrees, upright=portrait, crf=12)
        timeline = analyze_video(path, sample_fps=10, pipeline=pipeline)
        assert [frame.size_wh for frame in timeline.frames] == [(640, 480)] * 5
        found.append([face for frame in timeline.frames for face in frame.faces])
    assert [len(faces) for faces in found] == [5] * 4
    for faces in found[1:]:
        for face, expected in zip(faces, found[0], strict=True):
            same(face, expected)
