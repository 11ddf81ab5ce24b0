"""The design's rules that can be read off the source: who imports whom, and what nobody does."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import fer_core

ROOT = Path(__file__).resolve().parent.parent
CODE = sorted(
    path
    for folder in ("fer_core", "ui", "pages", "bench", "tests", "dev")
    for path in (ROOT / folder).rglob("*.py")
) + [ROOT / "streamlit_app.py"]
PAGES = [path for path in CODE if path.parent == ROOT / "pages"] + [ROOT / "streamlit_app.py"]

# Lowest first. A module imports from its own layer and those below it.
LAYERS = (
    {"errors", "geometry", "palette", "records", "writing", "damage", "faces", "expected"}
    | {"calibration", "confusion", "intervals"},
    {"results", "fer2013", "metrics", "curves"},
    {"bundle", "quality", "preprocessing", "detection", "classification", "tracking", "smoothing"}
    | {"shots"},
    {"between", "following", "heatmap", "readings"}
    | {"action_units", "drawn_face", "whatif", "stages", "inside"},
    {"pipeline"},
    {
        "sniffing",
        "photos",
        "clips",
        "video",
        "sound",
        "decoder",
        "sandbox",
        "decoding",
        "media",
        "video_writer",
    }
    | {"annotation", "reports", "evaluation", "studies", "samples", "export", "quiz"},
    {"report_page"},
    {"analyze", "batch", "testing"},
    {"__init__", "__main__"},
)


def imports_of(path: Path) -> Iterator[str]:
    """Dotted names that a file imports, those inside functions included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: import by full name, not relative to the file"
            assert node.module
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_by(path: Path, *forbidden: str) -> set[str]:
    """Those of the forbidden packages or modules that a file imports."""
    return {
        name
        for imported in imports_of(path)
        for name in forbidden
        if imported == name or imported.startswith(name + ".")
    }


def under(*folders: str) -> list[Path]:
    return [path for path in CODE if path.relative_to(ROOT).parts[0] in folders]


def core_module(path: Path) -> str:
    """`fer_core/detection/haar.py` → "detection"; `fer_core/media.py` → "media"."""
    return path.relative_to(ROOT / "fer_core").with_suffix("").parts[0]


def core_graph() -> dict[str, set[str]]:
    """Module of fer_core → those modules of fer_core that it imports; training stands apart."""
    modules = {core_module(path) for path in under("fer_core")} - {"training"}
    graph: dict[str, set[str]] = {module: set() for module in modules}
    for path in under("fer_core"):
        if core_module(path) in modules:
            names = {
                name.split(".")[1] for name in imports_of(path) if name.startswith("fer_core.")
            }
            graph[core_module(path)] |= (names & modules) - {core_module(path)}
    return graph


@pytest.mark.parametrize(
    ("folder", "forbidden"),
    [
        ("fer_core", ("streamlit", "streamlit_webrtc", "altair", "ui", "pages", "bench", "tests")),
        ("ui", ("pages", "bench", "tests")),
    ],
)
def test_imports_point_one_way(folder: str, forbidden: tuple[str, ...]) -> None:
    assert {path: imported_by(path, *forbidden) for path in under(folder)} == {
        path: set() for path in under(folder)
    }


def test_pages_leave_pixels_and_networks_to_the_core() -> None:
    forbidden = ("cv2", "numpy", "keras", "tensorflow", "av", "PIL")
    assert {path: imported_by(path, *forbidden) for path in PAGES} == {
        path: set() for path in PAGES
    }


def test_nothing_imports_the_trainer() -> None:
    outside = [path for path in under("fer_core") if core_module(path) != "training"]
    for path in [*outside, *under("ui", "pages", "bench"), ROOT / "streamlit_app.py"]:
        assert not imported_by(path, "fer_core.training"), path


def test_every_core_module_has_its_layer() -> None:
    assert set(core_graph()) - set().union(*LAYERS) == set()


def test_core_modules_import_only_from_below() -> None:
    level = {module: number for number, layer in enumerate(LAYERS) for module in layer}
    upward = [
        f"{module} imports {other}"
        for module, others in core_graph().items()
        for other in others
        if level[other] > level[module]
    ]
    assert upward == []


def test_core_modules_form_no_circle() -> None:
    TopologicalSorter(core_graph()).prepare()


def test_only_the_command_line_imports_the_package_root() -> None:
    for path in under("fer_core"):
        if path.name != "__main__.py":
            assert "fer_core" not in set(imports_of(path)), path


def test_public_names_are_exact() -> None:
    assert sorted(fer_core.__all__) == [
        "Box",
        "EmotionClassifier",
        "EmotionScores",
        "Face",
        "FaceDetector",
        "FaceResult",
        "FerError",
        "FramePipeline",
        "FrameResult",
        "Landmarks",
        "PipelineOptions",
        "Point",
        "RgbImage",
        "VideoTimeline",
        "analyze_image",
        "analyze_video",
        "create_detector",
        "draw_faces",
        "load_classifier",
    ]
    assert all(hasattr(fer_core, name) for name in fer_core.__all__)


def test_files_stay_short() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in CODE}
    assert {path: length for path, length in lengths.items() if length >= 400} == {}


def test_opencv_decodes_no_files() -> None:
    decoders = {"VideoCapture", "VideoWriter", "imread", "imreadmulti", "imdecode", "imdecodemulti"}
    for path in CODE:
        assert not imported_by(path, *(f"cv2.{name}" for name in decoders)), path
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert node.value.id != "cv2" or node.attr not in decoders, f"{path}:{node.lineno}"


def test_pages_write_no_raw_html() -> None:
    for path in [*PAGES, *under("ui")]:
        assert "unsafe_allow_html" not in path.read_text(encoding="utf-8"), path
