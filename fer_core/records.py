"""Report files → frozen records: what is missing is None, what is damaged is a sentence."""

import json
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from fer_core.errors import ReportError

T = TypeVar("T")


def damaged(path: Path, why: object) -> ReportError:
    """The error for a report that is there but cannot be used."""
    return ReportError(
        f"Expected the report {path} to be whole. It cannot be read ({why}). "
        "Fetch it again, or evaluate the run again."
    )


def read_json(path: Path) -> dict[str, Any]:
    """The table that a JSON file holds; empty when there is no such file.

    Raises:
        ReportError: the file is damaged, or holds something else than a table.
    """
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error
    if not isinstance(content, dict):
        raise damaged(path, "it holds no table of names and values")
    return content


def read_record(kind: type[T], path: Path) -> T | None:
    """A JSON file as a record; None when there is no such file.

    Args:
        kind: a dataclass, see `record`.
        path: the file.

    Raises:
        ReportError: the file is damaged, or lacks what the record needs.
    """
    return record(kind, read_json(path), path) if path.is_file() else None


def record(kind: type[T], content: object, path: Path) -> T:
    """Parsed JSON as a record, every type checked.

    Args:
        kind: a dataclass whose fields are float (finite), int, str, bool, another such
            dataclass, tuple[X, ...] (a list), Mapping[str, X] (a table), or a union of these,
            such as `| None`. The metadata "key" of a field is its name in the file where that
            differs. Fields with a default may be missing; names that it does not know are ignored.
        content: what `json.loads` gave.
        path: the file that it came from, for the error.

    Raises:
        ReportError: something is missing or of another type.
    """
    try:
        value: T = checked(kind, content, "the report")
    except (TypeError, KeyError) as error:
        raise damaged(path, error.args[0]) from error
    return value


def checked(kind: Any, content: Any, name: str) -> Any:
    """Parsed JSON or TOML as what `kind` says, see `record`.

    Args:
        name: what to call the content in an error.

    Raises:
        TypeError: something is of another type.
        KeyError: something is missing.
    """
    origin, parts = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return _one_of(parts, content, name)
    if origin is tuple and isinstance(content, list | tuple):
        return tuple(checked(parts[0], each, f"{name}[{i}]") for i, each in enumerate(content))
    if origin is Mapping and isinstance(content, dict):
        return {key: checked(parts[1], each, f"{name}.{key}") for key, each in content.items()}
    if is_dataclass(kind) and isinstance(content, dict):
        return _filled(kind, content, name)
    if kind is float and _is_number(content):
        return float(content)
    # bool is an int for Python; here they are as different as in JSON.
    if kind in (int, str, bool) and type(content) is kind:
        return content
    raise TypeError(f"{name} holds {content!r}")


def _one_of(kinds: Sequence[Any], content: Any, name: str) -> Any:
    if content is None and NoneType in kinds:
        return None
    *others, last = (each for each in kinds if each is not NoneType)
    for each in others:
        with suppress(TypeError, KeyError):
            return checked(each, content, name)
    return checked(last, content, name)


def _is_number(content: object) -> bool:
    return type(content) in (int, float) and math.isfinite(content)  # type: ignore[arg-type]


def _filled(kind: Any, content: Mapping[str, Any], name: str) -> Any:
    types, values = get_type_hints(kind), {}
    for each in fields(kind):
        key = each.metadata.get("key", each.name)
        if key in content:
            values[each.name] = checked(types[each.name], content[key], f"{name}.{key}")
        elif not _has_default(each):
            raise KeyError(f"{name} lacks {key}")
    return kind(**values)


def _has_default(each: Field[Any]) -> bool:
    return each.default is not MISSING or each.default_factory is not MISSING
