"""Records → tables: Parquet and CSV of every reading, a row a file, and labelled files judged."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fer_core.confusion import class_report, confusion_matrix
from fer_core.export import Entry, csv_text, overview, readings, table, to_json
from fer_core.writing import replacing

if TYPE_CHECKING:
    import pandas as pd

PARQUET_FILE, CSV_FILE, OVERVIEW_FILE = "results.parquet", "results.csv", "overview.csv"
LABELS_JSON, LABELS_CSV = "labels.json", "labels.csv"
TABLE_FILES = (PARQUET_FILE, CSV_FILE, OVERVIEW_FILE, LABELS_JSON, LABELS_CSV)
_MOST_ROWS = 50_000  # held in memory at a time


def write_tables(out: Path, entries: Iterable[Entry], labels: Sequence[str]) -> "pd.DataFrame":
    """Writes results.parquet, results.csv and overview.csv.

    Memory does not grow with the number of readings. The same records give the same bytes.

    Args:
        out: an existing folder.
        entries: records in the order of the results.
        labels: of the model.

    Returns:
        See `fer_core.export.overview`.

    Raises:
        OSError: the folder cannot be written to.
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    empty = table([], labels=labels)
    schema = pa.Schema.from_pandas(empty, preserve_index=False)
    parts = [overview([])]
    with (
        replacing(out / PARQUET_FILE) as parquet_part,
        replacing(out / CSV_FILE) as csv_part,
        replacing(out / OVERVIEW_FILE) as overview_part,
    ):
        with (
            pq.ParquetWriter(parquet_part, schema) as parquet,
            csv_part.open("w", encoding="utf-8", newline="") as text,
        ):
            text.write(csv_text(empty))
            for some in _chunks(entries):
                rows = table(some, labels=labels)
                parquet.write_table(pa.Table.from_pandas(rows, schema, preserve_index=False))
                text.write(csv_text(rows, header=False))
                parts.append(overview(some))
        whole = pd.concat(parts, ignore_index=True)
        overview_part.write_text(csv_text(whole), encoding="utf-8", newline="")
    return whole


def _chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    some: list[Entry] = []
    rows = 0
    for entry in entries:
        some.append(entry)
        rows += max(len(readings(entry)), 1)
        if rows >= _MOST_ROWS:
            yield some
            some, rows = [], 0
    if some:
        yield some


def judge(
    whole: "pd.DataFrame", expected: Sequence[str | None], labels: Sequence[str]
) -> tuple[dict[str, Any], "pd.DataFrame"]:
    """Compares what was read from labelled files with what their names say.

    Args:
        whole: see `write_tables`; the commonest label of a file is what was read from it.
        expected: the label that each file should show; None where its name says nothing.
        labels: of the model.

    Returns:
        A report and a table. Report: labels; files: those whose names give one of the labels;
        read: those with a face; accuracy, macro_f1, balanced_accuracy, per_class, see
        `class_report`, and confusion_matrix (rows true, columns predicted), of these;
        accuracy_of_all: with a file without a reading counted as wrong; without_a_label: files
        that do not count, because their names say nothing or a label that the model lacks.
        Without a file that was read, its figures are None. Table, a row a file: file, expected,
        predicted, right, share of the readings (0..1), confidence (mean, 0..1).
    """
    import pandas as pd

    judged = pd.DataFrame(
        {
            "file": whole["file"],
            "expected": pd.Series(list(expected), dtype="str"),
            "predicted": whole["dominant"],
            "share": whole["share"],
            "confidence": whole["confidence"],
        }
    )
    counted = judged[judged["expected"].isin(list(labels))]
    read = counted[counted["predicted"].notna()]
    position = {label: k for k, label in enumerate(labels)}
    confusion = confusion_matrix(
        read["predicted"].map(position).to_numpy(np.int64),
        read["expected"].map(position).to_numpy(np.int64),
        len(labels),
    )
    right = (judged["expected"] == judged["predicted"]).where(judged["predicted"].notna())
    judged.insert(3, "right", right.where(judged["expected"].isin(list(labels))))
    figures: Mapping[str, Any] = (
        class_report(confusion, labels)
        if len(read)
        else dict.fromkeys(("accuracy", "macro_f1", "balanced_accuracy", "per_class"))
    )
    report = {
        "labels": list(labels),
        "files": len(counted),
        "read": len(read),
        **figures,
        "accuracy_of_all": int(confusion.trace()) / len(counted) if len(counted) else None,
        "confusion_matrix": confusion.tolist(),
        "without_a_label": judged.loc[~judged["expected"].isin(list(labels)), "file"].tolist(),
    }
    return report, judged


def write_labels(
    out: Path, report: Mapping[str, Any], judged: "pd.DataFrame", about: Mapping[str, Any]
) -> None:
    """Writes labels.json and labels.csv.

    Args:
        out: an existing folder.
        report, judged: see `judge`.
        about: what gave the readings.

    Raises:
        OSError: the folder cannot be written to.
    """
    with replacing(out / LABELS_JSON) as part:
        part.write_text(to_json({**about, **report}), encoding="utf-8")
    with replacing(out / LABELS_CSV) as part:
        part.write_text(csv_text(judged), encoding="utf-8", newline="")


def remove_labels(out: Path) -> None:
    """Takes away what an earlier run wrote by `write_labels`: it says nothing of this one.

    Raises:
        OSError: the folder cannot be written to.
    """
    for name in (LABELS_JSON, LABELS_CSV):
        (out / name).unlink(missing_ok=True)


def label_lines(report: Mapping[str, Any]) -> list[str]:
    """The report as a short table for a terminal."""
    lines = [
        f"Files with a label in their names: {report['files']}, with a face: {report['read']}."
    ]
    if not report["files"]:
        return ["No file's or folder's name says an expression, so there is nothing to compare."]
    if not report["read"]:
        return lines
    lines.append(
        f"Right: {report['accuracy']:.1%} of those read, {report['accuracy_of_all']:.1%} of all. "
        f"Macro F1 {report['macro_f1']:.3f}."
    )
    counts = np.array(report["confusion_matrix"])
    shown = [k for k in range(len(counts)) if counts[k].any() or counts[:, k].any()]
    names = [report["labels"][k] for k in shown]
    width = max(len(name) for name in names)
    lines.append(f"{'':{width}}  precision  recall     F1  files | read as {' '.join(names)}")
    for k, name in zip(shown, names, strict=True):
        figures = report["per_class"][name]
        row = " ".join(f"{counts[k, j]:{len(report['labels'][j])}d}" for j in shown)
        lines.append(
            f"{name:{width}}  {figures['precision']:9.3f}  {figures['recall']:6.3f}  "
            f"{figures['f1']:5.3f}  {figures['support']:5d} |         {row}"
        )
    return lines
