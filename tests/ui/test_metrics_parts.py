"""Reports are read once, and again when they change."""

import json
import os
from pathlib import Path

import pytest

from fer_core.errors import ReportError
from fer_core.records import read_json
from fer_core.studies import SEEDS_FILE
from fer_core.training.__main__ import _parser
from ui.metrics_parts import MAKERS, TRAINER, cached


def test_a_report_is_read_again_when_a_file_changes(tmp_path: Path) -> None:
    file, read = tmp_path / "a.json", []

    def load(folder: Path) -> dict[str, object]:
        read.append(folder)
        return read_json(folder / "a.json")

    assert cached(load, tmp_path) == cached(load, tmp_path) == {}
    assert len(read) == 1
    file.write_text(json.dumps({"a": 1}))
    assert cached(load, tmp_path) == cached(load, tmp_path) == {"a": 1}
    assert len(read) == 2
    file.write_text(json.dumps({"a": 2}))
    os.utime(file, ns=(0, 1))  # as after a clock that is too coarse to tell the two apart
    assert cached(load, tmp_path) == {"a": 2}


def test_damage_is_not_kept(tmp_path: Path) -> None:
    def load(folder: Path) -> dict[str, object]:
        return read_json(folder / "a.json")

    (tmp_path / "a.json").write_text("{")
    for _ in range(2):
        with pytest.raises(ReportError):
            cached(load, tmp_path)


@pytest.mark.parametrize("file", MAKERS)
def test_the_commands_that_are_named_exist(file: str) -> None:
    command = MAKERS[file].format(run="a-run", kind="--model").removeprefix(TRAINER)
    options = vars(_parser().parse_args(command.split()))
    assert options.get("data") == (None if file == SEEDS_FILE else Path("fer2013.csv"))


def test_a_missing_folder(tmp_path: Path) -> None:
    assert cached(lambda folder: folder.name, tmp_path / "none") == "none"
