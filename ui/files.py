"""Files that a person gave, held in memory; what a zip holds counts as given one by one."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from fer_core.errors import MediaError
from fer_core.media import kind_of
from ui.zips import is_zip, shown_name, unzipped


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A photo, a video, or something that is neither.

    Attributes:
        name: to show, and to name downloads after; never a path.
        identity: equal for equal content.
        content: the whole file; empty where there is a problem.
        kind: by content; None where there is a problem.
        problem: why it cannot be read, as a sentence, where that is known already.
    """

    name: str
    identity: str
    content: bytes
    kind: Literal["image", "video"] | None
    problem: str | None = None


def given(name: str, content: bytes) -> Iterator[GivenFile]:
    """A file as it was uploaded; in place of a zip, what is in it."""
    if not is_zip(content):
        yield _one(shown_name(name), content)
        return
    try:
        for inner_name, inner in unzipped(content):
            yield _one(inner_name, inner)
    except MediaError as error:
        yield _one(shown_name(name), error)


def _one(name: str, content: bytes | MediaError) -> GivenFile:
    if isinstance(content, bytes):
        try:
            return GivenFile(name, _digest(content), content, kind_of(content))
        except MediaError as error:
            content = error
    problem = str(content)
    return GivenFile(name, _digest(f"{name}\n{problem}".encode()), b"", None, problem)


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()
