"""Clips read frame by frame and summed up, as in Maulana's evaluation on KDEF.

Three frames a second are sampled; each frame's surest face is read on its own, without the
app's smoothing over time, so that a share of frames means what it says.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fer_core.analyze import analyze_video
from fer_core.classification import EmotionClassifier
from fer_core.detection import FaceDetector, create_detector
from fer_core.errors import MediaError
from fer_core.pipeline import FramePipeline, PipelineOptions
from fer_core.results import Face, RgbImage
from fer_core.studies import ClipRow
from fer_core.writing import replacing

SAMPLE_FPS = 3.0


class SurestFace:
    """A detector that tells of one face alone, whoever was seen before.

    Args:
        detector: that finds them all.
    """

    def __init__(self, detector: FaceDetector) -> None:
        self._detector = detector

    def detect(self, image: RgbImage) -> list[Face]:
        """See `FaceDetector.detect`."""
        return self._detector.detect(image)[:1]


def clip_table(
    paths: Iterable[Path],
    classifier: EmotionClassifier,
    *,
    detector: str = "blazeface",
    sample_fps: float = SAMPLE_FPS,
) -> list[ClipRow]:
    """Reads clips, a row each.

    Args:
        paths: of the clips.
        classifier: of any model.
        detector: see `create_detector`; the paper takes "haar".
        sample_fps: frames a second to read, above 0.

    Raises:
        DetectorError: the detector is unknown or lacks its file.
        ValueError: `sample_fps` is not above 0.
    """
    surest = SurestFace(create_detector(detector))
    pipeline = FramePipeline(surest, classifier, PipelineOptions(half_life_s=0))
    return [_row(path, pipeline, sample_fps) for path in paths]


def _row(path: Path, pipeline: FramePipeline, sample_fps: float) -> ClipRow:
    try:
        summary = analyze_video(path, sample_fps=sample_fps, pipeline=pipeline).summary()
    except MediaError as error:  # one damaged clip leaves the table of the others
        return ClipRow(path.name, message=str(error))
    kept = ("frames", "frames_with_faces", "dominant", "dominant_share", "average_confidence")
    return ClipRow(
        path.name,
        **{name: summary[name] for name in kept},
        distribution=summary["distribution"],
    )


def write_clips(rows: Iterable[ClipRow], path: Path, *, facts: Mapping[str, Any]) -> None:
    """Writes the table.

    Args:
        rows: of `clip_table`.
        path: a name that ends in .csv gives a row a clip, with a column a label; any other
            gives JSON, {**facts, "clips": [a record a row]}.
        facts: how the table was made: the command, the model, the detector, sample_fps.
    """
    records = [asdict(row) for row in rows]
    if path.suffix.lower() == ".csv":
        text = _csv(records)
    else:
        text = json.dumps({**facts, "clips": records}, indent=2, ensure_ascii=False) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8", newline="")


def _csv(records: list[dict[str, Any]]) -> str:
    labels = sorted({label for record in records for label in record["distribution"]})
    text = io.StringIO()
    fixed = [name for name in ClipRow.__slots__ if name != "distribution"]
    writer = csv.DictWriter(text, [*fixed, *labels], lineterminator="\n")
    writer.writeheader()
    for record in records:
        shares = record.pop("distribution")
        absent = dict.fromkeys(labels, 0.0) if shares else {}
        writer.writerow(record | absent | shares)
    return text.getvalue()
