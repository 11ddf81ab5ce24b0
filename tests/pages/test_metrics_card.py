"""How good is it: the model card."""

from pathlib import Path

import pytest

from tests.pages.conftest import OpenPage, words
from tests.pages.test_training_metrics import open_tab

CARD = """# Model card

## What it is
<!-- made by a program -->
![A curve](curve.png)

| file | what |
|---|---|
| `card.json` | labels |

### How good it is

| run | head | images | accuracy |
|---|---|--:|--:|
| `ours` | fer2013 | 3,589 |  |
"""


def test_the_model_card(app: OpenPage, models: Path) -> None:
    (models / "README.md").write_text(CARD)
    page = open_tab(app, "Model card")
    assert "## What it is\n*A curve*" in words(page)
    assert "| `card.json` | labels |" in words(page)
    (wide,) = page.dataframe
    assert wide.value.to_numpy().tolist() == [["ours", "fer2013", "3,589", ""]]
    assert wide.proto.alt == "How good it is"


@pytest.mark.parametrize(
    "text", ["| a | b | c | d |\n", "| a | b | c | d |\n|---|---|---|---|\n| 1 |\n"]
)
def test_what_is_no_whole_table_stays_text(app: OpenPage, models: Path, text: str) -> None:
    (models / "README.md").write_text(text)
    page = open_tab(app, "Model card")
    assert not page.exception
    assert not page.dataframe
    assert text in words(page)


def test_without_a_model_card(app: OpenPage, models: Path) -> None:
    assert "There is no model card" in words(open_tab(app, "Model card"))
    (models / "README.md").write_bytes(b"\xff\xfe")
    page = open_tab(app, "Model card")
    assert "There is no model card" in words(page)
    assert not page.error
