"""The look of our DOCX papers: fonts, margins and page numbers of official papers (GB/T 9704), ruled tables."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from docx.document import Document as Paper
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor, Twips

FONT = "宋体"
HEADING_FONT = "黑体"
_ACCENT = RGBColor(0x0F, 0x5F, 0x5C)
_MARGINS_MM = {"top_margin": 37, "bottom_margin": 35, "left_margin": 28, "right_margin": 26}
_EMU_PER_TWIP = 635
_UNWRITABLE = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

IN_TABLE, SMALL = "Table text", "Table text small"
MANY_COLUMNS = 7
_LONGEST = 255
"""Characters a property of the file may have."""

Rows = Iterable[Sequence[str]]


def set_look(paper: Paper, mark: str) -> None:
    """Set fonts every reader of official papers has, A4 and its margins; `mark` and the number stand on each page."""
    section = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for name, millimetres in _MARGINS_MM.items():
        setattr(section, name, Mm(millimetres))
    section.header.paragraphs[0].text = writable(mark)
    _number_pages(section.footer.paragraphs[0])
    _set_styles(paper)


def describe(paper: Paper, *, title: str, author: str, written: datetime) -> None:
    """Set the properties of the file; the same content leaves the same ones."""
    properties = paper.core_properties
    properties.title, properties.author = writable(title)[:_LONGEST], writable(author)[:_LONGEST]
    properties.created = properties.modified = written
    properties.comments = ""


def writable(text: str) -> str:
    """Return text without the characters XML has no way to write."""
    return _UNWRITABLE.sub("", text)


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


_TABLE_STYLES = {"Normal Table", "Table Grid"}


def _drop_unused_styles(paper: Paper) -> None:
    """Leave out the hundred table styles of the library's template: it searches them all for each heading."""
    styles: Any = paper.styles.element
    for style in styles.findall(qn("w:style")):
        if style.get(qn("w:type")) == "table" and style.find(qn("w:name")).get(qn("w:val")) not in _TABLE_STYLES:
            styles.remove(style)


def _set_styles(paper: Paper) -> None:
    _drop_unused_styles(paper)
    for name, points in ((IN_TABLE, 9), (SMALL, 7)):
        added: Any = paper.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        added.base_style, added.font.size = paper.styles["Normal"], Pt(points)
        added.paragraph_format.space_after = Pt(0)
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

    `widths` are parts of the width of the page; without them all columns are equal. Many columns get small figures.
    """
    table: Any = paper.add_table(rows=0, cols=len(head), style="Table Grid")
    table.autofit = False
    parts, section = widths or [1] * len(head), paper.sections[-1]
    across: Any = section.page_width - section.left_margin - section.right_margin  # type: ignore[operator]
    twips = [round(across / _EMU_PER_TWIP * part / sum(parts)) for part in parts]
    for column, width in zip(table.columns, twips, strict=True):
        column.width = Twips(width)
    style = paper.styles[SMALL if len(head) >= MANY_COLUMNS else IN_TABLE].style_id
    lines = [_row(head, twips, style, is_head=True), *(_row(row, twips, style) for row in rows)]
    for line in parse_xml(f"<w:tbl {nsdecls('w')}>{''.join(lines)}</w:tbl>"):
        table._tbl.append(line)  # noqa: SLF001 - cell by cell, the library takes ten times as long
    return table


def _row(texts: Sequence[str], twips: Sequence[int], style: str, *, is_head: bool = False) -> str:
    kept, bold = ("<w:tblHeader/>", "<w:rPr><w:b/></w:rPr>") if is_head else ("", "")
    cells = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr><w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>'
        f"<w:r>{bold}{_text(text)}</w:r></w:p></w:tc>"
        for text, width in zip(texts, twips, strict=True)
    )
    return f"<w:tr><w:trPr><w:cantSplit/>{kept}</w:trPr>{cells}</w:tr>"


def _text(text: str) -> str:
    lines = writable(text).split("\n")
    return "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in lines)
