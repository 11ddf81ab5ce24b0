"""Run folders → reports; each kind of damage → a sentence."""

import json
from pathlib import Path

import pytest

from fer_core.errors import ReportError
from fer_core.reports import list_runs, load_report
from fer_core.testing import write_fake_run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_fake_run(tmp_path / "models" / "a", accuracy=0.7, epochs=3)


def change_metrics(run: Path, **changes: object) -> None:
    path = run / "metrics.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_no_models_folder_has_no_runs(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "missing") == ()


def test_runs_are_listed_by_name_and_other_things_are_not(run: Path) -> None:
    models = run.parent
    write_fake_run(models / "B")
    (models / "empty").mkdir()
    (models / "default").write_text("a\n")
    assert [folder.name for folder in list_runs(models)] == ["B", "a"]


def test_a_whole_run(run: Path) -> None:
    report = load_report(run)
    main, other = report.heads
    assert (report.name, report.config["recipe"], report.about["split"]) == (
        "a",
        "fake",
        "PrivateTest",
    )
    assert (main.head, other.head) == ("fer2013", "ferplus")
    assert main.accuracy == pytest.approx(0.7)
    assert sum(map(sum, main.confusion)) == main.images
    assert main.per_class["happy"].support == sum(main.confusion[main.labels.index("happy")])
    assert list(report.history_frame()["epoch"]) == [1, 2, 3]


def test_a_run_that_is_still_training(run: Path) -> None:
    (run / "metrics.json").unlink()
    (run / "history.csv").write_text("epoch,loss,accuracy\n")
    report = load_report(run)
    assert report.heads == ()
    assert report.about == {}
    assert report.history_frame().empty


def test_a_run_with_metrics_only(run: Path) -> None:
    (run / "history.csv").unlink()
    (run / "config.json").unlink()
    report = load_report(run)
    assert report.history_frame().empty
    assert report.config == {}
    assert report.heads[0].accuracy == pytest.approx(0.7)


def test_the_mirrored_accuracy_may_be_missing(run: Path) -> None:
    change_metrics(run, accuracy_flip=None)
    assert load_report(run).heads[0].accuracy_flip is None


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="Expected a run folder at"):
        load_report(tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("metrics.json", "{"),
        ("metrics.json", "[1]"),
        ("metrics.json", '{"labels": ["happy", "sad"]}'),
        ("config.json", "nonsense"),
        ("history.csv", ""),
        ("history.csv", "epoch,loss,accuracy\n1,x,0.5\n"),
        ("history.csv", "epoch,loss,accuracy\n1,0.9\n"),
        ("history.csv", "epoch,other\n1,0.9\n"),
    ],
)
def test_damage_becomes_a_sentence(run: Path, name: str, content: str) -> None:
    (run / name).write_text(content)
    with pytest.raises(ReportError, match=name.replace(".", r"\.")):
        load_report(run)


@pytest.mark.parametrize(
    "changes",
    [
        {"confusion_matrix": [[1, 2], [3, 4]]},
        {"labels": ["happy", "sad"]},
        {"per_class": {}},
        {"accuracy": 66.0},
    ],
)
def test_figures_that_contradict_themselves(run: Path, changes: dict[str, object]) -> None:
    change_metrics(run, **changes)
    with pytest.raises(ReportError, match="Evaluate the run again|evaluate the run again"):
        load_report(run)
