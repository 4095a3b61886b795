"""What differs between two documents of a project, field by field."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

_HALF, _KEY_WEIGHT = 0.5, 3


class Difference(msgspec.Struct, frozen=True):
    """One place where two documents differ; None on a side means it is not filled there."""

    path: str
    before: Any
    after: Any


class LineDifference(msgspec.Struct, frozen=True):
    """One child record that came, went or changed; `number` is its place in its list, counted from 1."""

    kind: Literal["added", "removed", "changed"]
    number: int
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def line_differences(before: Sequence[Any], after: Sequence[Any], *, key: str) -> list[LineDifference]:
    """Return how two lists of child records differ, in the order of `after`, what is gone last.

    Records are told by what they hold, not by where they stand: one put on top does not change those below it, and
    another order is no difference. A record counts as changed when at least half is kept, of which `key`, the field
    that names it, weighs as much as three others.
    """
    old, new = dict(enumerate(before, 1)), dict(enumerate(after, 1))
    for number, line in list(new.items()):
        same = next((place for place, known in old.items() if known == line), None)
        if same is not None:
            del old[same], new[number]
    pairs = sorted(
        (-_alike(old[place], new[number], key), abs(place - number), number, place) for number in new for place in old
    )
    changed: dict[int, int] = {}
    for likeness, _, number, place in pairs:
        if -likeness >= _HALF and number not in changed and place not in changed.values():
            changed[number] = place
    found = [
        LineDifference("changed", number, old.pop(changed[number]), line)
        if number in changed
        else LineDifference("added", number, None, line)
        for number, line in new.items()
    ]
    return found + [LineDifference("removed", place, line, None) for place, line in old.items()]


def _alike(one: Mapping[str, Any], other: Mapping[str, Any], key: str) -> float:
    names = {name for line in (one, other) for name, value in line.items() if value is not None}
    weights = {name: _KEY_WEIGHT if name == key else 1 for name in names}
    same = sum(weight for name, weight in weights.items() if one.get(name) == other.get(name))
    return same / max(sum(weights.values()), 1)


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
