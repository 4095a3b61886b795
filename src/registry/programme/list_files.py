"""Lists of the programme to take away in Excel: what a page shows, as whoever asks may see it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlmodel import Session

from registry.accounts.model import Actor
from registry.programme.dashboard.queries import Dashboard, read_dashboard
from registry.programme.indicators.catalogue import Indicator
from registry.programme.indicators.versions import reference_on
from registry.programme.nomination.comparison import CHOICES
from registry.programme.nomination.queries import NominationLine, find_round, list_nominations
from registry.programme.nomination.rules import REGIONS, sizes
from registry.programme.papers.model import KINDS, Kind
from registry.programme.papers.queries import PaperSummary, list_papers
from registry.programme.papers.states import STATES
from registry.programme.self_evaluation.rounds import year_on_year
from registry.programme.sheet_writing import SheetPart, write_parts, write_rows
from registry.programme.sheets import SheetColumn

_DEMO = "示例数据"
_PAPERS = (
    SheetColumn("id", "编号", "Number", width=8),
    SheetColumn("kind", "类别", "Kind", width=34),
    SheetColumn("title", "名称", "Title", width=60),
    SheetColumn("year", "年度", "Year", width=8),
    SheetColumn("owner", "编制单位", "Owner", width=30),
    SheetColumn("division_code", "区划代码", "Division code", width=12),
    SheetColumn("state", "状态", "State", width=12),
    SheetColumn("since", "状态日期", "Since", width=12),
    SheetColumn("revision_number", "最新版", "Revision", width=8),
    SheetColumn("approved_revision", "通过版", "Approved", width=8),
    SheetColumn("published_revision", "公开版", "Published", width=8),
    SheetColumn("embargo_until", "公开日期", "Shown from", width=12),
    SheetColumn("demo", "标记", "Mark", width=10),
)
_NOMINATIONS = (
    SheetColumn("city", "申报单位", "City", width=30),
    SheetColumn("division_code", "区划代码", "Division code", width=12),
    SheetColumn("region", "区域", "Region", width=10),
    SheetColumn("size", "规模", "Size", width=14),
    SheetColumn("urban_population_10k", "城区常住人口（万人）", "Urban residents, 10,000", width=20),
    SheetColumn("population_source", "人口数来源", "Source", width=30),
    SheetColumn("statement", "申报理由", "Statement", width=60),
    SheetColumn("submitted", "提交日期", "Submitted", width=12),
    SheetColumn("opinion_given", "省级意见", "Province", width=12),
    SheetColumn("opinion", "意见说明", "Opinion", width=40),
    SheetColumn("in_form", "形式审查", "Form check", width=12),
    SheetColumn("form_remark", "审查说明", "Remark", width=40),
    SheetColumn("decision", "结果", "Result", width=10),
    SheetColumn("decision_reason", "结果说明", "Reason", width=40),
    SheetColumn("demo", "标记", "Mark", width=10),
)
_INDICATORS = (
    SheetColumn("name", "指标", "Indicator", width=40),
    SheetColumn("unit", "单位", "Unit", width=10),
    SheetColumn("year", "年度", "Year", width=8),
    SheetColumn("n_targets", "有目标的城市", "Cities with a target", width=14),
    SheetColumn("n_actuals", "有实际值的城市", "Cities with a value", width=14),
    SheetColumn("n_met", "达到目标", "Met", width=10),
    SheetColumn("n_missed", "未达到", "Missed", width=10),
    SheetColumn("average", "填报城市简单平均", "Plain mean", width=18),
    SheetColumn("n_demo", "其中示例数据", "Sample data", width=14),
)
_PLACES = (
    SheetColumn("city", "城市", "City", width=24),
    SheetColumn("division_code", "区划代码", "Division code", width=12),
    SheetColumn("province", "省份", "Province", width=20),
    SheetColumn("region", "区域", "Region", width=10),
    SheetColumn("n_met", "达到目标", "Met", width=10),
    SheetColumn("n_missed", "未达到", "Missed", width=10),
    SheetColumn("n_unknown", "无法判断", "Unknown", width=10),
    SheetColumn("n_projects", "项目数", "Projects", width=10),
    SheetColumn("total_investment", "总投资（已知部分，万元）", "Known investment, CNY 10,000", width=24),
    SheetColumn("n_unknown_total", "总投资未知", "Unknown totals", width=12),
)


def papers_list(session: Session, actor: Actor, kind: Kind) -> bytes:
    """Return the papers of a kind the actor may see as a workbook."""
    return write_rows("清单", _PAPERS, [_paper(each) for each in list_papers(session, actor, kinds=(kind,))])


def _paper(each: PaperSummary) -> dict[str, Any]:
    names = {column.name for column in _PAPERS} & set(each.__struct_fields__)
    return {name: getattr(each, name) for name in names} | {
        "kind": KINDS[each.kind][0],  # type: ignore[index]
        "state": STATES[each.state][0],  # type: ignore[index]
        "since": each.state_since.date(),
        "embargo_until": each.embargo_until if each.published_revision else None,
        "demo": _DEMO if each.is_demo else None,
    }


def nominations_list(session: Session, actor: Actor, round_id: int) -> bytes:
    """Return the nominations of a round the actor may see by name as a workbook. Raises NotFound."""
    find_round(session, round_id)
    rows = [_nomination(each) for each in list_nominations(session, actor, round_id)]
    notes = ["比选至公布期间，能看到代号的人员看不到城市名称，本表为空；空白表示未填或您无权查看。"]
    return write_rows("申报城市", _NOMINATIONS, rows, notes)


def _nomination(each: NominationLine) -> dict[str, Any]:
    names = {column.name for column in _NOMINATIONS} & set(each.__struct_fields__)
    return {name: getattr(each, name) for name in names} | {
        "region": REGIONS[each.region][0] if each.region else None,
        "size": sizes()[each.size_class][0] if each.size_class else None,
        "submitted": None if each.submitted_at is None else each.submitted_at.date(),
        "opinion_given": _said(each.is_recommended, "推荐", "不推荐"),
        "in_form": _said(each.is_in_form, "通过", "不通过"),
        "decision": CHOICES[each.decision][0] if each.decision else None,
        "demo": _DEMO if each.is_demo else None,
    }


def _said(answer: bool | None, yes: str, no: str) -> str | None:
    return None if answer is None else yes if answer else no


def scores_list(session: Session, actor: Actor) -> bytes:
    """Return the totals of the scored cities the actor works with, a column a year, as a workbook."""
    found = year_on_year(session, actor)
    years = sorted({year for each in found for year in each.totals})
    columns = [
        SheetColumn("city", "城市", "City", width=30),
        SheetColumn("division_code", "区划代码", "Division code", width=12),
        *(SheetColumn(str(year), f"{year} 年总分", f"Total of {year}", width=14) for year in years),
        SheetColumn("change", "较上年", "Change", width=12),
    ]
    rows = [
        {"city": each.city, "division_code": each.division_code, "change": each.change}
        | {str(year): total for year, total in each.totals.items()}
        for each in found
    ]
    return write_rows("年度比较", columns, rows, ["空白表示该年未评分，不是零分。"])


def dashboard_file(session: Session, actor: Actor, *, year: int | None, today: date) -> bytes:
    """Return the dashboard as a workbook: indicators by year, and cities. Raises NotAllowed."""
    found = read_dashboard(session, actor, year=year, today=today)
    names = reference_on(session, today).indicators
    parts = [
        SheetPart("指标", _INDICATORS, list(_by_year(found, names))),
        SheetPart(f"{found.year} 年各城市", _PLACES, list(_places(found))),
    ]
    notes = (
        f"指标体系：{found.reference}{'（代用）' if found.is_stand_in else ''}。",
        "平均值为填报城市的简单平均；没有填报的城市，三个计数为空，不是零。",
        f"项目共 {found.n_projects} 个，每个计一次；其中 {found.n_placed} 个注明城市。",
    )
    return write_parts(parts, notes)


def _by_year(found: Dashboard, names: Mapping[str, Indicator]) -> Iterator[dict[str, Any]]:
    for each in found.indicators:
        known = names.get(each.indicator)
        kept = {column.name: getattr(each, column.name, None) for column in _INDICATORS}
        yield kept | {"name": known.zh if known else each.indicator, "unit": known.unit if known else None}


def _places(found: Dashboard) -> Iterator[dict[str, Any]]:
    counts: Sequence[str] = ("n_met", "n_missed", "n_unknown")
    for each in found.places:
        kept = {column.name: getattr(each, column.name) for column in _PLACES}
        if not any(kept[name] for name in counts):
            kept |= dict.fromkeys(counts)
        yield kept | {
            "region": REGIONS[each.region][0] if each.region in REGIONS else None,
            "total_investment": None if each.total_investment is None else float(each.total_investment),
        }
