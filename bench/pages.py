"""How long the app's pages take to open, in a real browser.

    python -m bench.pages --json pages.json --runs 10 --times 10

Each page is opened in a new window of a browser that has kept nothing, from its address until
all of it is drawn: once in an app that has just started, and so many times after that. The
metrics page has at least so many training runs to choose from: those of `models/`, and some of
them again.
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from bench import live_browser
from bench.pipeline import command_line, machine
from fer_core.bundle import MODELS_FOLDER
from fer_core.errors import FerError
from fer_core.reports import list_runs

ADDRESSES = ("", "Live_camera", "Analyze_upload", "Training_metrics", "Learn")
# The script has run to its end, and no grey box stands in for a part that is still to come.
_DRAWN = """() => document.querySelector(
    '[data-testid="stApp"][data-test-script-state="notRunning"] h1'
) && !document.querySelector('[data-testid="stSkeleton"]')"""


def copy_runs(models: Path, folder: Path, runs: int) -> int:
    """Copies all training runs into a new folder, and some again until there are enough.

    Args:
        models: where they are.
        folder: to be made.
        runs: at least so many.

    Returns:
        How many there are in it.
    """
    shutil.copytree(models, folder)
    found = list_runs(folder)
    for more in range(runs - len(found)):
        run = found[more % len(found)]
        shutil.copytree(run, folder / f"{run.name}-copy-{more}")
    return max(len(found), runs)


def opening_s(browser: Browser, url: str) -> float:
    """Seconds from the address of a page until it is drawn, in a new window."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(live_browser.PATIENCE_S * 1e3)
    start = time.perf_counter()
    page.goto(url)
    page.wait_for_function(_DRAWN)
    took_s = time.perf_counter() - start
    context.close()
    return took_s


def opened(url: str, times: int) -> dict[str, dict[str, float]]:
    """Address of a page → seconds: the first time, then the median and the longest of many."""
    made = {}
    with sync_playwright() as playwright:
        program = live_browser.browser_program()
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for address in ADDRESSES:
            first_s, *later_s = [opening_s(browser, f"{url}/{address}") for _ in range(times + 1)]
            made[address or "Home"] = {
                "first_s": round(first_s, 2),
                "median_s": round(statistics.median(later_s), 2),
                "max_s": round(max(later_s), 2),
            }
        browser.close()
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.pages",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", type=Path, required=True, help="file to write")
    parser.add_argument("--runs", type=int, default=10, help="training runs at least")
    parser.add_argument("--times", type=int, default=10, help="that each page is opened")
    given = sys.argv[1:] if arguments is None else arguments
    options = parser.parse_args(given)
    made: dict[str, Any] = {"command": command_line("bench.pages", given), "machine": machine()}
    with tempfile.TemporaryDirectory() as scratch:
        models = Path(scratch) / "models"
        made["runs"] = copy_runs(MODELS_FOLDER, models, options.runs)
        try:
            with live_browser.running_app(FER_MODELS=str(models)) as (url, _):
                made["pages"] = opened(url, options.times)
        except FerError as error:
            print(error, file=sys.stderr)
            return 1
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(made["pages"], indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
