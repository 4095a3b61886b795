"""A plan as PDF, DOCX and XLSX. No clock is read: the same plan gives the same bytes."""

import io
from datetime import datetime
from typing import Any

import xlsxwriter
from docx import Document
from docx.document import Document as Paper
from docx.enum.section import WD_ORIENT
from docx.shared import Inches, Pt

from registry.packages.charts import Spec
from registry.packages.checklist_workbook import FONT, SAFE
from registry.packages.city_plan.charts import funding_chart
from registry.packages.city_plan.view import View, version_id, view_of
from registry.packages.drawing import draw
from registry.packages.office import stored
from registry.packages.paper import add_table, describe, set_look
from registry.packages.typesetting import typeset
from registry.portfolio.table import Language, Table
from registry.programme.financing_plan.document import PROPOSAL
from registry.programme.financing_plan.queries import Plan
from registry.programme.financing_plan.tables import TABLES

TEMPLATE = "city_plan/city_plan.typ"
_NUMBER_FORMATS = {"money": "#,##0.00####", "count": "#,##0", "year": "0", "ratio": "0.00%", "number": "#,##0.00"}


def plan_pdf(plan: Plan, language: Language = "zh") -> bytes:
    """Return the plan as PDF/A. Raises TypesettingFailed."""
    spec: Spec | None = funding_chart(plan, language)
    drawings = {} if spec is None else {"funding_by_year": draw(spec)}
    return typeset([TEMPLATE], view_of(plan, language), drawings)[0]


def plan_docx(plan: Plan, language: Language = "zh") -> bytes:
    """Return the plan as DOCX, for those who go on writing: the words and figures of the PDF."""
    return paper_docx(view_of(plan, language), written=_stamp(plan))


def paper_docx(data: View, *, written: datetime) -> bytes:
    """Return any paper of a city that is laid out as `view_of` lays out a plan, as DOCX."""
    paper, document = Document(), data["document"]
    describe(paper, title=document["title"], author=document["implementer"], written=written)
    demo = f" · {data['words']['demo']}" if data["document"]["is_demo"] else ""
    set_look(paper, document["version_id"] + demo)
    section = paper.sections[0]
    section.orientation, section.page_width, section.page_height = WD_ORIENT.LANDSCAPE, Inches(11.69), Inches(8.27)
    _front(paper, data)
    for number, each in enumerate(data["sections"], start=1):
        _write_section(paper, data, number, each)
    paper.add_heading(data["words"]["findings"], 1)
    for finding in data["findings"]:
        paper.add_paragraph(f"{finding['severity']}：{finding['text']}", style="List Bullet")
    if not data["findings"]:
        paper.add_paragraph(data["words"]["no_findings"])
    paper.add_paragraph(data["words"]["disclaimer"])
    target = io.BytesIO()
    paper.save(target)
    return stored(target.getvalue())


def _stamp(plan: Plan) -> datetime:
    return plan.text.saved_at.replace(tzinfo=None, microsecond=0)


def _front(paper: Paper, data: View) -> None:
    document, words = data["document"], data["words"]
    paper.add_paragraph(document["title"], style="Title")
    marks = [words["kind"], document["version_id"], words["draft" if document["is_draft"] else "signed"]]
    paper.add_paragraph(" · ".join(marks + ([words["demo"]] if document["is_demo"] else [])))
    paper.add_paragraph(data["proposal"])
    add_table(paper, ("", ""), data["facts"])


def _write_section(paper: Paper, data: View, number: int, section: View) -> None:
    paper.add_heading(f"{number}. {section['title']}", 1)
    for line in section["paragraphs"]:
        paper.add_paragraph(line)
    for table in section["tables"]:
        paper.add_heading(table["title"], 2)
        if not table["rows"]:
            paper.add_paragraph(data["words"]["empty"])
            continue
        _shrunk(add_table(paper, table["head"], table["rows"]), 7.5 if table["is_wide"] else 9)


def _shrunk(table: Any, size: float) -> None:
    for row in table.rows:
        for cell in row.cells:
            for paragraph in cell.paragraphs:
                for run in paragraph.runs:
                    run.font.size = Pt(size)


def plan_xlsx(plan: Plan, language: Language = "zh") -> bytes:
    """Return every table of the plan, a sheet each, behind a sheet that says what it is."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, SAFE) as book:
        book.set_properties({"created": _stamp(plan), "title": plan.paper.title})
        head = book.add_format({"bold": True, "bg_color": "#EEF3F1", "bottom": 1, "font_name": FONT, "text_wrap": True})
        text = book.add_format({"font_name": FONT, "text_wrap": True, "valign": "top"})
        _cover_sheet(book, plan, language, head, text)
        for make in TABLES.values():
            _table_sheet(book, make(plan), language, head, text)
    return stored(target.getvalue())


def _cover_sheet(book: Any, plan: Plan, language: Language, head: Any, text: Any) -> None:
    data = view_of(plan, language)
    sheet = book.add_worksheet("说明" if language == "zh" else "About")
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 90)
    mark = [(data["words"]["demo"], "")] if plan.is_demo else []
    lines = [(plan.paper.title, version_id(plan)), (PROPOSAL[0 if language == "zh" else 1], ""), *mark, *data["facts"]]
    lines += [(finding["severity"], finding["text"]) for finding in data["findings"]]
    for row, (label, value) in enumerate(lines):
        sheet.write_string(row, 0, label, head if row == 0 else text)
        sheet.write_string(row, 1, value, head if row == 0 else text)


def _table_sheet(book: Any, table: Table, language: Language, head: Any, text: Any) -> None:
    sheet = book.add_worksheet(table.title(language)[:31])
    forms = [
        book.add_format({"font_name": FONT, "num_format": _NUMBER_FORMATS.get(column.kind, "General")})
        for column in table.columns
    ]
    for place, title in enumerate(table.headings(language)):
        sheet.write_string(0, place, title, head)
    for row, cells in enumerate(table.rows(language), start=1):
        for place, cell in enumerate(cells):
            if isinstance(cell, str):
                sheet.write_string(row, place, cell, text)
            elif cell is not None:
                sheet.write_number(row, place, float(cell), forms[place])
    sheet.set_column(0, len(table.columns) - 1, 18)
    sheet.freeze_panes(1, 1)
