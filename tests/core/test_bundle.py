import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fer_core.bundle import (
    InputSpec,
    ModelCard,
    default_folder,
    load_card,
    sha256_of,
    verified,
)
from fer_core.errors import ModelError

CARD = ModelCard(
    "run",
    {"fer2013": ("happy", "sad"), "ferplus": ("happy", "sad", "contempt")},
    InputSpec(96, margin=1.1),
    recipe="ours",
    temperature={"fer2013": 1.3},
    metrics={"accuracy": 0.66},
    sha256={"model.tflite": "ab"},
)


def test_a_card_survives_json() -> None:
    assert ModelCard.from_json(CARD.to_json()) == CARD
    assert CARD.default_head == "fer2013"


@pytest.mark.parametrize(
    "change",
    [
        {"labels": {}},
        {"labels": {"fer2013": []}},
        {"labels": {"fer2013": ["happy", "happy"]}},
        {"labels": 3},
        {"input": {"size": 0}},
        {"input": {"size": 96, "margin": 0}},
        {"input": {"size": 96, "colour": True}},
        {"input": None},
        {"surprise": 1},
        {"temperature": None},
        {"temperature": {"fer2013": 0}},
        {"not_sure": {"fer2013": "x"}},
        {"not_sure": {"fer2013": 57}},
        {"intensity": {"fer2013": [0.5]}},
        {"intensity": {"fer2013": ["x", None]}},
        {"sha256": None},
    ],
)
def test_an_unusable_card_is_refused(change: dict[str, Any]) -> None:
    text = json.dumps({**json.loads(CARD.to_json()), **change})
    with pytest.raises(ModelError, match="Expected"):
        ModelCard.from_json(text)


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", "not json"])
def test_text_that_is_no_card_is_refused(text: str) -> None:
    with pytest.raises(ModelError, match="complete model card"):
        ModelCard.from_json(text)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nowhere"):
        load_card(tmp_path / "nowhere")


def test_a_card_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(ModelError, match="readable text"):
        load_card(tmp_path)


def test_a_card_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text(CARD.to_json(), encoding="utf-8")
    assert load_card(tmp_path) == CARD


def test_the_default_folder_is_named_by_a_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="default"):
        default_folder(tmp_path)
    (tmp_path / "default").write_text("run\n", encoding="utf-8")
    (tmp_path / "run").mkdir()
    assert default_folder(tmp_path) == tmp_path / "run"


@pytest.mark.parametrize("content", [b"gone\n", b"default\n", b"\n", b"\xff\xfe", b"x" * 5_000])
def test_what_names_no_folder_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "default").write_bytes(content)
    with pytest.raises(ModelError, match="name the model in use. Received"):
        default_folder(tmp_path)


def test_only_weights_with_the_cards_checksum_are_handed_out(tmp_path: Path) -> None:
    weights = tmp_path / "model.tflite"
    with pytest.raises(ModelError, match="missing"):
        verified(tmp_path, CARD, weights.name)
    weights.write_bytes(b"weights")
    with pytest.raises(ModelError, match="checksum"):
        verified(tmp_path, CARD, weights.name)
    card = replace(CARD, sha256={weights.name: sha256_of(weights)})
    assert verified(tmp_path, card, weights.name) == weights
    with pytest.raises(ModelError, match="missing"):
        verified(tmp_path, replace(CARD, sha256={}), weights.name)
