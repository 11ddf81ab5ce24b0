"""What a process holds of the machine, as Linux tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Sample = tuple[float, float]  # seconds, MB


@dataclass(frozen=True, slots=True)
class Footprint:
    """Attributes:
    rss_mb: resident memory in MB (10⁶ bytes).
    threads: how many, of all languages.
    files: open file descriptors.
    """

    rss_mb: float
    threads: int
    files: int


def footprint(pid: int | str = "self") -> Footprint:
    """What a process holds now.

    Raises:
        OSError: there is no such process, it has ended, or the system has no /proc.
    """
    folder = Path(f"/proc/{pid}")
    status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
    if "VmRSS" not in status:
        raise ProcessLookupError(f"Expected a process that runs. {pid} has ended.")
    rss_mb = int(status["VmRSS"].split()[0]) * 1024 / 1e6
    return Footprint(round(rss_mb, 1), int(status["Threads"]), len(list((folder / "fd").iterdir())))


def children() -> set[int]:
    """The processes that this one has started and not yet waited for, zombies included."""
    while True:
        try:
            tasks = list(Path("/proc/self/task").iterdir())
            return {int(pid) for task in tasks for pid in (task / "children").read_text().split()}
        except OSError:  # a thread ended meanwhile, and its children went to another one
            continue


def slope_mb_h(samples: Sequence[Sample], *, after_s: float) -> float | None:
    """Growth of memory in MB an hour, by least squares.

    Args:
        samples: time in seconds and memory in MB.
        after_s: samples before this time are left out.

    Returns:
        None when fewer than three samples are left.
    """
    late = [sample for sample in samples if sample[0] >= after_s]
    if len(late) < 3:
        return None
    seconds, megabytes = np.array(late).T
    return round(float(np.polyfit(seconds - seconds[0], megabytes, 1)[0]) * 3600, 2)
