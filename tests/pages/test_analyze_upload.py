"""Photo or video: results for samples and uploads, sentences for everything else."""

import io
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from fer_core import analyze
from fer_core.media import VideoWriter
from fer_core.results import Face, RgbImage
from fer_core.testing import FakeDetector, make_face, synthetic_frame
from tests.media_corpus import photo_bytes
from tests.pages.conftest import PATIENCE_S, OpenPage, words
from ui.desk import Desk

PAGE, OTHER_PAGE = "pages/2_Analyze_upload.py", "pages/3_Training_metrics.py"
SPACE = "\N{NO-BREAK SPACE}"
HAPPY = f"Person 1: happy 90{SPACE}%"
PHOTO = photo_bytes(synthetic_frame())
OTHER_PHOTO = photo_bytes(synthetic_frame(brightness=120))


def give(page: AppTest, **files: bytes) -> AppTest:
    """Uploads files; me_png=… is called me.png."""
    uploader = page.file_uploader(key=f"upload_files_{page.session_state['upload_turn']}")
    for name, content in files.items():
        uploader.upload(name.replace("_", "."), content)
    return finished(uploader.run())


def finished(page: AppTest) -> AppTest:
    """The page once what goes on has ended."""
    job = desk(page).job
    if job is not None:
        assert job.join(PATIENCE_S)
        page.run()
    assert not page.exception
    return page


def desk(page: AppTest) -> Desk:
    held: Desk = page.session_state["upload_desk"]
    return held


def downloads(page: AppTest) -> list[str]:
    return [button.label for button in page.download_button]


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """One second, ten frames."""
    path = Path(tmp_path_factory.mktemp("clip")) / "clip.mp4"
    with VideoWriter(path, size_wh=(640, 480), fps=10) as writer:
        for index in range(10):
            writer.write(synthetic_frame(), index / 10)
    return path.read_bytes()


class Gate(FakeDetector):
    """Sees a face; waits before its second picture until it may go on."""

    def __init__(self) -> None:
        super().__init__([make_face()])
        self.reached, self.go_on = threading.Event(), threading.Event()

    def detect(self, image: RgbImage) -> list[Face]:
        faces = super().detect(image)
        if self.calls == 2:
            self.reached.set()
            assert self.go_on.wait(PATIENCE_S)
        return faces


@pytest.fixture
def gate(app: OpenPage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """In place of the detector."""
    gate = Gate()
    monkeypatch.setattr(analyze, "create_detector", lambda: gate)
    yield gate
    gate.go_on.set()


def running(app: OpenPage, gate: Gate, clip: bytes) -> AppTest:
    """The page with a clip of which one frame was read."""
    page = app(PAGE)
    page.file_uploader(key="upload_files_0").upload("clip.mp4", clip).run()
    assert gate.reached.wait(PATIENCE_S)
    return page


def test_an_empty_page(app: OpenPage) -> None:
    page = app(PAGE)
    assert not page.exception
    assert not page.download_button
    assert "Forget these files" not in [button.label for button in page.button]


def test_a_sample_photo(app: OpenPage) -> None:
    page = app(PAGE)
    page.button(key="upload_sample_astronaut").click().run()
    assert not page.exception
    assert HAPPY in words(page)
    assert downloads(page) == ["CSV", "JSON", "Report", "Picture"]
    page.checkbox(key="upload_faces_one").check().run()
    assert downloads(page) == ["CSV", "JSON", "Report with pictures", "Picture"]


def test_a_photo(app: OpenPage) -> None:
    page = give(app(PAGE), me_png=PHOTO)
    assert not page.error
    assert HAPPY in words(page)
    assert "A closer look at one face" in words(page)
    (bars,) = page.get("vega_lite_chart")
    assert bars.proto.alt.startswith("Scores of person 1: happy 90\N{NO-BREAK SPACE}%, surprise 2")


def test_an_upload_is_held_once(app: OpenPage) -> None:
    page = give(app(PAGE), me_png=PHOTO)
    assert page.file_uploader(key="upload_files_1").value == []
    assert [file.name for file in desk(page).files] == ["me.png"]


def test_a_photo_without_a_face(app: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analyze, "create_detector", lambda: FakeDetector([]))
    page = give(app(PAGE), wall_png=PHOTO)
    assert "No face found" in page.info[0].value
    assert "A closer look" not in words(page)


def test_an_unsure_face_says_why(app: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analyze, "create_detector", lambda: FakeDetector([make_face(side=20)]))
    page = give(app(PAGE), far_png=PHOTO)
    assert "Person 1: not sure (small)" in words(page)
    assert "Not sure, because the face is too small in the picture." in words(page)


def test_a_video(app: OpenPage, clip: bytes) -> None:
    page = give(app(PAGE), clip_mp4=clip)
    assert not page.error
    metrics = {metric.label: metric.value for metric in page.metric}
    assert metrics["Frames read"] == "3"
    assert metrics["Commonest label"] == "happy"
    assert metrics["Not sure"] == f"0{SPACE}%"
    assert downloads(page) == ["This picture", "CSV", "JSON", "Report"]
    table = page.dataframe[0].value
    assert table["who"].tolist() == ["Everybody", "Person 1"]
    assert "Every reading is sure" in words(page)


def test_a_moment_of_a_video(app: OpenPage, clip: bytes) -> None:
    page = give(app(PAGE), clip_mp4=clip)
    (slider,) = (slider for slider in page.slider if slider.label == "Moment")
    slider.set_value(slider.max).run()
    assert not page.exception
    assert f"At 0:00.7. {HAPPY}" in words(page)


def test_another_rate_asks_before_it_reads_again(app: OpenPage, clip: bytes) -> None:
    page = give(app(PAGE), clip_mp4=clip)
    page.segmented_control(key="upload_rate").set_value("every").run()
    assert desk(page).job is None
    page.button(key="upload_again").click().run()
    finished(page)
    assert {metric.label: metric.value for metric in page.metric}["Frames read"] == "10"


def test_who_has_it_read_again_is_not_asked_meanwhile(
    app: OpenPage, gate: Gate, clip: bytes
) -> None:
    gate.go_on.set()
    page = give(app(PAGE), clip_mp4=clip)
    gate.calls = 0
    gate.go_on.clear()
    page.segmented_control(key="upload_rate").set_value("every").run()
    assert "The settings were changed" in words(page)
    page.button(key="upload_again").click().run()
    assert "The settings were changed" not in words(page)
    page.segmented_control(key="upload_rate").set_value("5").run()
    assert "You changed the settings meanwhile." in words(page)
    page.button(key="upload_again").click().run()
    assert "You changed the settings meanwhile." not in words(page)
    gate.go_on.set()
    finished(page)
    assert {metric.label: metric.value for metric in page.metric}["Frames read"] == "5"


def test_an_annotated_video_needs_no_second_reading(app: OpenPage, clip: bytes) -> None:
    page = give(app(PAGE), clip_mp4=clip)
    (before,) = desk(page).readings.values()
    page.toggle(key="upload_annotated").set_value(True).run()
    finished(page)
    (after,) = desk(page).readings.values()
    assert after.result is before.result
    assert "Video" in downloads(page)
    assert "Your video has no sound." in words(page)


def test_other_settings_read_photos_again_at_once(app: OpenPage) -> None:
    page = give(app(PAGE), me_png=PHOTO)
    page.slider(key="not_sure_fer2013").set_value(90).run()
    page.selectbox(key="upload_head").set_value("ferplus").run()
    assert not page.exception
    (reading,) = desk(page).readings.values()
    assert reading.plan.settings.head == "ferplus"


def test_many_files(app: OpenPage, clip: bytes) -> None:
    half = PHOTO[:200]
    page = give(app(PAGE), a_png=PHOTO, b_zip=zipped(b_png=OTHER_PHOTO, c_txt=b"text"))
    page = give(page, half_png=half, clip_mp4=clip)
    table = page.dataframe[0].value.set_index("file")
    assert table["kind"].tolist() == ["photo", "photo", "unknown", "photo", "video"]
    assert table.loc[["a.png", "b.png", "clip.mp4"], "expression"].tolist() == ["happy"] * 3
    assert "Expected a complete photo" in table.loc["half.png", "note"]
    assert "**half\\.png**: Expected a complete photo" in words(page)
    assert downloads(page)[:4] == ["CSV", "JSON", "Report", "Contact sheet"]
    closer = page.selectbox(key="upload_closer")
    assert closer.options == ["a.png", "b.png", "clip.mp4"]
    closer.set_value("clip.mp4").run()
    assert not page.exception
    assert page.metric
    clips, faces = page.dataframe[1].value, page.dataframe[2].value
    assert clips["clip"].tolist() == ["clip.mp4"]
    assert faces["face"].tolist() == ["a.png #1", "b.png #1"]
    give(page, late_png=photo_bytes(synthetic_frame(brightness=100)))
    assert page.selectbox(key="upload_closer").options == ["a.png", "b.png", "clip.mp4", "late.png"]


def test_faces_that_are_not_sure_get_no_expression_among_many_files(
    app: OpenPage, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyze, "create_detector", lambda: FakeDetector([make_face(side=20)]))
    page = give(app(PAGE), a_png=PHOTO, clip_mp4=clip)
    assert page.dataframe[0].value["expression"].tolist() == ["not sure", "not sure"]
    said = f"4 of 4 readings (100{SPACE}%) are “not sure”. They count under their best guess"
    assert said in words(page)
    (chart,) = (
        chart for chart in page.get("vega_lite_chart") if "Scores of each face" in chart.proto.alt
    )
    assert "a.png #1: not sure (small)" in chart.proto.alt
    page.selectbox(key="upload_closer").set_value("clip.mp4").run()
    metrics = {metric.label: metric.value for metric in page.metric}
    assert metrics["Commonest label"] == "not sure"


def test_results_and_settings_stay_while_another_page_is_open(app: OpenPage, clip: bytes) -> None:
    page = give(app(PAGE), me_png=PHOTO, clip_mp4=clip)
    page.segmented_control(key="upload_rate").set_value("5").run()
    page.slider(key="upload_half_life").set_value(0.5).run()
    page.button(key="upload_again").click().run()
    finished(page)
    page.switch_page(OTHER_PAGE).run()
    assert not page.exception
    page.switch_page(PAGE).run()
    assert desk(page).job is None
    assert page.segmented_control(key="upload_rate").value == "5"
    assert page.slider(key="upload_half_life").value == 0.5
    assert page.dataframe[0].value["file"].tolist() == ["me.png", "clip.mp4"]


def test_files_are_forgotten_on_request(app: OpenPage, clip: bytes) -> None:
    page = give(app(PAGE), me_png=PHOTO, clip_mp4=clip)
    page.button(key="upload_forget").click().run()
    assert not page.exception
    assert (desk(page).files, desk(page).readings, desk(page).size) == ([], {}, 0)
    assert not page.dataframe


def test_forgetting_ends_what_goes_on(app: OpenPage, gate: Gate, clip: bytes) -> None:
    page = running(app, gate, clip)
    job = desk(page).job
    assert job is not None
    page.button(key="upload_forget").click().run()
    gate.go_on.set()
    assert job.join(PATIENCE_S)
    assert job.view().state == "cancelled"


def test_cancel_shows_what_was_read_and_leaves_the_rest(
    app: OpenPage, gate: Gate, clip: bytes
) -> None:
    page = running(app, gate, clip)
    assert "clip.mp4" in page.get("progress")[0].proto.text.replace("\\", "")
    page.button(key="upload_cancel").click().run()
    page.run()
    assert not page.exception
    assert "Stopped. This is what was read until then." in words(page)
    assert "Over the part that was read" in words(page)
    assert {metric.label: metric.value for metric in page.metric}["Frames read"] == "1"
    gate.go_on.set()
    give(page, me_png=PHOTO)
    assert "Stopped. 1 of 2 files was not read to the end." in words(page)
    page.button(key="upload_go_on").click().run()
    finished(page)
    assert "Stopped." not in words(page)
    page.selectbox(key="upload_closer").select("clip.mp4").run()
    assert {metric.label: metric.value for metric in page.metric}["Frames read"] == "3"


def test_a_video_that_was_not_finished_can_be(app: OpenPage, clip: bytes) -> None:
    page = give(app(PAGE), clip_mp4=clip)
    desk(page).paused = True  # as after a cancel
    page.toggle(key="upload_annotated").set_value(True).run()
    assert "The annotated video was not finished." in words(page)
    page.button(key="upload_go_on").click().run()
    finished(page)
    assert "Video" in downloads(page)


def test_leaving_the_page_ends_what_goes_on(app: OpenPage, gate: Gate, clip: bytes) -> None:
    page = running(app, gate, clip)
    job = desk(page).job
    assert job is not None
    page.switch_page(OTHER_PAGE).run()
    gate.go_on.set()
    assert job.join(PATIENCE_S)
    assert job.view().state == "cancelled"
    page.switch_page(PAGE).run()
    assert "Stopped." in words(page)


def test_another_video_of_somebody_else_comes_first(
    app: OpenPage, gate: Gate, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FER_MAX_CLIPS", "1")
    first = running(app, gate, clip)
    second = app(PAGE)
    second.file_uploader(key="upload_files_0").upload("mine.mp4", clip).run()
    waits = desk(second).job
    assert waits is not None
    while not waits.view().ahead:  # its thread has yet to come to the line
        assert not waits.join(0.01)
    second.run()
    assert "One person is before you." in words(second)
    gate.go_on.set()
    finished(first)
    finished(second)
    assert second.metric


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.jpg", b""),
        ("text.mp4", b"ffconcat version 1.0\nfile x"),
        ("half.png", PHOTO[:200]),
        ("damaged.zip", b"PK\x03\x04" + bytes(99)),
    ],
)
def test_what_cannot_be_read_is_said_in_words(app: OpenPage, name: str, content: bytes) -> None:
    page = give(app(PAGE), **{name.replace(".", "_"): content})
    assert page.error[0].value.startswith("Expected")
    assert not page.download_button
    page.button(key="upload_forget").click().run()
    assert not page.error


def test_too_many_files_are_turned_away(app: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.desk.MAX_FILES", 1)
    page = give(app(PAGE), a_png=PHOTO, b_png=OTHER_PHOTO)
    assert page.warning[0].value.startswith("Not taken: b\\.png. At most 1 files")
    assert HAPPY in words(page)


def test_a_video_called_png_is_a_video(app: OpenPage, clip: bytes) -> None:
    page = give(app(PAGE), clip_png=clip)
    assert not page.error
    assert page.metric


def test_an_unforeseen_error_shows_no_traceback(
    app: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> FakeDetector:
        raise RuntimeError("secret")

    monkeypatch.setattr(analyze, "create_detector", broken)
    page = give(app(PAGE), me_png=PHOTO)
    assert "could not be read to its end (RuntimeError)" in page.error[0].value
    assert "secret" not in words(page)
