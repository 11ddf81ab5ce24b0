"""What the sessions of a process share."""

from pathlib import Path

import pytest
import streamlit as st

from fer_core.testing import FakeClassifier, write_fake_run
from ui import resources


def test_one_model_is_loaded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_fake_run(tmp_path / "run", accuracy=0.7)
    monkeypatch.setattr(resources, "load_classifier", lambda *_, head: FakeClassifier(head=head))
    st.cache_resource.clear()
    usual = resources.classifier_of(tmp_path / "run")
    assert resources.classifier_of(tmp_path / "run", "fer2013") is usual
    assert resources.classifier_of(tmp_path / "run", "ferplus") is not usual
    st.cache_resource.clear()
