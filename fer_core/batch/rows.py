"""Records on disk as they come: a run that was ended goes on where it was.

In the folder of results lie results.jsonl (the whole of a finished run), run.json (which model
and settings gave them), and while a run is at work `.unfinished/`, with the records so far and
the annotated copies that are being written. Records of files that a run does not name stay there
for one that does. Only the records of the same model, settings and program are used again, and
only for the same content. In a folder that has no run.json of this program, nothing is replaced.
"""

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

from fer_core.batch.work import Entry
from fer_core.errors import FerError
from fer_core.export import to_json, to_json_line
from fer_core.writing import replacing, sentences

RESULTS_FILE = "results.jsonl"
RUN_FILE = "run.json"
_UNFINISHED = ".unfinished"
_UNNAMED = "unnamed.jsonl"
_MARK = "program_sha256"  # what each version of this program wrote into run.json


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the record of an analysed file lies."""

    path: Path
    offset: int

    def entry(self) -> Entry:
        return _line_at(self.path, self.offset)


class Rows:
    """The records of one run.

    Args:
        out: the folder of results, see `held`.
        run: what makes two runs comparable, to be written as JSON.
        again: forget what was analysed before.
        others: further files of results, which a run with other settings makes untrue.
        copies: names that annotated copies will have.

    Raises:
        FerError: the folder cannot be written to, or a file of somebody else is in the way.
    """

    def __init__(
        self,
        out: Path,
        run: Mapping[str, Any],
        *,
        again: bool,
        others: Sequence[str] = (),
        copies: Iterable[str] = (),
    ) -> None:
        self._out = out
        self.scratch = out / _UNFINISHED
        self._journal_path = self.scratch / RESULTS_FILE
        self._unnamed_path = self.scratch / _UNNAMED
        self._places: dict[int, int] = {}
        self._named: set[str | None] = set()  # the annotated copies of this run
        with sentences(out):
            before = _run_of(out)
            if before is None:
                _check_free(out, (RESULTS_FILE, *others, RUN_FILE, _UNFINISHED, *copies))
            if again or before != run:
                self._forget(others)
                with replacing(out / RUN_FILE) as part:
                    part.write_text(to_json(dict(run)), encoding="utf-8")
            self.scratch.mkdir(exist_ok=True)
            for file in self.scratch.iterdir():
                if file not in (self._journal_path, self._unnamed_path):
                    file.unlink()
            self.kept = self._found()
            self._journal = self._opened()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._journal.close()

    def add(self, number: int, entry: Entry) -> None:
        """Keeps a record, on disk when this returns.

        Args:
            number: its place in the order of the results.
            entry: the record.
        """
        with sentences(self._out):
            offset = self._journal.seek(0, os.SEEK_END)
            self._journal.write(to_json_line(entry).encode("ascii"))
            self._journal.flush()
        self._named.add(entry.get("annotated"))
        self._places[number] = offset  # last, so that Ctrl-C leaves no half record

    def place(self, copy: str, name: str) -> None:
        """Gives an annotated copy its place among the results."""
        with sentences(self._out):
            os.replace(copy, self._out / name)

    def numbers(self) -> list[int]:
        """Places of the records of this run, in order."""
        return sorted(self._places)

    def entries(self) -> Iterator[Entry]:
        """The records of this run, in the order of the results."""
        for number in self.numbers():
            yield _line_at(self._journal_path, self._places[number])

    def publish(self) -> None:
        """Writes results.jsonl, at once or not at all."""
        unnamed = [kept for (_, name), kept in self.kept.items() if name not in self._named]
        with sentences(self._out):
            # First: some of these stand in the results that are replaced then.
            _write(self._unnamed_path, (kept.entry() for kept in unnamed))
            _write(self._out / RESULTS_FILE, self.entries())

    def clean_up(self) -> None:
        """Takes away what only an unfinished run needs."""
        self._journal.close()
        if self._unnamed_path.stat().st_size:
            self._journal_path.unlink()
        else:
            shutil.rmtree(self.scratch, ignore_errors=True)

    def _opened(self) -> BinaryIO:
        journal = self._journal_path.open("a+b")
        if journal.tell():
            journal.seek(-1, os.SEEK_END)
            if journal.read() != b"\n":  # the run was ended in the middle of a record
                journal.write(b"\n")
        return journal

    def _forget(self, others: Sequence[str]) -> None:
        if self.scratch.is_dir():
            shutil.rmtree(self.scratch)
        # Not run.json, which says whose files these are: it is replaced when they are gone.
        for name in (RESULTS_FILE, *others):
            (self._out / name).unlink(missing_ok=True)

    def _found(self) -> dict[tuple[str, str], Kept]:
        """Digest of a file's content and name of its annotated copy → its record.

        A copy belongs to the last record that names it.
        """
        owners = {}
        for path in (self._unnamed_path, self._out / RESULTS_FILE, self._journal_path):
            if not path.exists():
                continue
            offset = 0
            with path.open("rb") as file:
                for line in file:
                    with suppress(ValueError, KeyError, TypeError):  # cut off, or a failure
                        entry = json.loads(line)
                        name = str(entry["annotated"])
                        if (self._out / name).is_file():
                            owners[name] = str(entry["digest"]), Kept(path, offset)
                    offset += len(line)
        return {(digest, name): kept for name, (digest, kept) in owners.items()}


def _write(path: Path, entries: Iterable[Entry]) -> None:
    with replacing(path) as part, part.open("wb") as file:
        for entry in entries:
            file.write(to_json_line(entry).encode("ascii"))


def _line_at(path: Path, offset: int) -> Entry:
    with path.open("rb") as file:
        file.seek(offset)
        entry: Entry = json.loads(file.readline())
        return entry


def _run_of(out: Path) -> dict[str, Any] | None:
    """What this program wrote into run.json; None where it did not."""
    with suppress(OSError, ValueError):
        run = json.loads((out / RUN_FILE).read_text(encoding="utf-8"))
        if isinstance(run, dict) and _MARK in run:
            return run
    return None


def _check_free(out: Path, names: Iterable[str]) -> None:
    for name in names:
        if os.path.lexists(out / name):
            raise FerError(
                "Expected --out to be a folder in which no file has the name of a result. "
                f"Received {out / name}, which is not known to be a result of this program. "
                "Name another folder, or move that file away."
            )
