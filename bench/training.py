"""How fast the trainer is: images a second of training steps and of their input alone.

    python -m bench.training --json bench/results/training.json

Rows: the app's network and one teacher, each with batch normalisation by TensorFlow's fused
kernel, as the trainer has it, and by Keras' own layers. Each row is a process of its own, so
that none inherits the memory and the threads of another.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.pipeline import command_line, machine

RECIPES = ("mobilenetv2-96", "teacher-vgg")
NORMALIZATIONS = ("fused", "plain")

# Recipe, normalisation, steps → the row; see fer_core/training/throughput.py.
Measure = Callable[[str, str, int], dict[str, Any]]


def measured(recipe: str, normalization: str, steps: int) -> dict[str, Any]:
    """One row, from a new process.

    Raises:
        RuntimeError: the process failed.
    """
    options = ["--recipe", recipe, "--normalization", normalization, "--steps", str(steps)]
    done = subprocess.run(
        [sys.executable, "-m", "fer_core.training.throughput", *options],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{recipe}, {normalization} could not be measured:\n{done.stderr}")
    row: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return row


def compared(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Recipe → how many times faster the fused kernel trains it."""
    speed = {(row["recipe"], row["normalization"]): row["train_images_per_s"] for row in rows}
    return {
        recipe: round(speed[recipe, "fused"] / plain, 2)
        for (recipe, normalization), plain in speed.items()
        if normalization == "plain"
    }


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as a Markdown table, in images a second."""
    lines = [
        "| recipe | input | normalisation | backend | training | input pipeline |",
        "|---|--:|---|---|--:|--:|",
    ]
    for row in rows:
        speeds = f"{row['train_images_per_s']:,.0f} | {row['input_images_per_s']:,.0f}"
        name = f"{row['recipe']} | {row['size']} px | {row['normalization']} | {row['backend']}"
        lines.append(f"| {name} | {speeds} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None, *, measure: Measure = measured) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.training", description=__doc__)
    parser.add_argument("--json", type=Path, required=True, help="file to write")
    parser.add_argument("--steps", type=int, default=20, help="timed training steps a row")
    given = sys.argv[1:] if arguments is None else arguments
    options = parser.parse_args(given)
    before = machine()
    try:
        rows = [measure(name, kind, options.steps) for name in RECIPES for kind in NORMALIZATIONS]
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    report = {
        "command": command_line("bench.training", given),
        "machine": before,
        "rows": rows,
        "times_faster_fused": compared(rows),
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
