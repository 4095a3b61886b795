"""Skeleton of a special bond's 一案两书: implementation plan 实施方案 and financial evaluation report 财务评估报告.

Every figure the registry has is filled in; what a lawyer, an accountant or the rating agency must write is left open
and marked. Nothing here is their opinion, and the legal opinion itself is not begun: it is theirs alone.
"""

import io
from collections.abc import Callable, Sequence
from typing import Any

from docx import Document
from docx.document import Document as Paper
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

from registry.packages import wording
from registry.packages.checklist_workbook import stamped
from registry.packages.content import Evaluation, PackageContent
from registry.packages.narrative import add_fields, mark_of
from registry.packages.office import stored
from registry.packages.paper import add_table, describe, set_look, writable
from registry.packages.view import view

PLAN_NAME, REPORT_NAME = "实施方案_bond-plan.docx", "财务评估报告_financial-evaluation.docx"
SELF_BALANCE = "14-1"
_OPEN = RGBColor(0x9A, 0x3B, 0x26)

Section = Callable[[Paper, dict[str, Any], PackageContent], None]


def bond_documents(content: PackageContent) -> dict[str, bytes]:
    """Return both documents by file name; the same content gives the same bytes."""
    return {
        PLAN_NAME: _document(content, "专项债券项目实施方案", PLAN),
        REPORT_NAME: _document(content, "专项债券项目财务评估报告", REPORT),
    }


def _document(content: PackageContent, title: str, sections: Sequence[Section]) -> bytes:
    data, paper = view(content, with_annex=False), Document()
    describe(
        paper,
        title=f"{data['document']['title']} {title}",
        author=str(data["document"]["implementer"]),
        written=stamped(content),
    )
    set_look(paper, mark_of(content))
    paper.add_paragraph(writable(str(data["document"]["title"])), style="Title")
    marks = [f"{title}（骨架）", data["document"]["version_id"], data["document"]["date_zh"]]
    marks += ["示例数据，非真实项目"] if content.is_demo else []
    paper.add_paragraph(" · ".join(marks))
    note = "数字取自登记系统同一修订的测算；标红处须由所注机构填写。本稿不构成任何机构的意见。"
    paper.add_paragraph(note)
    for section in sections:
        section(paper, data, content)
    target = io.BytesIO()
    paper.save(target)
    return stored(target.getvalue())


def _left_open(paper: Paper, who: str, what: str) -> None:
    """Add a part that somebody else must write, visibly unlike the rest."""
    run = paper.add_paragraph().add_run(f"【由{who}填写】{what}")
    run.font.color.rgb = _OPEN
    run.font.size = Pt(10.5)
    run.bold = True
    run.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "宋体")


def _text(paper: Paper, title: str, text: str) -> None:
    paper.add_heading(title, 2)
    paper.add_paragraph(text)


def _project(paper: Paper, data: dict[str, Any], _content: PackageContent) -> None:
    paper.add_heading("一、项目概况", 1)
    add_fields(paper, data, ("name", "approval_code", "implementer_name", "implementer_credit_code", "city_name",
                             "construction_status", "construction_start", "construction_end"))  # fmt: skip
    for title, name in (("建设内容及规模", "content_summary"), ("必要性与公益性", "need_statement")):
        _text(paper, title, str(data["fields"][name]["value"]))
    paper.add_heading("审批情况", 2)
    names = ("kind", "number", "authority", "date")
    rows = [tuple(row[name] for name in names) for row in data["lines"]["approvals"]["rows"]]
    add_table(paper, ("审批事项", "文号", "审批机关", "日期"), rows or [("未提供", "", "", "")])


def _benefits(paper: Paper, data: dict[str, Any], _content: PackageContent) -> None:
    paper.add_heading("二、经济社会与环境效益", 1)
    names = ("indicator", "value", "unit", "baseline", "method")
    rows = [tuple(row[name] for name in names) for row in data["lines"]["benefits"]["rows"]]
    add_table(paper, ("指标", "年效益", "单位", "基准情景", "测算方法"), rows or [(wording.MISSING, "", "", "", "")])
    _left_open(paper, "主管部门", "事前绩效评估结论。")


def _funding(paper: Paper, data: dict[str, Any], content: PackageContent) -> None:
    paper.add_heading("三、投资估算与资金筹措", 1)
    add_fields(
        paper, data, ("total_investment", "project_capital", "special_bond_total", "bond_as_capital", "other_debt")
    )
    if content.evaluation is not None:
        rows = [(row["name"], row["value"]) for row in data["evaluation"]["totals"]]
        add_table(paper, ("测算项目", "金额（万元）"), rows)
    paper.add_heading("分年筹资计划（万元）", 2)
    funding = data["funding"]
    rows = [(row["source"], row["total"], *row["cells"]) for row in (*funding["rows"],)]
    total = ("合计", funding["total"]["total"], *funding["total"]["cells"])
    add_table(paper, ("资金来源", "合计", *funding["years"]), [*rows, total])


def _balance(paper: Paper, data: dict[str, Any], content: PackageContent) -> None:
    paper.add_heading("四、项目收益与融资自求平衡", 1)
    evaluation = content.evaluation
    if evaluation is None:
        paper.add_paragraph("尚未测算。" + "；".join(data["evaluation_findings"]))
        return
    _covers(paper, evaluation)
    # Thirteen columns need the long side of the page.
    _turned(paper)
    paper.add_heading("项目收益与融资自求平衡测算表（万元）", 2)
    head, rows = self_balance(evaluation)
    for row in add_table(paper, head, rows).rows:
        for cell in row.cells:
            for run in cell.paragraphs[0].runs:
                run.font.size = Pt(7)
    _turned(paper)


def _turned(paper: Paper) -> None:
    """Begin a page that lies the other way."""
    section = paper.add_section(WD_SECTION.NEW_PAGE)
    is_upright = section.orientation == WD_ORIENT.PORTRAIT
    section.orientation = WD_ORIENT.LANDSCAPE if is_upright else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = section.page_height, section.page_width


def _covers(paper: Paper, evaluation: Evaluation) -> None:
    names = (("专项债券本息覆盖倍数", "special_bond_coverage"), ("全部债务本息覆盖倍数", "total_debt_coverage"))
    rows = [(name, wording.plain(evaluation.indicators.get(key), "不适用")) for name, key in names]
    add_table(paper, ("指标", "数值"), rows)


def self_balance(evaluation: Evaluation) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return table 14-1 with a line for each year, so that forty years fit an upright page."""
    table = next(each for each in evaluation.statements if each.number == SELF_BALANCE)
    by_year = [row for row in table.rows if row.values]
    lines = [
        (str(year), *(wording.cell(row.values[year - 1]) for row in by_year)) for year in range(1, evaluation.years + 1)
    ]
    total = ("合计", *(wording.cell(row.total) for row in by_year))
    return ("项目年", *(row.name_zh for row in by_year)), [*lines, total]


def _stress(paper: Paper, data: dict[str, Any], _content: PackageContent) -> None:
    paper.add_heading("五、风险与压力测试", 1)
    if data["analysis"] is not None:
        rows = [(row["name"], row["bond"], row["all"], row["dscr_min"]) for row in data["analysis"]["stress"]]
        add_table(paper, ("情形", "专项债券本息覆盖倍数", "全部债务本息覆盖倍数", "最低年偿债备付率"), rows)
    paper.add_heading("风险与缓释", 2)
    rows = [(risk["kind"], risk["found"], risk["origin"], risk["mitigant"]) for risk in data["risks"]]
    add_table(paper, ("类别", "发现", "出处", "缓释措施"), rows or [("", "依现有数据未发现应列示的风险", "", "")])


def _promises(paper: Paper, data: dict[str, Any], _content: PackageContent) -> None:
    paper.add_heading("六、债券使用与偿还安排", 1)
    arranged = data["fields"]["has_bond_repayment_arrangement"]["value"]
    paper.add_paragraph(f"收益不足时的偿还来源安排：{arranged}")
    _left_open(paper, "财政部门", "项目收入缴库、还本付息与债券资金监管安排。")
    _left_open(paper, "主管部门", "信息披露与责任分工。")
    _left_open(paper, "律师事务所", "法律意见书另行出具：主体资格、审批手续、合同与权属。本稿不代拟。")


def _basis(paper: Paper, data: dict[str, Any], content: PackageContent) -> None:
    paper.add_heading("一、评估依据与假设", 1)
    _left_open(paper, "会计师事务所", "受托评估声明、评估依据与责任。")
    if content.evaluation is not None:
        conventions = [(item["name"], item["text"]) for item in data["evaluation"]["conventions"]]
        add_table(paper, ("口径", "说明"), conventions)


def _income(paper: Paper, data: dict[str, Any], _content: PackageContent) -> None:
    paper.add_heading("二、收入与成本", 1)
    _text(paper, "收入来源", str(data["fields"]["revenue_source"]["value"]))
    names = ("name", "basis", "escalation", "vat", "certainty")
    rows = [tuple(row[name] for name in names) for row in data["income"]]
    add_table(
        paper, ("收入", "数量与价格（不含税）", "增长率", "税率", "确定性"), rows or [(wording.MISSING, "", "", "", "")]
    )
    _left_open(paper, "会计师事务所", "对收入、成本依据的核查意见。")


def _indicators(paper: Paper, data: dict[str, Any], content: PackageContent) -> None:
    paper.add_heading("三、财务指标", 1)
    if content.evaluation is None:
        paper.add_paragraph("尚未测算。" + "；".join(data["evaluation_findings"]))
        return
    for group in data["evaluation"]["groups"]:
        paper.add_heading(group["name"], 2)
        add_table(paper, ("指标", "数值"), [(row["name"], row["value"]) for row in group["rows"]])


def _opinion(paper: Paper, _data: dict[str, Any], _content: PackageContent) -> None:
    paper.add_heading("六、评估结论", 1)
    _left_open(paper, "会计师事务所", "项目收益能否覆盖融资本息的总体评价，由注册会计师签字盖章。")


PLAN: tuple[Section, ...] = (_project, _benefits, _funding, _balance, _stress, _promises)
REPORT: tuple[Section, ...] = (_basis, _income, _indicators, _balance, _stress, _opinion)
"""In the order of the documents; a section is a function and a name here."""
