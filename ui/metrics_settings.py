"""The tab "Settings": how a run was made, and the files it was exported to."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from fer_core.studies import FORMATS_FILE, Format, Formats, load_formats
from ui import metrics_parts, metrics_tables
from ui.metrics_parts import Shown, cached, percent_column
from ui.metrics_tables import BYTES_PER_MB, hundred
from ui.page import plain_errors
from ui.tables import percent

ELSEWHERE = ("command", "paper")  # settings that are shown in another place
# What a setting is, in a few words.
MEANINGS = {
    "name": "the recipe: a file of these settings",
    "network": "the kind of network",
    "frozen": "whether only the layers after the network's own learn",
    "hidden": "widths of further layers before the answer",
    "stem_stride": "how far the first convolution steps; 0: as the network has it",
    "norm_momentum": "how slowly its running averages follow; 0: as the network has it",
    "scaling": "what it makes of the grey levels before it looks",
    "classes": "the labels that are kept; none: all",
    "own_split": "shares for learning, choosing and testing, where the faces are split anew",
    "class_count": "faces of each label that it learns from; 0: all",
    "grayscale": "whether colour is dropped",
    "schedule": "how the length of the steps changes over time",
    "cutmix_alpha": "how much faces are pasted into one another; 0: not at all",
    "start_from_teacher": "whether it starts from its first teacher's weights",
    "precision": "how finely it calculates while it trains",
    "heads": "the label sets that it learns, the default one first",
    "size": "side of its input, in pixels",
    "source_size": "every face is brought to this side first, in pixels",
    "margin": "side of the app's crop, in sides of the face's box",
    "align": "whether the app turns faces until the eyes are level",
    "epochs": "passes over the training images",
    "small_size": "side of the input in the first epochs, in pixels",
    "small_epochs": "how many epochs see such smaller pictures",
    "batch_size": "images a step",
    "optimizer": "the rule by which a step changes the weights",
    "sam_radius": "how far it looks around for the worst weights; 0: not at all",
    "learning_rate": "how far a step goes, at most",
    "warmup_epochs": "epochs until steps are that long",
    "weight_decay": "pull of the weights towards zero",
    "ema_momentum": "how slowly the averaged weights follow; 0: not averaged",
    "label_smoothing": "share of each label that is spread over the others",
    "mixup_alpha": "how much pairs of faces are blended; 0: not at all",
    "class_balance": "how much more rare labels count; 0: not at all, 1: in full",
    "dropout": "share of the features that are left out at random",
    "rotation_deg": "random turn, up to so many degrees",
    "zoom": "random change of size, up to this share",
    "shift": "random move, up to this share of the side",
    "contrast": "random change of contrast, up to this share",
    "brightness": "random change of brightness, up to this share",
    "erase_probability": "share of faces with a patch erased",
    "degrade": "share of faces blurred, coarsened or made noisy as by a camera",
    "teachers": "networks whose answers it learns, too",
    "teacher_share": "how much their answers count against the labels",
    "teacher_temperature": "how much their answers are softened; 1: not at all",
    "seed": "the start of all chance",
    "init": "the weights that it starts from",
    "images": "images in each part of the data set",
    "parameters": "numbers that make up the network",
    "data": "file of the data set",
    "backend": "the library that calculated",
    "training_s": "seconds that the training took",
    "bias": "what each label's score gets on top, so that rare labels are found",
    "number_format": "how finely the numbers of its file are written",
}
FACTS = {
    "recipe": "recipe",
    "split": "measured on",
    "seed": "seed",
    "runtime": "runtime",
    "weights_sha256": "SHA-256 of the weights",
}


def draw(shown: Shown) -> None:
    """The tab's content."""
    with plain_errors():
        _formats(cached(load_formats, shown.folder), shown.folder)
    st.header("How this run was made", anchor=False)
    facts = {FACTS[key]: value for key, value in shown.report.about.items() if value}
    for each in shown.report.elsewhere:
        facts[f"accuracy on {each.split}"] = (
            f"{percent(each.accuracy, 1)} of {each.images:,} images"
        )
    if facts:
        st.markdown("  \n".join(f"{name}: `{value}`" for name, value in facts.items()))
    config = shown.report.config
    if not config:
        st.info("This run has no config.json: its settings are not known.")
        return
    _settings(config)


def _settings(config: Mapping[str, Any]) -> None:
    # Code without colours: those of the highlighter are too pale to be read.
    if command := config.get("command"):
        st.code(str(command), language=None, wrap_lines=True)
    st.dataframe(
        metrics_tables.settings_frame(config, MEANINGS, hidden=ELSEWHERE),
        hide_index=True,
        width="stretch",
        height=420,
        column_config={
            "setting": st.column_config.TextColumn("setting", width=130),
            "value": st.column_config.TextColumn("value", width=160),
            "meaning": st.column_config.TextColumn("what it is", width=400),
        },
        alt="Every setting of the run",
    )
    with st.expander("As in config.json", icon=":material/data_object:"):
        st.code(json.dumps(dict(config), indent=2), language=None, height=320)


def _formats(formats: Formats | None, run: Path) -> None:
    st.header("Files, sizes and speed", anchor=False)
    if formats is None:
        metrics_parts.not_measured(
            "The file formats of this run have not been compared.", FORMATS_FILE, run
        )
        return
    st.markdown(
        "The same network with its numbers written more or less finely: *f32* and *f16* with 32 "
        "and 16 bits, *int8* with 8; *pruned*: its least important numbers left out, or set to "
        "zero. Smaller files may run faster, and may read worse: *lost* are the points of accuracy "
        "that the label set loses that loses most, on the validation or the test images, each read "
        "once or with its mirror image. So it can be more than the accuracies here are apart.",
        width=760,
    )
    megabytes = partial(st.column_config.NumberColumn, format="%.2f MB")
    milliseconds = partial(st.column_config.NumberColumn, format="%.2f ms")
    metrics_parts.table(
        pd.DataFrame(
            [_format_row(row, formats.shipped) for row in formats.rows],
            columns=[
                *("format", "shipped", "accuracy", "lost", "size", "zipped", "macro_f1"),
                *("one", "two"),
            ],
        ),
        "Each file format with its size, accuracy and speed",
        {
            "format": st.column_config.TextColumn("format", width=230),
            "shipped": st.column_config.CheckboxColumn("in use"),
            "accuracy": percent_column("accuracy"),
            "lost": st.column_config.NumberColumn("lost", format="%.2f"),
            "size": megabytes("size"),
            "zipped": megabytes("zipped", help="Compressed, as for a download."),
            "macro_f1": percent_column("macro-F1"),
            "one": milliseconds("1 thread", help="Time a face takes on one thread."),
            "two": milliseconds("2 threads", help="Time a face takes on two threads."),
        },
    )
    notes = [formats.reason, _conditions(formats)]
    st.caption(" ".join(note for note in notes if note))


def _format_row(row: Format, shipped: str | None) -> tuple[Any, ...]:
    return (
        row.format,
        row.format == shipped,
        hundred(row.accuracy),
        row.points_lost,
        row.bytes / BYTES_PER_MB,
        row.bytes_deflated / BYTES_PER_MB if row.bytes_deflated else None,
        hundred(row.macro_f1),
        row.ms_1_thread,
        row.ms_2_threads,
    )


def _conditions(formats: Formats) -> str:
    parts = [formats.split]
    if formats.head:
        parts.append(f"labels of {metrics_tables.set_name(formats.head)}")
    if formats.cpu:
        parts.append(f"times on {formats.cpu}")
    return "Measured on " + ", ".join(parts) + "."
