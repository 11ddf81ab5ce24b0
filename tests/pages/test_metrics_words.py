"""How good is it: what stands below the main figures."""

from pathlib import Path

from tests.pages.conftest import OpenPage, words
from tests.report_files import complete

PAGE = "pages/3_Training_metrics.py"


def test_the_words_are_explained(app: OpenPage) -> None:
    assert "**Training, PublicTest, PrivateTest:**" in words(app(PAGE))


def test_images_that_resemble_a_learnt_one_are_told(app: OpenPage, models: Path) -> None:
    assert "nearly equal a training image" not in words(app(PAGE))
    complete(models / "first")
    said = "do not nearly equal a training image, 69.0\N{NO-BREAK SPACE}% are read right"
    assert said in words(app(PAGE))
