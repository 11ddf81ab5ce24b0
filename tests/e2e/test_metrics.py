"""How good is it, in a browser: a cell leads to its faces, a slider to the app's threshold."""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page, expect

from fer_core import load_classifier
from fer_core.faces import LABELS
from fer_core.fer2013 import load_csv
from fer_core.readings import read_faces
from tests.e2e.hosting import free_ports, running_app
from tests.e2e.test_pages import expect_drawn
from tests.labelled_faces import write_dataset


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The labelled faces that the app's settings name: a few, drawn by chance."""
    return write_dataset(tmp_path_factory.mktemp("dataset"), LABELS["fer2013"] * 3)


@pytest.fixture(scope="module")
def app_url(browser_path: str, dataset: Path) -> Iterator[str]:
    """An app with a data set; the one of the other tests has none."""
    (port,) = free_ports(1)
    with running_app(port, FER_DATASET=str(dataset)):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def cell(dataset: Path) -> tuple[str, str]:
    """A mistake that the model in use makes with the faces of the settings."""
    faces = load_csv(dataset, splits=("PrivateTest",))["PrivateTest"]
    readings = read_faces(load_classifier(), faces)
    wrong = int((readings.said != readings.truth).argmax())
    return readings.labels[readings.truth[wrong]], readings.labels[readings.said[wrong]]


def test_a_click_on_a_cell_shows_its_faces(page: Page, cell: tuple[str, str]) -> None:
    true, said = cell
    page.goto("/Training_metrics")
    expect_drawn(page)
    matrix = page.get_by_test_id("stVegaLiteChart").first
    square = matrix.locator(f"path[aria-label*='label: {true}; model: {said};']").first
    square.click(force=True)  # its number lies over it
    chosen = page.get_by_role("combobox", name="Label, and what the model said")
    expect(chosen).to_have_value(f"{true} read as {said}")
    expect_drawn(page)
    face = page.get_by_role("img", name=f"A face labelled {true}")
    expect(face.first).to_be_visible()
    expect(page.get_by_text(f"its label: {true}").first).to_be_visible()

    # The address of what is seen now leads there again.
    address = page.url
    page.goto("/")
    page.goto(address)
    expect(chosen).to_have_value(f"{true} read as {said}")


def test_the_slider_sets_the_threshold_of_the_app(page: Page) -> None:
    page.goto("/Training_metrics?metrics_tab=Percentages")
    expect_drawn(page)
    answered = page.get_by_test_id("stMetric").filter(has_text="Faces answered")
    before = answered.get_by_test_id("stMetricValue").inner_text()
    slider = page.get_by_role("slider", name="Say “not sure” below")
    own = int(slider.input_value())
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    expect(page.get_by_text(f"says “not sure” below {own + 2}")).to_be_visible()
    expect(answered).not_to_contain_text(before)

    page.locator("a[href='Analyze_upload']:visible").last.click()
    expect(page).to_have_url(re.compile("Analyze_upload"))
    expect_drawn(page)
    page.get_by_text("Settings", exact=True).click()
    expect(slider).to_have_value(str(own + 2))


def test_a_chart_is_saved_as_a_drawing(page: Page) -> None:
    page.goto("/Training_metrics")
    expect_drawn(page)
    with page.expect_download() as saved:
        page.locator("[class*='st-key-svg-Confusion-matrix']").get_by_role("button").click()
    assert saved.value.suggested_filename == "confusion-map.svg"
    words = [text.text for text in ElementTree.parse(saved.value.path()).iterfind(".//{*}text")]
    assert set(LABELS["fer2013"]) < set(words)
