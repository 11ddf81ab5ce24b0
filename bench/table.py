"""Writes measured figures between the markers that name them, so that no figure is typed by hand.

python -m bench.table

README.md         shots     from bench/results/shots.json
README.md         speed     from bench/results/pipeline.json
README.md         live      from bench/results/live-*.json
README.md         media     from bench/results/video.json and fuzz_media.json
README.md         training  from bench/results/training.json
models/README.md  metrics   from models/<run>/metrics.json
models/README.md  heads, crops, intensity, damage, files, seeds, levers:
                  see bench.card
"""

import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bench import card, pipeline, training
from fer_core.bundle import MODELS_FOLDER, default_folder
from fer_core.errors import FerError
from fer_core.reports import HeadReport, RunReport, list_runs, load_report

ROOT = MODELS_FOLDER.parent
RESULTS = ROOT / "bench" / "results"
_RUN_COLUMNS = (
    "run | head | images | accuracy | flip | not seen in training | balanced | macro-F1 "
    "| neutral drift | calibration error"
)


def with_section(text: str, name: str, content: str) -> str:
    """`text` with `content` between `<!-- name: … -->` and `<!-- /name -->`.

    Raises:
        ValueError: the markers are missing, or stand in the wrong order.
    """
    marked = re.compile(rf"(<!-- {name}: [^\n]* -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if not marked.search(text):
        raise ValueError(f"Expected the markers <!-- {name}: … --> and <!-- /{name} -->.")
    return marked.sub(lambda match: f"{match[1]}{content}\n{match[2]}", text, count=1)


def speed(report: Mapping[str, Any]) -> str:
    """What was measured where, the table, and how it compares."""
    machine = report["machine"]
    width, height = report["frame_wh"]
    lines = [
        f"Milliseconds a frame (median) at {width}×{height} pixels, model `{report['model']}`, "
        f"on {machine['cores']} cores of {machine['cpu']}, Python {machine['python']}:",
        "",
        pipeline.table(report),
    ]
    if report["times_faster_than_fer"] is not None:
        lines += [
            "",
            f"With one face the app is {report['times_faster_than_fer']} times as fast as OpenCV's "
            "Haar cascade with the network of the package `fer`.",
        ]
    return "\n".join([*lines, *(f"\n{note}" for note in report["notes"])])


def live(reports: Iterable[Mapping[str, Any]]) -> str:
    """A row a run of `bench.live`, and where they were made."""
    rows, places = [], set()
    for report in reports:
        machine, age, echo = report["machine"], report["frame_age_ms"], report["echo_age_ms"]
        places.add(f"{machine['cores']} cores of {machine['cpu']}")
        other = f"{report['burn']} core kept busy by others" if report["burn"] else ""
        rows.append(
            f"| {report['streams']}{' + 1' if 'extra' in report else ''} | {other} "
            f"| {age['p50']:.0f} | {age['p95']:.0f} | {age['max']:.0f} | {echo['p95']:.0f} "
            f"| {report['output_fps']['min']:.1f} |"
        )
    return "\n".join(
        [
            f"Age of the picture in milliseconds when the viewer sees it, on {'; '.join(places)}, "
            "viewers on the same machine:",
            "",
            "| streams | | median | p95 | oldest | plain echo, p95 | pictures/s at least |",
            "|--:|---|--:|--:|--:|--:|--:|",
            *rows,
        ]
    )


def media(clips: Mapping[str, Any], damaged: Mapping[str, Any]) -> str:
    """A row a clip and way of `bench.video`, and what `bench.fuzz_media` found."""
    machine, (width, height) = clips["machine"], clips["clip"]["size_wh"]
    rows = [
        f"| {row['minutes']:g} | {row['way']} | {row['seconds']:.1f} "
        f"| {row['seconds_a_minute']:.1f} | {row['rss_growth_mb']} |"
        for row in clips["measured"]
    ]
    photos, videos = damaged["photos"], damaged["videos"]
    failures = len(photos["failures"]) + len(videos["failures"])
    slowest_s = max(photos["slowest_s"], videos["slowest_s"])
    return "\n".join(
        [
            f"Clips of {width}×{height} pixels with one face, {clips['clip']['fps']} frames a "
            f"second, on {machine['cores']} cores of {machine['cpu']}:",
            "",
            "| minutes | frames read | seconds | seconds a minute | memory added, MB |",
            "|--:|---|--:|--:|--:|",
            *rows,
            "",
            f"{photos['files']:,} damaged photos and {videos['files']:,} damaged videos: "
            f"{failures} without a picture or a sentence in time; the slowest took "
            f"{slowest_s:.2f} s.",
        ]
    )


def shots(report: Mapping[str, Any]) -> str:
    """How many of the cuts that change both person and place `bench.shots` saw, and of none."""
    cuts = [report["cuts"][kind] for kind in ("another picture", "another person and wall")]
    still = report["no_cuts"].values()
    seen, made = (sum(each[key] for each in cuts) for key in ("cuts_seen", "pairs"))
    wrong, pairs = (sum(each[key] for each in still) for key in ("cuts_seen", "pairs"))
    return (
        f"On made pairs of frames, {seen} of {made} cuts to another picture, or to another person\n"
        f"on another wall, are seen. Taken for a cut: {wrong} of {pairs} pairs of one shot (pans,\n"
        f"zooms, changes of light, hands, people who come and go). `{report['command']}`"
    )


def trainer(report: Mapping[str, Any]) -> str:
    """Where the trainer was measured, and the table."""
    machine = report["machine"]
    return "\n".join(
        [
            f"Images a second on {machine['cores']} cores of {machine['cpu']}:",
            "",
            training.table(report["rows"]),
        ]
    )


def metrics(reports: Iterable[RunReport]) -> str:
    """A row a head of each evaluated run, then what each head recalls of each label."""
    rows, recalls = [], []
    for report in reports:
        for head in report.heads:
            name = f"`{report.name}` | {head.head}"
            rows.append(f"| {name} | {_figures(head)} |")
            shares = (f"{label} {head.per_class[label].recall:.0%}" for label in head.labels)
            recalls.append(f"- {name.replace(' |', ',')}: {', '.join(shares)}")
    return "\n".join(
        [
            f"| {_RUN_COLUMNS} |",
            "|---|---|" + "--:|" * (_RUN_COLUMNS.count("|") - 1),
            *rows,
            "",
            "Recall, the share of a label's images that is found:",
            "",
            *recalls,
        ]
    )


def _figures(head: HeadReport) -> str:
    shares = (
        head.accuracy,
        head.accuracy_flip,
        head.deduplicated.accuracy if head.deduplicated else None,
        head.balanced_accuracy,
        head.macro_f1,
        head.neutral_drift,
    )
    return " | ".join([f"{head.images:,}", *map(card.percent, shares), f"{head.ece:.3f}"])


def render() -> dict[Path, str]:
    """Each file with its figures in place → its new text.

    Raises:
        FerError: something has not been measured yet, or a run's reports are damaged.
        ValueError: a file lacks its markers.
    """
    readme, model_card = ROOT / "README.md", MODELS_FOLDER / "README.md"
    (frames,) = _measured("pipeline.json", "make bench")
    streams = _measured("live-*.json", "make bench-live")
    (clips,) = _measured("video.json", "make bench-media")
    (damaged,) = _measured("fuzz_media.json", "make bench-media")
    (cuts,) = _measured("shots.json", "make bench-media")
    (steps,) = _measured("training.json", "make bench-training")
    in_use = default_folder(MODELS_FOLDER).name
    folders = sorted(list_runs(MODELS_FOLDER), key=lambda folder: folder.name != in_use)
    reports = [load_report(folder) for folder in folders]
    text = with_section(readme.read_text("utf-8"), "speed", speed(frames))
    text = with_section(text, "live", live(streams))
    text = with_section(text, "shots", shots(cuts))
    text = with_section(text, "training", trainer(steps))
    about = with_section(model_card.read_text("utf-8"), "metrics", metrics(reports))
    for name, content in card.sections(MODELS_FOLDER).items():
        about = with_section(about, name, content)
    return {readme: with_section(text, "media", media(clips, damaged)), model_card: about}


def _measured(pattern: str, command: str) -> list[Any]:
    """The results whose names fit a pattern, in the order of their names: at least one.

    Raises:
        FerError: there is none; its words name the command that makes it.
    """
    found = [json.loads(path.read_text("utf-8")) for path in sorted(RESULTS.glob(pattern))]
    if not found:
        raise FerError(
            f"Expected measured figures in {RESULTS / pattern}. Received none. Run: {command}"
        )
    return found


def main() -> None:
    try:
        texts = render()
    except (FerError, ValueError) as error:
        sys.exit(str(error))
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
