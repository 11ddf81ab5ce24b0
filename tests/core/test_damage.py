"""Damage by what it must do to plain pictures."""

import numpy as np
import pytest

from fer_core.damage import (
    blurred,
    brightened,
    coarsened,
    compressed,
    contrasted,
    covered,
    motion_blurred,
    noisy,
    rotated,
    with_gamma,
)


def halves() -> np.ndarray:
    """Black above, white below, 48 px."""
    return np.repeat(np.array([0, 255], np.uint8), 24)[:, None].repeat(48, axis=1)


@pytest.mark.parametrize(
    ("percent", "grey"), [(0, 100), (20, 151), (-20, 49), (100, 255), (-100, 0)]
)
def test_brightness(percent: float, grey: int) -> None:
    assert (brightened(np.full((48, 48), 100, np.uint8), percent) == grey).all()


@pytest.mark.parametrize(("times", "low", "high"), [(1, 0, 255), (0.5, 64, 191), (0, 128, 128)])
def test_contrast(times: float, low: int, high: int) -> None:
    result = contrasted(halves(), times)
    assert (result.min(), result.max()) == (low, high)


def test_nothing_is_changed_in_place_and_zero_changes_nothing() -> None:
    image = halves()
    image.setflags(write=False)
    rng = np.random.default_rng(1)
    for same in (
        blurred(image, 0),
        brightened(image, 0),
        contrasted(image, 1),
        rotated(image, 0),
        covered(image, 0, middle=0.5, grey=9),
        noisy(image, 0, rng),
        with_gamma(image, 2),
        coarsened(image, 48),
    ):
        assert (same == image).all()
        assert same is not image


def test_blur_spreads_as_far_as_its_deviation_says() -> None:
    edge = blurred(halves(), 3.0)[:, 0].astype(float)
    spread = np.diff(edge) / 255  # the blur itself, seen along the edge
    places = np.arange(len(spread)) - np.average(np.arange(len(spread)), weights=spread)
    assert np.sqrt(np.average(places**2, weights=spread)) == pytest.approx(3.0, abs=0.1)


def test_motion_blur_smears_along_its_angle_alone() -> None:
    assert (motion_blurred(halves(), 6, angle=0.0) == halves()).all()
    assert len(np.unique(motion_blurred(halves(), 6, angle=np.pi / 2))) > 4


def test_rotation_is_counter_clockwise() -> None:
    left = rotated(halves(), 90)
    assert left[24, 2] == 0
    assert left[24, -3] == 255


def test_a_cover_lies_around_its_middle() -> None:
    rows = np.flatnonzero((covered(halves(), 25, middle=0.5, grey=77) == 77).all(axis=1))
    assert rows.tolist() == list(range(18, 30))
    low = np.flatnonzero((covered(halves(), 25, middle=1.0, grey=77) == 77).all(axis=1))
    assert low.tolist() == list(range(36, 48))


def test_noise_has_its_deviation() -> None:
    grey = np.full((480, 480), 128, np.uint8)
    result = noisy(grey, 10, np.random.default_rng(1))
    assert result.std() == pytest.approx(25.5, rel=0.02)


def test_coarse_pictures_have_few_values() -> None:
    ramp = np.tile(np.arange(48, dtype=np.uint8) * 5, (48, 1))
    assert len(np.unique(coarsened(ramp, 1))) == 1


def test_low_quality_loses_detail() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (48, 48)).astype(np.uint8)
    error = [np.abs(compressed(noise, quality).astype(int) - noise).mean() for quality in (95, 10)]
    assert error[0] < error[1]
