"""Many small pictures on one."""

import pytest

from fer_core.media import read_image
from tests.media_corpus import corners, photo_bytes, quadrants
from ui.contact_sheet import CELL_PX, COLUMNS, GAP_PX, contact_sheet


@pytest.mark.parametrize("count", [1, COLUMNS, COLUMNS + 1])
def test_a_sheet_holds_every_picture(count: int) -> None:
    picture = photo_bytes(quadrants((280, 280)), "JPEG")
    sheet = read_image(contact_sheet([("a very long name " * 20, picture)] * count))
    columns = min(count, COLUMNS)
    assert sheet.shape[1] == columns * (CELL_PX + GAP_PX) + GAP_PX
    for place in range(count):
        left = GAP_PX + place % COLUMNS * (CELL_PX + GAP_PX)
        top = GAP_PX + place // COLUMNS * (sheet.shape[0] - GAP_PX) // -(-count // COLUMNS)
        assert corners(sheet[top : top + CELL_PX, left : left + CELL_PX]) == "RGBK"


def test_names_in_any_script() -> None:
    picture = photo_bytes(quadrants((300, 100)), "PNG")
    assert read_image(contact_sheet([("日本語 ñ 🙂.jpg", picture), ("", picture)])).any()
