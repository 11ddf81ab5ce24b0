"""What the C library keeps of freed memory goes back, and when."""

import os
import sys

import numpy as np
import pytest

from bench.live_footprint import footprint
from tests.ui.live_fakes import PATIENCE_S, Clock, FakePipeline, feed, live_threads
from ui.heap import give_back
from ui.live import LiveEngine


@pytest.mark.skipif(
    sys.platform != "linux" or "CS_GNU_LIBC_VERSION" not in os.confstr_names,
    reason="the C library is another one",
)
def test_freed_memory_goes_back() -> None:
    kept = [np.ones(12_500) for _ in range(800)]  # 100 kB each: too small to be mapped alone
    pins = [np.ones(1_000) for _ in kept]
    del kept
    before = footprint().rss_mb
    give_back()
    assert footprint().rss_mb < before - 20
    assert len(pins) == 800


def test_it_goes_back_when_the_last_stream_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[bool] = []
    monkeypatch.setattr("ui.live.give_back", lambda: given.append(True))
    clock = Clock()
    engine = LiveEngine(clock=clock)
    first, last = engine.session(FakePipeline()), engine.session(FakePipeline())
    for session in (first, last):
        feed(engine, session, clock)
    (worker,) = live_threads()
    first.stop()
    feed(engine, last, clock)
    assert given == []
    last.stop()
    worker.join(PATIENCE_S)
    assert given == [True]
