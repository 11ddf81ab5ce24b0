"""What the installed packages must and must not be."""

import importlib.util
import re
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(r"^([\w.-]+)==(\S+)$", re.MULTILINE)


def test_one_opencv_is_installed() -> None:
    # Two packages that both write cv2/ overwrite one another's files.
    assert set(packages_distributions()["cv2"]) == {"opencv-python-headless"}


def test_uvloop_is_not_installed() -> None:
    # Streamlit would run on it as soon as it can be imported, and aiortc has failed there.
    assert importlib.util.find_spec("uvloop") is None


@pytest.mark.parametrize(
    ("package", "minimum", "below"),
    [
        ("av", (17, 1), (99,)),  # older ones leak memory
        ("keras", (3, 15, 1), (4,)),  # older ones load unsafe files
        ("opencv-python-headless", (4, 14), (5,)),  # 5 has no CascadeClassifier
        ("pillow", (12, 3), (99,)),  # security floor, as the three below
        ("python-multipart", (0, 0, 27), (99,)),
        ("starlette", (1, 1), (99,)),
        ("streamlit", (1, 54), (99,)),
    ],
)
def test_versions_are_within_bounds(
    package: str, minimum: tuple[int, ...], below: tuple[int, ...]
) -> None:
    installed = tuple(int(part) for part in re.findall(r"\d+", version(package)))
    assert minimum <= installed < below


def test_every_direct_requirement_is_pinned_once() -> None:
    pinned = dict(PIN.findall((ROOT / "constraints.txt").read_text()))
    normal = {name.lower().replace("_", "-"): release for name, release in pinned.items()}
    for file in ("requirements.txt", "requirements-dev.txt", "requirements-ray.txt"):
        lines = [
            line
            for line in (ROOT / file).read_text().splitlines()
            if line and not line.startswith(("#", "-"))
        ]
        assert [line for line in lines if not PIN.match(line)] == []
        for name, release in PIN.findall("\n".join(lines)):
            assert normal[name.lower()] == release
