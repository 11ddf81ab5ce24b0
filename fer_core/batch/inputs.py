"""Files and folders that a person names → the files to analyse, in a fixed order."""

import mimetypes
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fer_core.errors import FerError, MediaError
from fer_core.media import kind_of

Kind = Literal["image", "video"]
# Endings that Python's table of types lacks on some systems.
_MORE_ENDINGS = frozenset((".heic", ".heif", ".avif", ".webp", ".mkv", ".webm", ".m4v", ".3gp"))


@dataclass(frozen=True, slots=True)
class Input:
    """A file to analyse, or a folder that could not be searched.

    Attributes:
        file: as it is called in the results.
        folders: names of the folders that it lies in, the nearest first: of a file found in a
            folder, up to that folder; of a file named itself, its own folder.
        kind: by its content; None where it has none that can be told.
        problem: why it cannot be read; None where nothing is wrong so far.
    """

    file: str
    folders: tuple[str, ...]
    kind: Kind | None
    problem: str | None


def find_inputs(names: Sequence[str], *, out: Path) -> tuple[list[Input], int]:
    """The files to analyse.

    Folders are searched in order of names, and so are those in them; hidden files and
    folders are skipped, as is `out`.

    Args:
        names: files and folders.
        out: where results go.

    Returns:
        The files in the order of `names`, after those of a folder the folders in it that cannot
        be searched, and how many files in folders were left out because neither their name nor
        their content is that of a photo or a video.

    Raises:
        FerError: a folder to search is `out` itself.
    """
    inputs, left_out = [], 0
    for name in names:
        if not os.path.isdir(name):
            inputs.append(_input(name, (Path(os.path.abspath(name)).parent.name,)))
            continue
        if _same(name, out):
            raise FerError(
                f"Expected --out to be another folder than those to analyse. Received {out} for "
                "both. Name a new folder, or one inside it."
            )
        closed: list[OSError] = []
        for file, folders in _walk(name, out, closed):
            found = _input(file, folders)
            if found.kind is None and not _named_media(file):
                left_out += 1
            else:
                inputs.append(found)
        inputs += [_closed(error) for error in closed]
    return inputs, left_out


def _input(file: str, folders: tuple[str, ...]) -> Input:
    try:
        return Input(file, folders, kind_of(file), None)
    except MediaError as error:
        return Input(file, folders, None, str(error))


def _closed(error: OSError) -> Input:
    problem = (
        f"Expected to search the folder {error.filename}. Received an error ({error.strerror}). "
        "Check that it may be read, or leave it out."
    )
    return Input(str(error.filename), (), None, problem)


def _named_media(file: str) -> bool:
    kind = mimetypes.guess_type(file)[0] or ""
    return kind.startswith(("image/", "video/")) or Path(file).suffix.lower() in _MORE_ENDINGS


def _same(one: str | Path, other: str | Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _walk(root: str, out: Path, closed: list[OSError]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every file below a folder with the names of its folders, the nearest first.

    `closed` collects why folders cannot be searched.
    """
    top = Path(os.path.abspath(root)).name
    for folder, below, files in os.walk(root, onerror=closed.append):
        below[:] = sorted(
            name
            for name in below
            if not name.startswith(".") and not _same(os.path.join(folder, name), out)
        )
        inside = os.path.relpath(folder, root)
        parts = () if inside == os.curdir else tuple(Path(inside).parts)
        for name in sorted(files):
            if not name.startswith("."):
                yield os.path.join(folder, name), (*reversed(parts), top)
