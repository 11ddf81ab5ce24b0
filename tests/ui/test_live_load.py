"""Decisions about quality: numbers in, levels out."""

import itertools

import pytest

from ui.live_load import (
    FIRST_HOLD_S,
    LEVELS,
    TOO_BUSY,
    TOO_LATE_S,
    Load,
    LoadPolicy,
    Measured,
    Meter,
    Pace,
)

FINE = Measured(2, 0.2, 0.01, 0.01)
BUSY = Measured(2, 0.95, 0.01, 0.01)
SO_SO = Measured(2, 0.8, 0.06, 0.01)  # not over budget, not calm


def quality(load: Load) -> tuple[float, int]:
    return load.output_fps, load.longest_side


def decide(policy: LoadPolicy, measured: Measured, times: int, start_s: float = 0.0) -> float:
    """One decision a second; the time after the last."""
    for second in range(times):
        policy.decide(measured, start_s + second)
    return start_s + times


def test_at_first_all_is_well() -> None:
    assert LoadPolicy(4).load(0) == Load(0, 15.0, 640, full=False)
    assert Load().note is None


@pytest.mark.parametrize(
    "measured",
    [BUSY, Measured(2, 0.2, TOO_LATE_S + 0.01, 0.0), Measured(2, 0.2, 0.0, TOO_LATE_S + 0.01)],
)
def test_over_budget_first_the_rate_then_the_size_then_refusal(measured: Measured) -> None:
    policy = LoadPolicy(4)
    seen = []
    for second in range(6):
        seen.append((*quality(policy.load(2)), policy.load(2).full))
        policy.decide(measured, float(second))
    assert seen == [
        (15, 640, False),
        (12, 640, False),
        (10, 640, False),
        (10, 480, False),
        (10, 320, False),
        (10, 320, True),
    ]


def test_calm_comes_back_step_by_step() -> None:
    policy = LoadPolicy(4)
    now = decide(policy, BUSY, 6)
    assert policy.load(2).full
    policy.decide(FINE, now)
    assert not policy.load(2).full
    decide(policy, FINE, 100, now + 1)
    assert quality(policy.load(2)) == (15, 640)


def test_in_between_nothing_changes() -> None:
    policy = LoadPolicy(4)
    now = decide(policy, BUSY, 2)
    before = policy.load(2)
    decide(policy, SO_SO, 100, now)
    assert policy.load(2) == before


def test_a_level_that_would_be_too_busy_is_not_tried() -> None:
    policy = LoadPolicy(4)
    now = decide(policy, BUSY, 1)
    decide(policy, Measured(2, 0.6, 0.01, 0.01), 100, now)  # 0.75 expected at 15 a second
    assert quality(policy.load(2)) == (12, 640)


def test_a_level_that_fails_again_and_again_is_tried_ever_more_seldom() -> None:
    policy = LoadPolicy(4)
    changes = []
    for second in range(600):
        before = quality(policy.load(2))
        policy.decide(BUSY if before == (15, 640) else FINE, float(second))
        if quality(policy.load(2)) == (15, 640) != before:
            changes.append(second)
    gaps = [later - earlier for earlier, later in itertools.pairwise(changes)]
    assert gaps == sorted(gaps)
    assert gaps[-1] > 10 * FIRST_HOLD_S
    assert len(changes) < 14


def test_when_somebody_leaves_the_better_level_is_tried_soon() -> None:
    policy = LoadPolicy(4)
    for second in range(600):
        best = quality(policy.load(2)) == (15, 640)
        policy.decide(BUSY if best else FINE, float(second))
    decide(policy, BUSY, 1, 600.0)
    decide(policy, Measured(1, 0.2, 0.01, 0.01), int(2 * FIRST_HOLD_S), 602.0)
    assert policy.load(1).output_fps > LEVELS[-1][0]


def test_the_number_of_streams_is_capped_whatever_was_measured() -> None:
    policy = LoadPolicy(2)
    decide(policy, FINE, 10)
    assert [policy.load(streams).full for streams in range(4)] == [False, False, True, True]


def test_notes_say_what_is_reduced() -> None:
    assert "12 a second," in (Load(1, 12, 640).note or "")
    assert "10 a second and smaller," in (Load(1, 10, 480).note or "")


def passes(times: list[float], fps: float) -> int:
    pace = Pace()
    return sum(pace.allows(moment, fps) for moment in times)


@pytest.mark.parametrize(
    ("camera_fps", "output_fps", "share"),
    [(15, 15, 1.0), (5, 15, 1.0), (20, 15, 0.75), (30, 15, 0.5), (15, 10, 2 / 3), (60, 15, 0.25)],
)
def test_pace(camera_fps: float, output_fps: float, share: float) -> None:
    times = [frame / camera_fps for frame in range(600)]
    assert passes(times, output_fps) == pytest.approx(600 * share, abs=2)


def test_a_jittering_camera_keeps_its_rate() -> None:
    times = [frame / 15 + (0.025 if frame % 3 == 0 else -0.02) for frame in range(600)]
    assert passes(times, 15) >= 598


def test_after_a_pause_frames_do_not_come_in_a_burst() -> None:
    pace = Pace()
    assert pace.allows(0.0, 10)
    burst = [5.0 + 0.001 * i for i in range(50)]
    assert sum(pace.allows(moment, 10) for moment in burst) <= 2


def test_the_meter_reads_shares_and_high_values_and_begins_anew() -> None:
    meter = Meter(10.0)
    for i in range(20):
        meter.waited(0.01 if i < 17 else 0.5)
        meter.late(0.002)
    meter.worked(0.5)
    assert meter.age_s(12.0) == 2.0
    assert meter.read(3, 12.0) == Measured(3, 0.25, 0.5, 0.002)
    assert meter.read(3, 13.0) == Measured(3, 0.0, 0.0, 0.0)


def test_more_work_than_time_is_all_the_time() -> None:
    meter = Meter(0.0)
    meter.worked(5.0)
    assert meter.read(1, 1.0).busy == 1.0 > TOO_BUSY
