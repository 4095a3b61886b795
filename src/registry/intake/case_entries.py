"""What a file says of a financial case 财务测算, laid over the case that is stored."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from registry.intake.rows import Row
from registry.projects.case_fields import case_fields, case_records, flat, nested
from registry.projects.case_series import NOTHING


def merged_case(row: Row, stored: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the case of a row as its JSON document, None when nothing is known of it.

    What the file does not speak of stays. As for other fields, an empty cell clears, and a list without a row is
    removed, only where the row names its project by registry code.
    """
    case = copy.deepcopy(dict(stored or {}))
    if row.case is None:
        return None if stored is None else case
    single, is_whole = row.case.single, row.code is not None
    if single is not None:
        for path, value in single.values.items():
            _place(case, path, value)
        for path in single.emptied() & case_fields().keys() if is_whole else ():
            _clear(case, path.split("."))
    for name, lines in row.case.records.items():
        if lines:
            case[name] = _records(name, lines, case.get(name) or [])
        elif is_whole and case.get(name):
            del case[name]
    return case if case or stored == {} else None


def place_of(row: Row, place: Sequence[str | int]) -> tuple[Row, str] | None:
    """Return the row of the file and the field that filled a place of the case, such as ("debts", 0, "name")."""
    if row.case is None or not place:
        return None
    names = [str(step) for step in place if isinstance(step, str)]
    lines = row.case.records.get(names[0])
    if lines is None:
        return None if row.case.single is None else _field(row.case.single, names)
    index = place[1] if len(place) > 1 else 0
    return _field(lines[int(index)], names[1:]) if int(index) < len(lines) else None


def _field(line: Row, names: Sequence[str]) -> tuple[Row, str] | None:
    paths = (".".join(names[:length]) for length in range(len(names), 0, -1))
    return next(((line, path) for path in paths if path in line.columns), None)


def _records(name: str, lines: Sequence[Row], stored: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the records of the sheet; one that says the same as a stored one is that one, empty parts and all.

    A single row that says nothing but the name 无 says that there are none, which is more than to say nothing.
    """
    if [line.values for line in lines] == [{"name": NOTHING}]:
        return []
    known = case_records()[name].fields
    before = [(flat(record, known), record) for record in stored]
    return [
        dict(next((record for values, record in before if values == line.values), nested(line.values)))
        for line in lines
    ]


def _place(case: dict[str, Any], path: str, value: Any) -> None:
    *parents, name = path.split(".")
    for parent in parents:
        if not isinstance(case.get(parent), dict):
            case[parent] = {}
        case = case[parent]
    case[name] = value


def _clear(part: dict[str, Any], names: Sequence[str]) -> None:
    """Remove a value, and with it the parts it alone filled."""
    name, *rest = names
    if name not in part:
        return
    if not rest:
        del part[name]
    elif part[name]:
        _clear(part[name], rest)
        if not part[name]:
            del part[name]
