"""Viewers with a camera each, in a process of their own; they note what returns."""

import asyncio
import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from multiprocessing.connection import Connection
from typing import Any

import av
import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from numpy.typing import NDArray

from bench.live_code import read, strip
from bench.pipeline import SIZE_WH, scene

CAMERA_FPS = 15
_END_WITHIN_S = 30.0
_CLOCK_RATE = 90_000


@dataclass(slots=True)
class Record:
    """What a viewer saw. Times are of the machine's monotonic clock, in seconds.

    Attributes:
        stream: whose viewer.
        started_s: when START was pressed.
        made: when each picture was made, by its number, which is its place.
        came: number and time of each picture that came back; None where no number was in it.
        foreign: how many pictures of other streams came.
    """

    stream: int
    started_s: float
    made: list[float] = field(default_factory=list)
    came: list[tuple[int | None, float]] = field(default_factory=list)
    foreign: int = 0


class Camera(MediaStreamTrack):
    """A face that sways a little, with a camera's noise and a number in each picture.

    A camera drops what nobody fetched in time, so a late reader gets the next picture.
    """

    kind = "video"

    def __init__(self, record: Record, pictures: list[NDArray[np.uint8]]) -> None:
        super().__init__()
        self._record, self._pictures = record, pictures
        self._start = time.monotonic()

    async def recv(self) -> av.VideoFrame:
        tick = int((time.monotonic() - self._start) * CAMERA_FPS) + 1
        await asyncio.sleep(self._start + tick / CAMERA_FPS - time.monotonic())
        if self.readyState != "live":
            raise MediaStreamError
        made = self._record.made
        planes = self._pictures[tick % len(self._pictures)].copy()
        code = strip(self._record.stream, len(made), SIZE_WH)
        planes[SIZE_WH[1] - len(code) : SIZE_WH[1]] = code
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts = tick * _CLOCK_RATE // CAMERA_FPS
        frame.time_base = Fraction(1, _CLOCK_RATE)
        made.append(time.monotonic())
        return frame


class Viewer:
    """One camera, one connection, one record."""

    def __init__(self, stream: int, pictures: list[NDArray[np.uint8]]) -> None:
        self.record = Record(stream, time.monotonic())
        self.first = asyncio.Event()
        self._camera = Camera(self.record, pictures)
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peer.addTrack(self._camera)
        self._reading: asyncio.Task[None] | None = None

    async def offer(self) -> str:
        """The offer to the server, with all addresses."""

        @self._peer.on("track")
        def begin(track: MediaStreamTrack) -> None:
            self._reading = asyncio.create_task(self._read(track))

        await self._peer.setLocalDescription(await self._peer.createOffer())
        return self._peer.localDescription.sdp

    async def take(self, answer: str) -> None:
        """Connects."""
        await self._peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def close(self) -> Record:
        """Ends the connection."""
        self._camera.stop()
        await self._peer.close()
        if self._reading is not None:
            await self._reading
        return self.record

    async def _read(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            now = time.monotonic()
            assert isinstance(frame, av.VideoFrame)
            plane = frame.planes[0]
            luma = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
            code = read(luma[: frame.height, : frame.width])
            if code is not None and code[0] != self.record.stream:
                self.record.foreign += 1
                continue
            self.record.came.append((code[1] if code else None, now))
            if code is not None:
                self.first.set()


class Clients:
    """The process of the viewers, as the server's side sees it; one question at a time."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_run, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self._thread = ThreadPoolExecutor(1)

    async def offer(self, stream: int) -> str:
        """A new viewer presses START."""
        return str(await self._ask("offer", stream))

    async def take(self, stream: int, answer: str) -> None:
        """Brings the server's answer."""
        await self._ask("take", stream, answer)

    async def flows(self, stream: int, *, within_s: float) -> bool:
        """Waits for the first picture that comes back; whether there was one in time."""
        return bool(await self._ask("flows", stream, within_s))

    async def close_one(self, stream: int) -> Record:
        """A viewer presses STOP."""
        record = await self._ask("close", stream)
        assert isinstance(record, Record)
        return record

    def close(self) -> None:
        """Ends the process."""
        self._pipe.close()
        self._process.join(_END_WITHIN_S)
        self._process.kill()
        self._process.join()
        self._process.close()
        self._thread.shutdown()

    async def _ask(self, *question: Any) -> Any:
        self._pipe.send(question)
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._pipe.recv)


def _run(pipe: Connection) -> None:
    asyncio.run(_serve(pipe))


async def _serve(pipe: Connection) -> None:
    pictures = [_planes(image) for image in scene(1)]
    viewers: dict[int, Viewer] = {}
    loop = asyncio.get_running_loop()
    while True:
        try:
            what, stream, *rest = await loop.run_in_executor(None, pipe.recv)
        except EOFError:
            return
        answer: Any = None
        if what == "offer":
            viewers[stream] = Viewer(stream, pictures)
            answer = await viewers[stream].offer()
        elif what == "take":
            await viewers[stream].take(rest[0])
        elif what == "flows":
            answer = await _in_time(viewers[stream].first, *rest)
        elif what == "close":
            answer = await viewers.pop(stream).close()
        pipe.send(answer)


async def _in_time(event: asyncio.Event, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            return await event.wait()
    except TimeoutError:
        return False


def _planes(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGB to planar YUV: (1.5 H, W)."""
    frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p")
    return np.asarray(frame.to_ndarray(), np.uint8)
