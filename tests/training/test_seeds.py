"""The spread over seeds, from evaluations on disk."""

import json
from pathlib import Path

import pytest

from fer_core.errors import DataError, ReportError
from fer_core.studies import load_seeds
from fer_core.training.seeds import spread_of_seeds


def evaluated(folder: Path, seed: int, accuracy: float, recipe: str = "r") -> Path:
    folder.mkdir()
    report = {
        **{"recipe": recipe, "split": "PrivateTest", "seed": seed, "accuracy": accuracy},
        **{"accuracy_flip": accuracy + 0.01, "macro_f1": 0.5},
        "other_heads": {"ferplus": {"accuracy": 0.8}},
        "weights_sha256": str(seed),
    }
    (folder / "metrics.json").write_text(json.dumps(report), encoding="utf-8")
    return folder


def test_rows_by_seed_with_mean_and_sample_deviation(tmp_path: Path) -> None:
    folders = [evaluated(tmp_path / str(s), s, a) for s, a in ((3, 0.72), (1, 0.70), (2, 0.71))]
    path = tmp_path / "new" / "seeds.json"
    study = spread_of_seeds(folders, path)
    assert json.loads(path.read_text(encoding="utf-8")) == study
    assert [row["seed"] for row in study["rows"]] == [1, 2, 3]
    assert [row["weights_sha256"] for row in study["rows"]] == ["1", "2", "3"]
    assert study["mean"]["accuracy"] == pytest.approx(0.71)
    assert study["std"] == pytest.approx(
        {"accuracy": 0.01, "accuracy_flip": 0.01, "macro_f1": 0.0, "ferplus_accuracy": 0.0}
    )


def test_a_start_of_its_own_has_a_row_beside_the_seeds(tmp_path: Path) -> None:
    one, anew = (evaluated(tmp_path / name, 1, a) for name, a in (("a", 0.70), ("b", 0.72)))
    study = spread_of_seeds([one], tmp_path / "seeds.json", again=anew)
    assert study["mean"]["accuracy"] == 0.70
    seeds = load_seeds(tmp_path)
    assert seeds is not None and seeds.again is not None
    assert seeds.again.accuracy == 0.72
    other = evaluated(tmp_path / "c", 1, 0.7, recipe="q")
    with pytest.raises(DataError, match="q on PrivateTest, r on PrivateTest"):
        spread_of_seeds([one], tmp_path / "seeds.json", again=other)


def test_a_seed_counts_once(tmp_path: Path) -> None:
    folders = [evaluated(tmp_path / name, 2, 0.7) for name in "ab"]
    with pytest.raises(DataError, match="Received the seeds 2, 2"):
        spread_of_seeds(folders, tmp_path / "seeds.json")


def test_one_seed_has_no_spread(tmp_path: Path) -> None:
    study = spread_of_seeds([evaluated(tmp_path / "a", 1, 0.7)], tmp_path / "seeds.json")
    assert study["std"]["accuracy"] == 0


def test_a_figure_that_a_seed_lacks_has_no_mean(tmp_path: Path) -> None:
    folders = [evaluated(tmp_path / str(seed), seed, 0.7) for seed in (1, 2)]
    report = json.loads((folders[1] / "metrics.json").read_text(encoding="utf-8"))
    single = json.dumps(report | {"other_heads": {}})
    (folders[1] / "metrics.json").write_text(single, encoding="utf-8")
    study = spread_of_seeds(folders, tmp_path / "seeds.json")
    assert [row["ferplus_accuracy"] for row in study["rows"]] == [0.8, None]
    assert study["mean"].keys() == study["std"].keys() == {"accuracy", "accuracy_flip", "macro_f1"}
    seeds = load_seeds(tmp_path)
    assert seeds is not None
    assert seeds.rows[1].ferplus_accuracy is None


def test_other_recipes_and_missing_evaluations_are_refused(tmp_path: Path) -> None:
    one = evaluated(tmp_path / "a", 1, 0.7)
    other = evaluated(tmp_path / "b", 2, 0.7, recipe="q")
    with pytest.raises(DataError, match="q on PrivateTest, r on PrivateTest"):
        spread_of_seeds([one, other], tmp_path / "seeds.json")
    with pytest.raises(DataError, match="Run `evaluate`"):
        spread_of_seeds([tmp_path / "none"], tmp_path / "seeds.json")
    (one / "metrics.json").write_text('{"recipe": "r"}', encoding="utf-8")
    with pytest.raises(DataError, match="lacks accuracy, accuracy_flip.*Run `evaluate`"):
        spread_of_seeds([one], tmp_path / "seeds.json")
    (one / "metrics.json").write_text("[]", encoding="utf-8")
    with pytest.raises(ReportError, match="no table"):
        spread_of_seeds([one], tmp_path / "seeds.json")
    assert not (tmp_path / "seeds.json").exists()
