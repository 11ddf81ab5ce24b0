"""Faces that were just read → the figures of a report."""

import json

import numpy as np
import pytest

from fer_core.errors import DataError
from fer_core.evaluation import figures_of_readings, report_of, truth_of_names
from fer_core.readings import read_crops
from fer_core.testing import FER2013_LABELS, FakeClassifier

FACE = np.zeros((48, 48), np.uint8)


def test_figures_are_those_of_a_report() -> None:
    truth = truth_of_names(["happy", "happy", "sad", "fear"], FER2013_LABELS)
    readings = read_crops(FakeClassifier(confidence=0.6), [FACE] * 4, truth)
    figures = figures_of_readings(readings, not_sure=0.7)
    report = report_of(json.loads(json.dumps(figures)), "fer2013")
    assert (report.images, report.accuracy) == (4, 0.5)
    assert report.per_class["happy"].recall == 1
    assert report.not_sure and (report.not_sure.coverage, report.not_sure.accuracy) == (0, None)
    assert set(report.curves) == {"happy", "sad", "fear"}
    assert sum(each.count for each in report.reliability) == 4


def test_nothing_to_report() -> None:
    readings = read_crops(FakeClassifier(), [], truth_of_names([], FER2013_LABELS))
    with pytest.raises(DataError, match="faces that count"):
        figures_of_readings(readings, not_sure=0.4)


def test_names_that_are_no_labels() -> None:
    assert truth_of_names(["sad", "contempt"], FER2013_LABELS).tolist() == [4, -1]
