"""The child records that stand in one cell as a JSON list, as a CSV or a sheet of one row a project has them."""

import json
from typing import Any

from registry.intake.cells import MISSING, Flaw, Taken, take_cell
from registry.intake.columns import Column
from registry.intake.notes import Notes
from registry.intake.rows import Row
from registry.projects.catalogue import CatalogueField, line_fields

_MOST_LINES = 1000


class JsonCells:
    """Reads child records from cells; repeated texts are looked at once."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._taken: dict[tuple[str, str], Taken] = {}

    def take(self, row: Row, column: Column, text: str) -> None:
        """Put the records of a cell among the values of its row; what of them is not taken is said at the cell."""
        try:
            listed = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
        except (ValueError, RecursionError):
            listed = None
        if not isinstance(listed, list) or len(listed) > _MOST_LINES or not all(isinstance(e, dict) for e in listed):
            flaw = Flaw("not-a-list", "应为 JSON 列表，未采用；请对照说明改正", "should be a JSON list of objects")
            self._notes.at_cell(row.sheet, row.number, column, flaw, text)
            row.flawed.add(column.target)
            return
        row.values[column.target] = [self._line(row, column, index, entry) for index, entry in enumerate(listed)]

    def _line(self, row: Row, column: Column, index: int, entry: dict[str, Any]) -> dict[str, Any]:
        """Return one child record of a JSON list; its texts are read like cells."""
        line: dict[str, Any] = {}
        known = line_fields(column.target)
        for name, content in entry.items():
            path = f"{column.target}[{index}].{name}"
            described = known.get(name)
            if described is None:
                flaw = Flaw("unknown-key", f"字段 {name} 不在目录中，未采用", f"key {name} is not known", "warning")
                self._notes.at_cell(row.sheet, row.number, column, flaw, content, path)
                continue
            key = (f"{column.target}.{name}", content) if isinstance(content, str) else None
            taken = self._taken.get(key) if key is not None else None
            if taken is None:
                taken = _take_json(described, content)
                if key is not None:
                    self._taken[key] = taken
            if taken.flaw is not None:
                flaw = Flaw(
                    taken.flaw.code,
                    f"{described.term.zh}：{taken.flaw.message_zh}",
                    taken.flaw.message_en,
                    "info" if taken.flaw.code == "masked-value" else taken.flaw.severity,
                )
                self._notes.at_cell(row.sheet, row.number, column, flaw, content, path)
            if taken.value is not None:
                line[name] = taken.value
        return line


def _take_json(described: CatalogueField, content: Any) -> Taken:
    if content is None:
        return MISSING
    if isinstance(content, bool):
        if described.kind == "boolean":
            return Taken(content)
        content = "true" if content else "false"
    if not isinstance(content, str):
        return Taken(flaw=Flaw("not-a-value", "应为单个值", "should be a single value"))
    return take_cell(described, content)
