import json
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fer_core.bundle import load_card, sha256_of
from fer_core.classification import (
    EmotionClassifier,
    RuntimeName,
    load_classifier,
    with_temperature,
)
from fer_core.errors import ModelError
from fer_core.testing import FER2013_LABELS, FERPLUS_LABELS, FakeClassifier, FakeRuntime

FACES = np.random.default_rng(1).integers(0, 256, (5, 48, 48, 3), np.uint8)


@pytest.fixture
def bundle(tiny_bundle: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(tiny_bundle, tmp_path / "copy"))


def test_no_crops_run_no_network() -> None:
    classifier = FakeClassifier()
    assert classifier.classify([]) == []
    assert classifier.runtime.batches == []


def test_crops_of_any_size_are_one_batch() -> None:
    classifier = FakeClassifier(script=("happy", "sad"))
    crops = [np.zeros((48, 48), np.uint8), np.zeros((7, 300, 3), np.uint8)]
    assert [scores.top for scores in classifier.classify(crops)] == ["happy", "sad"]
    assert classifier.runtime.batches == [(2, 48, 48, 3)]


def test_an_unknown_head_lists_the_known_ones() -> None:
    with pytest.raises(ModelError, match="fer2013"):
        EmotionClassifier(FakeClassifier().card, FakeRuntime(["a", "b"], ["a"]), head="kdef")


@pytest.mark.parametrize(
    ("probabilities", "temperature", "expected"),
    [
        ([], 1.0, []),
        ([[0.8, 0.2]], 1.0, [[0.8, 0.2]]),
        ([[0.8, 0.2]], 2.0, [[2 / 3, 1 / 3]]),  # square roots, scaled to sum 1
        ([[0.8, 0.2]], 0.5, [[16 / 17, 1 / 17]]),
        ([[1.0, 0.0]], 1.0, [[1.0, 0.0]]),
        ([[0.5, 0.5], [0.2, 0.8]], 100.0, [[0.5, 0.5], [0.4965, 0.5035]]),
    ],
)
def test_temperature(
    probabilities: list[list[float]], temperature: float, expected: list[list[float]]
) -> None:
    found = with_temperature(np.array(probabilities, np.float32).reshape(-1, 2), temperature)
    assert found.shape == (len(expected), 2)
    assert found == pytest.approx(np.array(expected).reshape(-1, 2), abs=1e-4)


def test_the_temperature_of_the_head_is_applied() -> None:
    card = replace(FakeClassifier().card, temperature={"fer2013": 2.0})
    cool = EmotionClassifier(card, FakeRuntime(FER2013_LABELS, ["sad"], 0.9), head="fer2013")
    (scores,) = cool.classify([FACES[0]])
    assert scores.top == "sad"
    assert 0.4 < scores.confidence < 0.9


def test_threads_take_turns() -> None:
    class Alone(FakeRuntime):
        inside = 0
        worst = 0

        def predict(self, batch: np.ndarray) -> np.ndarray:
            self.inside += 1
            self.worst = max(self.worst, self.inside)
            answer = super().predict(batch)
            self.inside -= 1
            return answer

    runtime = Alone(FER2013_LABELS, ["happy"])
    classifier = EmotionClassifier(FakeClassifier().card, runtime, head="fer2013")

    def work() -> None:
        for _ in range(50):
            classifier.classify([FACES[0]])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (runtime.worst, len(runtime.batches)) == (1, 200)


@pytest.mark.parametrize("runtime", ["litert", "keras"])
@pytest.mark.parametrize(
    ("head", "labels"),
    [(None, FER2013_LABELS), ("fer2013", FER2013_LABELS), ("ferplus", FERPLUS_LABELS)],
)
def test_a_model_folder_answers_with_each_head(
    tiny_bundle: Path, runtime: RuntimeName, head: str | None, labels: tuple[str, ...]
) -> None:
    classifier = load_classifier(tiny_bundle, head=head, runtime=runtime)
    assert (classifier.labels, classifier.head) == (labels, head or "fer2013")
    scores = classifier.classify(list(FACES))
    assert [s.labels for s in scores] == [labels] * 5
    assert len(set(scores)) == 5  # the faces differ, so do the answers


def test_both_runtimes_agree(tiny_bundle: Path) -> None:
    answers = [
        load_classifier(tiny_bundle, runtime=runtime).classify(list(FACES))
        for runtime in ("litert", "keras")
    ]
    for lite, full in zip(*answers, strict=True):
        assert lite.probabilities == pytest.approx(full.probabilities, abs=1e-4)


def test_a_str_path_will_do(tiny_bundle: Path) -> None:
    assert load_classifier(str(tiny_bundle)).card.name == "tiny"  # type: ignore[arg-type]


def rewrite(folder: Path, change: Callable[[dict[str, object]], None]) -> None:
    card = json.loads((folder / "card.json").read_text())
    change(card)
    (folder / "card.json").write_text(json.dumps(card))


def test_an_unknown_head_of_a_folder(bundle: Path) -> None:
    with pytest.raises(ModelError, match="fer2013, ferplus"):
        load_classifier(bundle, head="kdef")


@pytest.mark.parametrize("runtime", ["litert", "keras"])
def test_changed_weights_are_not_loaded(bundle: Path, runtime: RuntimeName) -> None:
    path = bundle / ("model.tflite" if runtime == "litert" else "model.keras")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelError, match="checksum"):
        load_classifier(bundle, runtime=runtime)
    path.unlink()
    with pytest.raises(ModelError, match="missing"):
        load_classifier(bundle, runtime=runtime)


@pytest.mark.parametrize("runtime", ["litert", "keras"])
def test_a_damaged_network_with_the_right_checksum(bundle: Path, runtime: RuntimeName) -> None:
    path = bundle / ("model.tflite" if runtime == "litert" else "model.keras")
    for content in (b"", b"no network", path.read_bytes()[:1000]):
        path.write_bytes(content)
        sums = {**load_card(bundle).sha256, path.name: sha256_of(path)}
        rewrite(bundle, lambda card, sums=sums: card.update(sha256=sums))
        with pytest.raises(ModelError, match="Fetch the model again"):
            load_classifier(bundle, runtime=runtime)


@pytest.mark.parametrize("runtime", ["litert", "keras"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": {"fer2013": ["a", "b"]}}, "2 values"),
        ({"labels": {"kdef": ["a", "b"]}}, "kdef"),
        ({"input": {"size": 32}}, r"\(32, 32, 3\)"),
    ],
)
def test_a_card_of_another_network(
    bundle: Path, runtime: RuntimeName, change: dict[str, object], message: str
) -> None:
    rewrite(bundle, lambda card: card.update(change))
    with pytest.raises(ModelError, match=message):
        load_classifier(bundle, runtime=runtime)
