"""What holds for every page."""

from pathlib import Path

import pytest

from tests.pages.conftest import ROOT, OpenPage, words
from ui.page import PAGES

PATHS = [path for path, _, _ in PAGES]


def test_every_page_is_linked() -> None:
    files = {f"pages/{path.name}" for path in (ROOT / "pages").glob("*.py")}
    assert files | {"streamlit_app.py"} == set(PATHS)


@pytest.mark.parametrize("path", PATHS)
def test_opens(app: OpenPage, path: str) -> None:
    page = app(path)
    assert not page.exception
    assert not page.error
    assert len(page.title) == 1
    assert "guesses of a model" in words(page)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("damage", ["no folder", "no default", "no such run", "broken card"])
def test_opens_without_a_usable_model(
    app: OpenPage, models: Path, monkeypatch: pytest.MonkeyPatch, path: str, damage: str
) -> None:
    if damage == "no folder":
        monkeypatch.setenv("FER_MODELS", str(models / "nowhere"))
    elif damage == "no default":
        (models / "default").unlink()
    elif damage == "no such run":
        (models / "default").write_text("third\n")
    else:
        (models / "first" / "card.json").write_text("{")
    page = app(path)
    assert not page.exception
    assert len(page.title) == 1
    assert all("Expected" in error.value for error in page.error)


def test_pages_stay_short() -> None:
    for path in PATHS:
        assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) <= 60, path
