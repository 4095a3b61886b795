"""The Excel template 填报模板, made from the catalogue, and the same workbook filled with projects (export).

Row 1 carries the official titles, row 2 (hidden) the stable field codes, row 3 of the empty template an example marked
示例 that is never read. Child records stand on sheets of their own and name their project by its row id.
"""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

from registry.intake.child_tables import ChildTable, child_tables
from registry.intake.columns import CODE_TITLES, OWNER_TITLES, ROW_TITLES
from registry.intake.example_row import EXAMPLE, EXAMPLE_MARK
from registry.intake.printing import printed
from registry.intake.refusals import MOST_ROWS
from registry.intake.sheets import INSTRUCTIONS_SHEET, LISTS_SHEET, PROJECTS_SHEET
from registry.intake.text_files import Encoding, csv_lines
from registry.projects.case_fields import SECTION as CASE
from registry.projects.case_fields import flat
from registry.projects.catalogue import CatalogueField, Kind, fields
from registry.projects.model import SECTIONS, Dossier

_YES_NO = {"true": "是", "false": "否"}
_SECTION_COLOURS = (
    "#DDEBF7", "#E2EFDA", "#FFF2CC", "#EDEDED", "#FCE4D6", "#E4DFEC", "#DAEEF3", "#F2DCDB", "#D9EAD3",
)  # fmt: skip
_REQUIRED_COLOUR = "#F8CBAD"
_LAST_ROW = MOST_ROWS - 1
_SERIES_HELP: Mapping[Kind, str] = {
    "amounts": "按年填写，以分号分隔，如 1200; 800；为零的年份填 0",
    "ratios": "按年填写，以分号分隔，如 40%; 60%",
    "rate_steps": "项目年=自该年起的名义年利率，以分号分隔，如 3=4.5%; 6=4%",
}
_FIXED_DATE = datetime(2026, 1, 1, tzinfo=UTC)
"""Written into every workbook, so that equal contents are equal bytes."""

_INSTRUCTIONS = (
    "美丽城市项目登记 填报模板",
    "1. 每个项目在「项目」表占一行；「项目序号」自行编号，资金来源等子表用它指明属于哪个项目。",
    "2. 金额一律以万元填写，只填数字；比例填 20% 或 0.2；年份或年月填 2024 或 2024-09；是否填 是 或 否。",
    "3. 不知道的请留空，不要填 0、“-”或“/”。留空表示未知，不等于 0 或“否”。",
    "4. 橙色标题为提交审核前必须填写的字段；有下拉箭头的请从列表中选择。",
    "5. 「登记编号」只有系统中已有的项目才有，请勿改动；新项目留空。",
    "6. 有登记编号的行：清空单元格即清除原值。子表列出该项目的全部记录，未列出的记录将被删除。",
    "7. 第 2 行为系统字段代码（已隐藏），请勿修改；标有“示例”的行不会导入。",
    "8. 单元格中的公式不会被采用，请粘贴为数值。",
    "9. 「财务测算」表每个项目一行；财政补助、债务资金、营业收入、经营成本等表每条一行，用「项目序号」指明项目。",
    "10. 分年数值写在一个单元格内，以分号分隔，如 1200; 800；分年比例请带 %，如 40%; 60%；为零的年份填 0。",
    "11. 利率调整写“项目年=利率”，如 3=4.5%; 6=4%。确知没有任何一年的写“无”，留空表示未知。",
    "12. 确知没有补助、债务等的，在相应子表为该项目写一行，名称填“无”，其余留空；不写表示尚不掌握。",
    "In English: one row per project; amounts in 万元; leave unknown cells empty; rows marked 示例 are not read.",
)


class _Book:
    """One workbook being written: its formats and the ranges of its drop-down lists."""

    def __init__(self, out: io.BytesIO) -> None:
        self.book = xlsxwriter.Workbook(
            out,
            {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
        )
        self.book.set_properties({"created": _FIXED_DATE, "title": "美丽城市项目登记"})
        self.code = self.book.add_format({"font_color": "#808080"})
        self.example = self.book.add_format({"italic": True, "font_color": "#808080", "num_format": "@"})
        # Marks a text as text, as a typed apostrophe does: editing the cell never turns it into a formula.
        self.text = self.book.add_format({"num_format": "@", "quote_prefix": True})
        self.number = self.book.add_format({"num_format": "#,##0.######"})
        self.share = self.book.add_format({"num_format": "0.00%"})
        self.lists: dict[tuple[str, ...], str] = {}

    def title_format(self, colour: str) -> Any:
        return self.book.add_format({"bold": True, "bg_color": colour, "border": 1, "text_wrap": True, "valign": "top"})

    def column_format(self, field: CatalogueField) -> Any:
        if field.kind == "ratio":
            return self.share
        return self.number if field.kind in {"money", "number"} else self.text


@dataclass(slots=True)
class _ChildSheet:
    """A sheet of child records, and where its next row goes: below title and code, counted from 0."""

    table: ChildTable
    sheet: Any
    next_row: int = 2


def template_workbook() -> bytes:
    """Return the empty template as XLSX."""
    return _workbook([], with_example=True)


def export_workbook(projects: Iterable[tuple[str, Dossier]]) -> bytes:
    """Return projects (registry code and dossier) in the template; importing it unchanged changes nothing."""
    return _workbook(projects, with_example=False)


def export_csv(projects: Iterable[tuple[str, Dossier]], encoding: Encoding) -> Iterator[bytes]:
    """Yield the sheet of projects of the template as CSV, in pieces; importing it unchanged changes nothing.

    Child records are not in it, and stay as they are when it is imported.
    """
    yield from csv_lines(_csv_rows(projects), encoding)


def _csv_rows(projects: Iterable[tuple[str, Dossier]]) -> Iterator[Sequence[str | None]]:
    yield [ROW_TITLES[0], CODE_TITLES[0], *(_title(field) for field in fields().values())]
    for number, (code, dossier) in enumerate(projects, start=1):
        values = (printed(field, getattr(dossier, name)) for name, field in fields().items())
        yield [
            str(number),
            code,
            *(value if value is None or isinstance(value, str) else _digits(value) for value in values),
        ]


def _digits(number: float) -> str:
    """Return a number without exponent, with the 15 digits it was found to have."""
    return f"{Decimal(f'{number:.15g}'):f}"


def _workbook(projects: Iterable[tuple[str, Dossier]], *, with_example: bool) -> bytes:
    out = io.BytesIO()
    book = _Book(out)
    _write_instructions(book)
    main = book.book.add_worksheet(PROJECTS_SHEET)
    children = [_ChildSheet(table, book.book.add_worksheet(table.title)) for table in child_tables().values()]
    _write_lists(book)
    keys = (("row_id", ROW_TITLES[0]), ("code", CODE_TITLES[0]))
    _write_head(book, main, fields(), keys)
    if with_example:
        _write_row(book, main, 2, [EXAMPLE_MARK, "", *(EXAMPLE.get(name, "") for name in fields())], book.example)
    for child in children:
        _write_head(book, child.sheet, child.table.fields, (*keys, ("owner_name", OWNER_TITLES[0])))
    for number, (code, dossier) in enumerate(projects, start=1):
        values = [printed(field, getattr(dossier, name)) for name, field in fields().items()]
        _write_row(book, main, number + 1, [str(number), code, *values])
        for child in children:
            _write_lines(book, child, number, code, dossier)
    book.book.close()
    return out.getvalue()


def _write_instructions(book: _Book) -> None:
    sheet = book.book.add_worksheet(INSTRUCTIONS_SHEET)
    sheet.set_column(0, 0, 110)
    for row, text in enumerate(_INSTRUCTIONS):
        sheet.write_string(row, 0, text)


def _write_lists(book: _Book) -> None:
    """Write each list of choices once, in a column of its own; long lists fit there, not into the cell's rule."""
    sheet = book.book.add_worksheet(LISTS_SHEET)
    everything = [*fields().values(), *(field for table in child_tables().values() for field in table.fields.values())]
    for field in everything:
        labels = _labels(field)
        if labels and labels not in book.lists:
            column = len(book.lists)
            sheet.write_string(0, column, field.term.zh)
            for row, label in enumerate(labels, start=1):
                sheet.write_string(row, column, label)
            letter = xlsxwriter.utility.xl_col_to_name(column, col_abs=True)
            # By name: Excel saves a list on another sheet as an extension that other programs drop, a name it keeps.
            name = f"list_{column + 1}"
            book.book.define_name(name, f"='{LISTS_SHEET}'!{letter}$2:{letter}${len(labels) + 1}")
            book.lists[labels] = f"={name}"


def _labels(field: CatalogueField) -> tuple[str, ...]:
    if field.kind == "boolean":
        return tuple(_YES_NO.values())
    return tuple(str(printed(field, code)) for code in field.term.choices or ())


def _write_head(
    book: _Book, sheet: Any, described: Mapping[str, CatalogueField], keys: Sequence[tuple[str, str]]
) -> None:
    sheet.set_row(1, None, book.code, {"hidden": True})
    sheet.freeze_panes(2, len(keys))
    key_format = book.title_format("#D9D9D9")
    for column, (code, title) in enumerate(keys):
        sheet.write_string(0, column, title, key_format)
        sheet.write_string(1, column, code, book.code)
        sheet.set_column(column, column, 14, book.text)
    colours = dict(zip(SECTIONS, _SECTION_COLOURS, strict=True))
    for column, field in enumerate(described.values(), start=len(keys)):
        is_needed = field.is_required or field.term.needed_from in {"draft", "submitted"}
        colour = _REQUIRED_COLOUR if is_needed else colours.get(field.term.section, "#DDEBF7")
        sheet.write_string(0, column, _title(field), book.title_format(colour))
        sheet.write_string(1, column, field.name, book.code)
        sheet.set_column(column, column, 36 if (field.max_length or 0) > 1000 else 18, book.column_format(field))  # noqa: PLR2004 - long prose
        if words := "\n".join(filter(None, (field.term.help_zh, _SERIES_HELP.get(field.kind)))):
            sheet.write_comment(0, column, words)
        if labels := _labels(field):
            rule = {"validate": "list", "source": book.lists[labels], "error_title": "请从列表中选择"}
            sheet.data_validation(2, column, _LAST_ROW, column, rule)


def _title(field: CatalogueField) -> str:
    unit = field.term.unit
    return field.term.zh if unit is None or field.kind == "ratio" else f"{field.term.zh}（{unit}）"


def _write_lines(book: _Book, child: _ChildSheet, number: int, code: str, dossier: Dossier) -> None:
    for line in _lines(child.table, dossier):
        values = [printed(field, line.get(name)) for name, field in child.table.fields.items()]
        _write_row(book, child.sheet, child.next_row, [str(number), code, dossier.name or "", *values])
        child.next_row += 1


def _lines(table: ChildTable, dossier: Dossier) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a table as values by field; the single values of a case are one row, even when unknown."""
    case = dossier.financials
    if table.name == CASE:
        yield {} if case is None else flat(case.model_dump(mode="json"), table.fields)
    elif table.case_list is None:
        yield from ({name: getattr(line, name) for name in table.fields} for line in getattr(dossier, table.name))
    else:
        for part in (getattr(case, table.case_list) if case is not None else None) or ():
            yield flat(part.model_dump(mode="json"), table.fields)


def _write_row(book: _Book, sheet: Any, row: int, values: Sequence[str | float | None], style: Any = None) -> None:
    for column, value in enumerate(values):
        if value is None or value == "":
            continue
        if isinstance(value, str):
            sheet.write_string(row, column, value, style or book.text)
        else:
            sheet.write_number(row, column, value)
