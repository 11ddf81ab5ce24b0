import subprocess
import sys

import pytest

import fer_core

HEAVY = ("tensorflow", "keras", "streamlit", "altair", "pandas", "av", "cv2", "ai_edge_litert")


def loaded_after(code: str) -> set[str]:
    """Top-level modules that a fresh Python holds after running `code`."""
    script = f"import sys\n{code}\nprint(' '.join({{m.split('.')[0] for m in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_all_is_exact() -> None:
    assert fer_core.__all__ == sorted(fer_core.__all__, key=lambda name: (name[0].islower(), name))
    assert set(fer_core._HOME) == set(fer_core.__all__) == set(dir(fer_core))


@pytest.mark.parametrize("name", fer_core.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(fer_core, name) is not None


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'classify'"):
        _ = fer_core.classify


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert not loaded_after("import fer_core").intersection(HEAVY)


def test_reading_a_frame_with_the_model_in_use_needs_no_tensorflow() -> None:
    code = (
        "from fer_core import FramePipeline, create_detector, draw_faces, load_classifier\n"
        "from fer_core.testing import synthetic_frame\n"
        "frame = synthetic_frame()\n"
        "pipeline = FramePipeline(create_detector(), load_classifier())\n"
        "draw_faces(frame, pipeline.process(frame, timestamp_s=0))"
    )
    loaded = loaded_after(code)
    assert "ai_edge_litert" in loaded
    assert not loaded.intersection({"tensorflow", "keras", "streamlit", "pandas", "PIL"})
