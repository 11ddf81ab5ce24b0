"""The Learn page's words and frames."""

from pathlib import Path

import numpy as np
import pytest

from fer_core.bundle import InputSpec
from fer_core.inside import blocks
from fer_core.quiz import CANNOT_TELL, QuizFace, Score
from fer_core.reports import load_report
from fer_core.results import EmotionScores
from fer_core.stages import stages
from fer_core.studies import Corruption, Robustness
from fer_core.testing import FakeClassifier, make_face, synthetic_frame, write_fake_run
from fer_core.whatif import Flip, knobs
from tests.ui.conftest import scores
from ui import learn_charts, learn_tables

VOTES = {"happy": 6, "neutral": 3, CANNOT_TELL: 1}


def face(label: str | None = "happy", votes: dict[str, int] | None = None) -> QuizFace:
    return QuizFace(np.zeros((9, 9, 3), np.uint8), make_face(), label, "about", votes=votes or {})


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (face(None), "You: sad. Model: happy 80\N{NO-BREAK SPACE}%. No label."),
        (face(), "You: sad. Model: happy 80\N{NO-BREAK SPACE}%. The label: happy."),
        (
            face(votes=VOTES),
            "You: sad. Model: happy 80\N{NO-BREAK SPACE}%. The label: happy. 6 of 10 people agree.",
        ),
    ],
)
def test_verdicts(shown: QuizFace, words: str) -> None:
    assert learn_tables.verdict("sad", scores(0.8), shown, min_confidence=0.57) == words


def test_a_verdict_says_that_the_app_would_not_be_sure() -> None:
    said = learn_tables.verdict("sad", scores(0.5), face(), min_confidence=0.57)
    assert "Model: happy 50\N{NO-BREAK SPACE}%, not sure. The label" in said


def test_votes() -> None:
    frame = learn_tables.vote_frame(face(votes=VOTES))
    assert frame["row"].tolist() == ["happy  6 of 10", "neutral  3 of 10"]
    assert frame["share"].tolist() == [0.6, 0.3]
    assert learn_tables.undecided(face(votes=VOTES)) == "1 of 10 could not tell."
    assert learn_tables.undecided(face(votes={"happy": 10})) == ""
    assert learn_tables.votes_in_words(face(votes=VOTES)).startswith("Votes: happy 6, neutral 3")


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (Score(1, 0, 0, 0, 0, 0.0, 1), {"In agreement": "1 of 1"}),
        (
            Score(3, 2, 1, 2, 0, 0.0, 1),
            {"You": "1 of 2", "Model": "2 of 2", "In agreement": "1 of 3"},
        ),
        (
            Score(2, 2, 1, 2, 2, 1.25, 1),
            {"You": "1 of 2", "Model": "2 of 2", "People": "1.2 of 2", "In agreement": "1 of 2"},
        ),
    ],
)
def test_the_scoreboard_shows_what_is_known(counts: Score, expected: dict[str, str]) -> None:
    assert {name: value for name, value, _ in learn_tables.scoreboard(counts)} == expected


@pytest.mark.parametrize(
    ("counts", "part"),
    [
        (Score(2, 0, 0, 0, 0, 0.0, 1), "You looked at 2 faces."),
        (Score(2, 2, 1, 1, 0, 0.0, 2), "You chose it once, the model once. You and"),
        (Score(2, 2, 2, 0, 0, 0.0, 0), "You were closer to the labels"),
        (Score(3, 3, 0, 3, 3, 1.5, 0), "the model 3 times, and one of ten people on average 1.5"),
    ],
)
def test_endings(counts: Score, part: str) -> None:
    assert part in learn_tables.ending(counts, counts.answered)


def test_flips_in_words() -> None:
    def at(value: float) -> str:
        return f"blur {value:g} px"

    found = [Flip(2.1, "happy", "neutral"), Flip(3, "neutral", "sad")]
    assert learn_tables.flips_in_words(found, at, label="happy", unsure=[2.1]).splitlines() == [
        "- At **blur 2.1 px** the label changes from **happy** to **neutral** "
        "(the app would say “not sure”).",
        "- At **blur 3 px** the label changes from **neutral** to **sad**.",
    ]
    assert "stays **happy**" in learn_tables.flips_in_words([], at, label="happy")


@pytest.mark.parametrize("values", [(), (0.0, 1.0)])
def test_a_sweep_is_drawn(values: tuple[float, ...]) -> None:
    each: list[EmotionScores] = [scores(0.5) for _ in values]
    frame = learn_tables.sweep_frame(values, each)
    assert len(frame) == 3 * len(values)
    spec = learn_charts.sweep_lines(frame, title="blur (px)", now=0.5, sure_from=0.57).to_dict()
    assert len(spec["layer"]) == 3


def test_what_was_measured_of_a_slider() -> None:
    study = Robustness(
        "PrivateTest",
        "fer2013",
        3589,
        0.71,
        (
            Corruption("blur", (0.5, 1.0), (0.7, 0.6), "px (standard deviation)"),
            Corruption("darker", (10.0,), (0.69,), "% of white"),
        ),
    )
    gap = "\N{NO-BREAK SPACE}"
    words = learn_tables.measured(study, "blur_px")
    assert f"undamaged 71{gap}%; blur (px): 0.5 → 70{gap}%, 1 → 60{gap}%." in words
    assert "3,589 test images" in words
    assert "darker" in learn_tables.measured(study, "brightness_percent")
    assert learn_tables.measured(study, "margin_times") == ""
    assert learn_tables.measured(study, "noise_percent") == ""


def test_every_slider_is_known_or_left_out_on_purpose() -> None:
    fields = {knob.field for knob in knobs(InputSpec(96))}
    assert set(learn_tables.STUDIED) == fields - {"margin_times"}


def test_stages_in_percent() -> None:
    got = stages(synthetic_frame(), make_face(), FakeClassifier())
    frame = learn_tables.stage_frame(got).set_index("label")
    assert frame.loc["happy", "softmax"] == pytest.approx(90)
    assert frame["score"].sum() == pytest.approx(100)
    assert frame.index[0] == "happy"


def test_changes_of_the_label() -> None:
    rows = [(0.0, scores(0.9), scores(0.9)), (0.1, scores(0.1), scores(0.6))]
    assert learn_tables.changes([]) == (0, 0)
    assert learn_tables.changes(rows) == (1, 0)
    frame = learn_tables.shaky_frame(rows, "happy")
    assert frame["share"].tolist() == [0.9, 0.9, 0.1, 0.6]
    learn_charts.smoothing_lines(frame, label="happy").to_dict()


def test_a_block_step_by_step() -> None:
    frame = learn_tables.block_frame(blocks(96)[1])
    assert frame["in"].tolist() == ["48 × 48 × 16", "48 × 48 × 96", "24 × 24 × 96"]
    assert frame["out"].tolist() == ["48 × 48 × 96", "24 × 24 × 96", "24 × 24 × 24"]
    assert frame["weights"].sum() == blocks(96)[1].weights


def test_figures_of_a_run(tmp_path: Path) -> None:
    report = load_report(write_fake_run(tmp_path / "run", accuracy=0.7))
    head = report.heads[0]
    assert learn_tables.lazy(head) == ("angry", 100 / 700, 1 / 7)
    ((name, labels, seen, new),) = learn_tables.learned_and_new([report]).itertuples(index=False)
    assert (name, new) == ("run", pytest.approx(70))
    assert seen == pytest.approx(100 * report.history["accuracy"][-1])
    (tmp_path / "run" / "history.csv").unlink()
    assert learn_tables.learned_and_new([load_report(tmp_path / "run")]).empty


def test_who_is_misread(tmp_path: Path) -> None:
    head = load_report(write_fake_run(tmp_path / "run", accuracy=0.7)).heads[0]
    assert len(learn_tables.misread(head, None)) == 2
    row = Corruption("mouth covered", (10, 20, 30), (0.6, 0.5, 0.4), "% of the height")
    study = Robustness("PrivateTest", "fer2013", 700, 0.7, (row,))
    gap = "\N{NO-BREAK SPACE}"
    assert f"as by a mask, 50{gap}% are right" in learn_tables.misread(head, study)[-1]
