import shutil
from pathlib import Path

import pytest

from bench import table
from bench.table import live, media, metrics, render, shots, with_section
from fer_core.errors import FerError
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


def test_live_has_a_row_a_run() -> None:
    age = {"p50": 150.4, "p95": 200.6, "max": 300.0}
    one = {
        "machine": {"cores": 2, "cpu": "a processor"},
        "streams": 4,
        "burn": 0,
        "frame_age_ms": age,
        "echo_age_ms": {**age, "p95": 180.0},
        "output_fps": {"min": 14.94, "median": 15.0},
    }
    text = live([one, {**one, "streams": 1, "burn": 1}, {**one, "extra": {}}])
    assert text.startswith("Age of the picture in milliseconds when the viewer sees it, on 2 cores")
    rows = text.splitlines()[-3:]
    assert rows[0] == "| 4 |  | 150 | 201 | 300 | 180 | 14.9 |"
    assert rows[1].startswith("| 1 | 1 core kept busy by others |")
    assert rows[2].startswith("| 4 + 1 |")


def test_shots_counts_cuts_of_person_and_place_and_those_that_were_none() -> None:
    seen = {"pairs": 10, "cuts_seen": 9}
    text = shots(
        {
            "command": "a command",
            "cuts": {
                "another picture": seen,
                "another person and wall": seen,
                "another wall": seen,
            },
            "no_cuts": {"still": {"pairs": 3, "cuts_seen": 0}, "pan": {"pairs": 4, "cuts_seen": 2}},
        }
    )
    assert "18 of 20 cuts" in text and "2 of 7 pairs" in text and "`a command`" in text


def test_media_has_a_row_a_clip_and_counts_failures() -> None:
    clips = {
        "machine": {"cores": 2, "cpu": "a processor"},
        "clip": {"size_wh": [1280, 720], "fps": 30},
        "measured": [
            {
                "minutes": 10.0,
                "way": "every frame",
                "seconds": 301.04,
                "seconds_a_minute": 30.1,
                "rss_growth_mb": 196,
            }
        ],
    }
    kind = {"files": 20_000, "failures": [{}], "slowest_s": 0.31}
    *_, row, _, words = media(clips, {"photos": kind, "videos": kind}).splitlines()
    assert row == "| 10 | every frame | 301.0 | 30.1 | 196 |"
    assert "20,000 damaged videos: 2 without a picture" in words


@pytest.mark.parametrize(
    ("missing", "command"),
    [
        ("pipeline.json", "make bench"),
        ("live-*.json", "make bench-live"),
        ("video.json", "make bench-media"),
        ("fuzz_media.json", "make bench-media"),
        ("training.json", "make bench-training"),
    ],
)
def test_what_was_not_measured_names_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str, command: str
) -> None:
    results = Path(shutil.copytree(table.RESULTS, tmp_path / "results"))
    for path in results.glob(missing):
        path.unlink()
    monkeypatch.setattr(table, "RESULTS", results)
    with pytest.raises(FerError) as refused:
        render()
    assert str(refused.value).endswith(f"{missing}. Received none. Run: {command}")


def test_documents_show_the_measured_figures() -> None:
    for path, text in render().items():
        assert path.read_text("utf-8") == text, f"{path.name}: run python -m bench.table"
