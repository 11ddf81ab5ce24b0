"""A whole run: find the files, skip what is done, analyse the rest, write the results."""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_core.batch.inputs import Input
from fer_core.batch.local import Finished
from fer_core.batch.rows import Kept, Rows
from fer_core.batch.tables import (
    TABLE_FILES,
    judge,
    remove_labels,
    write_labels,
    write_tables,
)
from fer_core.batch.work import Entry, Task
from fer_core.bundle import sha256_of
from fer_core.classification import EmotionClassifier
from fer_core.errors import FerError
from fer_core.expected import expected_label
from fer_core.export import error_entry, model_identity
from fer_core.writing import held

Engine = Callable[[Sequence[Task]], Finished]
_ENDINGS = {"image": ".jpg", "video": ".mp4"}
_LONGEST_STEM = 100  # bytes: file systems allow 255 a name; marks and endings are added


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to.

    Attributes:
        analysed: files with a record, those analysed before included.
        failed: files that could not be analysed.
        before: files that had been analysed before.
        labels: the report of labelled files, see `judge`; None unless asked for.
    """

    analysed: int
    failed: int
    before: int
    labels: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do, and how it is told.

    Attributes:
        inputs: files, in the order of the results.
        out: folder of the results.
        classifier: of the model that the engine uses too.
        sample_fps: frames of a clip a second that the engine analyses; None: every frame.
        again: analyse what was analysed before, too.
        labels: whether to compare what was read with what names say.
        told: called with the record of each file that this run reads or cannot read, as it is
            finished.
        passed: called for each file that had been analysed before.
    """

    inputs: Sequence[Input]
    out: Path
    classifier: EmotionClassifier
    sample_fps: float | None
    again: bool = False
    labels: bool = False
    told: Callable[[Entry], None] = lambda entry: None
    passed: Callable[[], None] = lambda: None


def analyze_files(plan: Plan, engine: Engine) -> Outcome:
    """Analyses files into a folder: results.jsonl, tables, annotated copies.

    A file that was analysed before with the same content, model, settings and program is not
    analysed again. Ctrl-C while files are analysed writes the results of what is finished; after
    any other end, the next run goes on with it.

    Args:
        plan: what to do.
        engine: analyses the files that are left.

    Raises:
        FerError: the folder cannot be written to, another run is at work in it, a file of
            somebody else is in the way, or the engine cannot start.
        KeyboardInterrupt: once files are analysed, after the results of those that are finished
            are written.
    """
    run, names = _run_facts(plan), _copy_names(plan)
    with (
        held(plan.out),
        Rows(plan.out, run, again=plan.again, others=TABLE_FILES, copies=names.values()) as rows,
    ):
        work = _Work(plan, rows, names)
        # Ctrl-C here leaves earlier results as they are: not all of them are counted yet.
        tasks = work.left()
        try:
            work.do(tasks, engine)
        except KeyboardInterrupt:
            work.publish(run)
            raise
        return work.publish(run)


def _run_facts(plan: Plan) -> dict[str, Any]:
    """What must be equal for two records to be comparable."""
    card = plan.classifier.card.to_json()
    return {
        "model": model_identity(plan.classifier),
        "card_sha256": hashlib.sha256(card.encode()).hexdigest(),
        "sample_fps": plan.sample_fps,
        "program_sha256": _program_digest(),
    }


def _program_digest() -> str:
    """Of the source of this package but its trainer."""
    root = Path(__file__).resolve().parent.parent
    names = {
        str(path.relative_to(root)): sha256_of(path)
        for path in sorted(root.rglob("*.py"))
        if "training" not in path.relative_to(root).parts
    }
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()


def _copy_names(plan: Plan) -> dict[int, str]:
    """A name of its own in the output folder for the annotated copy of each file, by number.

    The same files in the same order always get the same names.
    """
    # Taken names, in the letters that file systems tell apart; no input is overwritten.
    taken = {str(Path(each.file).resolve()).casefold() for each in plan.inputs}
    same_stem: Counter[tuple[str, str]] = Counter()
    names = {}
    for number, each in enumerate(plan.inputs):
        if each.kind is None:
            continue
        stem, ending = _short(Path(each.file).stem), _ENDINGS[each.kind]
        path = None
        while path is None or path in taken:
            same_stem[stem, ending] += 1
            count = same_stem[stem, ending]
            mark = f"-{count}" if count > 1 else ""
            names[number] = f"{stem}{mark}_annotated{ending}"
            path = str((plan.out / names[number]).resolve()).casefold()
        taken.add(path)
    return names


def _short(stem: str) -> str:
    """As many whole characters as a file name has room for."""
    while len(os.fsencode(stem)) > _LONGEST_STEM:
        stem = stem[:-1]
    return stem


class _Work:
    """The files of a run, numbered, each with the name of its annotated copy."""

    def __init__(self, plan: Plan, rows: Rows, names: Mapping[int, str]) -> None:
        self._plan, self._rows, self._names = plan, rows, names
        self._failed = self._before = 0

    def left(self) -> list[Task]:
        """The files to analyse; the records of the others are kept."""
        tasks = []
        for number, each in enumerate(self._plan.inputs):
            if each.kind is None:
                self._add(number, error_entry(each.file, each.problem or "", None))
                continue
            kept = self._analysed_before(each, self._names[number])
            if kept is None:
                tasks.append(self._task(number, each))
            else:
                self._rows.add(number, kept.entry() | {"file": each.file})
                self._before += 1
                self._plan.passed()
        return tasks

    def do(self, tasks: Sequence[Task], engine: Engine) -> None:
        """Analyses files."""
        with closing(engine(tasks)) as finished:
            for task, entry in finished:
                self._finish(task, entry)

    def publish(self, run: Mapping[str, Any]) -> Outcome:
        """Writes the results of all that is finished."""
        plan, labels = self._plan, self._plan.classifier.labels
        self._rows.publish()
        try:
            whole = write_tables(plan.out, self._rows.entries(), labels)
            report = None
            if plan.labels:
                finished = [plan.inputs[number] for number in self._rows.numbers()]
                expected = [expected_label(each.file, each.folders) for each in finished]
                report, judged = judge(whole, expected, labels)
                write_labels(plan.out, report, judged, run)
            else:
                remove_labels(plan.out)
        except OSError as error:
            raise FerError(
                f"Expected to write the tables into {plan.out}. Received an error "
                f"({error.strerror}). Free some space and run the same again: what is analysed "
                "is kept."
            ) from error
        self._rows.clean_up()
        return Outcome(len(whole) - self._failed, self._failed, self._before, report)

    def _analysed_before(self, each: Input, name: str) -> Kept | None:
        """The record of the same content whose annotated copy has the same name."""
        if not self._rows.kept:
            return None
        try:
            return self._rows.kept.get((sha256_of(Path(each.file)), name))
        except OSError:
            return None  # the reader will say why

    def _task(self, number: int, each: Input) -> Task:
        assert each.kind is not None
        target = self._rows.scratch / f"{number}{_ENDINGS[each.kind]}"
        return Task(
            number, each.file, os.path.abspath(each.file), each.kind, os.path.abspath(target)
        )

    def _finish(self, task: Task, entry: Entry) -> None:
        if entry["status"] == "ok":
            name = self._names[task.number]
            self._rows.place(task.target, name)
            entry = entry | {"annotated": name}
        self._add(task.number, entry)

    def _add(self, number: int, entry: Entry) -> None:
        self._rows.add(number, entry)
        self._failed += entry["status"] == "error"
        self._plan.told(entry)
