"""How fast clips are analysed, and in how much memory.

    python -m bench.video --json bench/results/video.json

Clips of one face at 1280×720 and 30 frames a second, H.264 at about 2 Mbit/s with stereo sound,
made from a public-domain portrait that a gently moving, noisy camera looks at. Each is analysed
as the app does it: 3 frames a second, and every frame with the annotated video, sound kept,
written in the same pass. Every measurement has a process of its own, whose memory with that of
its decoders is looked at several times a second; memory that both share counts twice.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import Any

import av
import cv2
import numpy as np

from bench.live_footprint import children, footprint
from bench.pipeline import command_line, machine
from fer_core.analyze import iter_video, stream_pipeline
from fer_core.annotation import draw_faces
from fer_core.classification import load_classifier
from fer_core.errors import FerError
from fer_core.media import VideoWriter, iter_frames, probe_video
from fer_core.results import RgbImage
from fer_core.samples import sample_image
from fer_core.testing import synthetic_frame

SIZE_WH, FPS = (1280, 720), 30
SCENE_S = 20  # longer clips show it again
WAYS: dict[str, float | None] = {"3 a second": 3.0, "every frame, annotated": None}
_LOOK_EVERY_S = 0.1
_MB = 1_000_000


def scene(seconds: float) -> Iterator[RgbImage]:
    """What the camera sees: it sways by some pixels, and its picture is noisy."""
    width, height = SIZE_WH
    random = np.random.default_rng(0)
    portrait = cv2.resize(sample_image("astronaut"), (width + 120, width + 120))
    noises = [
        cv2.resize(random.normal(128, 5, (height // 2, width // 2)).astype(np.uint8), SIZE_WH)
        for _ in range(8)
    ]
    for index in range(round(seconds * FPS)):
        turn = 2 * np.pi * index / (SCENE_S * FPS)
        left, top = round(60 + 50 * np.sin(3 * turn)), round(60 + 40 * np.sin(4 * turn))
        view = portrait[top : top + height, left : left + width]
        noise = cv2.merge([noises[index % len(noises)]] * 3)
        yield np.asarray(cv2.addWeighted(view, 1, noise, 1, -128), np.uint8)


def write_scene(path: Path, *, seconds: float = SCENE_S, bits_a_second: int = 2_000_000) -> None:
    """The scene once, with a tone of two channels."""
    with av.open(str(path), "w") as output:
        pictures = output.add_stream("libx264", FPS, options={"preset": "veryfast"})
        pictures.width, pictures.height = SIZE_WH
        pictures.pix_fmt, pictures.bit_rate = "yuv420p", bits_a_second
        sound = output.add_stream("aac", 48_000, layout="stereo")
        for index, image in enumerate(scene(seconds)):
            at = np.arange(48_000 // FPS) + index * (48_000 // FPS)
            tone = np.tile(np.sin(at * 2 * np.pi * 440 / 48_000) / 4, (2, 1)).astype(np.float32)
            heard = av.AudioFrame.from_ndarray(tone, format="fltp", layout="stereo")
            heard.sample_rate, heard.pts = 48_000, int(at[0])
            output.mux(sound.encode(heard))
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            output.mux(pictures.encode(frame))
        output.mux([*pictures.encode(None), *sound.encode(None)])


def repeat(source: Path, target: Path, *, times: int) -> None:
    """The same clip several times over, without decoding it."""
    with (
        av.open(str(source)) as first,
        av.open(str(target), "w", options={"movflags": "+faststart"}) as output,
    ):
        made = [output.add_stream_from_template(stream) for stream in first.streams]
        reached = [-math.inf for _ in made]
        for turn in range(times):
            with av.open(str(source)) as clip:
                for packet in clip.demux():
                    if packet.dts is None or packet.pts is None or packet.time_base is None:
                        continue
                    later = round(turn * SCENE_S / packet.time_base)
                    packet.pts, packet.dts = packet.pts + later, packet.dts + later
                    index = packet.stream.index
                    if packet.dts > reached[index]:  # the sound of two turns overlaps a little
                        reached[index] = packet.dts
                        packet.stream = made[index]
                        output.mux(packet)


def measure(path: Path, way: str) -> dict[str, Any]:
    """Analyses a clip in this process and says how long it took and how memory grew."""
    pipeline = stream_pipeline(load_classifier())
    pipeline.process(synthetic_frame(size_wh=SIZE_WH), timestamp_s=0.0)
    duration_s = probe_video(path).duration_s  # and a decoder is there, as in a running app
    with _Watch() as watch:
        start_s = perf_counter()
        frames, faces = _analyse(path, pipeline, WAYS[way])
        took_s = perf_counter() - start_s
    return {
        "minutes": round(duration_s / 60, 2),
        "way": way,
        "frames": frames,
        "faces": faces,
        "seconds": round(took_s, 2),
        "seconds_a_minute": round(took_s / duration_s * 60, 2),
        "rss_before_mb": round(watch.before_mb),
        "rss_growth_mb": round(watch.peak_mb - watch.before_mb),
    }


def _analyse(path: Path, pipeline: Any, sample_fps: float | None) -> tuple[int, int]:
    frames = faces = 0
    pairs = iter_video(path, pipeline=pipeline, sample_fps=sample_fps)
    if sample_fps is not None:
        for _, result in pairs:
            frames, faces = frames + 1, faces + len(result.faces)
        return frames, faces
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "annotated.mp4"
        with VideoWriter(target, size_wh=SIZE_WH, fps=FPS, sound_from=path) as writer:
            for image, result in pairs:
                writer.write(draw_faces(image, result), result.timestamp_s)
                frames, faces = frames + 1, faces + len(result.faces)
        written = probe_video(target)
        if not written.has_sound or sum(1 for _ in iter_frames(target, sample_fps=1)) == 0:
            raise FerError("Expected an annotated video with sound. Received none.")
    return frames, faces


class _Watch:
    """Looks at the memory of this process and its children now and then."""

    def __enter__(self) -> "_Watch":
        self.before_mb = self.peak_mb = _family_mb()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def _look(self) -> None:
        while not self._ended.wait(_LOOK_EVERY_S):
            self.peak_mb = max(self.peak_mb, _family_mb())

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


def _family_mb() -> float:
    total = footprint(os.getpid()).rss_mb
    for child in children():
        try:
            total += footprint(child).rss_mb
        except OSError:  # it ended just now
            continue
    return total


def run(minutes: Sequence[float], folder: Path) -> list[dict[str, Any]]:
    """Every way for every length, each in a fresh process."""
    write_scene(folder / "scene.mp4")
    rows = []
    for length in minutes:
        clip = folder / f"{length:g}.mp4"
        repeat(folder / "scene.mp4", clip, times=max(round(length * 60 / SCENE_S), 1))
        for way in WAYS:
            command = [sys.executable, "-m", "bench.video", "--measure", str(clip), way]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            rows.append(
                json.loads(done.stdout)
                | {"megabits_a_second": round(clip.stat().st_size * 8 / _MB / length / 60, 1)}
            )
            print(rows[-1], file=sys.stderr)
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.video", description=__doc__)
    parser.add_argument("--json", type=Path, help="file to write as well")
    parser.add_argument("--minutes", type=float, nargs="+", default=[1.0, 10.0])
    parser.add_argument("--measure", nargs=2, metavar=("CLIP", "WAY"), help=argparse.SUPPRESS)
    given = sys.argv[1:] if arguments is None else arguments
    options = parser.parse_args(given)
    if options.measure:
        print(json.dumps(measure(Path(options.measure[0]), options.measure[1])))
        return 0
    report: dict[str, Any] = {
        "command": command_line("bench.video", given),
        "machine": machine(),
        "clip": {"size_wh": SIZE_WH, "fps": FPS, "codec": "H.264 and AAC"},
    }
    with tempfile.TemporaryDirectory() as folder:
        report["measured"] = run(options.minutes, Path(folder))
    if options.json is not None:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
