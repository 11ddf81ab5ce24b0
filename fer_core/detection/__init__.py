"""Finding faces: one protocol, one adapter a file, chosen by name."""

from typing import Protocol

from fer_core.errors import DetectorError
from fer_core.results import Face, RgbImage

DETECTOR_NAMES = ("blazeface", "haar", "mtcnn", "yunet")
DEFAULT_MIN_SCORE = 0.6


class FaceDetector(Protocol):
    """Anything that finds faces; one instance serves one stream, from one thread at a time."""

    def detect(self, image: RgbImage) -> list[Face]:
        """Finds the faces of a picture.

        Args:
            image: (H, W, 3) uint8 RGB.

        Returns:
            Faces in the pixels of `image`, best first; [] when there is none.
        """
        ...


def create_detector(
    name: str = "blazeface", *, min_score: float = DEFAULT_MIN_SCORE
) -> FaceDetector:
    """Makes a new detector; its libraries are imported only now.

    Args:
        name: "blazeface" (the default: fast, finds faces up to about 5 m away), "haar" (the
            classic of 2001, no landmarks), "mtcnn" (slow, needs TensorFlow) or "yunet" (needs
            its ONNX file, named by the environment variable FER_YUNET_MODEL).
        min_score: faces that the detector is less sure of are left out, 0..1.

    Raises:
        DetectorError: the name is unknown, or the detector lacks a file or package.
        ValueError: `min_score` is outside 0..1.
    """
    if not 0 <= min_score <= 1:
        raise ValueError(f"Expected a min_score in 0..1. Received {min_score}.")
    if name == "blazeface":
        from fer_core.detection.blazeface import BlazeFaceDetector

        return BlazeFaceDetector(min_score=min_score)
    if name == "haar":
        from fer_core.detection.haar import HaarDetector

        return HaarDetector(min_score=min_score)
    if name == "mtcnn":
        from fer_core.detection.mtcnn import MtcnnDetector

        return MtcnnDetector(min_score=min_score)
    if name == "yunet":
        from fer_core.detection.yunet import YuNetDetector

        return YuNetDetector(min_score=min_score)
    raise DetectorError(
        f"Expected a face detector named {', '.join(DETECTOR_NAMES[:-1])} or "
        f"{DETECTOR_NAMES[-1]}. Received {name!r}. Choose one of these."
    )
