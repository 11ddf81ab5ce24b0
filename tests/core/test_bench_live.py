import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from bench import live
from bench.live_clients import Record
from bench.live_code import NUMBERS, STREAMS, read, strip
from bench.live_report import Phase, ages_ms, figures, first_label_s, output_fps
from bench.live_server import Stream
from bench.pipeline import SIZE_WH, scene
from tests.loops import apart

CODES = [(0, 0), (0, 1), (3, 21845), (STREAMS - 1, NUMBERS - 1)]


def coded(stream: int, number: int) -> np.ndarray:
    """A scene's luma with the code in it."""
    luma = cv2.cvtColor(scene(1)[0], cv2.COLOR_RGB2GRAY)
    code = strip(stream, number, SIZE_WH)
    luma[-len(code) :] = code
    return luma


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("size_wh", [SIZE_WH, (480, 360), (320, 240)])
def test_a_code_survives_scaling(code: tuple[int, int], size_wh: tuple[int, int]) -> None:
    luma = cv2.resize(coded(*code), size_wh, interpolation=cv2.INTER_AREA)
    assert read(luma) == code


@pytest.mark.parametrize("code", CODES)
def test_a_code_survives_a_starved_codec(code: tuple[int, int]) -> None:
    small = cv2.resize(coded(*code), (320, 240), interpolation=cv2.INTER_AREA)
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 320, 240, "yuv420p"
    encoder.bit_rate, encoder.framerate, encoder.time_base = 100_000, 15, Fraction(1, 15)
    encoder.options = {"deadline": "realtime", "qmin": "50", "qmax": "63"}
    frame = av.VideoFrame.from_ndarray(small, format="gray").reformat(format="yuv420p")
    frame.pts = 0
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    decoder = av.CodecContext.create("vp8", "r")
    (decoded,) = [picture for packet in packets for picture in decoder.decode(packet)]
    assert read(decoded.to_ndarray(format="gray")) == code


def test_a_damaged_code_is_refused() -> None:
    luma = coded(3, 21845)
    block = SIZE_WH[0] // 32
    for index in range(32):
        damaged = luma.copy()
        columns = slice(index * block, (index + 1) * block)
        damaged[-24:, columns] = 251 - damaged[-24:, columns]
        assert read(damaged) is None, "one turned bit"
        damaged[-24:, columns] = 128
        assert read(damaged) is None, "one grey block"


@pytest.mark.parametrize("light", [0, 40, 128, 255])
def test_a_picture_without_a_code_has_none(light: int) -> None:
    assert read(np.full((480, 640), light, np.uint8)) is None


@pytest.mark.parametrize("code", [(-1, 0), (STREAMS, 0), (0, NUMBERS), (0, -1)])
def test_what_does_not_fit_is_no_code(code: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="Expected a stream below"):
        strip(*code, SIZE_WH)


def record(*, age_s: float, lost_each: int = 10**6, stream: int = 0) -> Record:
    """Ten seconds at ten pictures a second that all come back at the same age."""
    made = [index / 10 for index in range(100)]
    came: list[tuple[int | None, float]] = [
        (number, at + age_s) for number, at in enumerate(made) if number % lost_each or not number
    ]
    return Record(stream, -1.0, made, came)


PHASE = Phase(0.0, 10.0)  # of which 2 s to 9 s are measured


def test_the_ages_are_of_first_returns() -> None:
    one = record(age_s=0.2)
    one.came += [(50, 20.0), (None, 20.0)]
    ages = ages_ms(one, PHASE)
    assert len(ages) == 100
    assert set(np.round(list(ages.values()), 6)) == {200.0}


def test_a_steady_stream() -> None:
    seen = figures([record(age_s=0.2), record(age_s=0.4, stream=1)], PHASE)
    assert seen["age_ms"] == {"p50": 300.0, "p95": 400.0, "max": 400.0}
    assert seen["output_fps"] == {"min": 10.0, "median": 10.0}
    assert seen["dropped_share"] == 0.0
    assert seen["longest_gap_ms"] == pytest.approx(100.0)


def test_lost_pictures_are_a_share_a_lower_rate_and_a_gap() -> None:
    seen = figures([record(age_s=0.2, lost_each=2)], PHASE)
    assert seen["dropped_share"] == 0.5
    assert seen["output_fps"]["min"] == pytest.approx(5.0, abs=0.15)
    assert seen["longest_gap_ms"] == pytest.approx(200.0)


def test_nothing_that_came_is_no_age() -> None:
    silent = Record(0, 0.0, [5.0, 6.0])
    seen = figures([silent], PHASE)
    assert seen["age_ms"] is None
    assert seen["dropped_share"] == 1.0
    assert seen["longest_gap_ms"] == pytest.approx(7000.0)


def test_pictures_shown_again_or_out_of_order_are_not_new() -> None:
    one = Record(0, 0.0, [0.0, 0.1, 0.2], [(0, 1.0), (2, 2.0), (1, 2.1), (2, 3.0)])
    assert output_fps(one, Phase(0.0, 4.0)) == 0.5


def test_the_first_label_is_the_first_picture_back_that_was_read() -> None:
    assert first_label_s(record(age_s=0.25), labelled=3) == pytest.approx(1.55)
    assert first_label_s(record(age_s=0.25), labelled=None) is None
    assert first_label_s(record(age_s=0.25), labelled=500) is None


def test_a_late_stream_has_its_own_part() -> None:
    peer: Any = None
    early, late = record(age_s=0.2), record(age_s=0.3, stream=1)
    seen = [(early, Stream(peer, labelled=0)), (late, Stream(peer, refused=True))]
    halves = [Phase(0.0, 5.0), Phase(5.0, 10.0)]
    made = live.report([record(age_s=0.15)], PHASE, seen, halves)
    assert made["frame_age_ms"]["p95"] == 200.0
    assert made["over_echo_p95_ms"] == 50.0
    assert made["first_label_s"] == pytest.approx(1.2)
    assert made["extra"]["refused"]
    assert made["extra"]["age_ms"]["p95"] == 300.0
    assert made["extra"]["first_label_s"] is None
    assert made["before_extra"]["age_ms"]["p95"] == made["after_extra"]["age_ms"]["p95"] == 200.0


def test_a_real_run_gives_every_figure(tmp_path: Path) -> None:
    file = tmp_path / "live.json"
    given = ["--streams", "1", "--seconds", "3", "--json", str(file)]
    assert apart(lambda: live.main(given)) == 0
    made = json.loads(file.read_text())
    shape = {
        "frame_age_ms": {"p50", "p95", "max"},
        "echo_age_ms": {"p50", "p95", "max"},
        "loop_lag_ms": {"p50", "p95", "max"},
        "output_fps": {"min", "median"},
        "rss_mb": {"start", "end", "max"},
        "threads": {"start", "end", "max"},
    }
    for key, names in shape.items():
        assert set(made[key]) == names
        assert all(math.isfinite(value) for value in made[key].values()), key
    for key in ("dropped_share", "first_label_s", "longest_gap_ms", "over_echo_p95_ms"):
        assert math.isfinite(made[key]), key
    assert made["streams"] == 1
    assert made["seconds"] == 3
    assert made["foreign_frames"] == 0
    assert {"cpu", "cores", "packages"} <= set(made["machine"])


@pytest.mark.parametrize("given", [["--streams", "0"], ["--streams", "16"], ["--seconds", "1"]])
def test_what_cannot_be_measured_is_refused(given: list[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        live.main([*given, "--json", str(tmp_path / "live.json")])
