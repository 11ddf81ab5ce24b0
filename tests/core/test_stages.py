"""The stages that the Learn page shows are those of the app."""

import numpy as np
import pytest

from fer_core.classification import with_temperature
from fer_core.preprocessing import crop_face
from fer_core.results import EmotionScores
from fer_core.stages import SHAKY_FRAMES, before_temperature, outlined, shaky, stages
from fer_core.testing import FakeClassifier, make_face, synthetic_frame
from fer_core.whatif import Change, small_face

FRAME, FACE = synthetic_frame(), make_face()


@pytest.mark.parametrize("temperature", [0.5, 0.8, 1.0, 2.0])
def test_logits_and_softmax_come_back(temperature: float) -> None:
    network = np.array([[0.7, 0.2, 0.1]], np.float32)
    shown = EmotionScores(("a", "b", "c"), tuple(with_temperature(network, temperature)[0]))
    logits, softmax = before_temperature(shown, temperature)
    assert softmax == pytest.approx([0.7, 0.2, 0.1], abs=1e-6)
    assert sum(logits) == pytest.approx(0, abs=1e-9)
    assert logits[0] - logits[1] == pytest.approx(np.log(3.5), abs=1e-5)


def test_each_stage() -> None:
    classifier = FakeClassifier()
    got = stages(FRAME, FACE, classifier)
    assert (got.crop == crop_face(FRAME, FACE, classifier.card.input)).all()
    assert (got.small == small_face(FRAME, FACE, classifier.card.input, Change())).all()
    assert (got.network_input == classifier.prepare([got.crop])[0, :, :, 2]).all()
    assert got.scores.top == max(got.logits, key=got.logits.__getitem__) == "happy"
    assert got.temperature == 1.0
    assert got.softmax["happy"] == pytest.approx(0.9)


def test_the_detector_s_marks_are_drawn_on_a_copy() -> None:
    frame = synthetic_frame()
    marked = outlined(frame, FACE)
    assert (frame == synthetic_frame()).all()
    assert (marked != frame).any()
    box = FACE.box
    assert tuple(marked[round(box.top), round(box.center.x)]) != tuple(
        frame[round(box.top), round(box.center.x)]
    )


@pytest.mark.parametrize(("half_life_s", "steadier"), [(0.0, False), (0.5, True)])
def test_smoothing_calms(half_life_s: float, steadier: bool) -> None:
    classifier = FakeClassifier(script=["happy", "sad"])
    face = small_face(FRAME, FACE, classifier.card.input, Change())
    rows = shaky(classifier, face, half_life_s=half_life_s)
    assert len(rows) == SHAKY_FRAMES
    raw, smoothed = ([row[i].as_dict()["happy"] for row in rows] for i in (1, 2))  # type: ignore[union-attr]
    assert (np.std(smoothed) < np.std(raw)) == steadier
