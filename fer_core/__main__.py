"""The command line: python -m fer_core analyze FILE|FOLDER… --out DIR.

Exit status: 0 every file was analysed, 1 some could not be, 2 the call, the output folder or
the model is at fault and nothing was analysed, 130 stopped with Ctrl-C (finished files stay).
"""

import argparse
import functools
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from fer_core.batch.inputs import find_inputs
from fer_core.batch.local import processors, run_here, run_local
from fer_core.batch.rows import RESULTS_FILE
from fer_core.batch.run import Engine, Outcome, Plan, analyze_files
from fer_core.batch.tables import label_lines
from fer_core.batch.work import Entry, Reader, make_reader
from fer_core.classification import EmotionClassifier, load_classifier
from fer_core.errors import FerError
from fer_core.export import in_brief


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit status.

    Raises:
        SystemExit: the call is wrong (status 2) or asks for help (status 0).
    """
    if isinstance(sys.stdout, io.TextIOWrapper):  # not all code pages have all file names' letters
        sys.stdout.reconfigure(errors="backslashreplace")
    arguments = _parser().parse_args(argv)
    try:
        return _analyze(arguments)
    except KeyboardInterrupt:
        print(
            f"\nStopped. Finished files are in {arguments.out}; the same call goes on from there.",
            file=sys.stderr,
        )
        return 130
    except FerError as error:
        print(f"fer_core: {error}", file=sys.stderr)
        return 2
    except Exception as error:  # people at the command line get a sentence, whatever happens
        print(f"fer_core: Unexpected {type(error).__name__}: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fer_core", description="Reads facial expressions in photos and videos."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    analyze = commands.add_parser(
        "analyze",
        help="analyse photos and videos",
        description=f"Writes DIR/{RESULTS_FILE}, one line a file, tables, and annotated copies. "
        "What DIR holds of an earlier run with the same model and settings is not done again.",
    )
    add = analyze.add_argument
    add("files", nargs="+", metavar="FILE", help="photos, videos and folders of them")
    add("--out", required=True, type=Path, metavar="DIR", help="folder for the results")
    add(
        "--sample-fps",
        type=_frames_a_second,
        default=3.0,
        metavar="N",
        help='frames of a video to analyse a second, or "all" (default: 3)',
    )
    add(
        "--head",
        choices=("fer2013", "ferplus"),
        help="the set of labels (default: the first of the model)",
    )
    add("--model", type=Path, metavar="DIR", help="a model folder (default: models/default)")
    add(
        "--engine",
        choices=("local", "ray"),
        default="local",
        help="local: processes of this machine (default); ray: the Ray cluster that RAY_ADDRESS "
        "names, or one on this machine (needs requirements-ray.txt)",
    )
    add(
        "--workers",
        type=_workers,
        metavar="N",
        help="processes at a time; 0, with --engine local only, works in this one (default: one a "
        "processor, 0 for one file)",
    )
    add(
        "--labels",
        action="store_true",
        help="compare what is read with the expression that the name of a file or of its folder "
        "says, and write labels.json and labels.csv",
    )
    add("--again", action="store_true", help="analyse everything anew")
    return parser


def _frames_a_second(text: str) -> float | None:
    if text == "all":
        return None
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 240:
        raise argparse.ArgumentTypeError(
            f'expected "all" or a number above 0, at most 240, not {text!r}'
        )
    return value


def _workers(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 1024):
        raise argparse.ArgumentTypeError(f"expected a whole number from 0 to 1024, not {text!r}")
    return int(text)


def _analyze(arguments: argparse.Namespace) -> int:
    classifier = load_classifier(arguments.model, head=arguments.head)
    inputs, left_out = find_inputs(arguments.files, out=arguments.out)
    progress = _Progress(sys.stderr, len(inputs))

    def told(entry: Entry) -> None:
        progress.clear()
        where = sys.stderr if entry["status"] == "error" else sys.stdout
        print(f"{entry['file']}: {in_brief(entry)}", file=where)
        progress.count()

    plan = Plan(
        inputs,
        arguments.out,
        classifier,
        arguments.sample_fps,
        again=arguments.again,
        labels=arguments.labels,
        told=told,
        passed=progress.count,
    )
    try:
        outcome = analyze_files(plan, _engine(arguments, classifier, len(inputs), progress))
    finally:
        progress.clear()
    _say(outcome, left_out, arguments.out)
    return 1 if outcome.failed else 0


def _engine(
    arguments: argparse.Namespace, classifier: EmotionClassifier, files: int, progress: "_Progress"
) -> Engine:
    workers = arguments.workers
    model = arguments.model and arguments.model.absolute()  # workers may start elsewhere
    make = functools.partial(make_reader, model, arguments.head, arguments.sample_fps)
    if arguments.engine == "ray":
        if workers == 0:
            raise FerError(
                "Expected --workers to be 1 or more with --engine ray. Received 0. Leave out "
                "one of the two."
            )
        from fer_core.batch.ray_engine import run_ray

        return functools.partial(run_ray, make_read=make, workers=workers)
    if workers is None:
        # Starting a process takes longer than reading a photo.
        workers = 0 if files == 1 else processors()
    if workers == 0:
        reader = Reader(classifier, sample_fps=arguments.sample_fps, progress=progress.advance)
        return functools.partial(run_here, read=reader)
    return functools.partial(run_local, make_read=make, workers=workers)


def _say(outcome: Outcome, left_out: int, out: Path) -> None:
    notes = []
    if outcome.before:
        notes.append(f"{outcome.before} had been analysed before")
    if left_out:
        notes.append(f"{left_out} left out that are neither photo nor video")
    extra = f" ({'; '.join(notes)})" if notes else ""
    total = outcome.analysed + outcome.failed
    print(f"{outcome.analysed} of {total} analysed{extra}: {out / RESULTS_FILE}")
    if outcome.labels is not None:
        print(*label_lines(outcome.labels), sep="\n")


class _Progress:
    """One line on a terminal, written over and over; nothing where there is no terminal."""

    def __init__(self, stream: TextIO, total: int) -> None:
        self._stream, self._shown = stream, stream.isatty()
        self._done, self._total = 0, total
        self._write()

    def count(self) -> None:
        """One more file is finished."""
        self._done += 1
        self._write()

    def advance(self, done_s: float, total_s: float) -> None:
        """The file that is read in this process has come so far."""
        self._write(f" {min(done_s / total_s, 1) if total_s else 0:.0%}")

    def clear(self) -> None:
        self._put("")

    def _write(self, more: str = "") -> None:
        self._put(f"[{self._done}/{self._total} files]{more}")

    def _put(self, text: str) -> None:
        if self._shown:
            # Back to the start of the line, and what stood there erased (ECMA-48: EL).
            self._stream.write(f"\r\x1b[K{text}")
            self._stream.flush()


if __name__ == "__main__":
    sys.exit(main())
