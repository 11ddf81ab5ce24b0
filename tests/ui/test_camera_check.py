"""Which state a starting camera is in, from what the browser and the stream say."""

import pytest

from fer_core.results import FrameResult
from ui.camera_check import Attempt, BrowserFacts, Phase, StartState, start_state
from ui.live import LiveView

OFF, CONNECTING, PLAYING = Phase.OFF, Phase.CONNECTING, Phase.PLAYING
READ = LiveView(result=FrameResult(0.0, (640, 480)))
STALE = LiveView(result=FrameResult(0.0, (640, 480)), idle_s=3.0)
ERROR = LiveView(error="Pictures cannot be read.", idle_s=60.0)
FULL = LiveView(refused=True)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, StartState.READY),
        ({"api": "insecure"}, StartState.INSECURE),
        ({"api": "missing"}, StartState.NO_API),
        ({"cameras": "none"}, StartState.NO_CAMERA),
        ({"permission": "denied"}, StartState.DENIED),
        ({"permission": "denied", "cameras": "none"}, StartState.NO_CAMERA),
        ({"start": "asking"}, StartState.ASKING),
        ({"start": "NotAllowedError"}, StartState.DENIED),
        ({"start": "SecurityError"}, StartState.DENIED),
        ({"start": "NotFoundError"}, StartState.NO_CAMERA),
        ({"start": "OverconstrainedError"}, StartState.NO_CAMERA),
        ({"start": "NotReadableError"}, StartState.IN_USE),
        ({"start": "AbortError"}, StartState.IN_USE),
        ({"start": "SomethingNewError"}, StartState.IN_USE),
        ({"start": "NotReadableError", "permission": "denied"}, StartState.IN_USE),
        ({"start": "NotAllowedError", "api": "insecure"}, StartState.INSECURE),
    ],
)
def test_before_the_stream_the_browser_says_it(facts: dict[str, str], state: StartState) -> None:
    assert start_state(BrowserFacts(**facts), Attempt(), LiveView(), now_s=100.0) is state


@pytest.mark.parametrize(
    ("phase", "waited_s", "view", "state"),
    [
        (CONNECTING, 0.0, LiveView(), StartState.CONNECTING),
        (CONNECTING, 14.9, LiveView(), StartState.CONNECTING),
        (CONNECTING, 15.0, LiveView(), StartState.NO_ROUTE),
        (PLAYING, 14.9, LiveView(), StartState.NO_PICTURE_YET),
        (PLAYING, 15.0, LiveView(), StartState.NO_ROUTE),
        (PLAYING, 2.0, READ, StartState.RUNNING),
        (PLAYING, 99.0, READ, StartState.RUNNING),
        (PLAYING, 99.0, STALE, StartState.STALLED),
        (PLAYING, 99.0, ERROR, StartState.RUNNING),
        (PLAYING, 2.0, FULL, StartState.FULL),
        (CONNECTING, 2.0, FULL, StartState.FULL),
        (OFF, 2.0, FULL, StartState.FULL),
    ],
)
def test_then_the_stream_says_it(
    phase: Phase, waited_s: float, view: LiveView, state: StartState
) -> None:
    attempt = Attempt(phase, since_s=100.0)
    assert start_state(BrowserFacts(), attempt, view, now_s=100.0 + waited_s) is state


def test_what_the_browser_said_before_does_not_count_once_the_stream_runs() -> None:
    facts = BrowserFacts(cameras="none", permission="denied", start="asking")
    playing = Attempt(PLAYING, since_s=0.0)
    assert start_state(facts, playing, READ, now_s=1.0) is StartState.RUNNING


def after(*steps: tuple[Phase, float]) -> Attempt:
    attempt = Attempt()
    for phase, now_s in steps:
        attempt = attempt.followed_by(phase, now_s)
    return attempt


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        (after(), Attempt()),
        (after((OFF, 5.0)), Attempt()),
        (after((CONNECTING, 5.0), (CONNECTING, 9.0)), Attempt(CONNECTING, 5.0)),
        # The wait for the first picture began with the connecting.
        (after((CONNECTING, 5.0), (PLAYING, 9.0)), Attempt(PLAYING, 5.0)),
        (after((PLAYING, 9.0)), Attempt(PLAYING, 9.0)),
        (after((CONNECTING, 5.0), (OFF, 9.9)), Attempt(OFF, 9.9)),
        (after((CONNECTING, 5.0), (OFF, 10.0)), Attempt(OFF, 10.0, failed=True)),
        (after((CONNECTING, 5.0), (PLAYING, 6.0), (OFF, 60.0)), Attempt(OFF, 60.0)),
        (after((CONNECTING, 5.0), (OFF, 20.0), (CONNECTING, 21.0)), Attempt(CONNECTING, 21.0)),
    ],
)
def test_an_attempt_is_followed(attempt: Attempt, expected: Attempt) -> None:
    assert attempt == expected


def test_an_attempt_that_the_network_ended_is_explained_until_the_next() -> None:
    failed = Attempt(OFF, 20.0, failed=True)
    assert start_state(BrowserFacts(), failed, LiveView(), now_s=99.0) is StartState.NO_ROUTE
    asked = BrowserFacts(start="asking")
    assert start_state(asked, failed, LiveView(), now_s=99.0) is StartState.ASKING
