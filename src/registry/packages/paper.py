"""The look of our DOCX papers: fonts, margins and page numbers of official papers (GB/T 9704), ruled tables."""

from collections.abc import Iterable, Sequence
from typing import Any

from docx.document import Document as Paper
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

FONT = "宋体"
HEADING_FONT = "黑体"
_ACCENT = RGBColor(0x0F, 0x5F, 0x5C)
_MARGINS_MM = {"top_margin": 37, "bottom_margin": 35, "left_margin": 28, "right_margin": 26}
_WIDTH_MM = 210 - 28 - 26

Rows = Iterable[Sequence[str]]


def set_look(paper: Paper, *, version_id: str, is_demo: bool) -> None:
    """Set fonts every reader of official papers has, A4 and its margins, version and page number on each page."""
    section = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for name, millimetres in _MARGINS_MM.items():
        setattr(section, name, Mm(millimetres))
    section.header.paragraphs[0].text = version_id + (" · 示例数据，非真实项目" if is_demo else "")
    _number_pages(section.footer.paragraphs[0])
    _set_styles(paper)


def _number_pages(paragraph: Any) -> None:
    """Write — 1 — in the middle, as a field the reader's program fills."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run("— ")
    for kind, text in (("begin", None), (None, " PAGE "), ("separate", None), ("text", "1"), ("end", None)):
        element = OxmlElement("w:instrText" if kind is None else "w:t" if kind == "text" else "w:fldChar")
        if text is None:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
            element.set(qn("xml:space"), "preserve")
        paragraph.add_run()._r.append(element)  # noqa: SLF001 - the library has no field of its own
    paragraph.add_run(" —")


def _set_styles(paper: Paper) -> None:
    for name, font, size in (
        ("Normal", FONT, 10.5),
        ("Title", HEADING_FONT, 22),
        ("Heading 1", HEADING_FONT, 15),
        ("Heading 2", HEADING_FONT, 12),
    ):
        style: Any = paper.styles[name]
        style.font.name, style.font.size = font, Pt(size)
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
        if name != "Normal":
            style.font.color.rgb = _ACCENT


def add_table(paper: Paper, head: Sequence[str], rows: Rows, widths: Sequence[int] = ()) -> Any:
    """Add a ruled table and return it: its bold head repeats on each page, no row breaks over two.

    `widths` are parts of the width of the page; without them all columns are equal.
    """
    table: Any = paper.add_table(rows=1, cols=len(head), style="Table Grid")
    for cell, title in zip(table.rows[0].cells, head, strict=True):
        cell.text = title
        cell.paragraphs[0].runs[0].bold = True
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    _repeat_head(table)
    if widths:
        _set_widths(table, widths)
    return table


def _repeat_head(table: Any) -> None:
    for place, row in enumerate(table.rows):
        properties = row._tr.get_or_add_trPr()  # noqa: SLF001 - the library has no such setting of its own
        properties.append(OxmlElement("w:cantSplit"))
        if place == 0:
            properties.append(OxmlElement("w:tblHeader"))


def _set_widths(table: Any, widths: Sequence[int]) -> None:
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        size = Mm(_WIDTH_MM * width / sum(widths))
        column.width = size
        for cell in column.cells:
            cell.width = size
