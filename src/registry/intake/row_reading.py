"""The rows of one sheet to values by field; what is not taken is said at its cell."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from registry.errors import Finding
from registry.intake.cells import Flaw, Taken, is_masked, take_cell
from registry.intake.columns import Column, Header
from registry.intake.example_row import EXAMPLE, EXAMPLE_MARK
from registry.intake.json_cells import JsonCells
from registry.intake.notes import Notes
from registry.intake.reading import Sheet, cell_name, column_letters, covered_cells
from registry.intake.rows import Row
from registry.projects.catalogue import CatalogueField
from registry.projects.model import Dossier


class RowReader:
    """Reads the rows of one sheet under one header; repeated texts are looked at once."""

    def __init__(self, sheet: Sheet, header: Header, notes: Notes) -> None:
        self._sheet, self._header, self._notes = sheet, header, notes
        self._columns = {column.target: column for column in header.columns}
        self._taken: dict[tuple[str, str], Taken] = {}
        self._json_cells = JsonCells(notes)
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
            self._json_cells.take(row, column, text)

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
