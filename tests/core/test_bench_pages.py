"""What the metrics page is measured with."""

from pathlib import Path

from bench.pages import copy_runs
from fer_core.reports import list_runs
from fer_core.testing import write_fake_run


def test_there_are_as_many_runs_as_were_asked_for(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_fake_run(tmp_path / "models" / name)
    for wanted, there in ((1, 2), (5, 5)):
        copied = tmp_path / f"copied-{wanted}"
        assert copy_runs(tmp_path / "models", copied, wanted) == there
        assert len(list_runs(copied)) == there
