"""The tables of a plan: page, API, downloads, DOCX and PDF all print these, so that they always agree."""

from collections.abc import Callable

from registry.portfolio.table import Column, Table, count_column, money_column
from registry.programme.financing_plan.columns import (
    Row,
    choice_column,
    fen,
    labels_of,
    model_column,
    sum_fen,
    table_of,
    text_column,
)
from registry.programme.financing_plan.document import PROJECT_ROLES
from registry.programme.financing_plan.figures import Outlook, ProjectLine
from registry.programme.financing_plan.funding import Funding, status_sums
from registry.programme.financing_plan.pricing import RETURN_TYPES
from registry.programme.financing_plan.queries import Plan
from registry.programme.financing_plan.stated_tables import (
    banks_table,
    debt_table,
    goals_table,
    roles_table,
    timetable_table,
)
from registry.projects.lines import FUNDING_SOURCES, FUNDING_STATUS

_STATUS_EN = {"secured": "Secured", "planned": "Planned", "gap": "Gap"}
_SOURCES_EN = {
    "central_fund": "Central eco-environment fund",
    "central_budget": "Central budget investment",
    "ultra_long_bond": "Ultra-long treasury bonds",
    "provincial": "Provincial money",
    "city": "City and county money",
    "special_bond": "Special bonds",
    "policy_bank_loan": "Policy bank loans",
    "commercial_loan": "Commercial loans",
    "green_bond": "Green bonds",
    "equity": "Equity",
    "private_capital": "Private capital",
    "other": "Other",
}
_ROLES_EN = {"core": "Core", "supporting": "Supporting", "revenue": "Feeds others", "reserve": "Reserve"}
_NOT_SAID = ("年度未定", "No year")

RETURN_WORDS: dict[str, tuple[str, str]] = {str(name): words for name, words in RETURN_TYPES.items()}
_YEAR = Column("year", "year", "年度", "Year", missing=_NOT_SAID)
_UNKNOWN = count_column("unknown", "金额未填", "Amounts unknown")


def projects_table(plan: Plan) -> Table:
    """Return every project with its role, libraries, return and money."""
    opened = {
        _packs(line): (
            "、".join(each.zh for each in line.facts.open_libraries),
            "; ".join(each.en for each in line.facts.open_libraries),
        )
        for line in plan.figures.projects
    }
    columns = (
        text_column("code", "项目编号", "Code"),
        text_column("name", "项目名称", "Name"),
        choice_column("role", "定位", "Role", labels_of(PROJECT_ROLES, _ROLES_EN)),
        choice_column("libraries", "符合条件的库", "Libraries open", opened),
        choice_column("return_type", "回报类型", "Return", RETURN_WORDS),
        money_column("investment_fen", "总投资", "Investment"),
        *(money_column(f"{name}_fen", zh, _STATUS_EN[name]) for name, zh in FUNDING_STATUS.items()),
        money_column("without_source_fen", "无资金来源", "No source"),
        _UNKNOWN,
        model_column("npv", "财务净现值（税后）", "NPV after tax"),
        Column("dscr_min", "number", "最低偿债备付率", "Lowest DSCR"),
        count_column("revision", "修订号", "Revision", ""),
    )
    rows = [_project_row(line) for line in plan.figures.projects]
    return table_of("projects", "项目清单与回报类型", "Projects and types of return", columns, rows)


def _packs(line: ProjectLine) -> str:
    return " ".join(each.pack for each in line.facts.open_libraries)


def _project_row(line: ProjectLine) -> Row:
    sums = status_sums(line.funding)
    return {
        "code": line.entry.code,
        "name": line.facts.dossier.name,
        "role": line.entry.role,
        "libraries": _packs(line) or None,
        "return_type": line.priced.return_type,
        "investment_fen": fen(line.facts.dossier.total_investment),
        **{f"{status}_fen": sum_fen(total) for status, total in sums.items()},
        "without_source_fen": sum_fen(line.funding.without_source),
        "unknown": line.funding.of().unknown,
        "npv": line.priced.npv,
        "dscr_min": line.priced.dscr_min,
        "revision": line.facts.revision,
    }


def routing_table(plan: Plan) -> Table:
    """Return the verdict of every library on every project."""
    packs: dict[str, tuple[str, str]] = {}
    words: dict[str, tuple[str, str]] = {}
    for line in plan.figures.projects:
        for verdict in line.facts.routes:
            packs.setdefault(verdict.pack, (verdict.zh, verdict.en))
            words[verdict.verdict] = (verdict.verdict_zh, verdict.verdict_en)
    columns = (
        text_column("code", "项目编号", "Code"),
        text_column("name", "项目名称", "Name"),
        *(choice_column(pack, zh, en, words) for pack, (zh, en) in packs.items()),
        text_column("judged_on", "依据日期", "As of"),
    )
    rows = [
        {"code": line.entry.code, "name": line.facts.dossier.name, "judged_on": line.facts.judged_on.isoformat()}
        | dict.fromkeys(packs)
        | {verdict.pack: verdict.verdict for verdict in line.facts.routes}
        for line in plan.figures.projects
    ]
    return table_of("routing", "项目入库去向", "Routing to libraries", columns, rows)


def funding_by_year_table(plan: Plan) -> Table:
    """Return what is secured, planned and lacking in each year."""
    funding = plan.figures.base.funding
    rows = [{"year": year, **_by_status(funding, year=year)} for year in funding.years()]
    return table_of(
        "funding_by_year", "分年资金需求与来源", "Needs and sources by year", (_YEAR, *_STATUS_COLUMNS), rows
    )


_STATUS_COLUMNS = (
    *(money_column(f"{name}_fen", zh, _STATUS_EN[name]) for name, zh in FUNDING_STATUS.items()),
    money_column("total_fen", "需求合计", "Need"),
    _UNKNOWN,
)


def _by_status(funding: Funding, *, year: int | None) -> Row:
    total = funding.in_year(year)
    sums = {f"{status}_fen": sum_fen(funding.in_year(year, status=status)) for status in FUNDING_STATUS}
    return {**sums, "total_fen": sum_fen(total), "unknown": total.unknown}


def funding_by_source_table(plan: Plan) -> Table:
    """Return what comes from each source, over all years."""
    funding = plan.figures.base.funding
    rows = []
    for source in funding.sources():
        total = funding.of(source=source)
        sums = {f"{name}_fen": sum_fen(funding.of(source=source, status=name)) for name in FUNDING_STATUS}
        rows.append({"source": source, **sums, "total_fen": sum_fen(total), "unknown": total.unknown})
    source_column = choice_column("source", "资金来源", "Source", labels_of(FUNDING_SOURCES, _SOURCES_EN))
    columns = (source_column, *_STATUS_COLUMNS)
    return table_of("funding_by_source", "按资金来源", "By source", columns, rows)


def sources_by_year_table(plan: Plan) -> Table:
    """Return what comes from each source in each year."""
    funding = plan.figures.base.funding
    years = funding.years()
    names = {year: f"y{year}_fen" if year is not None else "no_year_fen" for year in years}
    columns = (
        choice_column("source", "资金来源", "Source", labels_of(FUNDING_SOURCES, _SOURCES_EN)),
        *(money_column(names[year], *(_NOT_SAID if year is None else (f"{year} 年", str(year)))) for year in years),
        money_column("total_fen", "合计", "Total"),
    )
    rows = [
        {"source": source, "total_fen": sum_fen(funding.of(source=source))}
        | {names[year]: sum_fen(funding.in_year(year, source=source)) for year in years}
        for source in funding.sources()
    ]
    return table_of("sources_by_year", "分来源分年度", "By source and year", columns, rows)


def bundles_table(plan: Plan) -> Table:
    """Return the balance test of every bundle, year by year."""
    columns = (
        text_column("bundle", "组合", "Bundle"),
        Column("year", "year", "年度", "Year"),
        model_column("net", "成员净现金流量合计", "Net cash flow of members"),
        model_column("transferred", "盈余反哺亏损", "Surplus fed to deficits"),
        model_column("uncovered", "未覆盖缺口", "Not covered"),
        model_column("closing_cash", "年末累计结余", "Savings at year end"),
    )
    rows = [
        {
            "bundle": tested.name,
            "year": year.year,
            "net": sum(year.net),
            "transferred": year.transferred,
            "uncovered": year.uncovered,
            "closing_cash": year.closing_cash,
        }
        for tested in plan.figures.base.bundles
        for year in tested.years
    ]
    return table_of("bundles", "组合平衡检验", "Balance test of bundles", columns, rows)


def coverage_table(plan: Plan) -> Table:
    """Return what the projects with debt have available and owe in each year."""
    columns = (
        Column("year", "year", "年度", "Year"),
        model_column("available", "可用于还本付息的资金", "Available for debt service"),
        model_column("owed", "当年还本付息", "Debt service"),
        Column("ratio", "number", "覆盖倍数", "Coverage"),
    )
    rows = [
        {"year": year.year, "available": year.available, "owed": year.owed, "ratio": year.ratio}
        for year in plan.figures.base.coverage.years
    ]
    return table_of("coverage", "偿债覆盖", "Coverage of debt service", columns, rows)


def scenarios_table(plan: Plan) -> Table:
    """Return the plan as it stands and its scenarios, one row each."""
    columns = (
        Column("scenario", "text", "情景", "Scenario", missing=("方案现状", "As it stands")),
        count_column("projects", "项目数", "Projects"),
        money_column("investment_fen", "总投资", "Investment"),
        *(money_column(f"{name}_fen", zh, _STATUS_EN[name]) for name, zh in FUNDING_STATUS.items()),
        money_column("without_source_fen", "无资金来源", "No source"),
        *(count_column(f"return_{name}", zh, en) for name, (zh, en) in RETURN_TYPES.items()),
        model_column("npv", "财务净现值合计（税后）", "Sum of NPV after tax"),
        count_column("npv_unknown", "未能测算", "Not calculated"),
        Column("coverage_min", "number", "最低覆盖倍数", "Lowest coverage"),
        Column("coverage_year", "year", "最低年度", "In year"),
        count_column("below_one", "偿债备付率低于 1 的项目", "Projects with DSCR below 1"),
        count_column("bundles_balanced", "自平衡组合", "Bundles in balance"),
        count_column("bundles_tested", "可检验组合", "Bundles tested"),
    )
    rows = [_outlook_row(outlook) for outlook in plan.figures.outlooks]
    return table_of("scenarios", "情景比较", "Scenarios side by side", columns, rows)


def _outlook_row(outlook: Outlook) -> Row:
    lowest = outlook.coverage.lowest
    tested = [each.is_balanced for each in outlook.bundles if each.is_balanced is not None]
    is_priced = outlook.npv_unknown < outlook.n_projects
    return {
        "scenario": outlook.name,
        "projects": outlook.n_projects,
        "investment_fen": sum_fen(outlook.funding.investment),
        **{f"{name}_fen": sum_fen(total) for name, total in status_sums(outlook.funding).items()},
        "without_source_fen": sum_fen(outlook.funding.without_source),
        **{f"return_{name}": outlook.return_types.get(name, 0) for name in RETURN_TYPES},
        "npv": outlook.npv if is_priced else None,
        "npv_unknown": outlook.npv_unknown,
        "coverage_min": None if lowest is None else lowest.ratio,
        "coverage_year": None if lowest is None else lowest.year,
        "below_one": len(outlook.coverage.below_one),
        "bundles_balanced": sum(tested),
        "bundles_tested": len(tested),
    }


TABLES: dict[str, Callable[[Plan], Table]] = {
    "projects": projects_table,
    "routing": routing_table,
    "funding_by_year": funding_by_year_table,
    "funding_by_source": funding_by_source_table,
    "sources_by_year": sources_by_year_table,
    "bundles": bundles_table,
    "coverage": coverage_table,
    "debt": debt_table,
    "scenarios": scenarios_table,
    "banks": banks_table,
    "timetable": timetable_table,
    "roles": roles_table,
    "goals": goals_table,
}
"""Name of a table, as in addresses and sheets, to what makes it."""
