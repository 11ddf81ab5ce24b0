"""Whole streams without a browser: two peers of aiortc, the component's own worker, the engine."""

import asyncio
import contextlib
import inspect
import operator
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from fractions import Fraction
from functools import partial
from typing import Any, TypeVar

import aioice.ice
import av
import numpy as np
import pytest
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.contrib.media import MediaRelay
from aiortc.mediastreams import MediaStreamError
from streamlit_webrtc import WebRtcMode
from streamlit_webrtc.sink import VideoSinkTrack
from streamlit_webrtc.webrtc import WebRtcWorker

from fer_core.testing import synthetic_frame
from tests.ui import live_fakes
from tests.ui.live_fakes import FakePipeline, live_threads
from ui.live import LiveEngine, LiveSession
from ui.live_worker import HANGS

PATIENCE_S = 60.0
CAMERA_FPS = 15
NO_SERVERS = RTCConfiguration(iceServers=[])
until = partial(live_fakes.until, patience_s=PATIENCE_S)
Answer = TypeVar("Answer")


class Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="loop", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE_S)

    def close(self) -> None:
        self.run(self.loop.shutdown_default_executor())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(PATIENCE_S)
        self.loop.close()


class Camera(MediaStreamTrack):
    """The same picture again and again."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self.sent = 0
        self._start_s = time.monotonic()

    async def recv(self) -> av.VideoFrame:
        if self.readyState != "live":
            raise MediaStreamError
        due_s = self._start_s + self.sent / CAMERA_FPS
        await asyncio.sleep(max(due_s - time.monotonic(), 0))
        frame = av.VideoFrame.from_ndarray(synthetic_frame(), format="rgb24")
        frame.pts, frame.time_base = self.sent, Fraction(1, CAMERA_FPS)
        self.sent += 1
        return frame


class Viewer:
    """The browser's end: sends a camera, keeps the last pictures that come back."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self.received = 0
        self.pictures: deque[np.ndarray] = deque(maxlen=3)
        self.peer = loop.run(self._connect())
        self._task: asyncio.Future[None] | None = None

    async def _connect(self) -> RTCPeerConnection:
        peer = RTCPeerConnection(NO_SERVERS)
        peer.addTrack(Camera())
        peer.on("track", lambda track: self._watch(track))
        await peer.setLocalDescription(await peer.createOffer())
        return peer

    def _watch(self, track: MediaStreamTrack) -> None:
        self._task = asyncio.ensure_future(self._receive(track))

    async def _receive(self, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                assert isinstance(frame, av.VideoFrame)
                self.pictures.append(frame.to_ndarray(format="rgb24"))
                self.received += 1

    def accept(self, answer: RTCSessionDescription) -> None:
        self._loop.run(self.peer.setRemoteDescription(answer))

    def is_labelled(self) -> bool:
        """Whether the newest picture differs from the camera's by more than compression."""
        newest = list(self.pictures)[-1:]
        return bool(newest) and drawn_in(newest[0])

    def is_plain(self) -> bool:
        newest = list(self.pictures)[-1:]
        return bool(newest) and np.ptp(newest[0]) > 50 and not drawn_in(newest[0])

    def close(self) -> None:
        self._loop.run(self.peer.close())


def drawn_in(picture: np.ndarray) -> bool:
    if picture.shape != (480, 640, 3) or np.ptp(picture) < 50:  # the grey one before the first
        return False
    return float(np.abs(picture.astype(int) - synthetic_frame())[90:360, 180:460].mean()) > 2.0


class App:
    """The server's end, wired as `streamlit_webrtc` wires it."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.engine = LiveEngine(max_streams=8)
        self._relay = MediaRelay()
        self._viewers = Loop()
        self._ends: list[Callable[[], None]] = []
        self.came_s: list[float] = []  # when frames came, as seconds of their sessions

    def connect(self, pipeline: FakePipeline) -> tuple[LiveSession, Viewer, WebRtcWorker[Any, Any]]:
        session = self.engine.session(pipeline)

        def put(frame: av.VideoFrame) -> None:
            self.came_s.append(session.view().now_s)
            session.put(frame)

        sink = VideoSinkTrack(put)
        viewer = Viewer(self._viewers)
        worker = self._worker(session, sink)
        offer = viewer.peer.localDescription
        viewer.accept(worker.process_offer(offer.sdp, offer.type, timeout=PATIENCE_S))
        self._ends += [worker.stop, viewer.close]
        return session, viewer, worker

    def _worker(self, session: LiveSession, sink: VideoSinkTrack) -> WebRtcWorker[Any, Any]:
        parameters = inspect.signature(WebRtcWorker.__init__).parameters
        required = [p.name for p in parameters.values() if p.default is p.empty]
        arguments: dict[str, Any] = dict.fromkeys(required[1:])
        arguments |= {
            "mode": WebRtcMode.SENDRECV,
            "rtc_configuration": NO_SERVERS,
            "sink_video_track": sink,
            "player_factory": session.player,
            "sendback_video": True,
        }

        async def make() -> WebRtcWorker[Any, Any]:
            return WebRtcWorker(**arguments, loop=self.loop.loop, relay=self._relay)

        return self.loop.run(make())

    def close(self) -> None:
        for end in self._ends:
            end()
        self._viewers.close()
        self.loop.close()
        self.engine.close()


@pytest.fixture
def app() -> Iterator[App]:
    app = App()
    yield app
    app.close()


def counts_more(viewer: Viewer, pictures: int = 5) -> Callable[[], bool]:
    """Whether so many pictures have come back since now."""
    start = viewer.received
    return lambda: viewer.received >= start + pictures


def test_pictures_come_back_with_labels(app: App) -> None:
    session, viewer, _ = app.connect(FakePipeline())
    until(app.engine, viewer.is_labelled)
    view = session.view()
    assert view.result is not None
    assert (len(view.result.faces), view.error, view.refused) == (1, None, False)
    until(app.engine, lambda: session.view().age_ms is not None)
    assert app.engine.load.streams == 1


def test_two_viewers_share_one_worker(app: App) -> None:
    viewers = [app.connect(FakePipeline())[1] for _ in range(2)]
    until(app.engine, lambda: all(viewer.is_labelled() for viewer in viewers))
    assert app.engine.load.streams == 2
    assert len(live_threads()) == 1


def test_slow_reading_skips_frames_and_queues_none(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.live_worker.HANGS_S", PATIENCE_S)
    pipeline = FakePipeline()
    pipeline.gate.clear()
    session, viewer, _ = app.connect(pipeline)
    assert pipeline.begun.wait(PATIENCE_S)
    # Frames come while the first is still being read; only the newest of them is read next.
    until(app.engine, lambda: len(app.came_s) >= 12)
    assert len(pipeline.sizes) == 1
    pipeline.gate.set()
    until(app.engine, lambda: len(session.numbers()) >= 2)
    assert session.numbers()[1].timestamp_s >= app.came_s[9]
    until(app.engine, viewer.is_labelled)


@pytest.mark.parametrize("garbage", [False, True])
def test_a_reading_that_fails_does_not_end_the_stream(app: App, garbage: bool) -> None:
    pipeline = FakePipeline()
    session, viewer, _ = app.connect(pipeline)
    until(app.engine, viewer.is_labelled)

    def fail(_: object) -> Any:
        if garbage:
            return "no result"
        raise RuntimeError("broken")

    good, pipeline.on_finish = pipeline.on_finish, fail
    until(app.engine, viewer.is_plain)
    until(app.engine, counts_more(viewer))
    assert "could not be read" in (session.view().error or "")
    pipeline.on_finish = good
    until(app.engine, lambda: viewer.is_labelled() and session.view().error is None)


def test_a_reading_that_hangs_does_not_end_any_stream(app: App) -> None:
    pipeline = FakePipeline()
    session, viewer, _ = app.connect(pipeline)
    other, other_viewer, _ = app.connect(FakePipeline())
    until(app.engine, lambda: viewer.is_labelled() and other_viewer.is_labelled())
    pipeline.gate.clear()
    try:
        until(app.engine, lambda: session.view().error == HANGS)
        until(app.engine, viewer.is_plain)
        until(app.engine, counts_more(viewer))
        until(app.engine, counts_more(other_viewer))
        until(app.engine, lambda: other_viewer.is_labelled() and other.view().error is None)
    finally:
        pipeline.gate.set()
    until(app.engine, lambda: viewer.is_labelled() and session.view().error is None)


def test_a_peer_that_vanishes_ends_the_session(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aioice.ice, "CONSENT_INTERVAL", 0.2)
    monkeypatch.setattr(aioice.ice, "CONSENT_FAILURES", 2)
    session, viewer, _ = app.connect(FakePipeline())
    until(app.engine, viewer.is_labelled)
    awake = threading.Event()
    app._viewers.loop.call_soon_threadsafe(awake.wait, PATIENCE_S)
    try:
        until(app.engine, lambda: session.stopped)
        assert session.join(PATIENCE_S)
    finally:
        awake.set()
    assert (session.output.readyState, app.engine.load.streams) == ("ended", 0)
    until(app.engine, lambda: not live_threads())


def held(app: App) -> tuple[int, int, int]:
    """Open files, threads without those that an event loop keeps for later, tasks."""
    threads = [t for t in threading.enumerate() if not t.name.startswith("asyncio_")]
    tasks = asyncio.all_tasks(app.loop.loop)
    return len(os.listdir("/proc/self/fd")), len(threads), len(tasks)


def test_twenty_streams_one_after_the_other_leave_nothing_behind(app: App) -> None:
    before = (0, 0, 0)
    for _ in range(21):
        session, viewer, worker = app.connect(FakePipeline())
        until(app.engine, lambda viewer=viewer: viewer.received >= 1)
        worker.stop()
        viewer.close()
        until(app.engine, lambda session=session: session.stopped)
        assert session.join(PATIENCE_S)
        if before == (0, 0, 0):  # now what is made once has been made
            until(app.engine, lambda: not live_threads() and not asyncio.all_tasks(app.loop.loop))
            before = held(app)
    until(app.engine, lambda: all(map(operator.le, held(app), before)))
