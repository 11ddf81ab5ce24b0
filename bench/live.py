"""How old the live picture is when the viewer sees it, over real WebRTC connections.

    python -m bench.live --streams 4 --seconds 60 --json bench/results/live.json

Viewers in a process of their own send a camera picture (640×480, 15 a second, a face that
sways, a number drawn into each) to a server without Streamlit, which is otherwise the app's:
aiortc, the engine of `ui.live`, the default model. `frame_age_ms` counts from the making of a
picture until it is back and decoded; `echo_age_ms` is the same from a server that sends
pictures back unread, which takes the first third of the time. Ages of 0.2 s are normal: a
picture is known to be complete only when the next one begins.

Run it on a machine with nothing else to do: short of time, the echo itself queues pictures, and
what is said in relation to it is then worth nothing. Its rate and gaps are in the report.

--burn N   keeps N cores busy with other processes while pictures are read.
--extra    lets one more stream join when half of the reading is over; the report then has a
           part for it, and one each for the streams before and after it came.
"""

import argparse
import asyncio
import contextlib
import gc
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.live_clients import CAMERA_FPS, Clients, Record
from bench.live_code import NUMBERS, STREAMS
from bench.live_footprint import footprint
from bench.live_report import Phase, ends, figures, first_label_s, spread, table
from bench.live_server import Server, Stream
from bench.pipeline import SIZE_WH, command_line, machine
from fer_core.classification import load_classifier
from fer_core.errors import FerError

_ECHO_SHARE = 1 / 3
_LEAST_S, _MOST_S = 3, NUMBERS // CAMERA_FPS - 60
_CALM_S = 1.0  # for threads to end


@contextlib.contextmanager
def burnt(cores: int) -> Iterator[None]:
    """Keeps cores busy with other processes meanwhile."""
    command = [sys.executable, "-c", "while True: pass"]
    burners = [subprocess.Popen(command) for _ in range(cores)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


async def echo(server: Server, streams: int, seconds: float) -> tuple[list[Record], Phase]:
    """Pictures go back unread for so long."""
    for number in range(streams):
        await started(server, number, analyse=False)
    phase = await lasting(seconds)
    return [(await server.stop(number))[0] for number in range(streams)], phase


async def started(server: Server, number: int, *, analyse: bool) -> None:
    """Starts a stream.

    Raises:
        FerError: no picture came back.
    """
    await server.start(number, analyse=analyse)
    if not await server.flows(number):
        raise FerError(
            f"Expected pictures from stream {number}. None came back. "
            "Run it again with fewer streams, or when the machine is less busy."
        )


async def lasting(seconds: float) -> Phase:
    """Lets time pass."""
    start = time.monotonic()
    await asyncio.sleep(seconds)
    return Phase(start, time.monotonic())


async def measured(
    streams: int, seconds: float, *, burn: int = 0, extra: bool = False
) -> dict[str, Any]:
    """The report of one run.

    Args:
        streams: how many at once, 1 or more.
        seconds: of echo and reading together.
        burn: processes that keep a core busy while pictures are read.
        extra: one more stream joins half-way.

    Raises:
        FerError: there is no model, or no picture came back.
    """
    clients = Clients()
    try:
        server = Server(clients, load_classifier())
        first = footprint()
        async with server.watch() as before:
            echoed, echo_phase = await echo(server, streams, seconds * _ECHO_SHARE)
        reading_s = seconds * (1 - _ECHO_SHARE)
        with burnt(burn):
            async with server.watch() as during:
                for number in range(streams):
                    await started(server, number, analyse=True)
                phases = [await lasting(reading_s / 2 if extra else reading_s)]
                if extra:
                    await server.start(streams, analyse=True)
                    phases.append(await lasting(reading_s / 2))
                seen = [await server.stop(number) for number in range(streams + extra)]
        await asyncio.sleep(_CALM_S)
        gc.collect()
        last = footprint()
    finally:
        clients.close()
    return report(
        echoed,
        echo_phase,
        seen,
        phases,
        loop_lag_ms=spread(during.lag_ms),
        levels=during.levels,
        rss_mb=ends(before.rss_mb + during.rss_mb, first.rss_mb, last.rss_mb),
        threads=ends(before.threads + during.threads, first.threads, last.threads),
    )


def report(
    echoed: Sequence[Record],
    echo_phase: Phase,
    seen: Sequence[tuple[Record, Stream]],
    phases: Sequence[Phase],
    **server: Any,
) -> dict[str, Any]:
    """The figures of a run.

    Args:
        echoed: what the viewers saw of the echo.
        echo_phase: when that was.
        seen: what was seen of the streams that were read, the late one last.
        phases: of the reading; two when a stream joined half-way.
        server: figures of the server's process.
    """
    streams = len(echoed)
    records = [record for record, _ in seen]
    whole = Phase(phases[0].start_s, phases[-1].end_s)
    read, plain = figures(records[:streams], whole), figures(echoed, echo_phase)
    labels = [first_label_s(record, stream.labelled) for record, stream in seen]
    known = [label for label in labels[:streams] if label is not None]
    made: dict[str, Any] = {
        "frame_age_ms": read.pop("age_ms"),
        "echo_age_ms": plain.pop("age_ms"),
        **read,
        "first_label_s": max(known) if len(known) == streams else None,
        "echo": plain,
        "foreign_frames": sum(record.foreign for record in [*records, *echoed]),
        **server,
    }
    ages = made["frame_age_ms"], made["echo_age_ms"]
    made["over_echo_p95_ms"] = round(ages[0]["p95"] - ages[1]["p95"], 1) if all(ages) else None
    if len(phases) == 2:
        record, stream = seen[-1]
        made["before_extra"] = figures(records[:streams], phases[0])
        made["after_extra"] = figures(records[:streams], phases[1])
        made["extra"] = {
            "refused": stream.refused,
            "first_label_s": labels[-1],
            **figures([record], phases[1]),
        }
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.live",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--streams", type=int, default=1, help=f"at once, 1 to {STREAMS - 1}")
    parser.add_argument(
        "--seconds", type=float, default=60.0, help=f"in all, {_LEAST_S} to {_MOST_S}"
    )
    parser.add_argument("--json", type=Path, required=True, help="file to write")
    parser.add_argument("--burn", type=int, default=0, help="busy processes beside the reading")
    parser.add_argument("--extra", action="store_true", help="one more stream joins half-way")
    given = sys.argv[1:] if arguments is None else arguments
    options = parser.parse_args(given)
    if not (1 <= options.streams < STREAMS and _LEAST_S <= options.seconds <= _MOST_S):
        parser.error("--streams or --seconds is out of its range")
    facts = machine()
    facts["packages"] |= {name: version(name) for name in ("aiortc", "av", "streamlit-webrtc")}
    try:
        figures_of_run = asyncio.run(
            measured(options.streams, options.seconds, burn=options.burn, extra=options.extra)
        )
    except FerError as error:
        print(error, file=sys.stderr)
        return 1
    made = {
        "command": command_line("bench.live", given),
        "streams": options.streams,
        "seconds": options.seconds,
        "burn": options.burn,
        "camera": {"size_wh": SIZE_WH, "fps": CAMERA_FPS},
        "machine": facts,
        **figures_of_run,
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    print(table(made))
    return 0


if __name__ == "__main__":
    sys.exit(main())
