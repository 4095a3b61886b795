"""The rows of one sheet to values by field, and the child records that stand in a cell as a JSON list."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from registry.errors import Finding
from registry.intake.cells import MISSING, Flaw, Taken, is_masked, take_cell
from registry.intake.columns import Column, Header
from registry.intake.notes import Notes
from registry.intake.reading import Sheet, cell_name, column_letters, covered_cells
from registry.projects.catalogue import CatalogueField, line_fields
from registry.projects.model import Dossier

EXAMPLE_MARK = "示例"
"""What the template prints as the row id of its example row; such rows are not read."""
EXAMPLE: Mapping[str, str] = {
    "name": "示例市污水处理厂扩建工程（示例）",
    "approval_code": "2601-330500-04-01-123456",
    "province_name": "浙江省",
    "city_name": "湖州市",
    "total_investment": "12345.67",
    "project_capital": "3000",
    "construction_start": "2026-03",
    "construction_end": "2027-12",
}
"""The example row of the template, by field."""

_MOST_LINES = 1000


@dataclass(slots=True)
class Row:
    """One row of a file as values: what was given, which cells were empty, which were not taken."""

    sheet: str
    number: int
    cells: Sequence[str | None]
    values: dict[str, Any] = field(default_factory=dict)
    without: set[str] = field(default_factory=set)
    """The child tables that have a sheet in the file and no row there that speaks of the project."""
    flawed: set[str] = field(default_factory=set)
    code: str | None = None
    row_id: str | None = None
    owner_name: str | None = None
    columns: Mapping[str, Column] = field(default_factory=dict)
    case: "CaseEntries | None" = None
    lines: dict[str, "list[Row]"] = field(default_factory=dict)
    """The rows of child sheets that gave the records of each collection."""

    def emptied(self) -> set[str]:
        """Return what has a column or sheet in the file and nothing in it."""
        return self.without | (self.columns.keys() - self.values.keys() - self.flawed)

    def printed(self, target: str) -> str | None:
        """Return the text of the cell of a field as it stands in the file."""
        column = self.columns.get(target)
        return None if column is None or column.index >= len(self.cells) else self.cells[column.index]


@dataclass(slots=True)
class CaseEntries:
    """What the sheets of the financial case say of one project: the row of single values, and the rows of each list.

    A list that has a sheet in the file is here even when no row of it speaks of the project.
    """

    single: Row | None = None
    records: dict[str, list[Row]] = field(default_factory=dict)


class RowReader:
    """Reads the rows of one sheet under one header; repeated texts are looked at once."""

    def __init__(self, sheet: Sheet, header: Header, notes: Notes) -> None:
        self._sheet, self._header, self._notes = sheet, header, notes
        self._columns = {column.target: column for column in header.columns}
        self._taken: dict[tuple[str, str], Taken] = {}
        self._bound = {column.index: (column, cast("dict[str, Any]", {})) for column in header.columns}
        """Each column by its index, with the values of texts that were taken before without a word about them."""
        self._masked: dict[int, list[int]] = {}
        self._masked_texts: set[str] = set()
        known = {column.index for column in header.columns} | set(header.unknown)
        width = max(map(len, sheet.rows), default=0)
        self._untitled = [index for index in range(width) if index not in known]
        self._covered = covered_cells(sheet.merged, len(sheet.rows))
        self._told_ranges: set[tuple[str, int]] = set()
        self._rows_untaken = {row for row, _ in (*sheet.formulas, *sheet.errors)}
        self._rows_with_gaps = self._rows_untaken | {row for row, _ in self._covered}

    def rows(self) -> Iterator[Row]:
        """Yield each row that holds anything for a field, except the template's own code and example rows."""
        for number, cells in enumerate(self._sheet.rows[self._header.row :], start=self._header.row + 1):
            if self._is_data(number, cells):
                yield self._read(number, cells)
        self._report_masked_texts()

    def _is_data(self, number: int, cells: Sequence[str | None]) -> bool:
        is_code_row = False
        for column in self._header.columns:
            text = cells[column.index] if column.index < len(cells) else None
            if not text or not text.strip():
                continue
            if text == column.target:
                is_code_row = True
            elif column.target == "row_id" and text.strip().startswith(EXAMPLE_MARK):
                self._report_example(number, cells)
                return False
            else:
                return True
        if is_code_row:
            return False
        if number in self._rows_untaken:
            return True
        self._report_stray_row(number, cells)
        return False

    def _report_example(self, number: int, cells: Sequence[str | None]) -> None:
        """Say that a row was not read when somebody filled it in but left the mark of the example."""
        texts = {
            column.target: text.strip()
            for column in self._header.columns
            if column.index < len(cells) and (text := cells[column.index]) and text.strip()
        }
        texts.pop("row_id", None)
        if any(EXAMPLE.get(target) != text for target, text in texts.items()):
            flaw = Flaw(
                "example-row",
                f"「项目序号」为“{EXAMPLE_MARK}”，按示例行处理，未导入；如是真实项目，请把项目序号改成自己的编号",
                "is marked as the example and was not imported; give a real project a row number of its own",
                "warning",
            )
            self._notes.at_row(self._sheet.name, number, flaw, texts.get("name"), "row_id")

    def _report_stray_row(self, number: int, cells: Sequence[str | None]) -> None:
        """Say that a row holds something only where no field stands, such as a remark below the table."""
        text = next((cell for cell in cells if cell and cell.strip()), None)
        if text is not None:
            flaw = Flaw(
                "row-not-read",
                "内容都不在已识别的列中，未读取；如是项目，请填在有标题的列里",
                "holds nothing in a column that was recognised and was not read; a project goes under the titles",
                "info",
            )
            self._notes.at_row(self._sheet.name, number, flaw, text)

    def _read(self, number: int, cells: Sequence[str | None]) -> Row:
        row = Row(self._sheet.name, number, cells, columns=self._columns)
        row.code = (row.printed("code") or "").strip() or None
        is_new, values, bound = row.code is None, row.values, self._bound
        for index, text in enumerate(cells):
            if text and index in bound:
                column, known = bound[index]
                if is_new and text in known:
                    values[column.target] = known[text]
                elif text.strip():
                    self._take(row, column, text, known)
        if number in self._rows_with_gaps:
            self._report_gaps(row)
        if self._untitled:
            self._report_loose_cells(row)
        return row

    def _take(self, row: Row, column: Column, text: str, known: dict[str, Any]) -> None:
        if column.field is not None:
            self._take_field(row, column, column.field, text, known)
        elif column.target == "row_id":
            row.row_id = text.strip()
        elif column.target == "owner_name":
            row.owner_name = text.strip()
        elif column.target in Dossier.LINES:
            self._take_lines(row, column, text)

    def _take_field(
        self, row: Row, column: Column, described: CatalogueField, text: str, known: dict[str, Any]
    ) -> None:
        if row.code is not None and described.kind == "text":
            # A row with a registry code was exported from here: its texts are what a person entered, masks and all.
            row.values[column.target] = text
            return
        taken = self._taken.get((column.target, text))
        if taken is None:
            taken = take_cell(described, text, in_percent=column.in_percent)
            self._taken[column.target, text] = taken
            if described.kind == "text" and taken.value is not None and is_masked(text):
                self._masked_texts.add(text)
        if taken.flaw is not None:
            self._notes.at_cell(row.sheet, row.number, column, taken.flaw, text)
            row.flawed.add(column.target)
        if taken.value is not None:
            row.values[column.target] = taken.value
            if text in self._masked_texts:
                self._masked.setdefault(column.index, []).append(row.number)
            elif taken.flaw is None:
                known[text] = taken.value

    def _report_gaps(self, row: Row) -> None:
        for column, _ in self._bound.values():
            text = row.printed(column.target)
            if (text is None or not text.strip()) and self._report_untaken(row, column):
                row.flawed.add(column.target)

    def _report_untaken(self, row: Row, column: Column) -> bool:
        """Report a cell that is empty only because its formula or error was not taken."""
        place = (row.number, column.index + 1)
        if (formula := self._sheet.formulas.get(place)) is not None:
            flaw = Flaw(
                "formula-cell",
                f"单元格 {cell_name(*place)} 是公式，其缓存结果不可信，未采用；请“选择性粘贴—数值”后再上传",
                f"cell {cell_name(*place)} is a formula; its cached result is not trusted. Paste it as a value",
            )
            self._notes.at_cell(row.sheet, row.number, column, flaw, formula)
        elif (error := self._sheet.errors.get(place)) is not None:
            flaw = Flaw(
                "error-cell",
                f"单元格 {cell_name(*place)} 是计算错误，未采用；请改为正确的值",
                f"cell {cell_name(*place)} is a calculation error; enter the right value",
            )
            self._notes.at_cell(row.sheet, row.number, column, flaw, error)
        elif (covered := self._covered.get(place)) is not None:
            self._report_merged(row, column, covered)
        else:
            return False
        return True

    def _report_merged(self, row: Row, column: Column, covered: str) -> None:
        """Say once for a column that only the first cell of a merged range holds its text."""
        if (covered, column.index) in self._told_ranges:
            return
        self._told_ranges.add((covered, column.index))
        flaw = Flaw(
            "merged-cells",
            f"单元格 {covered} 是合并的，只有左上角一格有值，其余各格按未填处理，不改动原值；请取消合并后逐行填写",
            f"cells {covered} are merged: only the first holds a value, the others count as not filled in and change "
            "nothing. Unmerge them and fill in each row",
            "warning",
        )
        self._notes.at_cell(row.sheet, row.number, column, flaw, "")

    def _report_loose_cells(self, row: Row) -> None:
        for index in self._untitled:
            text = row.cells[index] if index < len(row.cells) else None
            if text and text.strip():
                place = cell_name(row.number, index + 1)
                flaw = Flaw(
                    "cell-without-title",
                    f"单元格 {place} 所在列没有标题，内容未采用，保留在导入记录中；请补标题",
                    f"cell {place} stands in a column without a title and was not taken; add the title",
                    "warning",
                )
                self._notes.at_row(row.sheet, row.number, flaw, text)

    def _take_lines(self, row: Row, column: Column, text: str) -> None:
        try:
            listed = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
        except (ValueError, RecursionError):
            listed = None
        if not isinstance(listed, list) or len(listed) > _MOST_LINES or not all(isinstance(e, dict) for e in listed):
            flaw = Flaw("not-a-list", "应为 JSON 列表，未采用；请对照说明改正", "should be a JSON list of objects")
            self._notes.at_cell(row.sheet, row.number, column, flaw, text)
            row.flawed.add(column.target)
            return
        row.values[column.target] = [self._take_line(row, column, index, entry) for index, entry in enumerate(listed)]

    def _take_line(self, row: Row, column: Column, index: int, entry: dict[str, Any]) -> dict[str, Any]:
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

    def _report_masked_texts(self) -> None:
        for index, numbers in self._masked.items():
            column = next(column for column in self._header.columns if column.index == index)
            finding = Finding(
                column.target,
                "text-masked",
                f"{column_letters(index + 1)} 列「{column.title}」有 {len(numbers)} 行被来源网站部分遮蔽"
                f"（首见第 {numbers[0]} 行），已按原文保留；请从原始文件补全",
                f"Column {column_letters(index + 1)} “{column.title}” is masked in part in {len(numbers)} rows "
                f"(first: row {numbers[0]}); kept as printed. Complete it from the original documents",
                None,
                "info",
                numbers[0],
                column.title,
            )
            self._notes.at_sheet(self._sheet.name, finding, index + 1)


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
