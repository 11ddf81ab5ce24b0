"""The upload page: photos, clips, samples, and files that cannot be read."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from fer_core.media import kind_of
from fer_core.samples import write_sample_clip
from tests.media_corpus import CLIPS, PHOTOS, REFUSED, face_image, photo_bytes

READING = re.compile(r"Person \d+: [a-z]+ \d+\s%")


@pytest.fixture
def upload(page: Page) -> Page:
    page.goto("/Analyze_upload")
    expect(page.get_by_role("heading", name="Photo or video")).to_be_visible()
    return page


def give(page: Page, path: Path) -> None:
    page.locator("input[type=file]").set_input_files(path)


def downloaded(page: Page, name: str) -> str:
    with page.expect_download() as download:
        page.get_by_role("button", name=name).click()
    return download.value.path().read_text(encoding="utf-8")


def expect_no_failure(page: Page) -> None:
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_text("Something went wrong")).to_have_count(0)


def test_photo_becomes_labels_picture_and_tables(upload: Page, tmp_path: Path) -> None:
    photo = tmp_path / "face.jpg"
    photo.write_bytes(photo_bytes(face_image(480), "JPEG"))
    give(upload, photo)
    expect(upload.get_by_text(READING).first).to_be_visible()
    expect(upload.get_by_role("img", name=re.compile("Person 1: "))).to_be_visible()
    assert len(list(csv.DictReader(io.StringIO(downloaded(upload, "CSV"))))) == 1
    entry = json.loads(downloaded(upload, "JSON"))
    assert (entry["file"], entry["status"], len(entry["faces"])) == ("face.jpg", "ok", 1)
    with upload.expect_download() as download:
        upload.get_by_role("button", name="Picture").click()
    assert kind_of(download.value.path()) == "image"
    expect_no_failure(upload)


def test_clip_becomes_timeline_video_and_tables(upload: Page, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    write_sample_clip(clip)
    give(upload, clip)
    expect(upload.get_by_text("Commonest label")).to_be_visible()
    video = upload.locator("video").element_handle()
    assert video
    # The annotated clip is one that the browser can play.
    upload.wait_for_function("video => video.videoWidth > 0 && video.duration > 5", arg=video)
    expect(upload.get_by_test_id("stVegaLiteChart").first).to_be_visible()
    assert len(list(csv.DictReader(io.StringIO(downloaded(upload, "CSV"))))) > 10
    entry = json.loads(downloaded(upload, "JSON"))
    assert (entry["status"], entry["kind"]) == ("ok", "video")
    expect_no_failure(upload)


@pytest.mark.parametrize("sample", ["Astronaut", "Admiral"])
def test_sample_photo(upload: Page, sample: str) -> None:
    upload.get_by_role("radio", name=sample).click()
    expect(upload.get_by_text(READING).first).to_be_visible()
    expect_no_failure(upload)


def test_sample_clip(upload: Page) -> None:
    upload.get_by_role("radio", name="Short clip").click()
    expect(upload.get_by_text("Commonest label")).to_be_visible()
    expect_no_failure(upload)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_refused_file_gets_a_sentence_and_the_next_one_is_read(
    upload: Page, tmp_path: Path, name: str
) -> None:
    REFUSED[name](tmp_path / name)
    give(upload, tmp_path / name)
    expect(upload.get_by_role("alert")).to_be_visible()
    expect_no_failure(upload)
    photo = tmp_path / "next.jpg"
    photo.write_bytes(photo_bytes(face_image(480), "JPEG"))
    give(upload, photo)
    expect(upload.get_by_text(READING).first).to_be_visible()


@pytest.mark.parametrize("name", sorted({**PHOTOS, **CLIPS}))
def test_odd_file_is_read(upload: Page, tmp_path: Path, name: str) -> None:
    {**PHOTOS, **CLIPS}[name](tmp_path / name)
    give(upload, tmp_path / name)
    expect(upload.get_by_role("button", name="JSON")).to_be_visible()
    expect_no_failure(upload)
