"""How long the pages take to open is measured in the app itself."""

import json
import subprocess
import sys
from pathlib import Path

from bench import pages


def test_every_page_is_opened(browser_path: str, tmp_path: Path) -> None:
    file = tmp_path / "pages.json"
    command = [sys.executable, "-m", "bench.pages", "--json", str(file), "--times", "1"]
    # A program of its own: a second browser cannot be steered from this one.
    subprocess.run(command, check=True, cwd=pages.MODELS_FOLDER.parent, stdout=subprocess.DEVNULL)
    made = json.loads(file.read_text())
    assert set(made["pages"]) == {"Home", *pages.ADDRESSES[1:]}
    for took in made["pages"].values():
        assert 0 < took["median_s"] == took["max_s"]
