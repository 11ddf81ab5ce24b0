"""The output track on an event loop of its own, without a network."""

import asyncio
import gc
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

import av
import numpy as np
import pytest
from aiortc.contrib.media import MediaRelay
from aiortc.mediastreams import MediaStreamError

from tests import loops
from tests.ui.live_fakes import PATIENCE_S, Clock
from ui.live_output import CLOCK_RATE, IN_FLIGHT, REPEAT_S, OutputTrack

Answer = TypeVar("Answer")


def run(test: Coroutine[Any, Any, Answer]) -> Answer:
    return loops.run(asyncio.wait_for(test, PATIENCE_S))


def grey(value: int) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.full((24, 16), value, np.uint8), format="yuv420p")


def value(frame: av.VideoFrame) -> int:
    return int(frame.to_ndarray()[0, 0])


class Harness:
    def __init__(self) -> None:
        self.clock = Clock()
        self.stops = 0
        self.lates: list[float] = []
        self.track = OutputTrack(
            grey(1), clock=self.clock, on_stop=self.stopped, on_late=self.lates.append
        )

    def stopped(self) -> None:
        self.stops += 1


def test_the_first_picture_comes_at_once_then_each_new_one() -> None:
    async def test() -> list[int]:
        track = Harness().track
        seen = [value(await track.recv())]
        for number in (2, 3):
            track.show(grey(number), 0.0)
            seen.append(value(await track.recv()))
        return seen

    assert run(test()) == [1, 2, 3]


def test_newest_wins() -> None:
    async def test() -> int:
        track = Harness().track
        await track.recv()
        for number in range(2, 9):
            track.show(grey(number), 0.0)
        return value(await track.recv())

    assert run(test()) == 8


def test_a_picture_from_a_thread_wakes_the_waiting_encoder() -> None:
    async def test() -> int:
        track = Harness().track
        await track.recv()
        waiting = asyncio.ensure_future(track.recv())
        await asyncio.sleep(0)
        thread = threading.Thread(target=track.show, args=(grey(7), 0.0))
        thread.start()
        picture = await waiting
        thread.join()
        return value(picture)

    assert run(test()) == 7


def test_the_last_picture_is_repeated_as_a_copy() -> None:
    async def test() -> None:
        harness = Harness()
        await harness.track.recv()
        harness.track.show(grey(5), 0.0)
        first = await harness.track.recv()
        first_pts = first.pts
        harness.clock.now += REPEAT_S
        again = await harness.track.recv()
        assert (value(again), again is first) == (5, False)
        assert again.pts - first_pts == pytest.approx(CLOCK_RATE * REPEAT_S, abs=1)
        assert first.pts == first_pts

    run(test())


def test_times_always_grow() -> None:
    async def test() -> list[int]:
        track = Harness().track
        seen = [(await track.recv()).pts]
        for number in range(3):
            track.show(grey(number), 0.0)
            seen.append((await track.recv()).pts)
        return seen

    assert run(test()) == [0, 1, 2, 3]


def test_no_more_is_handed_out_than_the_encoder_takes() -> None:
    async def test() -> None:
        harness = Harness()
        held = [await harness.track.recv()]
        while len(held) < IN_FLIGHT:
            harness.track.show(grey(10), 0.0)
            held.append(await harness.track.recv())
        harness.track.show(grey(20), 0.0)
        waiting = asyncio.ensure_future(harness.track.recv())
        for _ in range(20):
            await asyncio.sleep(0)
        assert not waiting.done()
        harness.track.show(grey(30), 0.0)
        del held[0]
        gc.collect()
        assert value(await waiting) == 30

    run(test())


def test_a_reader_that_keeps_pictures_does_not_stall_the_stream() -> None:
    async def test() -> int:
        harness = Harness()
        held = [await harness.track.recv()]
        for number in range(2, 6):
            harness.track.show(grey(number), 0.0)
            harness.clock.now += REPEAT_S
            held.append(await harness.track.recv())
        return value(held[-1])

    assert run(test()) == 5


def test_behind_two_relays_as_in_the_app_little_is_queued() -> None:
    async def test() -> None:
        harness, relay = Harness(), MediaRelay()
        reader = relay.subscribe(relay.subscribe(harness.track))
        await reader.recv()
        shown = 1
        for _ in range(10):
            for _ in range(5):  # five times what the reader takes
                shown += 1
                harness.track.show(grey(shown), 0.0)
                for _ in range(5):
                    await asyncio.sleep(0)
            behind = shown - value(await reader.recv())
            assert behind <= 5 * (IN_FLIGHT + 1)
        harness.track.stop()

    run(test())


def test_stop_ends_a_waiting_reader_once() -> None:
    async def test() -> int:
        harness = Harness()
        await harness.track.recv()
        waiting = asyncio.ensure_future(harness.track.recv())
        await asyncio.sleep(0)
        thread = threading.Thread(target=harness.track.stop)
        thread.start()
        with pytest.raises(MediaStreamError):
            await waiting
        thread.join()
        harness.track.stop()
        with pytest.raises(MediaStreamError):
            await harness.track.recv()
        return harness.stops

    assert run(test()) == 1


def test_pictures_after_the_loop_has_closed_are_ignored() -> None:
    harness = Harness()

    async def test() -> None:
        await harness.track.recv()

    run(test())
    harness.track.show(grey(2), 0.0)
    harness.track.stop()
    assert harness.stops == 1


def test_age_and_rate() -> None:
    async def test() -> None:
        harness = Harness()
        track, clock = harness.track, harness.clock
        assert track.statistics(clock()) == (0.0, None)
        await track.recv()
        for _ in range(15):
            clock.now += 0.1
            track.show(grey(9), clock() - 0.25)
            await track.recv()
        rate, age_s = track.statistics(clock())
        assert rate == pytest.approx(10)
        assert age_s == pytest.approx(0.25)
        assert len(harness.lates) == 15
        assert track.statistics(clock() + 60) == (0.0, None)

    run(test())
