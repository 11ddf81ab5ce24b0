"""Files through the pipeline."""

import numpy as np
import pytest

from fer_core import analyze
from fer_core.analyze import analyze_image, analyze_video, iter_video, photo_pipeline
from fer_core.errors import MediaError, ModelError
from fer_core.pipeline import FramePipeline
from fer_core.testing import FakeClassifier, FakeDetector, make_face
from tests import media_corpus as corpus

TENTHS = [index / 10 for index in range(10)]


def pipeline(*answers, script=("happy",)):
    return FramePipeline(FakeDetector(*answers), FakeClassifier(script=script))


def test_a_photo_without_a_face_is_an_empty_result(tmp_path):
    corpus.PHOTOS["no_face.png"](tmp_path / "wall.png")
    result = analyze_image(tmp_path / "wall.png", pipeline=pipeline([]))
    assert (result.faces, result.size_wh, result.timestamp_s) == ((), (64, 48), 0.0)


def test_one_pixel_has_no_face():
    data = corpus.photo_bytes(corpus.quadrants((1, 1)))
    result = analyze_image(data, pipeline=photo_pipeline(FakeClassifier()))
    assert result.faces == ()


def test_a_photo_may_come_as_bytes_or_path(tmp_path):
    (tmp_path / "face.jpg").write_bytes(corpus.photo_bytes(corpus.face_image(), "JPEG"))
    one = pipeline([make_face(20, 20, 200)])
    result = analyze_image(tmp_path / "face.jpg", pipeline=one)
    assert [face.smoothed.top for face in result.faces] == ["happy"]
    assert analyze_image(str(tmp_path / "face.jpg"), pipeline=one) == result
    assert analyze_image((tmp_path / "face.jpg").read_bytes(), pipeline=one) == result


def test_a_photo_is_not_smoothed_with_the_one_before():
    data = corpus.photo_bytes(corpus.face_image())
    both = pipeline([make_face(20, 20, 200)], script=("happy", "sad"))
    for label in ("happy", "sad"):
        (face,) = analyze_image(data, pipeline=both).faces
        assert (face.track_id, face.smoothed.top, face.smoothed) == (1, label, face.raw)


def test_thirty_faces_are_all_read(tmp_path):
    corpus.PHOTOS["thirty_faces.jpg"](tmp_path / "crowd.jpg")
    result = analyze_image(tmp_path / "crowd.jpg", pipeline=photo_pipeline(FakeClassifier()))
    cells = {
        (int(box.center.x // 128), int(box.center.y // 128))
        for box in (face.face.box for face in result.faces)
    }
    assert len(result.faces) == len(cells) == 30


def test_a_far_face_in_a_large_photo_is_found():
    photo = np.full((1500, 2000, 3), 200, np.uint8)
    photo[100:228, 900:1028] = corpus.face_image(128)
    result = analyze_image(corpus.photo_bytes(photo), pipeline=photo_pipeline(FakeClassifier()))
    (face,) = result.faces
    assert 930 < face.face.box.center.x < 1000 and 100 < face.face.box.center.y < 228


def test_a_clip_becomes_a_timeline(tmp_path):
    corpus.write_clip(tmp_path / "clip.mp4", times_s=TENTHS)
    face = [make_face(8, 8, 32)]
    timeline = analyze_video(
        tmp_path / "clip.mp4", sample_fps=5, pipeline=pipeline(face, [], face, [])
    )
    assert [round(frame.timestamp_s, 1) for frame in timeline.frames] == [0, 0.2, 0.4, 0.6, 0.8]
    assert [len(frame.faces) for frame in timeline.frames] == [1, 0, 1, 0, 0]
    assert timeline.duration_s == pytest.approx(0.95, abs=0.06)
    assert timeline.summary()["dominant"] == "happy"


@pytest.mark.parametrize("missed", [False, True])
@pytest.mark.parametrize("sample_fps", [1, 3, None])
def test_a_person_keeps_the_number_however_few_frames_there_are(tmp_path, sample_fps, missed):
    """Of clips with 29.97 frames a second, one a second comes every 1.001 s."""
    corpus.write_clip(tmp_path / "clip.mp4", times_s=[number * 1.001 for number in range(5)])
    face = [make_face(8, 8, 32)]
    seen = [face, [] if missed else face, face, face, face]
    clip = tmp_path / "clip.mp4"
    timeline = analyze_video(clip, sample_fps=sample_fps, pipeline=pipeline(*seen))
    assert len(timeline.frames) == 5
    assert {each.track_id for frame in timeline.frames for each in frame.faces} == {1}


def test_the_same_clip_gives_the_same_numbers(tmp_path):
    corpus.write_clip(tmp_path / "clip.mp4", times_s=TENTHS)
    face = [make_face(8, 8, 32)]
    first = analyze_video(tmp_path / "clip.mp4", pipeline=pipeline(face))
    assert analyze_video((tmp_path / "clip.mp4").read_bytes(), pipeline=pipeline(face)) == first


def test_a_clip_can_be_stopped_half_way(tmp_path):
    corpus.write_clip(tmp_path / "clip.mp4", times_s=TENTHS)
    one = pipeline([])
    pairs = iter_video(tmp_path / "clip.mp4", pipeline=one, sample_fps=10)
    image, result = next(pairs)
    pairs.close()
    assert (image.shape, result.timestamp_s, one.detector.calls) == ((48, 64, 3), 0.0, 1)


@pytest.mark.parametrize("name", corpus.REFUSED)
def test_unusable_files_are_sentences(tmp_path, name):
    corpus.REFUSED[name](tmp_path / name)
    one = pipeline([])
    for read in (analyze_image, analyze_video):
        with pytest.raises(MediaError, match="^Expected"):
            read(tmp_path / name, pipeline=one)
    assert one.detector.calls == 0


def test_the_default_model_is_loaded_once(monkeypatch):
    loaded = []

    def load():
        loaded.append(FakeClassifier())
        return loaded[-1]

    analyze._classifier.cache_clear()
    monkeypatch.setattr(analyze, "load_classifier", load)
    monkeypatch.setattr(analyze, "create_detector", lambda: FakeDetector([]))
    data = corpus.photo_bytes(corpus.quadrants())
    assert analyze_image(data) == analyze_image(data)
    assert len(loaded) == 1
    analyze._classifier.cache_clear()


def test_a_broken_default_model_is_a_sentence(monkeypatch):
    def load():
        raise ModelError("Expected a model. Received none. Fetch one.")

    analyze._classifier.cache_clear()
    monkeypatch.setattr(analyze, "load_classifier", load)
    with pytest.raises(ModelError, match="Fetch one"):
        analyze_image(corpus.photo_bytes(corpus.quadrants()))
