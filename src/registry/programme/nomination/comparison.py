"""The comparison table 匿名比选表: codes instead of names, from indicators, projects and funding, frozen when drawn.

Figures are rounded so that few of them lead back to a city; what is unknown stays empty and is counted.
"""

import math
from collections import defaultdict
from typing import Any

import msgspec
import polars as pl
from sqlalchemy import BigInteger, Integer, cast, func, select, type_coerce
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor, Organisation
from registry.accounts.permissions import may
from registry.portfolio.table import Column, Table, count_column
from registry.programme.dashboard.queries import city_of
from registry.programme.indicators.model import IndicatorValue
from registry.programme.nomination.model import Nomination, PanelMember, PanelScore, SelectionRound
from registry.programme.nomination.queries import find_round, membership_of, region_of, require_inside
from registry.programme.nomination.rules import REGIONS, items, size_class_of, sizes
from registry.projects.model import FundingLineRow, Project
from registry.projects.queries import visible_projects
from registry.quantities import FEN_PER_CNY_10K

_FEN_PER_CNY_100M = FEN_PER_CNY_10K * 10_000
CHOICES = {"select": ("入选", "Select"), "reserve": ("备选", "Reserve"), "decline": ("不入选", "Decline")}


class Facts(msgspec.Struct, frozen=True):
    """What the table says of a city without saying which: the latest year with values before the round opened.

    Where there is no such year its counts are None.
    """

    region: str | None
    size_class: str | None
    is_recommended: bool | None
    year: int | None
    n_met: int | None
    n_missed: int | None
    n_unknown: int | None
    n_projects: int
    investment_100m: float | None
    """亿元, to two digits, of the projects whose total is known: an exact sum is as good as a name."""
    n_unknown_total: int
    secured_ratio: float | None
    """Share of the stated funding that is secured, to the percent; None where no amount is stated."""


def freeze_facts(session: Session, actor: Actor, row: SelectionRound) -> None:
    """Write the line of every coded nomination as its city stands now: later changes do not move the comparison."""
    query = select(Nomination, Organisation).join(Organisation, col(Organisation.id) == col(Nomination.owner_id))
    query = query.where(col(Nomination.round_id) == row.id, col(Nomination.code).is_not(None))
    coded = session.execute(query).all()
    met = _indicators(session, [owner.id or 0 for _, owner in coded], row.opens_on.year)
    projects, funding = _projects(session, actor), _funding(session, actor)
    for each, owner in coded:
        place = city_of(owner.division_code)
        year, counts = met.get(owner.id or 0, (None, (None, None, None)))
        count, fen, known = projects.get(place, (0, 0, 0)) if place else (0, 0, 0)
        secured, stated = funding.get(place, (0, 0)) if place else (0, 0)
        facts = Facts(
            region_of(owner.division_code),
            size_class_of(each.urban_population_10k),
            each.is_recommended,
            year,
            *counts,
            count,
            _two_digits(fen / _FEN_PER_CNY_100M) if known else None,
            count - known,
            round(secured / stated, 2) if stated else None,
        )
        each.facts = audit.canonical_json(msgspec.to_builtins(facts))
        session.add(each)
    session.flush()


def _two_digits(value: float) -> float:
    return round(value, 1 - math.floor(math.log10(value))) if value > 0 else value


def _indicators(
    session: Session, owners: list[int], before: int
) -> dict[int, tuple[int | None, tuple[int | None, int | None, int | None]]]:
    """Return met, missed and unknown indicators of each city in the latest year before this one that has actuals."""
    value = IndicatorValue
    latest = (
        select(col(value.owner_id), func.max(col(value.year)).label("year"))
        .where(col(value.owner_id).in_(owners), col(value.year) < before, col(value.actual).is_not(None))
        .group_by(col(value.owner_id))
        .subquery()
    )

    def count(condition: Any) -> Any:
        return func.coalesce(func.sum(cast(condition, Integer)), 0)

    is_met = col(value.is_met)
    query = (
        select(
            col(value.owner_id), latest.c.year, count(is_met.is_(True)), count(is_met.is_(False)),
            count(is_met.is_(None)),
        )
        .join(latest, (latest.c.owner_id == col(value.owner_id)) & (latest.c.year == col(value.year)))
        .group_by(col(value.owner_id), latest.c.year)
    )  # fmt: skip
    return {owner: (year, (yes, no, unknown)) for owner, year, yes, no, unknown in session.execute(query)}


def _projects(session: Session, actor: Actor) -> dict[str, tuple[int, int, int]]:
    """Return count, fen and count of known totals by city."""
    total = col(Project.total_investment)
    columns = (col(Project.city_code), func.count(), func.sum(type_coerce(total, BigInteger)), func.count(total))
    found: dict[str, tuple[int, int, int]] = {}
    for code, count, fen, known in session.execute(visible_projects(actor, *columns).group_by(col(Project.city_code))):
        place = city_of(code)
        if place is not None:
            before = found.get(place, (0, 0, 0))
            found[place] = (before[0] + count, before[1] + int(fen or 0), before[2] + known)
    return found


def _funding(session: Session, actor: Actor) -> dict[str, tuple[int, int]]:
    """Return fen secured and fen stated by city."""
    line = FundingLineRow
    amount = func.sum(type_coerce(col(line.amount), BigInteger))
    query = visible_projects(actor, col(Project.city_code), col(line.status), amount)
    query = query.join(line, col(line.project_id) == col(Project.id)).where(col(line.amount).is_not(None))
    found: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for code, status, fen in session.execute(query.group_by(col(Project.city_code), col(line.status))):
        place = city_of(code)
        if place is not None:
            secured, stated = found[place]
            found[place] = (secured + (int(fen) if status == "secured" else 0), stated + int(fen))
    return dict(found)


class Compared(msgspec.Struct, frozen=True):
    """One line of the table: the code, the facts, and scores where the reader may know them."""

    code: str
    facts: Facts
    n_scores: int | None
    score: float | None
    """Mean of the members' complete scores."""
    proposal: str | None
    proposal_reason: str | None
    decision: str | None
    decision_reason: str | None


def compare(session: Session, actor: Actor, round_id: int) -> list[Compared]:
    """Return the table by code. Before the panel is done its members read no scores but their own.

    Raises NotFound, NotAllowed for who neither holds selections nor sits on the panel.
    """
    require_inside(session, actor, round_id)
    step = find_round(session, round_id).step
    # Who scores is not led by what others gave; who holds the selection follows how far it is.
    is_blind = step == "panel" and membership_of(session, actor, round_id) is not None
    is_blind = is_blind or (step == "panel" and not may(actor, "read_nominations"))
    scores = {} if is_blind else _scores(session, round_id)
    query = select(Nomination).where(col(Nomination.round_id) == round_id, col(Nomination.code).is_not(None))
    found = []
    for row in session.execute(query.order_by(col(Nomination.code))).scalars():
        count, mean = scores.get(row.id or 0, (0, None))
        found.append(
            Compared(
                row.code or "",
                msgspec.convert(audit.parsed_json(row.facts or "{}"), Facts),
                None if is_blind else count,
                mean,
                row.proposal,
                row.proposal_reason,
                row.decision,
                row.decision_reason,
            )
        )
    return found


def _scores(session: Session, round_id: int) -> dict[int, tuple[int, float | None]]:
    score = PanelScore
    query = (
        select(col(score.nomination_id), col(score.member_id), func.sum(col(score.score)), func.count())
        .join(PanelMember, col(PanelMember.id) == col(score.member_id))
        .where(col(PanelMember.round_id) == round_id)
        .group_by(col(score.nomination_id), col(score.member_id))
        .having(func.count() == len(items()))
    )
    totals: dict[int, list[float]] = defaultdict(list)
    for nomination, _, total, _ in session.execute(query):
        totals[nomination].append(float(total))
    return {number: (len(each), sum(each) / len(each)) for number, each in totals.items()}


def comparison_table(lines: list[Compared]) -> Table:
    """Return the comparison as a table for page, API and Excel."""
    yes_no = {"true": ("推荐", "Recommended"), "false": ("不推荐", "Not recommended")}
    columns = (
        Column("code", "text", "代号", "Code"),
        count_column("n_scores", "完整评分数", "Complete scores", "份"),
        Column("score", "number", "平均分", "Mean score"),
        Column("proposal", "choice", "建议", "Proposal", labels=CHOICES),
        Column("decision", "choice", "决定", "Decision", labels=CHOICES),
        Column("region", "choice", "区域", "Region", labels=REGIONS),
        Column("size_class", "choice", "规模", "Size", labels=dict(sizes())),
        Column("is_recommended", "choice", "省级意见", "Province", labels=yes_no),
        Column("year", "year", "指标年度", "Year of indicators"),
        count_column("n_met", "达到目标", "Targets met"),
        count_column("n_missed", "未达到", "Missed"),
        count_column("n_unknown", "无法判断", "Unknown"),
        count_column("n_projects", "项目数", "Projects"),
        Column("investment_100m", "number", "总投资（已知部分，亿元）", "Known investment, CNY 100 million"),
        count_column("n_unknown_total", "总投资未知", "Unknown totals"),
        Column("secured_ratio", "ratio", "资金落实比例", "Funding secured"),
    )
    rows = []
    for each in lines:
        stated = msgspec.to_builtins(each.facts) | {
            name: getattr(each, name) for name in ("code", "n_scores", "score", "proposal", "decision")
        }
        told = each.facts.is_recommended
        stated["is_recommended"] = None if told is None else str(told).lower()
        rows.append({column.name: stated[column.name] for column in columns})
    kinds = {"text": pl.String, "choice": pl.String, "number": pl.Float64, "ratio": pl.Float64}
    schema = {column.name: kinds.get(column.kind, pl.Int64) for column in columns}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return Table("comparison", "匿名比选表", "Anonymised comparison", columns, frame)
