import pytest

from fer_core.detection import DETECTOR_NAMES, create_detector
from fer_core.errors import DetectorError


@pytest.mark.parametrize("name", ["", "retina", "BlazeFace"])
def test_an_unknown_name_lists_the_known_ones(name: str) -> None:
    with pytest.raises(DetectorError) as caught:
        create_detector(name)
    assert all(known in str(caught.value) for known in DETECTOR_NAMES)


@pytest.mark.parametrize("min_score", [-0.1, 1.1, float("nan")])
def test_a_score_limit_outside_0_to_1_is_refused(min_score: float) -> None:
    with pytest.raises(ValueError, match="min_score"):
        create_detector("blazeface", min_score=min_score)


@pytest.mark.parametrize("name", ["blazeface", "haar"])
def test_detectors_are_made_by_name(name: str) -> None:
    detector = create_detector(name)
    assert name in type(detector).__name__.lower()
    assert create_detector(name) is not detector
