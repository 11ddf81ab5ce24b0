"""Figures of a live run from what viewers and server noted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.live_clients import Record

# At the begin of a phase encoder and bit rate settle; at its end pictures are still on the way.
_SETTLE_S, _TAIL_S = 3.0, 1.0
_SHARE = 0.2  # neither takes more of a short phase

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of a run with the same streams, in seconds of the monotonic clock."""

    start_s: float
    end_s: float

    @property
    def measured(self) -> "Phase":
        """The phase without its begin and its end."""
        settle, tail = (min(part, _SHARE * self.length_s) for part in (_SETTLE_S, _TAIL_S))
        return Phase(self.start_s + settle, self.end_s - tail)

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s

    def holds(self, moment_s: float) -> bool:
        """Whether the moment lies in it."""
        return self.start_s <= moment_s < self.end_s


def spread(values: Sequence[float]) -> Figures | None:
    """{p50, p95, max}; None of nothing."""
    if not values:
        return None
    p50, p95 = np.percentile(values, [50, 95]).tolist()
    return {"p50": round(p50, 1), "p95": round(p95, 1), "max": round(max(values), 1)}


def ages_ms(record: Record, phase: Phase) -> dict[int, float]:
    """Age of each picture at its first return, by number, of those made in the phase."""
    ages: dict[int, float] = {}
    for number, came_s in record.came:
        if number is not None and phase.holds(record.made[number]):
            ages.setdefault(number, (came_s - record.made[number]) * 1e3)
    return ages


def new_pictures_s(record: Record, phase: Phase) -> list[float]:
    """When pictures newer than all before came, of the phase."""
    newest = -1
    times = []
    for number, came_s in record.came:
        if number is not None and number > newest:
            newest = number
            if phase.holds(came_s):
                times.append(came_s)
    return times


def output_fps(record: Record, phase: Phase) -> float:
    """New pictures a second."""
    return len(new_pictures_s(record, phase)) / phase.length_s


def longest_gap_ms(record: Record, phase: Phase) -> float:
    """The longest time without a new picture."""
    times = [phase.start_s, *new_pictures_s(record, phase), phase.end_s]
    return float(np.max(np.diff(times))) * 1e3


def first_label_s(record: Record, labelled: int | None) -> float | None:
    """From START to the first picture that came back read; None when none came.

    Args:
        record: of the stream.
        labelled: number of a picture that was read.
    """
    if labelled is None:
        return None
    times = [at for number, at in record.came if number is not None and number >= labelled]
    return round(min(times) - record.started_s, 3) if times else None


def figures(records: Sequence[Record], phase: Phase) -> dict[str, Any]:
    """Ages, rates and losses of a phase over all its streams."""
    phase = phase.measured
    ages = [ages_ms(record, phase) for record in records]
    made = sum(phase.holds(moment) for record in records for moment in record.made)
    rates = [output_fps(record, phase) for record in records]
    came = sum(map(len, ages))
    return {
        "age_ms": spread([age for one in ages for age in one.values()]),
        "output_fps": {
            "min": round(min(rates), 2),
            "median": round(float(np.median(rates)), 2),
        },
        "dropped_share": round(1 - came / made, 4) if made else None,
        "longest_gap_ms": round(max(longest_gap_ms(record, phase) for record in records), 1),
    }


def ends(values: Sequence[float], first: float, last: float) -> Figures:
    """{start, end, max} of something that was sampled.

    Args:
        values: in the order of time.
        first, last: before and after.
    """
    return {
        "start": round(first, 1),
        "end": round(last, 1),
        "max": round(max([first, *values, last]), 1),
    }


def table(report: dict[str, Any]) -> str:
    """The report as a small Markdown table."""
    lines = [
        "| | p50 | p95 | max |",
        "|---|--:|--:|--:|",
    ]
    names = {
        "frame_age_ms": "age of a picture, ms",
        "echo_age_ms": "of a plain echo, ms",
        "loop_lag_ms": "event loop late by, ms",
    }
    for key, name in names.items():
        cells = report[key] or dict.fromkeys(("p50", "p95", "max"), "-")
        lines.append(f"| {name} | {cells['p50']} | {cells['p95']} | {cells['max']} |")
    fps, rss, threads = report["output_fps"], report["rss_mb"], report["threads"]
    lines += [
        "",
        f"{report['streams']} streams, {report['seconds']:g} s: pictures a second "
        f"{fps['min']} at least, {fps['median']} median; {report['dropped_share']} dropped; "
        f"longest gap {report['longest_gap_ms']} ms; first label after {report['first_label_s']} s",
        f"p95 over the echo: {report['over_echo_p95_ms']} ms; "
        f"memory {rss['start']} → {rss['end']} MB (max {rss['max']}); "
        f"threads {threads['start']} → {threads['end']} (max {threads['max']})",
    ]
    if extra := report.get("extra"):
        age = extra["age_ms"]
        lines.append(
            "One more came half-way: "
            + ("refused" if extra["refused"] else f"p95 {age['p95']} ms" if age else "no picture")
        )
    return "\n".join(lines)
