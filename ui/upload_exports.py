"""Everything that can be taken away: tables, records, the report, pictures and videos."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import streamlit as st

from fer_core.export import (
    csv_text,
    error_entry,
    image_entry,
    model_identity,
    table,
    to_json,
    video_entry,
)
from fer_core.report_page import html_report
from fer_core.results import FrameResult, VideoTimeline
from ui import resources, show, tables
from ui.files import GivenFile
from ui.metrics_tables import set_name
from ui.readings import Plan, Reading

Read = tuple[GivenFile, Reading]
UNREAD = "It was not read: the work was stopped before."
ONLY_A_PART = "Only a part of it was read."


def entry(file: GivenFile, reading: Reading) -> dict[str, Any]:
    """The record of a file, with the model and the settings that gave its numbers."""
    result = reading.result
    if result is None:
        return error_entry(file.name, reading.error or UNREAD, file.kind)
    head = reading.plan.settings.head
    model = model_identity(resources.shared_classifier(head))
    if isinstance(result, FrameResult):
        record = image_entry(file.name, result, model=model)
    else:
        record = video_entry(file.name, result, model=model)
    if reading.state == "partial":
        record["message"] = f"{record['message']} {ONLY_A_PART}"
    return record | {"settings": _settings(reading.plan, moving=file.kind == "video")}


def buttons(read: Sequence[Read], *, stem: str, which: str = "one") -> None:
    """The downloads that one file and many have in common.

    Args:
        read: the files with what was read in them.
        stem: of the names of the downloads.
        which: tells those of one file from those of all on the same page.
    """
    # The model is asked for here: a download is made outside of the page.
    resources.shared_classifier(read[0][1].plan.settings.head)
    raw = st.session_state.get(f"upload_faces_{which}", False)
    show.download(
        "CSV",
        lambda: csv_text(table([entry(*each) for each in read])),
        f"{stem}.csv",
        "text/csv",
        key=f"upload_{which}_csv",
        text="A table with a row a face a frame: smoothed scores, and the raw ones of each frame.",
    )
    show.download(
        "JSON",
        lambda: _json(read),
        f"{stem}.json",
        show.JSON,
        key=f"upload_{which}_json",
        text="Everything that was read, with the identity of the model and the settings.",
    )
    show.download(
        "Report with pictures" if raw else "Report",
        lambda: _report(read, raw=raw),
        f"{stem}-report.html",
        "text/html",
        key=f"upload_{which}_html",
        text="A page to keep, print or send on: tables and charts, and the limits of all this.",
    )


def report_choice(which: str = "one") -> None:
    """Whether the report may show faces; it applies to the buttons of the next run."""
    st.checkbox(
        "Show the pictures with their faces in the report",
        key=f"upload_faces_{which}",
        help="Without it the report holds numbers and charts alone, and no face leaves this page "
        "with it.",
    )


def stem_of(file: GivenFile) -> str:
    """What downloads of one file are named after."""
    return PurePath(file.name).stem or "file"


def _json(read: Sequence[Read]) -> str:
    entries = [entry(*each) for each in read]
    return to_json(entries[0] if len(entries) == 1 else {"files": entries})


def _report(read: Sequence[Read], *, raw: bool) -> str:
    pictures = {file.name: reading.thumbnail for file, reading in read if reading.thumbnail}
    return html_report(
        [entry(*each) for each in read],
        pictures=pictures if raw else None,
        settings=settings_in_words([reading for _, reading in read]),
    )


def _settings(plan: Plan, *, moving: bool) -> dict[str, Any]:
    options = plan.settings.options
    settings: dict[str, Any] = {
        "head": plan.settings.head,
        "min_confidence": options.min_confidence,
    }
    if moving:
        settings |= {"sample_fps": plan.sample_fps, "half_life_s": options.half_life_s}
    return settings


def settings_in_words(readings: Sequence[Reading]) -> dict[str, str]:
    """The settings that gave the numbers of a report; those of clips alone are asked of clips.

    A file that could not be read has no numbers, so its settings do not count.
    """
    plans = [reading.plan for reading in readings if reading.result is not None]
    clips = [reading.plan for reading in readings if isinstance(reading.result, VideoTimeline)]
    said = {
        "Label set": [_label_set(plan.settings.head) for plan in plans],
        "“Not sure” below": [
            tables.percent(plan.settings.options.min_confidence or 0) for plan in plans
        ],
        "Frames read of each second of video": [
            "every one" if plan.sample_fps is None else f"{plan.sample_fps:g}" for plan in clips
        ],
        "Steadiness, for videos": [f"{plan.settings.options.half_life_s:g} s" for plan in clips],
    }
    return {name: _agreed(values) for name, values in said.items() if values}


def _label_set(head: str) -> str:
    return set_name(head, resources.shared_classifier(head).labels)


def _agreed(values: Sequence[str]) -> str:
    different = list(dict.fromkeys(values))
    if len(different) == 1:
        return different[0]
    return f"differs between files: {', '.join(different)}"
