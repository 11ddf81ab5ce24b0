"""Many small pictures on one, with a line of text below each."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont, ImageOps

CELL_PX, GAP_PX, TEXT_PX = 280, 16, 18
COLUMNS = 5
_PAPER, _INK = "#FCFBF8", "#23242F"


def contact_sheet(pictures: Sequence[tuple[str, bytes]]) -> bytes:
    """A sheet of pictures as PNG.

    Args:
        pictures: text and JPEG or PNG of each, made by this app; at least one.
    """
    columns = min(COLUMNS, len(pictures))
    rows = -(-len(pictures) // columns)
    step_w, step_h = CELL_PX + GAP_PX, CELL_PX + GAP_PX + 2 * TEXT_PX
    sheet = Image.new("RGB", (columns * step_w + GAP_PX, rows * step_h + GAP_PX), _PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(TEXT_PX)
    for place, (text, data) in enumerate(pictures):
        left = GAP_PX + place % columns * step_w
        top = GAP_PX + place // columns * step_h
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as picture:
            small = ImageOps.contain(picture, (CELL_PX, CELL_PX))
        sheet.paste(small, (left + (CELL_PX - small.width) // 2, top + CELL_PX - small.height))
        while text and draw.textlength(text, font) > CELL_PX:
            text = f"{text[:-2]}…"
        draw.text((left, top + CELL_PX + 6), text, _INK, font)
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    return buffer.getvalue()
