"""The command line: python -m fer_core analyze FILE… --out DIR.

Exit status: 0 every file was analysed, 1 some could not be, 2 the call, the output folder or
the model is at fault and nothing was analysed, 130 stopped with Ctrl-C (finished files stay).
"""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

from PIL import Image

from fer_core.analyze import iter_video, photo_pipeline, stream_pipeline
from fer_core.annotation import draw_faces
from fer_core.classification import EmotionClassifier, load_classifier
from fer_core.errors import FerError, MediaError
from fer_core.export import error_entry, image_entry, to_json_line, video_entry
from fer_core.media import VideoWriter, kind_of, probe_video, read_image
from fer_core.results import RgbImage, VideoTimeline

RESULTS_FILE = "results.jsonl"
_LONGEST_STEM = 100  # file systems allow 255 bytes a name; marks and endings are added


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit status.

    Raises:
        SystemExit: the call is wrong (status 2) or asks for help (status 0).
    """
    arguments = _parser().parse_args(argv)
    try:
        return _analyze(arguments)
    except KeyboardInterrupt:
        print(f"\nStopped. Finished files are in {arguments.out}.", file=sys.stderr)
        return 130
    except FerError as error:
        print(f"fer_core: {error}", file=sys.stderr)
        return 2
    except Exception as error:  # people at the command line get a sentence, whatever happens
        print(f"fer_core: Unexpected {type(error).__name__}: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fer_core", description="Reads facial expressions in photos and videos."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    analyze = commands.add_parser(
        "analyze",
        help="analyse photos and videos",
        description=f"Writes DIR/{RESULTS_FILE}, one line a file, and annotated copies beside it.",
    )
    analyze.add_argument("files", nargs="+", metavar="FILE", help="photos and videos")
    analyze.add_argument(
        "--out", required=True, type=Path, metavar="DIR", help="folder for the results"
    )
    analyze.add_argument(
        "--sample-fps",
        type=_frames_a_second,
        default=3.0,
        metavar="N",
        help="frames of a video to analyse a second (default: 3)",
    )
    analyze.add_argument(
        "--head",
        choices=("fer2013", "ferplus"),
        help="the set of labels (default: the first of the model)",
    )
    analyze.add_argument(
        "--model", type=Path, metavar="DIR", help="a model folder (default: models/default)"
    )
    return parser


def _frames_a_second(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 240:
        raise argparse.ArgumentTypeError(f"expected a number above 0, at most 240, not {text!r}")
    return value


def _analyze(arguments: argparse.Namespace) -> int:
    _make_folder(arguments.out)
    classifier = load_classifier(arguments.model, head=arguments.head)
    run = _Run(arguments.out, classifier, arguments.sample_fps, arguments.files)
    failed = 0
    with _results_file(arguments.out) as results:
        for number, file in enumerate(arguments.files, start=1):
            run.progress.start(f"[{number}/{len(arguments.files)}] {file}")
            entry = run.entry(file)
            if entry["status"] == "error":
                failed += 1
                run.progress.clear()
                print(f"{file}: {entry['message']}", file=sys.stderr)
            results.write(to_json_line(entry))
            results.flush()
    run.progress.clear()
    total = len(arguments.files)
    print(f"{total - failed} of {total} analysed: {arguments.out / RESULTS_FILE}")
    return 1 if failed else 0


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _results_file(folder: Path) -> TextIO:
    try:
        return (folder / RESULTS_FILE).open("w", encoding="utf-8")
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> FerError:
    return FerError(
        f"Expected --out to be a folder that may be written to. Received {folder} "
        f"({error.strerror}). Name another folder."
    )


class _Run:
    """Analyses file after file into one folder."""

    def __init__(
        self,
        out: Path,
        classifier: EmotionClassifier,
        sample_fps: float,
        files: Sequence[str],
    ) -> None:
        self.progress = _Progress(sys.stderr)
        self._photos, self._clips = photo_pipeline(classifier), stream_pipeline(classifier)
        self._out, self._sample_fps = out, sample_fps
        # Taken names, in the letters that file systems tell apart; no input is overwritten.
        self._taken = {str(Path(file).resolve()).casefold() for file in files}

    def entry(self, file: str) -> dict[str, Any]:
        """The record of one file, its annotated copy written; failures are records too."""
        kind: str | None = None
        try:
            kind = kind_of(file)
            record = self._image if kind == "image" else self._video
            return record(file)
        except FerError as error:
            message = str(error)
        except Exception as error:  # one file must not cost the others
            message = (
                f"Expected to analyse this file. Received an unexpected {type(error).__name__} "
                f"({error}). Try another file."
            )
        return error_entry(file, message, kind)

    def _image(self, file: str) -> dict[str, Any]:
        image = read_image(file)
        self._photos.reset()
        result = self._photos.process(image, timestamp_s=0.0)
        target = self._target(file, ".jpg")
        _save_jpeg(draw_faces(image, result), target)
        return image_entry(file, result) | {"annotated": target.name}

    def _video(self, file: str) -> dict[str, Any]:
        info = probe_video(file)
        target = self._target(file, ".mp4")
        frames = []
        with ExitStack() as stack:
            writer: VideoWriter | None = None
            for image, result in iter_video(
                file, pipeline=self._clips, sample_fps=self._sample_fps
            ):
                if writer is None:
                    fps = min(self._sample_fps, info.fps or self._sample_fps)
                    writer = VideoWriter(target, size_wh=result.size_wh, fps=fps)
                    stack.enter_context(writer)
                writer.write(draw_faces(image, result), result.timestamp_s)
                frames.append(result)
                self.progress.advance(result.timestamp_s, info.duration_s)
        timeline = VideoTimeline(tuple(frames), info.duration_s)
        return video_entry(file, timeline) | {"annotated": target.name}

    def _target(self, file: str, ending: str) -> Path:
        """A name of its own for the annotated copy of a file, in the output folder."""
        stem, count = Path(file).stem[:_LONGEST_STEM], 1
        while True:
            mark = f"-{count}" if count > 1 else ""
            target = self._out / f"{stem}{mark}_annotated{ending}"
            name = str(target.resolve()).casefold()
            if name not in self._taken:
                self._taken.add(name)
                return target
            count += 1


def _save_jpeg(image: RgbImage, target: Path) -> None:
    part = target.with_name(f".{os.getpid()}.{target.name}.part")
    try:
        Image.fromarray(image).save(part, "JPEG", quality=92)
        os.replace(part, target)
    except OSError as error:
        raise MediaError(
            f"Expected to write {target}. Received an error ({error.strerror}). Check that the "
            "folder may be written to and has free space."
        ) from error
    finally:
        part.unlink(missing_ok=True)


class _Progress:
    """One line on a terminal, written over and over; nothing where there is no terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._shown, self._label = stream, stream.isatty(), ""

    def start(self, label: str) -> None:
        self._label = label
        self._write(label)

    def advance(self, done_s: float, total_s: float) -> None:
        self._write(f"{self._label} {min(done_s / total_s, 1) if total_s else 0:.0%}")

    def clear(self) -> None:
        self._write("")

    def _write(self, text: str) -> None:
        if self._shown:
            # Back to the start of the line, and what stood there erased (ECMA-48: EL).
            self._stream.write(f"\r\x1b[K{text}")
            self._stream.flush()


if __name__ == "__main__":
    sys.exit(main())
