"""Shared shape of every sheet of years: title, unit, year numbers, frozen panes, print set-up."""

from dataclasses import dataclass, field
from typing import Any

from registry.packages.model import styles
from registry.packages.model.figures import ModelFigures
from registry.packages.model.formulas import FormulaWriter, rows_that_may_be_blank
from registry.packages.model.layout import CALCULATION, CODE, FIRST_ROW, NAME, NOTE, UNIT, VALUE, Layout
from registry.packages.office import PlainSheet

COVER, INDEX, NOTES, INDICATORS, CHECKS = "封面", "目录", "说明", "指标", "校核"


@dataclass
class ModelBook:
    """A workbook being written: the library's book, the model, and the formats made so far."""

    book: Any
    figures: ModelFigures
    layout: Layout
    heading: str
    """Printed on top of every sheet: project and version."""
    formats: dict[tuple[tuple[str, Any], ...], Any] = field(default_factory=dict)
    contents: list[tuple[str, str]] = field(default_factory=list)
    """Sheets and what they hold, in order."""

    def style(self, **wanted: Any) -> Any:
        """Return the format with these properties; each is made once."""
        key = tuple(sorted(wanted.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format(
                {"font_name": styles.FONT, "font_size": 10, "valign": "vcenter", **wanted}
            )
        return self.formats[key]

    def sheet(self, name: str, says: str) -> Any:
        """Add a sheet with its heading and print set-up."""
        sheet = self.book.add_worksheet(name, PlainSheet)
        self.contents.append((name, says))
        sheet.hide_gridlines(2)
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        sheet.set_footer(f"&L&8{_plain(self.heading)}&C&8— &P / &N —&R&8&A")
        sheet.write_string(0, 0, says, self.style(bold=True, font_size=14, font_color=styles.ACCENT))
        sheet.write_string(1, 0, self.heading, self.style(font_color="#66716F", font_size=9))
        return sheet

    def year_sheet(self, name: str, says: str, unit: str, note: str) -> Any:
        """Add a sheet whose columns are the project years, the same columns on every sheet."""
        sheet, layout = self.sheet(name, says), self.layout
        head = self.style(bold=True, bg_color=styles.FAINT, bottom=1, top=1)
        centred = self.style(bold=True, bg_color=styles.FAINT, bottom=1, top=1, align="center")
        for column, width, title in (
            (CODE, 8, "序号"), (NAME, 36, "项目"), (UNIT, 8, "单位"), (NOTE, 18, note), (VALUE, 15, "合计／数值"),
        ):  # fmt: skip
            sheet.set_column(column, column, width)
            sheet.write_string(FIRST_ROW - 1, column, title, head)
        sheet.set_column(VALUE + 1, layout.first_year - 1, 0.6)
        sheet.set_column(layout.first_year, layout.last_year, 12.5)
        for year in range(layout.years):
            column = layout.first_year + year
            self.formula(sheet, FIRST_ROW - 1, column, self._year_number(name, column), year + 1, centred)
        sheet.write_string(2, 0, f"单位：{unit}", self.style(font_color="#66716F", font_size=9))
        sheet.freeze_panes(FIRST_ROW, NAME + 1)
        sheet.repeat_rows(FIRST_ROW - 1)
        sheet.repeat_columns(CODE, NAME)
        sheet.fit_to_pages(1 if layout.years <= 14 else 2, 0)  # noqa: PLR2004 - columns that stay readable on a page
        return sheet

    def _year_number(self, name: str, column: int) -> str:
        return f"={self.layout.cell('year', column, name)}"

    def formula(self, sheet: Any, row: int, column: int, formula: str, value: Any, style: Any) -> None:
        """Write a live formula with its value cached, so that viewers that do not calculate show it too."""
        sheet.write_formula(row, column, formula, style, value)

    def writer(self, name: str) -> FormulaWriter:
        """Return the writer of formulas standing on a sheet."""
        return FormulaWriter(self.layout, name, rows_that_may_be_blank(self.figures.book))


def _plain(text: str) -> str:
    """Return text for a page footer, where & starts a code; at most what the format allows."""
    return text.replace("&", "&&")[:120]


def calculation_sheet(model: ModelBook) -> None:
    """Write every declared row with its formula, in the order of declaration."""
    layout, figures = model.layout, model.figures
    sheet = model.year_sheet(CALCULATION, "计算过程（每行一个公式，各年相同）", "见各行", "公式说明")
    writer = model.writer(CALCULATION)
    for row in figures.book.rows.values():
        if row.role in {"given", "constant"}:
            continue
        place = layout.places[row.key].row
        style = model.style(num_format=styles.number_format(row.key, row.unit))
        sheet.write_string(place, NAME, row.zh, model.style(bold=not row.by_year))
        sheet.write_string(place, UNIT, row.unit, model.style(font_color="#66716F"))
        sheet.write_string(
            place, NOTE, figures.book.formula_text(row.key), model.style(font_color="#66716F", font_size=8)
        )
        first = layout.first_year if row.by_year else VALUE
        values = figures.of(row)
        columns = range(first, first + len(values))
        for column, formula, value in zip(columns, writer.formulas(row.formula_cells(), columns), values, strict=True):
            model.formula(sheet, place, column, formula, value, style)
