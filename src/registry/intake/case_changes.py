"""What would change in a financial case 财务测算, cell by cell: records are told by what they hold, as elsewhere."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from registry.intake.child_tables import CASE_SHEET
from registry.projects.case_fields import SECTION, case_fields, case_records, flat
from registry.projects.catalogue import CatalogueField
from registry.projects.differences import line_differences


class CaseChange(NamedTuple):
    """One cell: its path in the JSON document, its title such as 财务测算/营业收入[1]/增长率, and both values."""

    path: str
    title: str
    before: Any
    after: Any


def case_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[CaseChange]:
    """Yield each cell in which two cases differ, in the order of the sheets; None where a side does not fill it."""
    single = case_fields()
    yield from _cells(SECTION, CASE_SHEET, single, flat(before, single), flat(after, single))
    for name in case_records():
        old, new = before.get(name), after.get(name)
        if old != new:
            yield from _changed_list(name, old, new)


def _changed_list(name: str, old: Any, new: Any) -> Iterator[CaseChange]:
    known = case_records()[name]
    sides = [[flat(record, known.fields) for record in side or ()] for side in (old, new)]
    found = False
    for line in line_differences(*sides, key="name"):
        path, title = f"{SECTION}.{name}[{line.number - 1}]", f"{CASE_SHEET}/{known.zh}[{line.number}]"
        for change in _cells(path, title, known.fields, line.before or {}, line.after or {}):
            found = True
            yield change
    if not found:
        # Another order, or a record that says nothing yet: only the list as a whole shows it.
        yield CaseChange(f"{SECTION}.{name}", f"{CASE_SHEET}/{known.zh}", old, new)


def _cells(
    path: str, title: str, known: Mapping[str, CatalogueField], old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[CaseChange]:
    for name, field in known.items():
        if old.get(name) != new.get(name):
            yield CaseChange(f"{path}.{name}", f"{title}/{field.term.zh}", old.get(name), new.get(name))
