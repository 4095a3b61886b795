"""A regional programme as it is printed: facility, allocation, cross-subsidy, self-balance and what moved."""

from datetime import date
from decimal import Decimal

from registry.packages.city_papers.layout import laid_out, section, table
from registry.packages.city_plan.view import View
from registry.portfolio.table import Language
from registry.programme.regional_programme.balance import ANSWERS, SelfBalance, YearBalance
from registry.programme.regional_programme.document import PARTS, PARTS_EN
from registry.programme.regional_programme.queries import RegionalProgramme
from registry.programme.regional_programme.tracking import total

PROPOSAL = (
    (
        "“区域性环保建设项目金融支持模式”见《美丽城市建设实施方案》（十）、国办函〔2025〕2号（十四）；"
        "内容和测算口径未公布，为系统建议。"
    ),
    (
        "The mode is named in the implementation plan, article 10, and 国办函〔2025〕2号, article 14; "
        "no content or method is published, what follows is a proposal."
    ),
)
METHOD = (
    (
        "口径：各项目取预审结论中财务计划现金流量表的当年净现金流量（已扣还本付息和税费）；"
        "收益部分当年盈余先补当年各项目缺口；公益部分的盈余留在本项目；"
        "未列明部分的项目按各年合计是否盈余判断。金额为万元。"
    ),
    (
        "Method: of each project the net cash flow of the year from its assessed financial plan, after debt service "
        "and tax; surpluses of the paying part cover deficits of the same year; a surplus of the non-paying part stays "
        "with its project; where the part is not stated, a surplus over all years makes a project paying. CNY 10,000."
    ),
)
CARRIED = (
    ("结余不滚存。", "结余滚存用于以后年度。"),
    ("Surplus is not carried forward.", "Surplus is carried to later years."),
)
YEARS_ABREAST = 8
"""Years a table of a page holds side by side."""
_Pair = tuple[str, str, bool]


def regional_programme_view(found: RegionalProgramme, language: Language, *, day: date) -> View:
    """Return a programme as text, for page, PDF, DOCX and XLSX."""
    which = 0 if language == "zh" else 1
    document = found.document
    sections = [
        section("aims", ("总体安排", "Aims")[which], paragraphs=[document.aims]),
        section("facility", ("授信额度", "Shared facility")[which], paragraphs=[_facility(found, which)],
                tables=[_lenders(found, language)]),
        section("allocation", ("额度分配", "Allocation")[which], tables=[_allocation(found, language)]),
        section("cross-subsidy", ("肥瘦搭配与交叉补贴", "Cross-subsidy")[which],
                paragraphs=[document.cross_subsidy], tables=_flows(found, language)),
        section("balance", ("自平衡测算", "Self-balance")[which], tables=[_balance(found.balance, language)],
                paragraphs=[*verdict_lines(found.balance, which), METHOD[which],
                            CARRIED[which][bool(document.is_surplus_carried)]]),
        section("tracking", ("资金跟踪", "Drawn and repaid by lender")[which], tables=[_tracking(found, language)]),
        section("repayment", ("还款来源与增信", "Repayment and support")[which], paragraphs=[document.repayment]),
        section("safeguards", ("风险防控", "Safeguards")[which], paragraphs=[document.safeguards]),
    ]  # fmt: skip
    return laid_out(
        found.paper,
        found.text,
        day=day,
        sections=sections,
        findings=found.findings,
        proposal=PROPOSAL,
        is_demo=found.is_demo,
        language=language,
    )


def verdict_lines(balance: SelfBalance, which: int) -> list[str]:
    """Return the verdict in words: by year, in total, and what keeps it from being told."""
    by_year, in_total = ANSWERS[balance.answer][which], ANSWERS[balance.in_total][which]
    short = ("，", ", ")[which].join(
        (f"{each.year} 年缺 {each.shortfall:,.2f} 万元", f"{each.year} short of {each.shortfall:,.2f}")[which]
        for each in balance.short
    )
    if balance.answer == "unknown":
        why = [f"{each.code} {(each.why_unknown or ('', ''))[which]}" for each in balance.unknown]
        names = ("、", ", ")[which].join(why) or ("没有项目的测算", "no project is priced")[which]
        return [(f"结论：{by_year}。{names}。", f"Verdict: {by_year.lower()}: {names}.")[which]]
    surplus, deficit, net = (f"{x:,.2f}" for x in (balance.surplus, balance.deficit, balance.surplus - balance.deficit))
    if which:
        return [
            f"Each year: {by_year.lower()}{', ' + short if short else ''}.",
            f"In total: {in_total.lower()}; surplus {surplus}, deficits {deficit}, net {net}.",
        ]
    return [
        f"逐年：{by_year}{'，' + short if short else ''}。",
        f"合计：{in_total}；收益部分盈余 {surplus}，各项目缺口 {deficit}，相抵 {net} 万元。",
    ]


def _facility(found: RegionalProgramme, which: int) -> str:
    facility = found.document.facility_amount
    allocated = sum((each.amount or Decimal(0) for each in found.document.allocations), Decimal(0))
    shown = _money(facility) or ("未填", "not stated")[which]
    said = f"授信总额度 {shown} 万元，已分配 {allocated:,.2f} 万元", f"Facility {shown}, allocated {allocated:,.2f}"
    if facility is None or found.hidden:
        return said[which] + ("。", ".")[which]
    rest = facility - allocated
    return said[which] + (f"，尚余 {rest:,.2f} 万元。", f", left {rest:,.2f}.")[which]


def _head(language: Language, *columns: _Pair) -> list[tuple[str, bool]]:
    return [((zh, en)[language == "en"], is_number) for zh, en, is_number in columns]


def _money(amount: Decimal | float | None) -> str | None:
    return None if amount is None else f"{amount:,.2f}"


def _percent(rate: float | None) -> str | None:
    return None if rate is None else f"{rate * 100:.2f}"


def _lenders(found: RegionalProgramme, language: Language) -> View:
    head = _head(language, ("银行", "Lender", False), ("承诺额度（万元）", "Committed", True),
                 ("年利率（%）", "Rate (%)", True), ("期限（年）", "Tenor (years)", True),
                 ("说明", "Note", False))  # fmt: skip
    rows = [
        (each.name, _money(each.amount), _percent(each.rate), each.tenor_years, each.note)
        for each in found.document.lenders
    ]
    return table("lenders", ("参与银行", "Lenders")[language == "en"], head, rows, language)


def _allocation(found: RegionalProgramme, language: Language) -> View:
    head = _head(language, ("项目编号", "Code", False), ("项目名称", "Name", False), ("部分", "Part", False),
                 ("银行", "Lender", False), ("资金需求（万元）", "Need", True),
                 ("分配额度（万元）", "Allocated", True))  # fmt: skip
    names, parts = PARTS if language == "zh" else PARTS_EN, {flow.code: flow for flow in found.flows}
    rows = []
    for each in found.document.allocations:
        need, flow = found.needs.get(each.code), parts[each.code]
        part = names[flow.belongs_to] if flow.part or not flow.why_unknown else None
        needed = None if need is None else _money(need.need)
        rows.append((each.code, found.names.get(each.code), part, each.lender, needed, _money(each.amount)))
    given = total(each.amount for each in found.document.allocations)
    if rows:
        rows.append((("合计", "Total")[language == "en"], "–", "–", "–", "–", _money(given)))
    return table("allocation", ("额度分配", "Allocation")[language == "en"], head, rows, language)


def _flows(found: RegionalProgramme, language: Language) -> list[View]:
    """Return the yearly surplus of each project, a column each year, in tables that fit a page."""
    years = [each.year for each in found.balance.years]
    parts = [years[start : start + YEARS_ABREAST] for start in range(0, len(years), YEARS_ABREAST)]
    return [_flows_of(found, part, language) for part in parts]


def _flows_of(found: RegionalProgramme, years: list[int], language: Language) -> View:
    head = _head(language, ("项目", "Project", False), ("部分", "Part", False),
                 *((str(year), str(year), True) for year in years))  # fmt: skip
    names = PARTS if language == "zh" else PARTS_EN
    rows = []
    for flow in found.flows:
        is_known = flow.why_unknown is None
        amounts = [_money(flow.years.get(year, 0.0)) if is_known else None for year in years]
        rows.append((flow.code, names.get(flow.belongs_to if is_known else flow.part or ""), *amounts))
    zh, en = "各项目还本付息后盈余（+）或缺口（−）", "Surplus (+) or deficit (−) after debt service"
    span = f"{years[0]}–{years[-1]}"
    return table(f"flows-{years[0]}", f"{zh} {span}" if language == "zh" else f"{en} {span}", head, rows, language)


def _balance(balance: SelfBalance, language: Language) -> View:
    head = _head(language, ("年度", "Year", False), ("收益部分盈余", "Surplus, paying part", True),
                 ("各项目缺口", "Deficits", True), ("当年补贴", "Cross-subsidy", True),
                 ("动用结余", "From reserve", True), ("未补足", "Short", True), ("年末结余", "Reserve", True),
                 ("结论", "Verdict", False))  # fmt: skip
    which = 0 if language == "zh" else 1
    rows = [
        (str(each.year), *map(_money, _amounts(each)), _year_verdict(balance, is_balanced=each.is_balanced)[which])
        for each in balance.years
    ]
    return table("balance", ("逐年测算（万元）", "Year by year (CNY 10,000)")[which], head, rows, language)


def _amounts(each: YearBalance) -> tuple[float, ...]:
    return (each.surplus, each.deficit, each.transfer, each.from_reserve, each.shortfall, each.reserve)


def _year_verdict(balance: SelfBalance, *, is_balanced: bool) -> tuple[str, str]:
    return ANSWERS["unknown" if balance.unknown else "balanced" if is_balanced else "not_balanced"]


def _tracking(found: RegionalProgramme, language: Language) -> View:
    head = _head(language, ("银行", "Lender", False), ("年度", "Year", False), ("承诺额度", "Committed", True),
                 ("当年提款", "Drawn", True), ("当年还本", "Repaid", True), ("年末余额", "Outstanding", True),
                 ("未提款额度", "Undrawn", True))  # fmt: skip
    rows = [
        (each.lender, str(each.year),
         *map(_money, (each.committed, each.drawn, each.repaid, each.outstanding, each.undrawn)))
        for each in found.tracking
    ]  # fmt: skip
    return table("tracking", ("资金跟踪（万元）", "By lender (CNY 10,000)")[language == "en"], head, rows, language)
