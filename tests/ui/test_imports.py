"""The pages' own code stays light."""

import subprocess
import sys


def test_the_pages_need_no_tensorflow() -> None:
    code = "import sys, ui.camera, ui.home, ui.learn, ui.metrics, ui.uploads; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {"tensorflow", "keras", "jax", "torch"}.isdisjoint(done.stdout.split())
