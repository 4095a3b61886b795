"""The narrative of the dossier as DOCX, for reviewers who edit: the same words and figures as the PDF, no annex."""

import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from docx import Document
from docx.document import Document as Paper
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

from registry.packages.checklist_workbook import stamped
from registry.packages.content import PackageContent
from registry.packages.office import stored
from registry.packages.view import view

FONT = "宋体"
HEADING_FONT = "黑体"
_ACCENT = RGBColor(0x0F, 0x5F, 0x5C)

View = dict[str, Any]
Rows = Iterable[Sequence[str]]


def dossier_docx(content: PackageContent) -> bytes:
    """Return the narrative; the same content gives the same bytes."""
    data, paper = view(content), Document()
    properties = paper.core_properties
    properties.title, properties.author = str(data["document"]["title"]), str(data["document"]["implementer"])
    properties.created = properties.modified = stamped(content)
    properties.comments = ""
    set_styles(paper)
    for write in SECTIONS:
        write(paper, data)
    target = io.BytesIO()
    paper.save(target)
    return stored(target.getvalue())


def set_styles(paper: Paper) -> None:
    """Set the fonts official papers use, which every reader of theirs has."""
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


def add_table(paper: Paper, head: Sequence[str], rows: Rows) -> Any:
    """Add a ruled table with a bold head, and return it."""
    table: Any = paper.add_table(rows=1, cols=len(head), style="Table Grid")
    for cell, title in zip(table.rows[0].cells, head, strict=True):
        cell.text = title
        cell.paragraphs[0].runs[0].bold = True
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    return table


def add_fields(paper: Paper, data: View, names: Iterable[str]) -> None:
    """Add fields of the dossier, label beside value."""
    found = [data["fields"][name] for name in names]
    label = [f"{item['label']}（{item['unit']}）" if item["unit"] else str(item["label"]) for item in found]
    add_table(paper, ("项目", "内容"), zip(label, (str(item["value"]) for item in found), strict=True))


def _title(paper: Paper, data: View) -> None:
    document = data["document"]
    paper.add_paragraph(str(document["title"]), style="Title")
    marks = ["融资方案（文字稿）", document["version_id"], document["date_zh"]]
    marks += ["示例数据，非真实项目"] if document["is_demo"] else []
    marks += ["草稿：尚有缺项"] if document["is_draft"] else []
    paper.add_paragraph(" · ".join(marks))


def _project(paper: Paper, data: View) -> None:
    paper.add_heading("一、项目内容与必要性", 1)
    add_fields(paper, data, data["sections"]["identity"]["fields"])
    for title, name in (("主要建设内容及规模", "content_summary"), ("建设必要性", "need_statement")):
        paper.add_heading(title, 2)
        paper.add_paragraph(str(data["fields"][name]["value"]))


def _approvals(paper: Paper, data: View) -> None:
    paper.add_heading("二、审批状态", 1)
    rows = data["lines"]["approvals"]["rows"]
    if not rows:
        paper.add_paragraph("未提供审批文件。")
        return
    names = ("kind", "number", "authority", "date")
    add_table(paper, ("审批事项", "文号", "审批机关", "日期"), ([row[name] for name in names] for row in rows))


def _funding(paper: Paper, data: View) -> None:
    paper.add_heading("三、投资与资金筹措", 1)
    add_fields(paper, data, data["sections"]["investment"]["fields"])
    funding = data["funding"]
    paper.add_heading("资金来源（万元）", 2)
    rows = [(row["source"], row["total"]) for row in funding["rows"]]
    add_table(paper, ("资金来源", "合计"), [*rows, ("合计", funding["total"]["total"])])


def _finance(paper: Paper, data: View) -> None:
    paper.add_heading("四、财务评价", 1)
    evaluation = data["evaluation"]
    if evaluation is None:
        paper.add_paragraph("尚未测算。" + "；".join(data["evaluation_findings"]))
        return
    for group in evaluation["groups"]:
        paper.add_heading(group["name"], 2)
        add_table(paper, ("指标", "数值"), ((row["name"], row["value"]) for row in group["rows"]))
    paper.add_heading("测算口径", 2)
    for convention in evaluation["conventions"]:
        paper.add_paragraph(f"{convention['name']}：{convention['text']}")


def _benefits(paper: Paper, data: View) -> None:
    paper.add_heading("五、环境效益", 1)
    rows = data["lines"]["benefits"]["rows"]
    names = ("indicator", "value", "unit", "baseline", "method")
    if rows:
        head = ("指标", "年效益", "单位", "基准情景", "测算方法")
        add_table(paper, head, ([row[name] for name in names] for row in rows))
    else:
        paper.add_paragraph("未提供环境效益测算。")


def _eligibility(paper: Paper, data: View) -> None:
    paper.add_heading("六、入库条件说明", 1)
    for library in data["eligibility"]:
        paper.add_heading(f"{library['library']}：{library['verdict']}", 2)
        paper.add_paragraph(f"适用日期 {library['governing_date']}，规则版本 {library['version']}")
        rows = ((c["status_zh"], c["title"], c["said"], c["missing"], c["source"]) for c in library["clauses"])
        add_table(paper, ("结论", "条款", "说明", "缺", "依据"), rows)
    if not data["eligibility"]:
        paper.add_paragraph("尚未预审。")


def _risks(paper: Paper, data: View) -> None:
    paper.add_heading("七、风险与缓释", 1)
    rows = [(risk["kind"], risk["found"], risk["origin"], risk["mitigant"]) for risk in data["risks"]]
    if rows:
        add_table(paper, ("类别", "发现", "出处", "缓释措施"), rows)
    else:
        paper.add_paragraph("依现有数据未发现应列示的风险；这不等于没有风险。")


def _gaps(paper: Paper, data: View) -> None:
    paper.add_heading("八、待补充", 1)
    for item in data["gaps"]["documents"]:
        paper.add_paragraph(f"文件：{item['title']}（{item['provider']} 提供）", style="List Bullet")
    for term in data["gaps"]["fields"]:
        paper.add_paragraph(f"信息：{term}", style="List Bullet")


SECTIONS: tuple[Callable[[Paper, View], None], ...] = (
    _title,
    _project,
    _approvals,
    _funding,
    _finance,
    _benefits,
    _eligibility,
    _risks,
    _gaps,
)
"""In the order of the document; a section is a function and a line here."""
