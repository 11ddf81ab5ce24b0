"""Facial expression recognition: faces found, read, followed and drawn.

Each name is imported on first use, so that `import fer_core` stays light: no TensorFlow,
Keras, pandas or video library before something needs it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fer_core.analyze import analyze_image, analyze_video
    from fer_core.annotation import draw_faces
    from fer_core.classification import EmotionClassifier, load_classifier
    from fer_core.detection import FaceDetector, create_detector
    from fer_core.errors import FerError
    from fer_core.geometry import Box, Point
    from fer_core.pipeline import FramePipeline, PipelineOptions
    from fer_core.results import (
        EmotionScores,
        Face,
        FaceResult,
        FrameResult,
        Landmarks,
        RgbImage,
        VideoTimeline,
    )

_HOME = {
    "Box": "geometry",
    "EmotionClassifier": "classification",
    "EmotionScores": "results",
    "Face": "results",
    "FaceDetector": "detection",
    "FaceResult": "results",
    "FerError": "errors",
    "FramePipeline": "pipeline",
    "FrameResult": "results",
    "Landmarks": "results",
    "PipelineOptions": "pipeline",
    "Point": "geometry",
    "RgbImage": "results",
    "VideoTimeline": "results",
    "analyze_image": "analyze",
    "analyze_video": "analyze",
    "create_detector": "detection",
    "draw_faces": "annotation",
    "load_classifier": "classification",
}

__all__ = [
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


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
