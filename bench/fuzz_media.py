"""Damages photos and videos of every kind and sends them through the gate.

    python -m bench.fuzz_media --count 100000 --videos 20000 --json bench/results/fuzz_media.json

Every file of `tests.media_corpus` is damaged in turn: bytes changed, numbers set to extremes,
parts cut, doubled or moved, two files joined. Each must come out as a picture or as a sentence,
in time; anything else is a failure, and the exit status 1. A file is made again from the seed
and its number: `damaged(originals, kind, seed=…, number=…)`.
"""

import argparse
import json
import os
import re
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Any

import numpy as np

from bench.pipeline import command_line, machine
from fer_core.decoding import open_source, read_sound
from fer_core.errors import MediaError
from fer_core.media import iter_frames, kind_of, probe_video, read_frame, read_image
from fer_core.sandbox import LIMIT_S
from tests import media_corpus as corpus

KINDS = ("photos", "videos")
_EXTREMES = (b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00")
_SENTENCE = re.compile(r"Expected .+\. Received .+\.( [A-Z].+\.)?", re.DOTALL)
_PROGRESS_EVERY = 1_000


def make_originals(folder: Path) -> dict[str, dict[str, bytes]]:
    """The corpus: photos and videos by name; what is refused whole is damaged as well."""
    made: dict[str, dict[str, bytes]] = {kind: {} for kind in KINDS}
    for name, make in {**corpus.PHOTOS, **corpus.CLIPS, **corpus.REFUSED}.items():
        make(folder / name)
        is_photo = name in corpus.PHOTOS or name.endswith((".jpg", ".png", ".heic"))
        data = (folder / name).read_bytes()
        if data:
            made["photos" if is_photo and name not in corpus.CLIPS else "videos"][name] = data
    return made


def damaged(
    originals: Mapping[str, Mapping[str, bytes]], kind: str, *, seed: int, number: int
) -> tuple[str, bytes]:
    """The name of the original, and a damaged copy: always the same for a seed and a number."""
    random = np.random.default_rng([seed, KINDS.index(kind), number])
    names = list(originals[kind])
    name = names[number % len(names)]
    data = bytearray(originals[kind][name])
    other = originals[kind][names[random.integers(len(names))]]
    for _ in range(random.integers(1, 4)):
        _damage(data, other, random)
    return name, bytes(data)


def _damage(data: bytearray, other: bytes, random: np.random.Generator) -> None:
    """One change, in place. Early bytes, where the headers are, are hit more often."""
    if not data:
        return
    at = int(len(data) * random.random() ** random.integers(1, 4))
    length = int(random.integers(1, max(len(data) // 4, 2)))
    match random.integers(7):
        case 0:
            for _ in range(random.integers(1, 17)):
                data[int(random.integers(len(data)))] = int(random.integers(256))
        case 1:
            data[at] ^= 1 << int(random.integers(8))
        case 2:
            data[at : at + 4] = _EXTREMES[random.integers(len(_EXTREMES))]
        case 3:
            del data[at:]
        case 4:
            del data[at : at + length]
        case 5:
            data[at:at] = data[at : at + length]
        case 6:
            data[at:] = other[at:]


def outcome(data: bytes) -> str:
    """What the gate says of a file: "read", or its sentence without numbers.

    Raises:
        Exception: the gate let something else through.
    """
    try:
        if kind_of(data) == "image":
            image = read_image(data)
            assert image.ndim == 3 and image.shape[2] == 3 and image.size
            return "read"
        info = probe_video(data)
        shapes = {image.shape for _, image in iter_frames(data, sample_fps=3)}
        assert len(shapes) == 1
        assert {read_frame(data, timestamp_s=info.duration_s / 2).shape} == shapes
        with open_source(data) as file:
            assert all(piece.shape[1] == 2 for piece in read_sound(file))
        return "read"
    except MediaError as error:
        if not _SENTENCE.fullmatch(str(error)):
            raise AssertionError(f"no sentence: {error}") from error
        return re.sub(r"\d[\d,.]*\d|\d", "#", str(error))


class Tally:
    """What came of the files so far."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.failures: list[dict[str, Any]] = []
        self.slowest_s, self.slowest = 0.0, -1
        self._lock = Lock()

    def add(self, number: int, name: str, data: bytes) -> None:
        """Sends a file through the gate and notes what comes."""
        start_s = perf_counter()
        failure = None
        try:
            found = outcome(data)
        except Exception:
            found, failure = "failure", traceback.format_exc()
        took_s = perf_counter() - start_s
        if failure is None and took_s > LIMIT_S:
            failure = f"took {took_s:.1f} s"
        with self._lock:
            self.outcomes[found] += 1
            if took_s > self.slowest_s:
                self.slowest_s, self.slowest = took_s, number
            if failure is not None:
                self.failures.append({"number": number, "original": name, "failure": failure})
                print(f"{number} {name}: {failure}", file=sys.stderr)
            if sum(self.outcomes.values()) % _PROGRESS_EVERY == 0:
                print(sum(self.outcomes.values()), "files", file=sys.stderr)

    def report(self) -> dict[str, Any]:
        return {
            "files": sum(self.outcomes.values()),
            "failures": self.failures,
            "slowest_s": round(self.slowest_s, 2),
            "slowest_number": self.slowest,
            "outcomes": dict(self.outcomes.most_common()),
        }


def run(
    originals: Mapping[str, Mapping[str, bytes]], kind: str, count: int, *, seed: int, workers: int
) -> dict[str, Any]:
    """Damages and reads `count` files of a kind, several at a time."""
    tally = Tally()
    start_s = perf_counter()

    def share(first: int) -> None:
        for number in range(first, count, workers):
            tally.add(number, *damaged(originals, kind, seed=seed, number=number))

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(share, range(workers)))
    return tally.report() | {"took_s": round(perf_counter() - start_s)}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz_media", description=__doc__)
    parser.add_argument("--count", type=int, required=True, help="damaged photos")
    parser.add_argument("--videos", type=int, help="damaged videos (default: a fifth as many)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", type=Path, help="file to write as well")
    given = sys.argv[1:] if arguments is None else arguments
    options = parser.parse_args(given)
    counts = options.count, options.count // 5 if options.videos is None else options.videos
    report: dict[str, Any] = {
        "command": command_line("bench.fuzz_media", given),
        "machine": machine(),
        "seed": options.seed,
        "limit_s": LIMIT_S,
    }
    with tempfile.TemporaryDirectory() as folder:
        originals = make_originals(Path(folder))
    for kind, count in zip(KINDS, counts, strict=True):
        report[kind] = run(originals, kind, count, seed=options.seed, workers=options.workers) | {
            "originals": len(originals[kind])
        }
    if options.json is not None:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    failed = sum(len(report[kind]["failures"]) for kind in KINDS)
    print(json.dumps(report, indent=2))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
