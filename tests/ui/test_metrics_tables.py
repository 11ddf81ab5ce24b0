"""Reports → frames and words of the metrics page."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from fer_core.bundle import MODELS_FOLDER
from fer_core.reports import HeadReport, RunReport, list_runs, load_report
from fer_core.studies import Corruption, Robustness
from fer_core.testing import write_fake_run
from tests.report_files import complete
from ui import metrics_tables as tables

SPACE = "\N{NO-BREAK SPACE}"
STUDY = Robustness(
    "PrivateTest", "fer2013", 10, 0.7, (Corruption("blur", (1, 2), (0.6, 0.4), "px"),)
)


@pytest.fixture
def report(tmp_path: Path) -> RunReport:
    return load_report(complete(write_fake_run(tmp_path / "run")))


@pytest.fixture
def head(report: RunReport) -> HeadReport:
    return report.heads[0]


@pytest.fixture
def bare(tmp_path: Path) -> RunReport:
    """A run of which nothing but the essentials was measured."""
    return load_report(write_fake_run(tmp_path / "bare"))


def test_words() -> None:
    assert tables.points(0.7104, 0.69) == f"+2.0{SPACE}points"
    assert tables.points(0.0294, 0.0677) == f"-3.9{SPACE}points"  # as 2.9 and 6.8 are shown
    assert tables.of_hundred(0.736) == "74 of 100"


@pytest.mark.parametrize(
    ("authors", "short"),
    [("Maulana", "Maulana"), ("A, B", "A and B"), ("A, B, C", "A and others")],
)
def test_authors_as_one_cites_them(authors: str, short: str) -> None:
    assert tables.short_authors(authors) == short


def test_names_of_label_sets() -> None:
    assert tables.set_name("ferplus", ("a", "b")) == "FER+ · 2 labels"
    assert tables.set_name("fer2013") == "FER-2013"
    assert tables.set_name("other") == "other"


def test_mix_ups_are_the_largest_shares_off_the_diagonal(head: HeadReport) -> None:
    two = replace(
        head,
        labels=("happy", "sad"),
        per_class={label: head.per_class[label] for label in ("happy", "sad")},
        confusion=((90, 10), (0, 0)),
    )
    assert tables.mix_ups(two) == [("happy", "sad", 0.1)]
    assert tables.mix_ups(replace(two, confusion=((90, 10), (4, 6)))) == [
        ("sad", "happy", 0.4),  # fewer images, but a larger share
        ("happy", "sad", 0.1),
    ]
    assert len(tables.mix_ups(head, count=2)) == 2


def test_cells_count_the_matrix() -> None:
    for run in list_runs(MODELS_FOLDER):
        for head in load_report(run).heads:
            found = {cell: images for cell, images, _ in tables.cells(head)}
            assert found == {
                (true, said): images
                for true, row in zip(head.labels, head.confusion, strict=True)
                for said, images in zip(head.labels, row, strict=True)
            }


def test_reliability_leaves_empty_bins_out(head: HeadReport, bare: RunReport) -> None:
    frame = tables.reliability_frame(head)
    assert frame["count"].tolist() == [300, 400] * 2
    assert frame["share"].tolist() == pytest.approx([3 / 7, 4 / 7] * 2)
    assert tables.reliability_frame(bare.heads[0]).empty
    assert tables.honest_sentence(head) == (
        f"Of the 300 images that got 60{SPACE}% to 80{SPACE}%, on average 71{SPACE}%, "
        f"it read 68{SPACE}% right."
    )
    assert tables.honest_sentence(bare.heads[0]) == ""


def test_intensity(head: HeadReport, bare: RunReport) -> None:
    frame = tables.intensity_frame(head)
    assert frame["level"].tolist() == ["low", "strong"]
    assert frame["score"][0] == f"0{SPACE}% to 50{SPACE}%"
    assert pd.isna(frame["agreement"][0])
    assert tables.intensity_frame(bare.heads[0]).empty


def test_damage_alone() -> None:
    frame = tables.damage_frame(STUDY, None)
    assert frame["amount"].tolist() == ["1 px", "2 px"]
    assert frame["lost_points"].tolist() == pytest.approx([10, 30])
    assert frame["gained"].isna().all()
    assert tables.damage_summary(STUDY, None)["amounts"][0] == "1 · 2 px"


def test_damage_beside_another_run() -> None:
    """Only the same damage at the same strength is compared."""
    other = replace(STUDY, rows=(Corruption("blur", (2, 3), (0.3, 0.2), "px"),))
    assert tables.damage_frame(STUDY, other)["gained"].tolist() == pytest.approx(
        [float("nan"), 0.1], nan_ok=True
    )
    assert tables.damage_summary(STUDY, other)["other"].tolist() == pytest.approx([25])
    stranger = replace(STUDY, rows=())
    assert tables.damage_frame(STUDY, stranger)["gained"].isna().all()


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "Its settings are not known."),
        ({"seed": 1}, "MobileNetV2"),
        (
            {"init": "imagenet", "frozen": True, "own_split": [0.6, 0.2, 0.2]},
            "MobileNetV2 · starts from ImageNet · only its last layers learn · faces split anew",
        ),
        (
            {"network": "vgg", "size": 48, "parameters": 9_600_000, "init": "none"},
            "VGG style, 9.6 million weights · 48 × 48 pixels · starts from random weights",
        ),
        (
            {"network": "mobilenetv2", "init": "imagenet", "teachers": ["a", "b"]},
            "MobileNetV2 · starts from ImageNet · taught by 2 networks",
        ),
        (
            {"init": "first-run", "teachers": ["first-run"]},
            "MobileNetV2 · starts from first-run · taught by one network",
        ),
    ],
)
def test_a_run_in_one_line(config: dict[str, object], words: str) -> None:
    assert tables.what_is_it(RunReport("run", config)) == words


def test_epochs_are_those_that_were_run() -> None:
    report = RunReport("run", {"epochs": 20}, {"epoch": (1.0, 2.0)})
    assert tables.what_is_it(report).endswith("2 epochs")


def test_runs_side_by_side(report: RunReport, bare: RunReport) -> None:
    started = RunReport("started", history={"epoch": (1.0,), "accuracy": (0.2,), "loss": (1.0,)})
    worse = replace(bare.heads[0], accuracy=0.4)
    frame = tables.runs_frame(
        [started, replace(bare, name="worse", heads=(worse,)), report], in_use="worse"
    ).set_index("run")
    assert list(frame.index) == ["worse · in use", "run", "started"]
    assert frame.loc["run", "parameters"] == pytest.approx(2.278)
    assert frame.loc["run", "minutes"] == pytest.approx(3)
    assert frame.loc["run", "ferplus"] == pytest.approx(70)
    assert pd.isna(frame.loc["worse · in use", "ferplus"])
    assert frame.loc["started"][["accuracy", "labels", "size", "minutes"]].isna().all()
    assert tables.runs_frame([], in_use=None).empty


def test_a_training_took_what_the_run_noted(report: RunReport) -> None:
    epochs_s = sum(report.history["seconds"])
    frozen = replace(report, config={**report.config, "training_s": 12 * epochs_s})
    assert tables.training_s(frozen) == pytest.approx(12 * epochs_s)
    assert tables.training_s(replace(report, config={})) == pytest.approx(epochs_s)
    assert tables.training_s(RunReport("run")) is None


def test_accuracy_is_that_of_fer2013_even_when_it_is_not_the_default(report: RunReport) -> None:
    heads = (replace(report.heads[1], accuracy=0.9), report.heads[0])
    row = tables.runs_frame([replace(report, heads=heads)], in_use=None).iloc[0]
    assert (row["accuracy"], row["ferplus"]) == (pytest.approx(70), pytest.approx(90))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "none"),
        ("", "none"),
        ([], "none"),
        (True, "yes"),
        (28709, "28,709"),
        (96, "96"),
        (0.001, "0.001"),
        (["a", 1.5], "a, 1.5"),
        ({"Training": 28709, "PublicTest": 3}, "Training 28,709, PublicTest 3"),
    ],
)
def test_settings_as_a_person_writes_them(value: object, words: str) -> None:
    assert tables.setting_words(value) == words


def test_settings_with_their_meaning() -> None:
    frame = tables.settings_frame(
        {"batch_size": 64, "odd": 1, "command": "x"},
        {"batch_size": "images a step"},
        hidden=("command",),
    )
    assert frame["setting"].tolist() == ["batch size", "odd"]
    assert frame["meaning"].tolist() == ["images a step", ""]
