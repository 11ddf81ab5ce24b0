"""JSON → records: what is missing, what is wrong, what is there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fer_core.errors import ReportError
from fer_core.records import read_json, read_record, record

FILE = Path("report.json")


@dataclass(frozen=True, slots=True)
class Part:
    share: float
    name: str = "none"


@dataclass(frozen=True, slots=True)
class Whole:
    count: int
    good: bool
    parts: tuple[Part, ...]
    by_name: Mapping[str, float | None]
    low: float = field(metadata={"key": "from"})
    last: Part | None = None


WHOLE = {
    "count": 3,
    "good": True,
    "parts": [{"share": 1}, {"share": 0.5, "name": "half"}],
    "by_name": {"a": 0.5, "b": None},
    "from": 0.25,
    "unknown": "is ignored",
}


def test_a_whole_record() -> None:
    parts = (Part(1.0), Part(0.5, "half"))
    expected = Whole(3, True, parts, {"a": 0.5, "b": None}, low=0.25)
    assert record(Whole, WHOLE, FILE) == expected
    assert record(Whole, WHOLE | {"last": None}, FILE) == expected
    assert record(Whole, WHOLE | {"last": {"share": 0}}, FILE).last == Part(0.0)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"count": 3.5}, r"count holds 3\.5"),
        ({"count": True}, "count holds True"),
        ({"good": 1}, "good holds 1"),
        ({"parts": {}}, "parts holds {}"),
        ({"parts": [{}]}, r"parts\[0\] lacks share"),
        ({"parts": [{"share": "0.5"}]}, r"parts\[0\]\.share holds '0\.5'"),
        ({"by_name": {"a": float("nan")}}, r"by_name\.a holds nan"),
        ({"from": None}, "from holds None"),
        ({"last": 3}, "last holds 3"),
    ],
)
def test_damage_is_named(changes: dict[str, object], why: str) -> None:
    with pytest.raises(ReportError, match=rf"report\.json.*{why}"):
        record(Whole, WHOLE | changes, FILE)


@pytest.mark.parametrize("content", [None, [], "text", {}])
def test_no_table_is_damage(content: object) -> None:
    with pytest.raises(ReportError, match=r"report\.json"):
        record(Whole, content, FILE)


def test_a_missing_file(tmp_path: Path) -> None:
    assert read_json(tmp_path / "none.json") == {}
    assert read_record(Part, tmp_path / "none.json") is None


@pytest.mark.parametrize("text", ["", "{", "[1]", "nonsense", '{"share": true}'])
def test_a_damaged_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(ReportError, match=r"report\.json"):
        read_record(Part, path)
