"""The upload page: photos, clips, samples, folders, zips, cancel, and every download opened."""

import csv
import io
import json
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from fer_core.bundle import default_folder, load_card
from fer_core.media import read_image
from fer_core.samples import sample_image, write_sample_clip
from tests.e2e.hosting import give
from tests.media_corpus import CLIPS, PHOTOS, REFUSED, face_image, photo_bytes, write_clip
from ui.inputs import PHOTO_TYPES, VIDEO_TYPES

READING = re.compile(r"Person \d+: [a-z]+ \d+\s%")
LABELS = {"angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"}


class Report(HTMLParser):
    """What a report shows, and what it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.tags: list[str] = []
        self.sources: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.sources += [value or "" for name, value in attrs if name == "src"]


ALL_JSON = ".st-key-upload_all_json"  # there is another such button, for one file


@pytest.fixture
def upload(page: Page) -> Page:
    page.goto("/Analyze_upload")
    expect(page.get_by_role("heading", name="Photo or video")).to_be_visible()
    expect(page.get_by_role("button", name="Short clip")).to_be_visible()
    return page


def downloaded(page: Page, name: str, *, place: str = "body") -> bytes:
    with page.expect_download() as download:
        page.locator(place).get_by_role("button", name=name, exact=True).click()
    return download.value.path().read_bytes()


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"))))


def expect_model(entry: dict[str, object]) -> None:
    card = load_card(default_folder())
    model = entry["model"]
    assert isinstance(model, dict)
    assert (model["name"], model["sha256"]) == (card.name, card.sha256["model.tflite"])


def expect_no_failure(page: Page) -> None:
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_text("Something went wrong")).to_have_count(0)


def write_clip_with_sound(path: Path) -> None:
    """The sample clip with a tone."""
    silent = path.with_name("silent.mp4")
    write_sample_clip(silent)
    rate = 16_000
    times = np.arange(6 * rate) / rate
    tone = (0.2 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)
    with av.open(str(silent)) as source, av.open(str(path), "w") as output:
        stream = output.add_stream_from_template(source.streams.video[0])
        sound = output.add_stream("aac", rate=rate)
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                output.mux(packet)
        for start in range(0, len(tone), 1024):
            frame = av.AudioFrame.from_ndarray(
                tone[None, start : start + 1024], format="fltp", layout="mono"
            )
            frame.sample_rate, frame.pts = rate, start
            output.mux(sound.encode(frame))
        output.mux(sound.encode(None))


def test_a_photo_and_its_downloads(upload: Page, tmp_path: Path) -> None:
    photo = tmp_path / "face.jpg"
    photo.write_bytes(photo_bytes(face_image(480), "JPEG"))
    give(upload, photo)
    expect(upload.get_by_text(READING).first).to_be_visible()
    expect(upload.get_by_role("img", name=re.compile("Person 1: "))).to_be_visible()
    expect(upload.get_by_role("img", name="Where it looked: face 1")).to_be_visible()

    (row,) = rows_of(downloaded(upload, "CSV"))
    assert row["file"] == "face.jpg"
    assert sum(float(row[label]) for label in LABELS) == pytest.approx(1, abs=1e-3)
    assert sum(float(row[f"raw_{label}"]) for label in LABELS) == pytest.approx(1, abs=1e-3)
    entry = json.loads(downloaded(upload, "JSON"))
    assert (entry["file"], entry["status"], len(entry["faces"])) == ("face.jpg", "ok", 1)
    expect_model(entry)
    picture = read_image(downloaded(upload, "Picture"))
    assert picture.shape == (480, 480, 3)
    assert (picture != face_image(480)).any(axis=2).mean() > 0.01  # the label is in it

    report = Report(downloaded(upload, "Report").decode("utf-8"))
    assert "face.jpg" in report.text
    assert "script" not in report.tags
    assert report.sources == []
    upload.get_by_text("Show the pictures with their faces in the report").click()
    (source,) = Report(downloaded(upload, "Report with pictures").decode("utf-8")).sources
    assert source.startswith("data:image/jpeg;base64,")
    expect_no_failure(upload)


def test_a_clip_its_moments_and_its_downloads(upload: Page, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    write_clip_with_sound(clip)
    give(upload, clip)
    expect(upload.get_by_text("Over the whole clip")).to_be_visible()
    expect(upload.get_by_test_id("stVegaLiteChart").first).to_be_visible()

    moment = upload.get_by_role("slider", name="Moment")
    moment.focus()
    moment.press("Home")
    expect(upload.get_by_text("At 0:00.0. ")).to_be_visible()
    expect(upload.get_by_role("img", name=re.compile(r"clip\.mp4 at 0\.0 s: "))).to_be_visible()
    assert read_image(downloaded(upload, "This picture")).shape == (480, 640, 3)

    upload.get_by_text("Make an annotated video").click()
    video = upload.locator("video")
    expect(video).to_be_visible()
    expect(upload.get_by_text("With the sound of your video.")).to_be_visible()
    # It plays, and the browser decodes its sound.
    player = video.element_handle()
    assert player
    upload.wait_for_function("v => v.videoWidth === 640 && v.duration > 5", arg=player)
    player.evaluate("v => v.play()")
    upload.wait_for_function(
        "v => v.currentTime > 0.3 && v.webkitAudioDecodedByteCount > 0", arg=player
    )
    with av.open(io.BytesIO(downloaded(upload, "Video"))) as annotated:
        assert [stream.type for stream in annotated.streams] == ["video", "audio"]
        assert len(list(annotated.decode(video=0))) == 90

    rows = rows_of(downloaded(upload, "CSV"))
    times = {row["timestamp_s"] for row in rows}
    assert len(times) == 18  # three a second
    entry = json.loads(downloaded(upload, "JSON"))
    assert (entry["status"], entry["kind"], len(entry["timeline"])) == ("ok", "video", 18)
    assert entry["settings"]["sample_fps"] == 3
    assert [person["track_id"] for person in entry["people"]] == [1, 2]
    expect_model(entry)
    report = Report(downloaded(upload, "Report").decode("utf-8"))
    assert {"table", "svg"} <= set(report.tags)
    assert report.sources == []
    expect_no_failure(upload)


def test_cancel_shows_what_was_read(upload: Page, tmp_path: Path) -> None:
    clip = tmp_path / "long.mp4"
    times_s = [index / 4 for index in range(1_200)]
    write_clip(clip, size_wh=(320, 240), times_s=times_s, images=[face_image(240)[:, :320]])
    give(upload, clip)
    expect(upload.get_by_text(re.compile(r"[1-9]\d* frames read · about .* left"))).to_be_visible()
    upload.get_by_role("button", name="Cancel").click()
    expect(upload.get_by_text("Stopped. This is what was read until then.")).to_be_visible()
    entry = json.loads(downloaded(upload, "JSON"))
    assert 0 < len(entry["timeline"]) < 900
    assert "Only a part of it was read." in entry["message"]
    upload.get_by_role("button", name="Forget these files").click()
    expect(upload.get_by_text("in memory")).to_have_count(0)
    expect_no_failure(upload)


def test_many_odd_files_and_bad_ones(upload: Page, tmp_path: Path) -> None:
    """Each that can be read is; each that cannot costs its own row, with its sentence."""
    for name, make in {**PHOTOS, **CLIPS, **REFUSED}.items():
        make(tmp_path / name)
    accepted = (
        path for path in tmp_path.iterdir() if path.suffix[1:] in (*PHOTO_TYPES, *VIDEO_TYPES)
    )
    # Each content once, in an order that puts this one on the second part of the pictures.
    files = sorted({path.read_bytes(): path for path in accepted}.values())
    files.insert(30, files.pop(files.index(tmp_path / "face.webp")))
    give(upload, *files)
    expect(upload.get_by_text("Look closer at one")).to_be_visible()
    expect(upload.get_by_text(f"All {len(files)} files:")).to_be_visible()
    entries = json.loads(downloaded(upload, "JSON", place=ALL_JSON))["files"]
    status = {entry["file"]: entry["status"] for entry in entries}
    refused = {path.name for path in files if path.name in REFUSED}
    assert status == {path.name: "error" if path.name in refused else "ok" for path in files}
    assert all(entry["message"] for entry in entries)
    expect(upload.get_by_text(f"{len(refused)} files with problems")).to_be_visible()
    upload.get_by_role("tab", name="Pictures").click()
    upload.get_by_role("radio", name="25–48").click()
    expect(upload.get_by_role("img", name=re.compile("^face.webp: "))).to_be_visible()
    upload.get_by_role("tab", name="Compare").click()
    expect(upload.get_by_text("the scores of each face")).to_be_visible()
    with Image.open(io.BytesIO(downloaded(upload, "Contact sheet"))) as sheet:
        assert (sheet.format, sheet.width) == ("PNG", 1496)
    expect_no_failure(upload)


def test_a_zip_and_then_another_page(upload: Page, tmp_path: Path) -> None:
    packed = tmp_path / "photos.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a/face.jpg", photo_bytes(face_image(480), "JPEG"))
        archive.writestr("../admiral.jpg", photo_bytes(sample_image("grace_hopper"), "JPEG"))
    give(upload, packed)
    expect(upload.get_by_text("Look closer at one")).to_be_visible()
    entries = json.loads(downloaded(upload, "JSON", place=ALL_JSON))["files"]
    assert [(entry["file"], entry["message"]) for entry in entries] == [
        ("face.jpg", "1 face found."),
        ("admiral.jpg", "1 face found."),
    ]
    upload.get_by_role("link", name="How good is it?").first.click()
    expect(upload.get_by_role("heading", name="How good is it?")).to_be_visible()
    upload.get_by_role("link", name="Photo or video").first.click()
    expect(upload.get_by_text("Look closer at one")).to_be_visible()
    expect_no_failure(upload)


def test_a_folder(upload: Page, tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "face.jpg").write_bytes(photo_bytes(face_image(480), "JPEG"))
    (tmp_path / "inner" / "face.png").write_bytes(photo_bytes(face_image(480)))
    (tmp_path / "notes.txt").write_text("left out")
    upload.get_by_role("radio", name="Folder").click()
    chooser = upload.locator("input[type=file][webkitdirectory]")
    expect(chooser).to_be_attached()
    chooser.set_input_files(tmp_path)
    expect(upload.get_by_text("All 2 files:")).to_be_visible()
    expect(upload.get_by_text("Look closer at one")).to_be_visible()
    expect_no_failure(upload)


@pytest.mark.parametrize("sample", ["Astronaut", "Admiral", "Short clip"])
def test_a_sample(upload: Page, sample: str) -> None:
    upload.get_by_role("button", name=sample).click()
    expect(upload.get_by_text(READING).first).to_be_visible()
    expect_no_failure(upload)
