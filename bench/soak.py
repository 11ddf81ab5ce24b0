"""Whether the live page gives back what it takes: threads, open files, memory.

    MALLOC_ARENA_MAX=2 python -m bench.soak --json soak.json --cycles 200 --tabs 50 --minutes 60

--cycles   starts and stops so many streams, one after the other, against an engine in this
           process (as `bench.live` does).
--tabs     opens the live page of the real app in a real browser, waits for a label and kills
           the tab without STOP, so many times.
--minutes  lets one tab run so long, with STOP and START each minute, and gives the growth of
           the app's memory after the first ten minutes.

A part runs when its number is above 0. The file is written anew after each step, so that a
run that was cut short still tells what it saw.
"""

import argparse
import asyncio
import contextlib
import gc
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from bench.live_clients import Clients
from bench.live_footprint import Footprint, Sample, footprint, slope_mb_h
from bench.live_server import Server
from bench.pipeline import command_line, machine
from fer_core.classification import load_classifier
from fer_core.errors import FerError

_WARM_UP_STREAMS, _WARM_UP_TABS = 20, 12  # before counting begins: pools of threads are full then
_EACH = 10  # steps between two samples of a part
_BACK_WITHIN_S = 240.0  # twice as long as the app keeps a closed tab
_VISIT_EACH_S = 20.0
_SAMPLE_S = 5.0
_SETTLE_S = 600.0
Note = Callable[[dict[str, Any]], None]  # takes the part's figures so far


def course(
    before: Footprint, on_the_way: Sequence[Footprint], after: Footprint
) -> dict[str, dict[str, Any]]:
    """{start, end, on_the_way} of each quantity."""
    made = {}
    for name, value in asdict(before).items():
        values = [asdict(held)[name] for held in on_the_way]
        made[name] = {"start": value, "end": asdict(after)[name], "on_the_way": values}
    return made


async def cycles(count: int, note: Note) -> None:
    """Streams one after the other; `note` gets the course of this process."""
    clients = Clients()
    held: list[Footprint] = []
    failures = 0
    try:
        server = Server(clients, load_classifier())
        await _fill_pool()
        for index in range(-_WARM_UP_STREAMS, count):
            if index == 0:
                before = await _calm()
            await server.start(0, analyse=True)
            failures += not await server.flows(0)
            await server.stop(0)
            if index >= 0 and (index + 1) % _EACH == 0:
                held.append(await _calm())
                note({"cycles": index + 1, "failures": failures, **course(before, held, held[-1])})
        after = await _calm()
        note({"cycles": count, "failures": failures, **course(before, held, after)})
    finally:
        clients.close()


async def _fill_pool() -> None:
    """Starts all threads of the event loop's pool, in which pictures are encoded.

    Otherwise they come one by one, when two happen to be asked for at once: no leak, but growth.
    """
    loop, size = asyncio.get_running_loop(), min(32, (os.cpu_count() or 1) + 4)
    loop.set_default_executor(ThreadPoolExecutor(size))
    together = threading.Barrier(size)
    await asyncio.gather(*(loop.run_in_executor(None, together.wait) for _ in range(size)))


async def _calm() -> Footprint:
    await asyncio.sleep(0.5)  # for threads to end
    gc.collect()
    return footprint()


def tabs(url: str, pid: int, count: int, note: Note) -> None:
    """Killed tabs; `note` gets the course of the app's process and how long the return took."""
    from bench import live_browser  # needs playwright, which --cycles does without

    held: list[Footprint] = []
    with live_browser.browser() as browser:
        visit = partial(live_browser.visit, browser, url)
        for index in range(-_WARM_UP_TABS, count):
            if index == 0:
                before = _back_to(visit, pid, None)[0]
            page = live_browser.open_live_page(browser, url)
            live_browser.press_start(page)
            page.context.close()
            if index >= 0:
                held.append(footprint(pid))
                note({"tabs": index + 1, **course(before, held, held[-1])})
        after, waited_s = _back_to(visit, pid, before)
    note({"tabs": count, "waited_s": waited_s, **course(before, held, after)})


def _back_to(visit: Callable[[], None], pid: int, aim: Footprint | None) -> tuple[Footprint, float]:
    """Waits until threads and files are down to the aim, else as long as it may take.

    Streamlit keeps a closed tab's session for two minutes, and drops what is older only when
    another tab closes: hence the visits.
    """
    start = time.monotonic()
    while True:
        visit()
        time.sleep(_VISIT_EACH_S)  # what served the visit has ended as well then
        held, waited_s = footprint(pid), time.monotonic() - start
        back = aim is not None and held.threads <= aim.threads and held.files <= aim.files
        if back or waited_s >= _BACK_WITHIN_S:
            return held, round(waited_s, 1)


def hour(url: str, pid: int, minutes: float, note: Note) -> None:
    """One tab with a restart each minute; `note` gets memory over time and its growth."""
    from bench import live_browser  # see above

    samples: list[Sample] = []
    start = time.monotonic()
    before = footprint(pid)
    with live_browser.browser() as browser:
        page = live_browser.open_live_page(browser, url)
        restarts = 0
        while (now := time.monotonic() - start) < minutes * 60:
            live_browser.press_start(page)
            until = min((now // 60 + 1) * 60, minutes * 60)
            while (now := time.monotonic() - start) < until:
                samples.append((round(now, 1), footprint(pid).rss_mb))
                page.wait_for_timeout(min(_SAMPLE_S, until - now) * 1e3)
            live_browser.press_stop(page)
            restarts += 1
            settled_s = min(_SETTLE_S, now / 2)
            note(
                {
                    "minutes": round(now / 60, 1),
                    "restarts": restarts,
                    "slope_mb_h": slope_mb_h(samples, after_s=settled_s),
                    "slope_after_s": round(settled_s, 1),
                    "before": asdict(before),
                    "now": asdict(footprint(pid)),
                    "samples": samples,
                }
            )


@contextlib.contextmanager
def _app(url: str | None, pid: int | None) -> Iterator[tuple[str, int]]:
    if url is not None and pid is not None:
        yield url, pid
        return
    from bench import live_browser  # see above

    with live_browser.running_app() as started:
        yield started


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.soak",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", type=Path, required=True, help="file to write")
    parser.add_argument("--cycles", type=int, default=0, help="streams started and stopped")
    parser.add_argument("--tabs", type=int, default=0, help="tabs opened and killed")
    parser.add_argument("--minutes", type=float, default=0.0, help="of one tab")
    parser.add_argument("--url", help="of an app that runs already (with --pid)")
    parser.add_argument("--pid", type=int, help="its process on this machine")
    given = sys.argv[1:] if arguments is None else arguments
    options = parser.parse_args(given)
    if (options.url is None) != (options.pid is None):
        parser.error("--url and --pid go together")
    made: dict[str, Any] = {
        "command": command_line("bench.soak", given),
        "malloc_arena_max": os.environ.get("MALLOC_ARENA_MAX"),
        "machine": machine(),
    }

    def note(part: str) -> Note:
        def write(figures: dict[str, Any]) -> None:
            made[part] = figures
            options.json.parent.mkdir(parents=True, exist_ok=True)
            options.json.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
            print(".", end="", flush=True)

        return write

    try:
        if options.cycles:
            asyncio.run(cycles(options.cycles, note("cycles")))
        if options.tabs or options.minutes:
            with _app(options.url, options.pid) as (url, pid):
                if options.tabs:
                    tabs(url, pid, options.tabs, note("tabs"))
                if options.minutes:
                    hour(url, pid, options.minutes, note("hour"))
    except FerError as error:
        print(error, file=sys.stderr)
        return 1
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
