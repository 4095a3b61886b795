"""The reports of the portfolio 分析报表: each a table with its chart, asked for by name from any side.

Adding a report is one line of REPORTS; command line, API, page and downloads all read it from there.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from registry.accounts.model import Actor
from registry.accounts.permissions import Act, may, require
from registry.errors import Finding, InvalidInput, NotFound
from registry.finance.benefit_units import INDICATORS
from registry.portfolio.abatement import abatement_curve
from registry.portfolio.concentration import banks, concentration, implementers, top_holders
from registry.portfolio.frame import LINE_DIMENSIONS, PROJECT_DIMENSIONS
from registry.portfolio.pipeline import acceptance, ageing, application_states, expiry, rule_failures
from registry.portfolio.queries import Evidence
from registry.portfolio.results import benefit_cost, benefits_by_indicator
from registry.portfolio.returns import FLOORS, METRICS, bands, no_rate, returns
from registry.portfolio.rights import rights_income
from registry.portfolio.summary import funding_mix, gap_by_year, leverage
from registry.portfolio.table import Table

Topic = Literal["funding", "returns", "results", "places", "pipeline"]
TOPICS: Mapping[Topic, tuple[str, str]] = {
    "funding": ("资金来源", "Funding"),
    "returns": ("收益", "Returns"),
    "results": ("环境效益", "Results"),
    "places": ("各省分布", "Provinces"),
    "pipeline": ("入库进程", "Pipeline"),
}


@dataclass(frozen=True, slots=True)
class Ask:
    """One report as asked for. `by` empty means the report's own cut; `limit` cuts the rows from the top."""

    report: str
    by: tuple[str, ...] = ()
    indicator: str = "co2e"
    limit: int | None = None

    def query(self, as_of: dt.date) -> str:
        """Return the question in one line, as it is written into a file."""
        report = REPORTS[self.report]
        parts = {"report": self.report, "by": ",".join(self.by or report.by), "as_of": as_of.isoformat()}
        if report.has_indicator:
            parts["indicator"] = self.indicator
        if self.limit is not None:
            parts["limit"] = str(self.limit)
        return "&".join(f"{name}={value}" for name, value in parts.items() if value)


@dataclass(frozen=True, slots=True)
class Chart:
    """How a table is drawn.

    Bars (stacked where several columns of one unit are named), a heat map, rectangles, or tiles in place of a map, of
    which each shows one of the values.
    """

    kind: Literal["bars", "heat", "rectangles", "tiles"]
    across: str
    values: tuple[str, ...]
    colour: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One report: its topic, titles, its own cut, which cuts it takes, and who may ask for it."""

    name: str
    topic: Topic
    zh: str
    en: str
    make: Callable[[Evidence, Ask], Table]
    by: tuple[str, ...] = ()
    cuts: Literal["none", "projects", "lines"] = "projects"
    act: Act = "read_portfolio"
    has_indicator: bool = False
    chart: Chart | None = None


_MONEY = ("secured_fen", "planned_fen", "gap_fen", "no_source_fen")
_OF_A_PROVINCE = ("n_projects", "total_investment_fen", "need_fen", *_MONEY, "secured_ratio")
_BANDS = Chart("bars", "band", ("n_projects",))


def _bands_of(metric: str) -> Callable[[Evidence, Ask], Table]:
    return lambda e, a: bands(e.portfolio, e.assessments, metric, a.by)


def _provinces(evidence: Evidence) -> Table:
    table = funding_mix(evidence.portfolio, ("province",))
    return replace(table, name="provinces", title_zh="各省项目与资金", title_en="Projects and money by province")


_ALL = (
    Report("funding_mix", "funding", "资金来源结构", "Funding mix", lambda e, a: funding_mix(e.portfolio, a.by),
           by=("source",), cuts="lines", chart=Chart("bars", "", _MONEY)),
    Report("gap_by_year", "funding", "分年资金缺口", "Gap by year", lambda e, a: gap_by_year(e.portfolio, a.by),
           cuts="projects", chart=Chart("bars", "year", ("secured_fen", "unsecured_fen"))),
    Report("leverage", "funding", "财政资金撬动倍数", "Leverage of fiscal money",
           lambda e, a: leverage(e.portfolio, a.by), by=("region",),
           chart=Chart("bars", "", ("per_fiscal",))),
    Report("rights_income", "funding", "资源环境权益收入", "Income from environmental rights",
           lambda e, a: rights_income(e.portfolio, *e.rights, a.by),
           chart=Chart("bars", "instrument", ("amount_fen",), "counted")),
    Report("returns", "returns", "收益指标分布", "Distribution of returns",
           lambda e, a: returns(e.portfolio, e.assessments, a.by)),
    *(
        Report(f"{metric}_bands", "returns", f"{METRICS[metric][0]}区间", f"Bands: {METRICS[metric][1]}",
               _bands_of(metric),
               chart=_BANDS)
        for metric in FLOORS
    ),
    Report("no_rate", "returns", "没有内部收益率的项目", "Projects without a rate of return",
           lambda e, a: no_rate(e.portfolio, e.assessments, a.by)),
    Report("benefits", "results", "环境效益", "Environmental benefits",
           lambda e, a: benefits_by_indicator(e.portfolio, e.benefits[0], a.by)),
    Report("benefit_cost", "results", "单位效益成本", "Cost of a unit of benefit",
           lambda e, a: benefit_cost(e.portfolio, e.benefits[0], a.by)),
    Report("abatement_curve", "results", "边际减排成本曲线", "Marginal abatement cost curve",
           lambda e, a: abatement_curve(e.portfolio, e.assessments, *e.benefits, a.indicator),
           cuts="none", has_indicator=True, chart=Chart("rectangles", "start", ("cost",))),
    Report("provinces", "places", "各省项目与资金", "Projects and money by province", lambda e, _: _provinces(e),
           cuts="none", chart=Chart("tiles", "province", _OF_A_PROVINCE)),
    Report("application_states", "pipeline", "入库申请状态", "Applications by state",
           lambda e, a: application_states(e.portfolio, e.applications, a.by), act="read_applications",
           chart=Chart("bars", "state", ("n_applications",), "application_library")),
    Report("ageing", "pipeline", "在办申请等待时间", "How long applications have waited",
           lambda e, a: ageing(e.portfolio, e.applications, a.by, as_of=e.as_of), act="read_applications",
           chart=Chart("bars", "band", ("n_applications",), "state")),
    Report("acceptance", "pipeline", "各轮次入库通过率", "Acceptance by round",
           lambda e, a: acceptance(e.portfolio, e.events, a.by), act="read_applications",
           chart=Chart("bars", "round", ("n_admitted", "n_returned", "n_declined", "n_withdrawn", "n_pending"))),
    Report("rule_failures", "pipeline", "不符合最多的条款及地区", "What fails most, and where",
           lambda e, _: rule_failures(e.rule_counts, e.names, e.rule_titles), cuts="none",
           chart=Chart("heat", "province", ("fail",), "rule")),
    Report("expiry", "pipeline", "入库有效期到期预告", "Entries whose validity ends",
           lambda e, a: expiry(e.portfolio, e.applications, a.by, as_of=e.as_of), act="read_applications",
           chart=Chart("bars", "band", ("n_applications",), "application_library")),
    Report("concentration", "pipeline", "集中度", "Concentration",
           lambda e, _: concentration({"implementer": implementers(e.holders), "bank": banks(e.loans)}),
           cuts="none"),
    Report("top_implementers", "pipeline", "最大的实施主体", "Largest implementers",
           lambda e, _: top_holders("implementer", implementers(e.holders)), cuts="none",
           chart=Chart("bars", "holder", ("amount_fen",))),
    Report("top_banks", "pipeline", "最大的贷款银行", "Largest banks",
           lambda e, _: top_holders("bank", banks(e.loans)), cuts="none",
           chart=Chart("bars", "holder", ("amount_fen",))),
)  # fmt: skip
REPORTS: Mapping[str, Report] = {report.name: report for report in _ALL}


def reports_for(actor: Actor) -> list[Report]:
    """Return the reports this actor may ask for, in order."""
    return [report for report in REPORTS.values() if may(actor, report.act)]


def make_report(evidence: Evidence, ask: Ask) -> Table:
    """Return the table of a report, what is wrong with its data among the remarks.

    Raises NotFound, NotAllowed, InvalidInput for a cut or an indicator nobody knows.
    """
    report = find_report(ask.report)
    require(evidence.actor, report.act)
    if report.has_indicator and ask.indicator not in INDICATORS:
        known = "、".join(INDICATORS)
        zh, en = f"没有名为“{ask.indicator}”的指标；可用：{known}", f"There is no indicator '{ask.indicator}'"
        raise InvalidInput.of([Finding("indicator", "unknown-indicator", zh, en, ask.indicator)])
    table = report.make(evidence, replace(ask, by=_cut(report, ask)))
    frame = table.frame if ask.limit is None else table.frame.head(ask.limit)
    return replace(table, frame=frame, remarks=(*table.remarks, *evidence.portfolio.findings))


def find_report(name: str) -> Report:
    """Return a report. Raises NotFound."""
    if name not in REPORTS:
        raise NotFound(f"没有名为“{name}”的报表；可用：{'、'.join(REPORTS)}", f"There is no report '{name}'")
    return REPORTS[name]


def _cut(report: Report, ask: Ask) -> tuple[str, ...]:
    """Return the cut of a report. Raises InvalidInput for one it does not take."""
    if report.cuts == "none" and ask.by:
        raise InvalidInput.of([_no_cut(report, ask.by[0])])
    refused = [] if report.cuts == "lines" else [name for name in ask.by if name in LINE_DIMENSIONS]
    if refused:
        raise InvalidInput.of([_no_cut(report, name) for name in refused])
    return ask.by or report.by


def _no_cut(report: Report, name: str) -> Finding:
    zh = f"报表“{report.zh}”不能按“{name}”分组；可按 {'、'.join(PROJECT_DIMENSIONS)} 等项目维度"
    en = f"The report '{report.name}' is not cut by '{name}'; try {', '.join(PROJECT_DIMENSIONS)}"
    if report.cuts == "none":
        zh, en = f"报表“{report.zh}”没有分组维度", f"The report '{report.name}' takes no dimensions"
    return Finding("by", "dimension-not-taken", zh, en, name)
