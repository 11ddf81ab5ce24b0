"""Runs that take a moment: two convolutions, a few plain faces, an epoch."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import pytest

from fer_core.training.config import Recipe
from fer_core.training.data import LABELS, FaceSet
from fer_core.training.network import build_network, load_run
from fer_core.training.run_folder import Recorder
from fer_core.training.train import train

SMALL = Recipe("small", network="emotioncnn", size=32, hidden=(8,), epochs=1, batch_size=8)


def run_of(
    recipe: Recipe, faces: Mapping[str, FaceSet], out: Path, *, init: str = "none"
) -> tuple[keras.Model, dict[str, Any]]:
    """The network and the config.json of a new run."""
    train(recipe, faces, init=init, out=out, facts={"data": "grey"})
    return load_run(out)[0], json.loads((out / "config.json").read_text(encoding="utf-8"))


def new_network(recipe: Recipe) -> keras.Model:
    """The network as a run of the recipe begins."""
    keras.utils.set_random_seed(recipe.seed)
    return build_network({head: LABELS[head] for head in recipe.heads}, recipe, init="none")


def changed(before: keras.Model, after: keras.Model) -> list[bool]:
    pairs = zip(before.get_weights(), after.get_weights(), strict=True)
    return [bool((a != b).any()) for a, b in pairs]


def stop_in(monkeypatch: pytest.MonkeyPatch, *, epoch: int, at: str = "on_epoch_begin") -> None:
    """Ctrl-C in one epoch, counted from 0, once: before its steps, or before it is recorded."""
    whole = getattr(Recorder, at)
    armed = [True]

    def stopping(recorder: Recorder, now: int, logs: Any = None) -> None:
        if now == epoch and armed:
            armed.clear()
            raise KeyboardInterrupt
        whole(recorder, now, logs)

    monkeypatch.setattr(Recorder, at, stopping)
