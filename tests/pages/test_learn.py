"""Learn: a round of guesses, the lab's sliders, how it works, limits; all with a made-up model."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest, local_script_runner

from fer_core.fer2013 import VOTE_COLUMNS, VOTES_FILE
from fer_core.quiz import QuizFace
from fer_core.samples import sample_image
from fer_core.testing import FER2013_LABELS, FakeClassifier, make_face, synthetic_frame
from tests.pages.conftest import OpenPage, words
from ui import labelled, learn_faces, learn_quiz, resources, show

PAGE = "pages/4_Learn.py"
DRAWINGS = len(FER2013_LABELS)


class Brightness(FakeClassifier):
    """Calls pictures below a mean grey sad, the others happy."""

    class _Network:
        def predict(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
            bright = batch.mean(axis=(1, 2, 3)) > 100
            answers = np.where(bright, FER2013_LABELS.index("happy"), FER2013_LABELS.index("sad"))
            return np.asarray(np.eye(len(FER2013_LABELS))[answers] * 0.9 + 0.1 / 7, np.float32)

    def __init__(self) -> None:
        super().__init__()
        self._runtime = self._Network()


@pytest.fixture
def learn(app: OpenPage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """learn("tab") opens a part of the page; the model tells bright from dark."""
    monkeypatch.setattr(resources, "load_classifier", lambda *_, **__: Brightness())
    monkeypatch.setattr(learn_quiz, "new_seed", lambda: 5)
    monkeypatch.delenv(labelled.DATASET, raising=False)
    monkeypatch.delenv(labelled.VOTES, raising=False)

    def open_tab(tab: str | None = None) -> AppTest:
        page = app(PAGE)
        if tab:
            page.session_state["learn_tab"] = tab
            page.run()
        assert not page.exception
        return page

    yield open_tab


def figures(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def play(page: AppTest, label: str, faces: int) -> None:
    for _ in range(faces):
        page.button(key=f"learn_guess_{label}").click().run()
        page.button(key="learn_next").click().run()


def test_the_answer_comes_after_the_guess(learn: Any) -> None:
    page = learn()
    assert "The model's scores" not in words(page)
    assert not page.metric
    page.button(key="learn_guess_happy").click().run()
    assert "The model's scores" in words(page)
    assert "You: happy. Model: happy" in words(page)


def test_a_double_click_counts_once() -> None:
    game = learn_quiz.Round(seed=1)
    face = QuizFace(synthetic_frame(), make_face(), "happy", "Drawn.")
    (scores,) = FakeClassifier().classify([synthetic_frame()])
    for label in ("happy", "sad"):
        learn_quiz._guess(game, face, scores, label)
    assert [answer.you for answer in game.answers] == ["happy"]


def test_a_round_without_a_data_set(learn: Any) -> None:
    page = learn()
    assert "FER_DATASET" in words(page)
    play(page, "happy", 2 + DRAWINGS)
    # Every drawing is bright; one of them is made for "happy". Portraits carry no label.
    assert figures(page) == {
        "You": f"1 of {DRAWINGS}",
        "Model": f"1 of {DRAWINGS}",
        "In agreement": f"{2 + DRAWINGS} of {2 + DRAWINGS}",
    }
    assert "The round is over" in words(page)
    page.button(key="learn_again").click().run()
    assert not page.metric
    assert page.button(key="learn_guess_happy")


def test_without_portraits_there_are_the_drawings(
    learn: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learn_faces, "PORTRAITS", {})
    assert f"Face 1 of {DRAWINGS}" in words(learn())


@pytest.fixture
def data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One dark face of PrivateTest that is called sad; seven of ten people agree."""
    path = tmp_path / "fer2013.csv"
    pixels = " ".join(["20"] * 2304)
    path.write_text(f"emotion,pixels,Usage\n4,{pixels},PrivateTest\n")
    votes = [1, 0, 0, 8, 0, 0, 0, 0, 1, 0]
    rows = [",".join(VOTE_COLUMNS), ",".join(map(str, votes))]
    path.with_name(VOTES_FILE).write_text("\n".join(rows))
    monkeypatch.setenv(labelled.DATASET, str(path))
    return path


@pytest.fixture
def with_data(learn: Any, data_set: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv(labelled.DATASET, str(data_set))
    return learn


def test_a_round_with_votes(with_data: Any) -> None:
    page = with_data()
    assert "FER_DATASET" not in words(page)
    assert learn_quiz.WITH_VOTES in words(page)
    page.button(key="learn_guess_fear").click().run()
    assert "The label: sad. 8 of 10 people agree." in words(page)
    assert "1 of 10 could not tell." in words(page)
    assert figures(page) == {
        "You": "0 of 1",
        "Model": "1 of 1",
        "People": "0.8 of 1",
        "In agreement": "0 of 1",
    }


def test_a_data_set_that_cannot_be_read_is_said_and_the_others_are_shown(
    with_data: Any, data_set: Path
) -> None:
    data_set.write_text("nothing")
    page = with_data()
    assert "Expected" in page.warning[0].value
    assert f"Face 1 of {2 + DRAWINGS}" in words(page)
    assert learn_quiz.WITHOUT_DATASET in words(page)


def test_without_votes_no_face_is_called_split(with_data: Any, data_set: Path) -> None:
    data_set.with_name(VOTES_FILE).unlink()
    page = with_data()
    assert learn_quiz.WITH_DATASET in words(page)
    assert "split" not in learn_quiz.WITH_DATASET


def label_now(page: AppTest) -> str:
    return next(m.value for m in page.markdown if m.value.startswith("Label now"))


def test_a_slider_flips_the_label_where_the_words_say(learn: Any) -> None:
    page = learn("What if?")
    page.selectbox(key="learn_follow_drawn").select("brightness_percent").run()
    (flip,) = [m.value for m in page.markdown if "the label changes" in m.value]
    assert "from **happy** to **sad**" in flip
    percent = float(
        flip.partition("brightness ")[2].partition("\N{NO-BREAK SPACE}")[0].split(" ")[0]
    )
    assert -60 < percent < 0
    page.slider(key="learn_brightness_percent").set_value(percent + 2).run()
    assert "happy" in label_now(page)
    page.slider(key="learn_brightness_percent").set_value(percent).run()
    assert "sad" in label_now(page)
    page.button(key="learn_undo").click().run()
    assert page.slider(key="learn_brightness_percent").value == 0
    assert "happy" in label_now(page)


def test_muscles_are_set_as_for_an_expression(learn: Any) -> None:
    page = learn("What if?")
    page.button(key="learn_set_sad").click().run()
    strengths = {s.key: s.value for s in page.slider if s.key.startswith("learn_au") and s.value}
    assert strengths == {"learn_au1": 4, "learn_au4": 3, "learn_au15": 4}
    page.button(key="learn_set_neutral").click().run()
    assert not any(s.value for s in page.slider if s.key.startswith("learn_au"))


def test_sliders_stay_where_they_are_while_another_tab_is_open(learn: Any) -> None:
    page = learn("What if?")
    page.slider(key="learn_au12").set_value(3.0).run()
    for tab in ("Limits and law", "What if?"):
        page.session_state["learn_tab"] = tab
        page.run()
    assert page.slider(key="learn_au12").value == 3.0
    assert page.slider(key="learn_contrast_times").value == 1.0


def test_a_label_that_stays_is_said(learn: Any) -> None:
    page = learn("What if?")
    assert any("stays **happy** over the whole range" in m.value for m in page.markdown)


@pytest.mark.parametrize("who", ["Astronaut", "Admiral"])
def test_a_portrait_is_changed(learn: Any, who: str) -> None:
    page = learn("What if?")
    page.segmented_control(key="learn_source").set_value(who).run()
    assert not page.exception
    assert not page.error
    assert label_now(page)
    assert "au12" not in page.selectbox(key="learn_follow_photo").options


def test_a_photo_of_ones_own(learn: Any) -> None:
    page = learn("What if?")
    page.segmented_control(key="learn_source").set_value("Your photo").run()
    buffer = io.BytesIO()
    Image.fromarray(sample_image("astronaut")).save(buffer, "PNG")
    page.file_uploader(key="learn_file").set_value(("me.png", buffer.getvalue(), "image/png")).run()
    assert not page.error
    assert label_now(page)
    page.file_uploader(key="learn_file").set_value(("me.png", b"no picture", "image/png")).run()
    assert "Expected" in page.error[0].value


def test_a_photo_is_still_there_after_another_tab(learn: Any) -> None:
    page = learn("What if?")
    page.segmented_control(key="learn_source").set_value("Your photo").run()
    photo = show.png(sample_image("astronaut"))
    page.file_uploader(key="learn_file").set_value(("me.png", photo, "image/png")).run()
    label = label_now(page)
    for tab in ("How it works", "What if?"):
        page.session_state["learn_tab"] = tab
        page.run()
    assert page.segmented_control(key="learn_source").value == "Your photo"
    assert label_now(page) == label
    assert "still your picture" in words(page)
    page.segmented_control(key="learn_source").set_value("Snapshot").run()
    page.checkbox(key="learn_agreed").check().run()
    assert "still your picture" not in words(page)


def test_a_snapshot_needs_consent(learn: Any) -> None:
    page = learn("What if?")
    page.segmented_control(key="learn_source").set_value("Snapshot").run()
    assert "Only people who agree" in words(page)
    assert not page.get("camera_input")
    page.checkbox(key="learn_agreed").check().run()
    assert page.get("camera_input")


def test_pictures_of_people_are_forgotten_on_another_page(learn: Any) -> None:
    page = learn("What if?")
    page.session_state["learn_picture"] = "somebody"
    page.switch_page("streamlit_app.py").run()
    assert "learn_picture" not in page.session_state


def test_uploads_are_gone_on_another_page(learn: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server = MemoryUploadedFileManager("")  # one for all runs, as in a real server
    monkeypatch.setattr(local_script_runner, "MemoryUploadedFileManager", lambda _: server)
    page = learn("What if?")
    page.segmented_control(key="learn_source").set_value("Your photo").run()
    photo = show.png(sample_image("astronaut"))
    page.file_uploader(key="learn_file").set_value(("me.png", photo, "image/png")).run()
    assert server.get_stats()
    page.switch_page("streamlit_app.py").run()
    assert not page.exception
    assert not server.get_stats()


PARTS = ("Step by step", "Inside the network", "One figure is not enough", "94 % or 61 %?")


@pytest.mark.parametrize("part", PARTS)
def test_how_it_works(learn: Any, part: str) -> None:
    page = learn("How it works")
    page.segmented_control(key="learn_part").set_value(part).run()
    assert not page.exception
    assert not page.error


@pytest.mark.parametrize("who", ["Astronaut", "Admiral", "Drawn face"])
def test_every_picture_is_followed_to_its_label(learn: Any, who: str) -> None:
    page = learn("How it works")
    page.segmented_control(key="learn_steps_source").set_value(who).run()
    assert not page.error
    assert [heading.value[0] for heading in page.header if "·" in heading.value] == list("123456")
    assert "The label changes 0 times" in words(page)


def test_a_model_without_an_inside_to_show_is_said(learn: Any) -> None:
    page = learn("How it works")
    page.segmented_control(key="learn_part").set_value("Inside the network").run()
    assert "**Block 3** has 8,520 weights" in words(page)
    assert "Expected the weight file" in page.info[0].value
    page.slider(key="learn_block").set_value(17).run()
    assert "**Block 17**" in words(page)


def test_figures_are_those_of_the_reports(learn: Any, models: Path) -> None:
    page = learn("How it works")
    page.segmented_control(key="learn_part").set_value("One figure is not enough").run()
    gap = "\N{NO-BREAK SPACE}"
    # write_fake_run: 70 % of every label, 100 faces each, mistaken for the next label.
    assert f"the share of right answers: 70{gap}%" in words(page)
    assert f"take **angry** for **disgust**: 30{gap}%" in words(page)
    page = learn("Limits and law")
    assert f"Of 700 test images 70{gap}% get the label" in words(page)
    (models / "first" / "metrics.json").unlink()
    page = learn("Limits and law")
    assert "has not been measured" in page.info[0].value
    assert "45 minutes" in words(page)


def test_limits_law_and_lesson(learn: Any) -> None:
    page = learn("Limits and law")
    for needed in ("Barrett", "5(1)(f)", "50(3)", "unknown", "**42–45 min · End**"):
        assert needed in words(page)
    assert page.get("download_button")
