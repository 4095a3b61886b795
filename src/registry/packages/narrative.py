"""The narrative of the dossier as DOCX, for reviewers who edit: the same words and figures as the PDF, no annex."""

import io
from collections.abc import Callable, Iterable
from typing import Any

from docx import Document
from docx.document import Document as Paper

from registry.packages.checklist_workbook import stamped
from registry.packages.content import PackageContent
from registry.packages.office import stored
from registry.packages.paper import add_table, describe, set_look, writable
from registry.packages.view import view

View = dict[str, Any]
YEARS_ACROSS = 5
"""Years of funding side by side; more continue in a further table."""


def dossier_docx(content: PackageContent) -> bytes:
    """Return the narrative; the same content gives the same bytes."""
    data, paper = view(content, with_annex=False), Document()
    describe(
        paper,
        title=str(data["document"]["title"]),
        author=str(data["document"]["implementer"]),
        written=stamped(content),
    )
    set_look(paper, mark_of(content))
    for write in SECTIONS:
        write(paper, data)
    target = io.BytesIO()
    paper.save(target)
    return stored(target.getvalue())


def mark_of(content: PackageContent) -> str:
    """Return what stands on top of each page: the version, and whether the data are a demonstration."""
    return content.version_id + (" · 示例数据，非真实项目" if content.is_demo else "")


def add_fields(paper: Paper, data: View, names: Iterable[str]) -> None:
    """Add fields of the dossier, label beside value."""
    found = [data["fields"][name] for name in names]
    label = [f"{item['label']}（{item['unit']}）" if item["unit"] else str(item["label"]) for item in found]
    add_table(paper, ("项目", "内容"), zip(label, (str(item["value"]) for item in found), strict=True))


def _title(paper: Paper, data: View) -> None:
    document = data["document"]
    paper.add_paragraph(writable(str(document["title"])), style="Title")
    marks = ["融资方案（文字稿）", document["version_id"], document["date_zh"]]
    marks += ["示例数据，非真实项目"] if document["is_demo"] else []
    marks += ["草稿：尚有缺项"] if document["is_draft"] else []
    paper.add_paragraph(" · ".join(marks))


def _project(paper: Paper, data: View) -> None:
    paper.add_heading("一、项目内容与必要性", 1)
    add_fields(paper, data, data["sections"]["identity"]["fields"])
    for title, name in (("建设必要性", "need_statement"), ("主要建设内容及规模", "content_summary")):
        paper.add_heading(title, 2)
        paper.add_paragraph(writable(str(data["fields"][name]["value"])))


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
    paper.add_heading("资金来源与年度（万元）", 2)
    if not funding["rows"]:
        paper.add_paragraph("未提供资金来源。")
        return
    lines = [*funding["rows"], {"source": "合计", **funding["total"]}]
    for start in range(0, len(funding["years"]), YEARS_ACROSS):
        part = slice(start, start + YEARS_ACROSS)
        head = ("资金来源", "合计", *funding["years"][part])
        rows = ([line["source"], line["total"], *line["cells"][part]] for line in lines)
        add_table(paper, head, rows, (5, 3, *[3] * (len(head) - 2)))
        paper.add_paragraph()


def _income(paper: Paper, data: View) -> None:
    paper.add_heading("四、收入依据", 1)
    paper.add_paragraph(writable(str(data["fields"]["revenue_source"]["value"])))
    names = ("name", "basis", "escalation", "vat", "certainty")
    if data["income"]:
        head = ("收入", "数量与价格（不含税）", "增长率", "税率", "确定性")
        add_table(paper, head, ([row[name] for name in names] for row in data["income"]), (4, 5, 2, 2, 2))
    else:
        paper.add_paragraph("测算中无营业收入。" if data["evaluation"] is not None else "未提供收入测算。")
    if not data["fields"]["transition_finance_sector"]["is_missing"]:
        paper.add_heading("绿色与转型标识（分别标注）", 2)
        add_fields(paper, data, ["green_catalogue_class", "transition_finance_sector"])
    rights = data["rights"]
    if rights is not None:
        paper.add_heading("资源环境权益收入与银行口径", 2)
        add_table(paper, rights["head"], rights["rows"])
        add_table(paper, ("指标", "基准", "银行口径"), rights["figures"])
        paper.add_paragraph(rights["convention"])
        if rights["priority"]:
            paper.add_paragraph(f"CCER 优先支持：项目所在先行区 {rights['priority']}（国办函〔2025〕2号）。")


def _finance(paper: Paper, data: View) -> None:
    paper.add_heading("五、财务评价", 1)
    evaluation = data["evaluation"]
    if evaluation is None:
        paper.add_paragraph("尚未测算。" + "；".join(data["evaluation_findings"]))
        return
    paper.add_heading("财务报表摘要（万元）", 2)
    lines = ((row["name"], row["total"], row["mean"], row["table"]) for row in evaluation["result_lines"])
    add_table(paper, ("项目", "计算期合计", "运营期年均", "出处"), lines, (5, 3, 3, 1))
    for group in evaluation["groups"]:
        paper.add_heading(group["name"], 2)
        add_table(paper, ("指标", "数值"), ((row["name"], row["value"]) for row in group["rows"]))
    paper.add_heading("测算口径", 2)
    words = ((convention["name"], convention["text"]) for convention in evaluation["conventions"])
    add_table(paper, ("口径", "说明"), words, (1, 3))


def _sensitivity(paper: Paper, data: View) -> None:
    paper.add_heading("六、敏感性与情景", 1)
    if data["evaluation"] is None or data["analysis"] is None:
        paper.add_paragraph("尚未测算。")
        return
    found = data["evaluation"]["sensitivity"]
    for grid in found["grids"]:
        paper.add_heading(grid["title"], 2)
        add_table(paper, ("因素", *found["changes"], "临界点"), grid["rows"])
    paper.add_heading("情景分析", 2)
    names = ("name", "irr", "equity_irr", "npv", "payback", "dscr_min")
    head = ("情景", "内部收益率（税后）", "资本金内部收益率", "财务净现值（万元）", "回收期（年）", "最低年偿债备付率")
    scenarios = ([row[name] for name in names] for row in data["analysis"]["scenarios"])
    add_table(paper, head, scenarios, (4, 2, 2, 3, 2, 2))


def _benefits(paper: Paper, data: View) -> None:
    paper.add_heading("七、环境效益", 1)
    rows = data["lines"]["benefits"]["rows"]
    names = ("indicator", "value", "unit", "baseline", "method")
    if rows:
        head = ("指标", "年效益", "单位", "基准情景", "测算方法")
        add_table(paper, head, ([row[name] for name in names] for row in rows))
    else:
        paper.add_paragraph("未提供环境效益测算。")


def _eligibility(paper: Paper, data: View) -> None:
    paper.add_heading("八、入库条件说明", 1)
    for library in data["eligibility"]:
        paper.add_heading(f"{library['library']}：{library['verdict']}", 2)
        counts = "，".join(f"{item['status']} {item['count']}" for item in library["counts"])
        words = (
            f"适用日期 {library['governing_date']}",
            f"规则版本 {library['version']}",
            f"依据 {library['document']}",
        )
        paper.add_paragraph(" · ".join((*words, counts)))
        for clause in library["transitions"]:
            paper.add_paragraph(f"新老划断：{clause}")
        rows = (
            (clause["status_zh"], f"{clause['title']}（{clause['severity']}）", _reasons(clause), _source(clause))
            for clause in library["clauses"]
        )
        add_table(paper, ("结论", "条款", "说明", "依据"), rows, (2, 4, 7, 4))
    if not data["eligibility"]:
        paper.add_paragraph("尚未预审。")


def _reasons(clause: View) -> str:
    """Return what a clause says and why it stands as it does, a line each."""
    labelled = (("填报：", "found"), ("", "judged"), ("缺：", "missing"), ("办理：", "remedy"))
    question = [] if clause["judged"] or not clause["question"] else [clause["question"]]
    return "\n".join([clause["said"], *question, *(label + clause[key] for label, key in labelled if clause[key])])


def _source(clause: View) -> str:
    return f"{clause['source']}（{clause['confidence']}）"


def _risks(paper: Paper, data: View) -> None:
    paper.add_heading("九、风险与缓释", 1)
    rows = [(risk["kind"], risk["found"], risk["origin"], risk["mitigant"]) for risk in data["risks"]]
    if rows:
        add_table(paper, ("类别", "发现", "出处", "缓释措施"), rows, (2, 7, 4, 4))
    else:
        paper.add_paragraph("依现有数据未发现应列示的风险；这不等于没有风险。")


def _gaps(paper: Paper, data: View) -> None:
    paper.add_heading("十、资料清单与缺项", 1)
    names = ("code", "title", "provider", "status", "number", "date")
    rows = ([str(line[name]) for name in names] for line in data["checklist"])
    add_table(paper, ("编号", "文件", "提供方", "状态", "文号", "日期"), rows, (2, 6, 4, 2, 4, 3))
    paper.add_heading("待补充", 2)
    for item in data["gaps"]["documents"]:
        paper.add_paragraph(f"文件：{item['title']}（{item['provider']} 提供）", style="List Bullet")
    for term in data["gaps"]["fields"]:
        paper.add_paragraph(f"信息：{term}", style="List Bullet")


SECTIONS: tuple[Callable[[Paper, View], None], ...] = (
    _title,
    _project,
    _approvals,
    _funding,
    _income,
    _finance,
    _sensitivity,
    _benefits,
    _eligibility,
    _risks,
    _gaps,
)
"""In the order of the document; a section is a function and a line here."""
