"""Every figure of the metrics page equals the files of the run: the real ones, through the page."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fer_core.bundle import MODELS_FOLDER
from tests.pages.conftest import PATIENCE_S, ROOT
from ui.metrics_pairs import MISSING
from ui.tables import percent

PAGE = "pages/3_Training_metrics.py"
RUNS = sorted(path.parent for path in MODELS_FOLDER.glob("*/metrics.json"))
HEADLINE = 4  # cards above the tabs
each_run = pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    for name in ("FER_MODELS", "FER_DATASET"):
        monkeypatch.delenv(name, raising=False)
    st.cache_resource.clear()
    test = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=PATIENCE_S)
    yield test.switch_page(PAGE).run()
    st.cache_resource.clear()


def heads_of(run: Path) -> dict[str, dict[str, Any]]:
    """Head → its figures, as the file has them."""
    metrics = read(run / "metrics.json")
    return {metrics["head"]: metrics, **metrics["other_heads"]}


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def clips_of(run: Path) -> list[dict[str, Any]]:
    clips: list[dict[str, Any]] = read(run / "clips.json")["clips"]
    return clips


def epochs_of(run: Path) -> list[dict[str, str]]:
    with (run / "history.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def minutes_of(run: Path) -> float:
    spent_s = sum(float(epoch["seconds"]) for epoch in epochs_of(run))
    return float(read(run / "config.json").get("training_s", spent_s)) / 60


def show(page: AppTest, run: str, head: str, tab: str) -> None:
    page.session_state["metrics_tab"] = tab
    page.selectbox(key="metrics_run").set_value(run)
    page.run()
    if any(group.key == "metrics_head" for group in page.button_group):
        page.button_group(key="metrics_head").set_value(head).run()
    assert not page.exception
    assert not page.error


def cards(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def tab_cards(page: AppTest) -> list[tuple[str, str, str]]:
    """Label, value and change of the cards of the open tab."""
    return [(each.label, each.value, each.delta) for each in page.metric[HEADLINE:]]


def captions(page: AppTest) -> str:
    return "\n".join(caption.value for caption in page.caption)


def table_with(page: AppTest, column: str) -> pd.DataFrame:
    """The one table that has the column, by it."""
    (found,) = [each.value for each in page.dataframe if column in each.value]
    return found.set_index(column)


def change(now: float, before: float | None) -> str:
    gained = round(100 * now, 1) - round(100 * (before or 0), 1)
    return "" if before is None else f"{gained:+.1f}\N{NO-BREAK SPACE}points"


def hundred(share: float | None) -> float:
    """In percent, as tables hold it: nothing is "not a number"."""
    return float("nan") if share is None else 100 * share


def same(shown: pd.Series, expected: list[float]) -> bool:
    return shown.tolist() == pytest.approx(expected, nan_ok=True)


def test_there_are_runs() -> None:
    assert RUNS


@each_run
def test_headline_and_labels(page: AppTest, run: Path) -> None:
    for head, figures in heads_of(run).items():
        show(page, run.name, head, "Labels")
        assert cards(page) == {
            "Accuracy": percent(figures["accuracy"], 1),
            "Balanced accuracy": percent(figures["balanced_accuracy"], 1),
            "Macro-F1": percent(figures["macro_f1"], 1),
            "Calibration error": percent(figures["ece"], 1),
        }
        assert f"{figures['images']:,} test images" in captions(page)
        assert f"accuracy is {percent(figures['accuracy_flip'], 1)};" in captions(page)
        table = page.dataframe[0].value.set_index("label")
        assert set(table.index) == set(figures["labels"])
        for label, each in figures["per_class"].items():
            shown = table.loc[label, ["images", "recall", "precision", "f1"]].tolist()
            shares = [100 * each[name] for name in ("recall", "precision", "f1")]
            assert shown == pytest.approx([each["support"], *shares])
        cells, of = page.selectbox(key=f"metrics_cell_{head}"), figures["labels"]
        names = {f"{a}, read right" if a == b else f"{a} read as {b}" for a in of for b in of}
        assert sorted(cells.options) == sorted(names)
        true, said = map(of.index, cells.value)
        assert f"{figures['confusion_matrix'][true][said]:,} image" in captions(page)


@each_run
def test_trust(page: AppTest, run: Path) -> None:
    for head, figures in heads_of(run).items():
        if not figures.get("coverage"):
            continue
        show(page, run.name, head, "Percentages")
        shown = cards(page)
        (ece,) = [each for each in tab_cards(page) if each[0] == "Calibration error (ECE)"]
        assert ece[1:] == (
            percent(figures["ece"], 1),
            change(figures["ece"], figures["ece_before"]),
        )
        assert f"{percent(figures['ece_before'], 1)} before the correction" in captions(page)
        threshold = percent(figures["not_sure"]["threshold"])
        assert f"The model’s own threshold is {threshold}:" in captions(page)
        assert shown["Faces answered"] == percent(figures["not_sure"]["coverage"], 1)
        assert shown["Answers right"] == percent(figures["not_sure"]["accuracy"], 1)
        thresholds = page.dataframe[0].value.set_index("threshold")
        for point in figures["coverage"]:
            if round(100 * point["threshold"]) % 10 == 0 and point["accuracy"] is not None:
                row = thresholds.loc[100 * point["threshold"], ["answered", "accuracy"]]
                assert row.tolist() == pytest.approx(
                    [100 * point["coverage"], 100 * point["accuracy"]]
                )
        if curves := figures.get("curves"):
            areas = page.dataframe[1].value.set_index("label")
            for label, curve in curves.items():
                row = areas.loc[label, ["auc", "average_precision"]].tolist()
                assert row == pytest.approx([100 * curve["auc"], 100 * curve["average_precision"]])


@each_run
def test_intensity_and_raters(page: AppTest, run: Path) -> None:
    for head, figures in heads_of(run).items():
        show(page, run.name, head, "Percentages")
        levels = table_with(page, "level")
        assert len(levels) == len(figures["intensity"]["levels"])
        for each in figures["intensity"]["levels"]:
            row = levels.loc[each["level"]]
            assert row["score"] == f"{percent(each['from'])} to {percent(each['to'])}"
            assert same(row[["images", "agreement"]], [each["faces"], hundred(each["agreement"])])
        words = "\n".join(text.value for text in page.markdown)
        assert f"**{figures['intensity']['spearman']:.2f}**" in words
        votes = figures.get("vote_cross_entropy", {})
        names = {"Model": "model", "Model, corrected": "model_calibrated", "A rater": "raters"}
        shown = {label: value for label, value in cards(page).items() if label in names}
        assert shown == {label: f"{votes[name]:.2f}" for label, name in names.items() if votes}


@each_run
def test_label_sets(page: AppTest, run: Path) -> None:
    heads = heads_of(run)
    show(page, run.name, next(iter(heads)), "Label sets")
    expected = []
    for figures in heads.values():
        expected.append(("Accuracy", percent(figures["accuracy"], 1), ""))
        assert f"of {figures['images']:,} test images" in captions(page)
        for label, name in (
            ("Balanced accuracy", "balanced_accuracy"),
            ("Called neutral", "neutral_drift"),
        ):
            now, before = figures[name], figures.get(f"{name}_before")
            if now is not None:
                expected.append((label, percent(now, 1), change(now, before)))
            if before is not None:
                assert f"; {percent(before, 1)} before the correction" in captions(page)
    assert tab_cards(page) == expected
    agreed = read(run / "metrics.json")["agreed_faces"]
    assert len(page.dataframe) == (agreed is not None)
    if agreed is not None:
        assert f"the same {agreed['images']:,} test images" in captions(page)
        table = table_with(page, "set")
        names = ("accuracy", "balanced_accuracy", "neutral_drift")
        for head, set_name in (("fer2013", "FER-2013"), ("ferplus", "FER+")):
            shares = [100 * agreed["heads"][head][name] for name in names]
            assert same(table.loc[set_name, ["accuracy", "balanced", "neutral"]], shares)


def test_all_runs(page: AppTest) -> None:
    show(page, RUNS[0].name, "fer2013", "All runs")
    table = page.dataframe[0].value
    table = table.set_index(table["run"].str.split(" · ").str[0])
    assert sorted(table.index) == [run.name for run in RUNS]
    for run in RUNS:
        figures, epochs = heads_of(run)["fer2013"], epochs_of(run)
        plus = heads_of(run).get("ferplus", {})
        weights, parameters = run / "model.tflite", read(run / "config.json").get("parameters")
        nothing = float("nan")
        expected = {
            "accuracy": 100 * figures["accuracy"],
            "flip": 100 * figures["accuracy_flip"],
            "balanced": 100 * figures["balanced_accuracy"],
            "macro_f1": 100 * figures["macro_f1"],
            "ferplus": hundred(plus.get("accuracy")),
            "labels": len(figures["labels"]),
            "parameters": parameters / 1e6 if parameters else nothing,
            "size": weights.stat().st_size / 1e6 if weights.is_file() else nothing,
            "epochs": len(epochs),
            "minutes": minutes_of(run),
        }
        assert same(table.loc[run.name, list(expected)], list(expected.values())), run.name


def test_side_by_side(page: AppTest) -> None:
    runs = RUNS[-2:]
    show(page, runs[0].name, "fer2013", "Side by side")
    page.multiselect(key="metrics_compared").set_value([run.name for run in runs]).run()
    facts, configs = table_with(page, "fact"), {run.name: read(run / "config.json") for run in runs}
    for run in runs:
        figures, epochs = heads_of(run)["fer2013"], epochs_of(run)
        weights = run / "model.tflite"
        expected = {
            "accuracy (FER-2013)": percent(figures["accuracy"], 1),
            "balanced accuracy": percent(figures["balanced_accuracy"], 1),
            "macro-F1": percent(figures["macro_f1"], 1),
            "calibration error": percent(figures["ece"], 1),
            "labels": str(len(figures["labels"])),
            "epochs": str(len(epochs)),
            "training time": f"{minutes_of(run):,.1f} min",
            "file": f"{weights.stat().st_size / 1e6:.1f} MB" if weights.is_file() else MISSING,
        }
        assert facts.loc[list(expected), run.name].to_dict() == expected
    settings = table_with(page, "setting")
    both = set.intersection(*(set(config) for config in configs.values()))
    for name in both - {"name", "command", "paper", "parameters", "training_s"}:
        values = [config[name] for config in configs.values()]
        assert (name.replace("_", " ") in settings.index) == (values[0] != values[1]), name


STUDIES = sorted(path.parent for path in MODELS_FOLDER.glob("*/robustness.json"))


@pytest.mark.parametrize("run", STUDIES, ids=lambda run: run.name)
def test_hard_pictures(page: AppTest, run: Path) -> None:
    def mean(shares: list[float]) -> float:
        return sum(shares) / len(shares)

    def means(folder: Path) -> dict[str, float]:
        rows = read(folder / "robustness.json")["rows"]
        return {row["corruption"]: mean(row["accuracy"]) for row in rows}

    study, ours = read(run / "robustness.json"), means(run)
    average, worst = mean(list(ours.values())), min(ours, key=ours.__getitem__)
    last = (f"Hurts most: {worst}", percent(ours[worst], 1), "")
    show(page, run.name, study["head"], "Hard pictures")
    assert tab_cards(page) == [
        ("Undamaged", percent(study["clean"], 1), ""),
        ("Damaged, on average", percent(average, 1), ""),
        last,
    ]
    assert f"{study['images']:,} images of {study['split']}" in captions(page)
    table = table_with(page, "kind")
    assert set(table.index) == set(ours)
    for row in study["rows"]:
        share = ours[row["corruption"]]
        shown = table.loc[row["corruption"]]
        assert same(shown[["mean", "lost"]], [100 * share, 100 * (study["clean"] - share)])
        assert shown["amounts"].startswith(" · ".join(f"{each:g}" for each in row["strengths"]))
    for folder in STUDIES:
        if folder != run:
            page.selectbox(key="metrics_other").set_value(folder.name).run()
            other, theirs = read(folder / "robustness.json"), means(folder)
            assert tab_cards(page) == [
                ("Undamaged", percent(study["clean"], 1), change(study["clean"], other["clean"])),
                (
                    "Damaged, on average",
                    percent(average, 1),
                    change(average, mean(list(theirs.values()))),
                ),
                last,
            ]
            beside = table_with(page, "kind")["other"]
            assert beside.to_dict() == pytest.approx({k: 100 * v for k, v in theirs.items()})


def expect_clips(tables: list[pd.DataFrame]) -> None:
    """They are those of the files, each row with its clip's figures."""
    rows = [row for run in RUNS if (run / "clips.json").exists() for row in clips_of(run)]
    assert rows, "no run has read clips"
    shown = pd.concat(tables).set_index("file")
    assert sorted(shown.index) == sorted(row["file"] for row in rows)
    for row in rows:
        figures = shown.loc[row["file"], ["frames", "frames_with_faces", "dominant_share"]]
        assert same(figures, [row["frames"], row["frames_with_faces"], 100 * row["dominant_share"]])


def test_papers(page: AppTest) -> None:
    papers: dict[str, list[Path]] = {}
    for run in RUNS:
        if paper := read(run / "config.json").get("paper"):
            papers.setdefault(paper["title"], []).append(run)
    assert papers
    show(page, RUNS[0].name, "fer2013", "Papers")
    tables = [each.value for each in page.dataframe]
    rows = pd.concat([each for each in tables if "run" in each]).set_index("run")
    expect_clips([each for each in tables if "frames_with_faces" in each])
    expected, tabled, said = [], set(), []
    for runs in papers.values():
        claimed = [read(run / "config.json")["paper"]["claim"] for run in runs]
        said.append(" · ".join(sorted(set(claimed))))
        for run, claim in zip(runs, claimed, strict=True):
            figures, minutes = heads_of(run)["fer2013"], minutes_of(run)
            test, seen = figures["accuracy"], float(epochs_of(run)[-1]["accuracy"])
            if len(runs) == 1:
                expected.append([claim, percent(test, 1), percent(seen, 1)])
                words = f"{len(figures['labels'])} labels · trained in {minutes:,.1f} minutes"
                (caption,) = [each for each in page.caption if f"Run `{run.name}`" in each.value]
                assert words in caption.value
            else:
                tabled.add(run.name)
                row = rows.loc[run.name]
                assert row["claim"] == claim
                numbers = [100 * test, 100 * seen, len(figures["labels"]), minutes]
                assert same(row[["test", "training", "labels", "minutes"]], numbers)
    assert set(rows.index) == tabled
    shown = tab_cards(page)
    starts = [place for place, card in enumerate(shown) if card[0] == "Here, new images"]
    assert sorted([card[1] for card in shown[at - 1 : at + 2]] for at in starts) == sorted(expected)
    assert sorted(value for label, value, _ in shown if label == "The paper says") == sorted(said)


@each_run
def test_checks(page: AppTest, run: Path) -> None:
    audit = read(MODELS_FOLDER / "audit.json")
    for head, figures in heads_of(run).items():
        show(page, run.name, head, "Checks")
        without = figures["deduplicated"]
        assert tab_cards(page)[-3:] == [
            ("Test images with a twin", f"{figures['images'] - without['images']:,}", ""),
            ("Twins that disagree", f"{audit['label_conflicts']:,}", ""),
            ("Accuracy without twins", percent(without["accuracy"], 1), ""),
        ]
        words = f"on {without['images']:,} test images; {percent(figures['accuracy'], 1)} with"
        assert words in captions(page)
        assert table_with(page, "parts")["pairs"].to_dict() == audit["pairs"]
        assert f"at most {audit['threshold_bits']} bits apart" in captions(page)


@each_run
def test_settings(page: AppTest, run: Path) -> None:
    config = read(run / "config.json")
    show(page, run.name, next(iter(heads_of(run))), "Settings")
    settings = table_with(page, "setting")["value"]
    for name, value in config.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            shown = settings[name.replace("_", " ")]
            assert float(shown.replace(",", "")) == pytest.approx(value, rel=1e-5), name
    assert json.loads(page.code[-1].value) == config
    path = run / "formats.json"
    if not path.is_file():
        assert "have not been compared" in page.info[0].value
        return
    formats, table = read(path), table_with(page, "format")
    assert formats["reason"] in captions(page)
    assert f"Measured on {formats['split']}" in captions(page)
    assert list(table.index) == [row["format"] for row in formats["rows"]]
    assert list(table.index[table["shipped"]]) == [formats["shipped"]]
    for row in formats["rows"]:
        expected = {
            "size": row["bytes"] / 1e6,
            "zipped": row["bytes_deflated"] / 1e6,
            "accuracy": 100 * row["accuracy"],
            "macro_f1": 100 * row["macro_f1"],
            "one": row["ms_1_thread"],
            "two": row["ms_2_threads"],
        }
        assert same(table.loc[row["format"], list(expected)], list(expected.values()))
