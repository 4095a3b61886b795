"""Risks and mitigants 风险与缓释: what the figures, the dossier and the verdicts themselves say, each with its origin.

Nothing is judged here that the record does not state. A measure against a risk is printed only where the dossier
states one; otherwise the package says that it is still to be supplied.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from registry.packages import checklist, indicators, wording
from registry.packages.analysis import DSCR_FLOORS
from registry.packages.content import Evaluation, PackageContent
from registry.projects.lines import FUNDING_SOURCES
from registry.projects.model import Dossier

LARGE_SHARE = Decimal("0.6")
"""Share of one source of funds from which its failure would stop the project; a line of this program, no rule."""
NEAR_SWITCHING_POINT = 0.1
SHOWN_CLAUSES = 5
LOW_COVER = max(DSCR_FLOORS)
APPROVALS = ("D02", "D03", "D04", "D05", "D06", "D07")
"""Checklist codes of the approvals a lender asks for before anything else."""


@dataclass(frozen=True, slots=True)
class Risk:
    """One risk: its kind, what was found, where that stands, and the measure the dossier states ("" for none)."""

    kind: str
    found: str
    origin: str
    mitigant: str = ""


Check = Callable[[PackageContent], Iterator[Risk]]


def risks(content: PackageContent) -> list[Risk]:
    """Return every risk the record shows, those of repayment first."""
    return [risk for check in CHECKS for risk in check(content)]


def _cover(content: PackageContent) -> Iterator[Risk]:
    evaluation = content.evaluation
    if evaluation is None:
        yield Risk("偿债", "尚未完成财务测算，偿债能力无从判断", "财务测算")
        return
    covers = enumerate(evaluation.series.get("dscr", ()), start=1)
    low = [(value, year) for year, value in covers if value is not None and value < LOW_COVER]
    if not low:
        return
    value, year = min(low)
    short = sum(each < 1 for each, _ in low)
    found = f"偿债备付率最低为第 {year} 年的 {wording.plain(value)}"
    found += f"；{short} 年低于 1.00，当年资金不足以还本付息" if short else ""
    found += f"；{len(low)} 年低于 {wording.plain(LOW_COVER)}（{DSCR_FLOORS[LOW_COVER]}）"
    yield Risk("偿债", found, "财务测算：借款还本付息计划表", _repayment_measures(content.dossier))


def _repayment_measures(dossier: Dossier) -> str:
    stated = (
        (dossier.has_income_account, "已约定收入账户并质押项目权益"),
        (dossier.has_bond_repayment_arrangement, "已安排收益不足时的财政补助等偿还来源"),
        (dossier.is_repaid_in_instalments, "按现金流分期还本"),
        (_holds(dossier, "D11"), "保证人或抵质押文件已具备"),
    )
    return "；".join(words for is_stated, words in stated if is_stated)


def _holds(dossier: Dossier, code: str) -> bool:
    return any(document.checklist_code == code and document.is_available for document in dossier.documents)


def _warnings(content: PackageContent) -> Iterator[Risk]:
    for warning in () if content.evaluation is None else content.evaluation.warnings:
        if warning.get("severity") == "warning":
            yield Risk("财务", str(warning.get("message", "")), f"财务测算提示（{warning.get('code', '')}）")


def _returns(content: PackageContent) -> Iterator[Risk]:
    evaluation = content.evaluation
    npv = None if evaluation is None else indicators.number_of(evaluation.indicators.get("project_npv_post_tax"))
    if evaluation is not None and npv is not None and npv < 0:
        rate = wording.percent(evaluation.discount_rate)
        yield Risk("收益", f"税后财务净现值 {wording.money(npv)} 万元，低于基准收益率 {rate} 的要求", "财务测算：指标")
    yield from () if evaluation is None else _near_switching(evaluation)


def _near_switching(evaluation: Evaluation) -> Iterator[Risk]:
    for factor, table in evaluation.sensitivity.items():
        point = table["switching_point"]
        if point is not None and abs(point) < NEAR_SWITCHING_POINT:
            name = indicators.FACTORS.get(factor, factor)
            yield Risk("收益", f"{name}变化 {point * 100:+.2f}% 时税后财务净现值即为零", "敏感性分析：临界点")


def _drawn(content: PackageContent) -> Iterator[Risk]:
    if content.analysis is None:
        return
    found = content.analysis.uncertainty
    if found.npv_negative.value > 0:
        chance = wording.percent(found.npv_negative.value)
        yield Risk("收益", f"在所列分布下税后财务净现值为负的概率 {chance}", f"概率分析（{found.draws} 次抽样）")
    below = found.dscr_below.get(1.0)
    if below is not None and below.value > 0:
        chance = wording.percent(below.value)
        words = f"在所列分布下最低年偿债备付率低于 1.00 的概率 {chance}"
        yield Risk("偿债", words, f"概率分析（{found.draws} 次抽样）", _repayment_measures(content.dossier))


def _revenue(content: PackageContent) -> Iterator[Risk]:
    case = content.dossier.financials
    streams = (case.revenue_streams or []) if case is not None else []
    names: dict[str | None, list[str]] = {"uncontracted": [], "market": [], None: []}
    for stream in streams:
        if stream.certainty in names:
            names[stream.certainty].append(stream.name or "未命名收入")
    words = {"uncontracted": "尚未签约", "market": "依市场价格，未锁定", None: "未说明是否签约"}
    measure = "收费、特许经营合同或价格文件已具备" if _holds(content.dossier, "D10") else ""
    for certainty, affected in names.items():
        if affected:
            found = f"{len(affected)} 项收入{words[certainty]}：{'、'.join(affected)}"
            yield Risk("收入", found, "财务测算输入：收入确定性", measure)
    if content.dossier.has_land_transfer_income:
        yield Risk("收入", "收入依赖土地出让", "项目档案：收入是否依赖土地出让")


def _funding(content: PackageContent) -> Iterator[Risk]:
    lines = content.dossier.funding_lines
    known = [line for line in lines if line.amount is not None and line.status != "gap"]
    total = sum((line.amount or Decimal(0) for line in known), Decimal(0))
    evidence = "；".join(dict.fromkeys(line.evidence for line in lines if line.status == "secured" and line.evidence))
    if total > 0:
        by_source = {
            source: sum((line.amount or Decimal(0) for line in known if line.source == source), Decimal(0))
            for source in FUNDING_SOURCES
        }
        source, amount = max(by_source.items(), key=lambda item: item[1])
        if amount / total >= LARGE_SHARE:
            share = wording.percent(float(amount / total))
            yield Risk("筹资", f"{FUNDING_SOURCES[source]}占已列资金的 {share}，依赖单一来源", "资金来源表")
        open_amount = sum((line.amount or Decimal(0) for line in known if line.status != "secured"), Decimal(0))
        if open_amount > 0:
            share = wording.percent(float(open_amount / total))
            words = f"{wording.money(open_amount)} 万元（{share}）尚未落实"
            yield Risk("筹资", words, "资金来源表：落实情况", f"已落实部分的依据：{evidence}" if evidence else "")
    gaps = [line for line in lines if line.status == "gap"]
    if gaps:
        named = "、".join(dict.fromkeys(FUNDING_SOURCES[line.source] for line in gaps))
        yield Risk("筹资", f"列为缺口的资金来源：{named}", "资金来源表：落实情况")


def _approvals(content: PackageContent) -> Iterator[Risk]:
    missing = [
        line.item.title_zh
        for line in checklist.checklist(content.dossier)
        if line.item.code in APPROVALS and line.is_available is not True
    ]
    if missing:
        yield Risk("审批", f"{len(missing)} 项审批文件未提供：{'；'.join(missing)}", "资料清单")


def _clauses(content: PackageContent) -> Iterator[Risk]:
    for verdict in content.verdicts:
        failed = [each for each in verdict["answers"] if each["status"] == "fail" and each["severity"] == "block"]
        if failed:
            titles = "；".join(each["title_zh"] for each in failed[:SHOWN_CLAUSES])
            more = "等" if len(failed) > SHOWN_CLAUSES else ""
            measures = "；".join(dict.fromkeys(each["remedy_zh"] for each in failed if each["remedy_zh"]))
            words = f"{verdict['name_zh']}：{len(failed)} 项必要条件不符合：{titles}{more}"
            measure = f"规则给出的补救：{measures}" if measures else ""
            yield Risk("政策", words, f"入库条件说明（{verdict['document']}）", measure)
    if content.dossier.has_hidden_debt:
        yield Risk("政策", "新增地方政府隐性债务", "项目档案：是否新增地方政府隐性债务")


def _benefits(content: PackageContent) -> Iterator[Risk]:
    bare = [benefit.indicator for benefit in content.dossier.benefits if not (benefit.method and benefit.baseline)]
    if bare:
        yield Risk("环境", f"环境效益缺少测算方法或基准情景：{'、'.join(bare)}", "年度环境效益")


CHECKS: tuple[Check, ...] = (
    _cover, _warnings, _returns, _drawn, _revenue, _funding, _approvals, _clauses, _benefits,
)  # fmt: skip
"""In the order printed; a risk of another kind is a generator and a name here."""
