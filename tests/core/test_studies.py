"""Studies beyond one evaluation: none, whole, damaged."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fer_core import studies
from fer_core.errors import ReportError
from fer_core.testing import write_fake_run
from tests.report_files import ROBUSTNESS, complete, write_json

LOADERS: list[tuple[Callable[[Path], Any], str]] = [
    (studies.load_robustness, studies.ROBUSTNESS_FILE),
    (studies.load_formats, studies.FORMATS_FILE),
    (studies.load_clips, studies.CLIPS_FILE),
    (studies.load_ablation, studies.ABLATION_FILE),
    (studies.load_seeds, studies.SEEDS_FILE),
    (studies.load_audit, studies.AUDIT_FILE),
]


@pytest.mark.parametrize(("load", "file"), LOADERS)
def test_what_was_not_measured_is_none(
    tmp_path: Path, load: Callable[[Path], Any], file: str
) -> None:
    assert load(tmp_path) is None


@pytest.mark.parametrize(("load", "file"), LOADERS)
@pytest.mark.parametrize("text", ["{", "{}", '{"rows": 3}'])
def test_damage_becomes_a_sentence(
    tmp_path: Path, load: Callable[[Path], Any], file: str, text: str
) -> None:
    (tmp_path / file).write_text(text)
    with pytest.raises(ReportError, match=file.replace(".", r"\.")):
        load(tmp_path)


def test_whole_studies(tmp_path: Path) -> None:
    run = complete(write_fake_run(tmp_path / "run"))
    robustness, formats = studies.load_robustness(run), studies.load_formats(run)
    assert robustness and formats
    assert robustness.rows[0].mean == pytest.approx(0.5)
    assert robustness.mean == pytest.approx((0.5 + 0.675) / 2)
    assert formats.rows[0].ms_2_threads is None
    assert formats.rows[0].points_lost is None
    clips = studies.load_clips(run)
    assert clips and clips.clips[0].distribution == {"neutral": 0.75, "happy": 0.25}
    assert clips.clips[1].dominant is None
    ablation, seeds = studies.load_ablation(tmp_path), studies.load_seeds(tmp_path)
    assert ablation and seeds
    assert [row.kept for row in ablation.rows] == [None, False]
    assert seeds.rows[0].ferplus_accuracy is None
    audit = studies.load_audit(tmp_path)
    assert audit and audit.pairs["Training-PrivateTest"] == 12


@pytest.mark.parametrize(("strengths", "accuracy"), [([], []), ([1], [0.5, 0.4])])
def test_each_strength_has_its_accuracy(
    tmp_path: Path, strengths: list[float], accuracy: list[float]
) -> None:
    row = {"corruption": "blur", "strengths": strengths, "accuracy": accuracy}
    write_json(tmp_path / "robustness.json", ROBUSTNESS | {"rows": [row]})
    with pytest.raises(ReportError, match="each strength of blur"):
        studies.load_robustness(tmp_path)


def test_no_damage_leaves_the_clean_accuracy(tmp_path: Path) -> None:
    write_json(tmp_path / "robustness.json", ROBUSTNESS | {"rows": []})
    robustness = studies.load_robustness(tmp_path)
    assert robustness and robustness.mean == 0.7
