from pathlib import Path

import pytest

from bench.table import metrics, render, with_section
from fer_core.reports import load_report
from fer_core.testing import write_fake_run

START, END = "<!-- speed: written by a command -->\n", "<!-- /speed -->"


def test_section_replaces_what_stood_between_the_markers() -> None:
    text = f"above\n{START}old\n{END}\nbelow\n"
    assert with_section(text, "speed", "new") == f"above\n{START}new\n{END}\nbelow\n"


@pytest.mark.parametrize("text", ["", START, END, f"{END}\n{START}"])
def test_missing_marker_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="Expected the markers"):
        with_section(text, "speed", "new")


def test_metrics_have_a_row_a_head(tmp_path: Path) -> None:
    run = load_report(write_fake_run(tmp_path / "a-run", accuracy=0.7))
    header, rule, *rows = metrics([run]).splitlines()
    assert header.count("|") == rule.count("|") == rows[0].count("|")
    assert rows[0].startswith("| `a-run` | fer2013 | 700 | 70.0% | 70.0% |")
    assert rows[1].startswith("| `a-run` | ferplus | 800 |")
    assert rows[-2].startswith("- `a-run`, fer2013: angry 70%, disgust 70%")


def test_documents_show_the_measured_figures() -> None:
    for path, text in render().items():
        assert path.read_text("utf-8") == text, f"{path.name}: run python -m bench.table"
