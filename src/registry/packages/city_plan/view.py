"""A plan as it is printed: sections of texts and tables in the order of the proposed content, for PDF and DOCX."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from registry.packages.wording import NOT_DEFINED, money, percent, plain
from registry.portfolio.table import Column, Language, Table
from registry.programme.financing_plan.document import PROPOSAL, DebtSafety
from registry.programme.financing_plan.funding import Funding, status_sums
from registry.programme.financing_plan.pricing import RETURN_CRITERION
from registry.programme.financing_plan.queries import Plan
from registry.programme.financing_plan.tables import TABLES
from registry.programme.papers.states import STATES

View = dict[str, Any]

_MISSING = ("未填", "not stated")
_YES_NO = {True: ("是", "yes"), False: ("否", "no"), None: _MISSING}
_WIDE = 7
"""From this many columns on a table is set across the page."""


def view_of(plan: Plan, language: Language = "zh") -> View:
    """Return everything the documents print, as text."""
    which = 0 if language == "zh" else 1
    return {
        "document": {
            "title": plan.paper.title,
            "implementer": plan.paper.owner,
            "version_id": version_id(plan),
            "date": plan.as_of.isoformat(),
            "is_demo": plan.is_demo,
            "is_draft": not plan.is_signed,
            "language": language,
        },
        "proposal": PROPOSAL[which],
        "words": {name: pair[which] for name, pair in _WORDS.items()},
        "facts": _facts(plan, which),
        "sections": [_section(plan, language, *described) for described in _SECTIONS],
        "findings": [
            {
                "severity": _SEVERITY[each.severity][which],
                "text": each.message_zh if which == 0 else each.message_en,
            }
            for each in plan.findings
        ],
    }


_WORDS = {
    "kind": ("美丽城市建设重大项目投融资方案", "Financing plan for major Beautiful City projects"),
    "demo": ("示例数据 · 非真实项目", "Demo data 示例数据 · no real project"),
    "demo_short": ("示例数据", "Demo data 示例数据"),
    "draft": ("编制中：数字随项目变动", "Draft: figures follow the projects"),
    "signed": ("已签发：数字固定于签发之日", "Signed: figures are those of the day of signing"),
    "findings": ("需要说明的问题", "What a reader must be told"),
    "no_findings": ("未发现需要说明的问题。", "Nothing was found."),
    "empty": ("未填", "Not stated"),
    "chart": ("分年资金（按落实情况）", "Money by year and how certain it is"),
    "disclaimer": (
        "本方案由登记系统依据填报数据生成，不构成任何机构的审批、评级或授信承诺。未填不等于零。",
        "Generated from what was entered; no approval, rating or promise of credit. What is not stated is not zero.",
    ),
}
_SEVERITY = {"error": ("须补正", "Must be mended"), "warning": ("提示", "Note"), "info": ("说明", "Information")}


def version_id(plan: Plan) -> str:
    """Return what tells this version of the plan from every other."""
    return f"CFP-{plan.paper.id:06d} · r{plan.text.number} · {plan.text.hash[:12]}"


def _facts(plan: Plan, which: int) -> list[tuple[str, str]]:
    document, state = plan.document, STATES[plan.paper.state]  # type: ignore[index]
    period = f"{document.start_year or '?'}–{document.end_year or '?'}"
    labels: Sequence[tuple[tuple[str, str], str]] = (
        (("编制单位", "Prepared by"), plan.paper.owner),
        (("方案期", "Period"), period),
        (("状态", "State"), state[which]),
        (("修订", "Revision"), f"{plan.text.number} · {plan.text.saved_at:%Y-%m-%d}"),
        (("数字依据日期", "Figures as of"), plan.as_of.isoformat()),
        (("项目数", "Projects"), str(len(plan.figures.projects))),
    )
    hidden = [(("无权查看的项目", "Projects not open to you")[which], str(plan.figures.hidden))]
    return [(label[which], text) for label, text in labels] + (hidden if plan.figures.hidden else [])


Text = Callable[[Plan, int], str]


def _stated(name: str) -> Text:
    return lambda plan, which: getattr(plan.document, name) or _MISSING[which]


def _criterion(_plan: Plan, which: int) -> str:
    return RETURN_CRITERION[which]


def _needs(plan: Plan, which: int) -> str:
    funding = plan.figures.base.funding
    known = {name: money(found.amount) for name, found in status_sums(funding).items()}
    zh = (
        f"总投资合计 {money(funding.investment.amount)} 万元；已落实 {known['secured']}，拟筹措 {known['planned']}，"
        f"缺口 {known['gap']}，未列资金来源 {money(funding.without_source.amount)}。"
    )
    en = (
        f"Investment {money(funding.investment.amount)} (CNY 10,000); secured {known['secured']}, planned "
        f"{known['planned']}, gap {known['gap']}, without a source {money(funding.without_source.amount)}."
    )
    return (zh, en)[which] + _uncounted(funding, which)


def _uncounted(funding: Funding, which: int) -> str:
    """Return what is not in the sums because nobody stated it; nothing where all is known."""
    totals, amounts, rests = funding.investment.unknown, funding.of().unknown, funding.without_source.unknown
    if not (totals or amounts or rests):
        return ""
    zh = f"未计入：{totals} 个项目总投资未填，{amounts} 笔资金金额未填，{rests} 个项目无法判断是否缺来源。"
    en = f" Not counted: {totals} unknown investments, {amounts} unknown amounts, {rests} unknown remainders."
    return (zh, en)[which]


def _bundles(plan: Plan, which: int) -> str:
    said = []
    for tested in plan.figures.base.bundles:
        verdict = {
            True: ("能够自平衡", "carries itself"),
            False: ("不能自平衡", "does not carry itself"),
            None: ("无法检验（资料不足）", "cannot be tested (data missing)"),
        }[tested.is_balanced]
        members = "、".join(tested.members) or _MISSING[which]
        note = f"；{tested.note}" if tested.note else ""
        said.append(f"{tested.name}（{members}）：{verdict[which]}{note}")
    return "\n".join(said) or ("未设组合。", "No bundles.")[which]


def _cover(plan: Plan, which: int) -> str:
    cover = plan.figures.base.coverage
    if cover.lowest is None or cover.lowest.ratio is None:
        return ("没有可计算的债务。", "There is no debt to calculate with.")[which]
    zh = f"最低覆盖倍数 {cover.lowest.ratio:.2f}（{cover.lowest.year} 年）；有债务的项目合并计算，盈余可互补。"
    en = f"Lowest coverage {cover.lowest.ratio:.2f} ({cover.lowest.year}), all projects with debt taken together."
    if cover.unknown:
        zh += f"{len(cover.unknown)} 个项目资料不足，未计入。"
        en += f" {len(cover.unknown)} projects lack data and are not counted."
    return (zh, en)[which]


def _debt(plan: Plan, which: int) -> str:
    stated = plan.document.debt_safety or DebtSafety()
    adds = _YES_NO[stated.adds_hidden_debt][which]
    ratio, service = plan.figures.debt.debt_to_revenue, plan.figures.debt.service_to_revenue
    zh = (
        f"数据时点：{stated.as_of or _MISSING[0]}；本方案是否新增隐性债务：{adds}；"
        f"债务余额（含隐性）与年财力之比：{percent(ratio, _MISSING[0])}；"
        f"年还本付息与年财力之比：{percent(service, _MISSING[0])}。"
    )
    en = (
        f"As of {stated.as_of or _MISSING[1]}; adds hidden debt: {adds}; debt (with hidden) to yearly revenue: "
        f"{percent(ratio, _MISSING[1])}; debt service to yearly revenue: {percent(service, _MISSING[1])}."
    )
    return f"{(zh, en)[which]}\n{stated.statement or _MISSING[which]}"


_SECTIONS: tuple[tuple[str, tuple[str, str], tuple[Text, ...], tuple[str, ...]], ...] = (
    ("situation", ("城市情况与目标", "Situation and aims"), (_stated("situation"),), ()),
    (
        "projects",
        ("项目清单、入库去向与回报类型", "Projects, routing and return"),
        (_criterion,),
        ("projects", "routing"),
    ),
    ("needs", ("投资与分年资金需求", "Investment and yearly need"), (_needs,), ("funding_by_year",)),
    ("sources", ("资金来源", "Sources"), (_stated("funding_sources"),), ("funding_by_source", "sources_by_year")),
    ("packaging", ("项目打包与组合平衡", "Packaging and bundles"), (_stated("packaging"), _bundles), ("bundles",)),
    ("coverage", ("偿债来源与覆盖", "Coverage of debt service"), (_cover,), ("coverage",)),
    ("debt", ("债务风险说明", "Debt statement"), (_debt,), ("debt",)),
    ("scenarios", ("情景比较", "Scenarios"), (), ("scenarios",)),
    ("banks", ("金融机构对接与进度", "Banks and timetable"), (), ("banks", "timetable")),
    ("roles", ("职责分工", "Roles"), (), ("roles",)),
    ("goals", ("绩效目标", "Performance goals"), (), ("goals",)),
    ("risks", ("风险与应对", "Risks and answers"), (_stated("risks"),), ()),
)
"""Name, title, texts and tables of each section, after the ten points of the proposal."""


def _section(
    plan: Plan, language: Language, name: str, title: tuple[str, str], texts: tuple[Text, ...], tables: tuple[str, ...]
) -> View:
    which = 0 if language == "zh" else 1
    return {
        "name": name,
        "title": title[which],
        "paragraphs": [line for text in texts for line in text(plan, which).splitlines() if line.strip()],
        "tables": [_printed(TABLES[table](plan), language) for table in tables],
    }


def _printed(table: Table, language: Language) -> View:
    """Return a table as text; the scenarios stand side by side, one column each."""
    head = table.headings(language)
    rows = [
        [_cell(column, value, language) for column, value in zip(table.columns, row, strict=True)]
        for row in table.rows(language)
    ]
    numeric = [column.kind not in ("text", "choice", "year") for column in table.columns]
    if table.name == "scenarios":
        head, *rows = [list(line) for line in zip(head, *rows, strict=True)]
        numeric = [False] + [True] * (len(head) - 1)
    return {
        "name": table.name,
        "title": table.title(language),
        "head": head,
        "rows": rows,
        "numeric": numeric,
        "is_wide": len(head) > _WIDE,
    }


_NUMBERS: Mapping[str, Callable[[Any], str]] = {
    "money": money,
    "ratio": percent,
    "year": str,
    "count": lambda value: f"{value:,}",
}


def _cell(column: Column, value: Any, language: Language) -> str:
    if value is None:
        which = 0 if language == "zh" else 1
        return NOT_DEFINED if column.kind == "number" or column.name == "libraries" else _MISSING[which]
    if isinstance(value, str):
        return value
    if column.kind == "number":
        return money(value) if column.unit else plain(value)
    return _NUMBERS.get(column.kind, str)(value)
