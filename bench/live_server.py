"""The app's side of live streams without Streamlit: aiortc, one event loop, the real engine."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay
from streamlit_webrtc.sink import VideoSinkTrack

from bench.live_clients import Clients, Record
from bench.live_code import read
from bench.live_footprint import footprint
from fer_core.analyze import stream_pipeline
from fer_core.classification import EmotionClassifier
from fer_core.pipeline import LIVE_OPTIONS
from ui.live import LiveEngine, LiveSession

_PATIENCE_S, _ASK_EACH_S = 30.0, 0.5
_TICK_S = 0.02
_TICKS_A_SAMPLE = 12


@dataclass(slots=True)
class Stream:
    """The server's end of a stream."""

    peer: RTCPeerConnection
    session: LiveSession | None = None
    sink: VideoSinkTrack | None = None
    labelled: int | None = None  # number of the first picture with a face read
    refused: bool = False


@dataclass(slots=True)
class Samples:
    """What a `watch` saw of this process."""

    lag_ms: list[float] = field(default_factory=list)
    rss_mb: list[float] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)
    levels: list[tuple[int, float, int]] = field(default_factory=list)  # streams, fps, side


class Server:
    """Connects viewers the way streamlit-webrtc does, relays included."""

    def __init__(self, clients: Clients, classifier: EmotionClassifier) -> None:
        self.engine = LiveEngine()
        self._clients, self._classifier = clients, classifier
        self._streams: dict[int, Stream] = {}
        self._relay = MediaRelay()

    async def start(self, number: int, *, analyse: bool) -> None:
        """A viewer comes and is answered.

        Args:
            number: of the stream.
            analyse: read the pictures; else send them back as they are.
        """
        offer = await self._clients.offer(number)
        stream = self._streams[number] = Stream(RTCPeerConnection(RTCConfiguration(iceServers=[])))
        if analyse:
            pipeline = stream_pipeline(self._classifier, LIVE_OPTIONS)
            stream.session = self.engine.session(pipeline)
            stream.sink = VideoSinkTrack(stream.session.put)

        @stream.peer.on("track")
        def on_track(track: MediaStreamTrack) -> None:
            if stream.session is None or stream.sink is None:
                stream.peer.addTrack(self._relay.subscribe(track))
                return
            stream.sink.addTrack(self._relay.subscribe(track))
            stream.peer.addTrack(self._relay.subscribe(stream.session.output))
            stream.sink.start()

        await stream.peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await stream.peer.setLocalDescription(await stream.peer.createAnswer())
        await self._clients.take(number, stream.peer.localDescription.sdp)

    async def flows(self, number: int) -> bool:
        """Waits for a picture to come back; False when the server is full or none came in time."""
        session = self._streams[number].session
        give_up = time.monotonic() + _PATIENCE_S
        while time.monotonic() < give_up and not (session and session.view().refused):
            if await self._clients.flows(number, within_s=_ASK_EACH_S):
                return True
        return False

    async def stop(self, number: int) -> tuple[Record, Stream]:
        """A viewer goes; what was seen at both ends."""
        record = await self._clients.close_one(number)
        stream = self._streams.pop(number)
        await stream.peer.close()
        if stream.sink is not None and stream.session is not None:
            stream.sink.stop()
            stream.session.stop()
        return record, stream

    @contextlib.asynccontextmanager
    async def watch(self) -> AsyncIterator[Samples]:
        """Samples this process meanwhile: how late its event loop is, memory, threads."""
        samples = Samples()
        task = asyncio.create_task(self._watch(samples))
        try:
            yield samples
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _watch(self, samples: Samples) -> None:
        tick = 0
        while True:
            due = time.monotonic() + _TICK_S
            await asyncio.sleep(_TICK_S)
            samples.lag_ms.append(max(time.monotonic() - due, 0.0) * 1e3)
            self._look_for_labels()
            if tick % _TICKS_A_SAMPLE == 0:
                held = footprint()
                samples.rss_mb.append(held.rss_mb)
                samples.threads.append(held.threads)
                load = self.engine.load
                level = load.streams, load.output_fps, load.longest_side
                if samples.levels[-1:] != [level]:
                    samples.levels.append(level)
            tick += 1

    def _look_for_labels(self) -> None:
        for stream in self._streams.values():
            if stream.session is None or stream.labelled is not None or stream.refused:
                continue
            still = stream.session.still()
            if still is not None and still.result.faces:
                code = read(np.ascontiguousarray(still.image[..., 1]))
                stream.labelled = code[1] if code else None
            else:
                stream.refused = stream.session.view().refused
