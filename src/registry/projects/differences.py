"""What differs between two documents of a project, field by field."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec


class Difference(msgspec.Struct, frozen=True):
    """One place where two documents differ; None on a side means it is not filled there."""

    path: str
    before: Any
    after: Any


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Return the places where `after` differs from `before`, in the order of the documents; lines go by position."""
    old, new = dict(_leaves(before, "")), dict(_leaves(after, ""))
    paths = {**old, **new}
    return [Difference(path, old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path)]


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name in sorted(value):
            yield from _leaves(value[name], f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}[{index}]")
    else:
        yield path, value
