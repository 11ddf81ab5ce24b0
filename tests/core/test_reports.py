"""Run folders → reports; each kind of damage → a sentence."""

from pathlib import Path

import pytest

from fer_core.errors import ReportError
from fer_core.reports import list_runs, load_report
from fer_core.testing import write_fake_run
from tests.report_files import PAPER, change_json, complete


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_fake_run(tmp_path / "models" / "a", accuracy=0.7, epochs=3)


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
    change_json(run / "metrics.json", accuracy_flip=None)
    assert load_report(run).heads[0].accuracy_flip is None


def test_a_run_without_a_second_head_leaves_its_columns_empty(run: Path) -> None:
    header = "epoch,loss,accuracy,ferplus_accuracy"
    (run / "history.csv").write_text(f"{header}\n1,0.9,0.5,\n2,0.8,0.6,\n")
    history = load_report(run).history_frame()
    assert list(history["accuracy"]) == [0.5, 0.6]
    assert history["ferplus_accuracy"].isna().all()


def test_what_an_older_evaluation_lacks_is_none(run: Path) -> None:
    report = load_report(run)
    head = report.heads[0]
    assert (head.ece_before, head.not_sure, head.neutral_drift, head.intensity) == (None,) * 4
    assert (head.reliability, head.coverage) == ((), ())
    assert (report.agreed_faces, report.paper, report.weight_bytes) == (None,) * 3
    assert report.elsewhere == ()
    assert report.head("other") is None


def test_all_that_can_be_measured(run: Path) -> None:
    complete(run)
    (run / "model.tflite").write_bytes(b"0" * 1234)
    (run / "metrics_PublicTest.json").write_text(
        '{"split": "PublicTest", "images": 5, "accuracy": 0.6, "macro_f1": 0.5}'
    )
    report = load_report(run)
    plus = report.head("ferplus")
    assert plus and plus.vote_cross_entropy and plus.not_sure and plus.intensity
    assert (plus.vote_cross_entropy.raters, plus.not_sure.chosen_on) == (1.1, "PublicTest")
    assert [level.low for level in plus.intensity.levels] == [0.0, 0.5]
    assert [each.count for each in plus.reliability] == [0, 300, 400]
    assert report.agreed_faces and report.agreed_faces.heads["fer2013"].neutral_drift == 0.05
    assert report.paper and report.paper.claim == PAPER["claim"]
    assert report.weight_bytes == 1234
    assert [(each.split, each.accuracy) for each in report.elsewhere] == [("PublicTest", 0.6)]


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="Expected a run folder at"):
        load_report(tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("metrics.json", "{"),
        ("metrics.json", "[1]"),
        ("metrics.json", '{"labels": ["happy", "sad"]}'),
        ("metrics_PublicTest.json", "{}"),
        ("config.json", "nonsense"),
        ("config.json", '{"paper": {"title": "no authors"}}'),
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
        {"other_heads": []},
        {"other_heads": {"ferplus": 3}},
        {"reliability": [{"low": 0}]},
        {"agreed_faces": {"images": "many"}},
    ],
)
def test_figures_that_contradict_themselves(run: Path, changes: dict[str, object]) -> None:
    change_json(run / "metrics.json", **changes)
    with pytest.raises(ReportError, match="Evaluate the run again|evaluate the run again"):
        load_report(run)
