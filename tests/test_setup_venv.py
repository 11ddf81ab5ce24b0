"""What the Makefile does before anything is installed."""

import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from dev import setup_venv

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def installs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """A place for a .venv in which nothing is downloaded; the calls of pip are returned."""
    venv = tmp_path / ".venv"
    calls: list[list[str]] = []

    def create_venv() -> None:
        python = venv / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text("#!/bin/sh\nexit 0\n")
        python.chmod(0o755)

    monkeypatch.setattr(setup_venv, "ROOT", tmp_path)
    monkeypatch.setattr(setup_venv, "VENV", venv)
    monkeypatch.setattr(setup_venv, "PYTHON", venv / "bin" / "python")
    monkeypatch.setattr(setup_venv, "UNFINISHED", venv / "installing")
    monkeypatch.setattr(setup_venv, "create_venv", create_venv)
    monkeypatch.setattr(setup_venv, "install", calls.append)
    for name in {name for names in setup_venv.FILES.values() for name in names}:
        shutil.copy(ROOT / name, tmp_path)
    return calls


def test_second_start_installs_nothing(installs: list[list[str]]) -> None:
    setup_venv.main(["run"])
    setup_venv.main(["run"])
    assert installs == [["-r", "requirements.txt"]]


def test_tests_install_what_they_need_on_top(installs: list[list[str]]) -> None:
    setup_venv.main(["run"])
    setup_venv.main(["test"])
    setup_venv.main(["run"])
    assert installs == [["-r", "requirements.txt"], ["-r", "requirements-dev.txt"]]


def test_changed_requirements_are_installed(installs: list[list[str]], tmp_path: Path) -> None:
    setup_venv.main(["run"])
    (tmp_path / "constraints.txt").write_text("numpy==2.4.6\n")
    setup_venv.main(["run"])
    assert len(installs) == 2


def test_interrupted_installation_is_made_anew(
    installs: list[list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    left_behind = tmp_path / ".venv" / "half a package"

    def interrupted(step: list[str]) -> None:
        left_behind.touch()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(setup_venv, "install", interrupted)
        with pytest.raises(KeyboardInterrupt):
            setup_venv.main(["run"])
    setup_venv.main(["run"])
    assert "was interrupted: making it anew" in capsys.readouterr().out
    assert not left_behind.exists()
    assert len(installs) == 1


@pytest.mark.parametrize("broken", ["no python", "an empty folder", "a file", "a dead link"])
def test_unusable_venv_is_made_anew(
    installs: list[list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str], broken: str
) -> None:
    venv = tmp_path / ".venv"
    match broken:
        case "no python":
            setup_venv.main(["run"])
            (venv / "bin" / "python").unlink()
        case "an empty folder":
            venv.mkdir()
        case "a file":
            venv.touch()
        case "a dead link":
            venv.symlink_to(tmp_path / "gone")
    installs.clear()
    setup_venv.main(["run"])
    assert "does not start or is older than 3.11: making it anew" in capsys.readouterr().out
    assert len(installs) == 1


@pytest.mark.parametrize("port", ["", "0", "65536", "-1", "80a", "٣"])
def test_port_that_is_no_port_gets_a_sentence(port: str) -> None:
    with pytest.raises(SystemExit, match="PORT must be a number from 1 to 65535"):
        setup_venv.main(["port", port])


def test_taken_port_gets_a_sentence_and_a_free_one_does_not() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SystemExit, match=f"Port {port} is taken .* PORT={port + 1}"):
            setup_venv.main(["port", str(port)])
    setup_venv.main(["port", str(port)])


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize(
    ("python", "sentence"),
    [
        ("no-such-python", "No program 'no-such-python' was found."),
        ("false", "'false' is not a working Python 3.11 or newer."),
    ],
)
def test_missing_or_old_python_gets_a_sentence(python: str, sentence: str) -> None:
    command = ["make", "--no-print-directory", "run", f"PYTHON={python}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != 0
    assert done.stdout.startswith(sentence)
