"""Makes .venv and keeps it up to date; the Makefile calls this before anything else.

    python3 dev/setup_venv.py run|test|bench
    python3 dev/setup_venv.py port 8501

Runs on the bare Python that starts it: standard library only. A second start installs nothing:
the digest of the requirement files is kept in .venv once an installation has succeeded.
"""

import hashlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
# Present while pip is at work: an interrupted installation can leave a package half unpacked
# that pip takes for complete, so such a .venv is made anew.
UNFINISHED = VENV / "installing"
STEPS = {
    "run": [["-r", "requirements.txt"]],
    "test": [["-r", "requirements-dev.txt"]],
    "bench": [["-r", "requirements.txt"], ["--no-deps", "-r", "requirements-bench.txt"]],
}
FILES = {
    "run": ["requirements.txt", "constraints.txt"],
    "test": [
        "requirements.txt",
        "requirements-dev.txt",
        "requirements-ray.txt",
        "constraints.txt",
    ],
    "bench": ["requirements.txt", "requirements-bench.txt", "constraints.txt"],
}
IS_USABLE = "import sys, pip; sys.exit(sys.version_info < (3, 11))"


def main(arguments: list[str]) -> None:
    match arguments:
        case ["port", text]:
            check_port(text)
        case [purpose] if purpose in STEPS:
            with one_at_a_time():
                set_up(purpose)
        case _:
            sys.exit(__doc__)


def check_port(text: str) -> None:
    """Ends with a sentence unless the app can listen on the port."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        sys.exit(f"PORT must be a number from 1 to 65535, but is '{text}'. Try: make run PORT=8501")
    with socket.socket() as probe:
        # As the server will do: a port whose last connections are still closing is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", int(text)))
        except PermissionError:
            sys.exit(f"Port {text} is reserved for the system. Try: make run PORT=8501")
        except OSError:
            other = int(text) + 1 if int(text) < 65535 else 8501
            sys.exit(
                f"Port {text} is taken by another program (perhaps this app, already running). "
                f"Stop that program or take another port: make run PORT={other}"
            )


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Makes a second `make` wait until the first one's set-up is done."""
    import fcntl

    folder = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another make is setting up .venv: waiting for it.", flush=True)
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def set_up(purpose: str) -> None:
    if UNFINISHED.exists():
        remove_venv("The last installation into .venv was interrupted")
    elif (VENV.exists() or VENV.is_symlink()) and not is_usable():
        remove_venv("The Python in .venv does not start or is older than 3.11")
    stamp = VENV / f"installed-{purpose}"
    digest = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in FILES[purpose]))
    if stamp.is_file() and stamp.read_text() == digest.hexdigest():
        return
    is_new = not VENV.exists()
    VENV.mkdir(exist_ok=True)
    UNFINISHED.touch()
    if is_new:
        create_venv()
    print("Installing packages into .venv (a few minutes the first time).", flush=True)
    for step in STEPS[purpose]:
        install(step)
    stamp.write_text(digest.hexdigest())
    UNFINISHED.unlink()


def is_usable() -> bool:
    try:
        return subprocess.run([PYTHON, "-c", IS_USABLE], capture_output=True).returncode == 0
    except OSError:
        return False


def remove_venv(reason: str) -> None:
    print(f"{reason}: making it anew.", flush=True)
    if VENV.is_symlink() or not VENV.is_dir():
        VENV.unlink()
    else:
        shutil.rmtree(VENV)


def create_venv() -> None:
    made = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True)
    if made.returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if "ensurepip" in made.stdout + made.stderr or "No module named venv" in made.stderr:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(
            "This Python cannot make a virtual environment. On Debian and Ubuntu, install the "
            f"package python{version}-venv, then run make again."
        )
    sys.exit(f"Python could not make the folder .venv. It says:\n{made.stdout}{made.stderr}")


def install(step: list[str]) -> None:
    pip = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", *step]
    if subprocess.run(pip, cwd=ROOT).returncode:
        sys.exit(
            "The packages could not be installed; pip's own message stands above. Check the "
            "network connection and the free disk space (4 GB), and that packages exist for this "
            f"Python ({sys.version.split()[0]}; 3.11 to 3.13 are known to work). Then run make "
            "again."
        )


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("Set-up was stopped. The next make starts it again.")
