"""Rounds of the ministry: open, read, score, compare year on year."""

import math
from collections.abc import Sequence
from datetime import date

import msgspec
from sqlalchemy import func, select
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor, Organisation
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput, NotFound
from registry.programme.papers.model import CityPaper
from registry.programme.papers.queries import find_paper, visible_papers, works_on
from registry.programme.self_evaluation.model import EvaluationRound, EvaluationScore
from registry.projects.fields.beautiful_city import DIMENSIONS

DEFAULT_ITEMS = tuple((name, 20.0) for code, name in DIMENSIONS.items() if code != "none")
"""Proposed, not published: the five dimensions, twenty each."""
FIRST_YEAR, LAST_YEAR, MOST_ITEMS = 2024, 2100, 30


class Item(msgspec.Struct, frozen=True):
    """What is scored, and how high at most."""

    name: str
    most: float


class Round(msgspec.Struct, frozen=True):
    """One round."""

    id: int
    year: int
    opens_on: date
    closes_on: date
    items: list[Item]
    is_demo: bool

    def is_open(self, day: date) -> bool:
        """Say whether self-evaluations may be begun and signed on a day."""
        return self.opens_on <= day <= self.closes_on


class Score(msgspec.Struct, frozen=True):
    """One scored item of a self-evaluation."""

    item: str
    score: float
    remark: str | None
    revision_number: int


class YearOnYear(msgspec.Struct, frozen=True):
    """A city's totals by year; a year not scored is not there."""

    city: str
    division_code: str | None
    totals: dict[int, float]
    change: float | None
    """Of the newest scored year over the year before it; NULL where that one was not scored."""


def list_rounds(session: Session) -> list[Round]:
    """Return every round, the newest first: when to report is no secret."""
    query = select(EvaluationRound).order_by(col(EvaluationRound.year).desc())
    return [_round(row) for row in session.execute(query).scalars()]


def round_of(session: Session, year: int) -> Round | None:
    """Return the round of a year, None when the ministry opened none."""
    row = session.execute(select(EvaluationRound).where(col(EvaluationRound.year) == year)).scalar_one_or_none()
    return None if row is None else _round(row)


def _round(row: EvaluationRound) -> Round:
    items = [Item(**each) for each in audit.parsed_json(row.items)]
    return Round(row.id or 0, row.year, row.opens_on, row.closes_on, items, row.is_demo)


def open_round(
    session: Session,
    actor: Actor,
    *,
    year: int,
    opens_on: date,
    closes_on: date,
    items: Sequence[tuple[str, float]] = DEFAULT_ITEMS,
    is_demo: bool = False,
) -> Round:
    """Open the round of a year. Raises NotAllowed, InvalidInput."""
    require(actor, "hold_evaluations")
    findings = list(_round_flaws(year, opens_on, closes_on, items))
    if round_of(session, year) is not None:
        zh, en = f"{year} 年的评估轮次已经设立", f"There is a round for {year} already"
        findings.append(Finding("year", "exists-already", zh, en, str(year)))
    if findings:
        raise InvalidInput.of(findings)
    told = [{"name": name.strip(), "most": most} for name, most in items]
    row = EvaluationRound(
        year=year,
        opens_on=opens_on,
        closes_on=closes_on,
        items=audit.canonical_json(told),
        is_demo=is_demo,
        opened_by=actor.user_id,
        opened_at=audit.now(),
    )
    session.add(row)
    session.flush()
    details = {"opens_on": opens_on.isoformat(), "closes_on": closes_on.isoformat(), "items": told}
    audit.record(session, actor_id=actor.user_id, action="round.open", subject=f"round:{year}", details=details)
    return _round(row)


def _round_flaws(year: int, opens_on: date, closes_on: date, items: Sequence[tuple[str, float]]) -> Sequence[Finding]:
    found = []
    if not FIRST_YEAR <= year <= LAST_YEAR:
        zh, en = f"年度应在 {FIRST_YEAR} 至 {LAST_YEAR} 之间", f"The year should be {FIRST_YEAR} to {LAST_YEAR}"
        found.append(Finding("year", "year-out-of-range", zh, en, str(year)))
    if closes_on < opens_on:
        zh, en = "截止日期早于开放日期，请更正", "The round closes before it opens; correct the days"
        found.append(Finding("closes_on", "period-reversed", zh, en, closes_on.isoformat()))
    names = [name.strip() for name, _ in items]
    if not 1 <= len(names) <= MOST_ITEMS or len(set(names)) != len(names) or not all(names):
        zh, en = f"评分项应为 1 至 {MOST_ITEMS} 项，名称不重复", f"1 to {MOST_ITEMS} items, each of another name"
        found.append(Finding("items", "invalid-items", zh, en))
    if not all(math.isfinite(most) and most > 0 for _, most in items):
        found.append(Finding("items", "invalid-items", "每项满分应大于零", "Each highest score is above zero"))
    return found


def score_paper(
    session: Session, actor: Actor, paper_id: int, *, item: str, score: float, remark: str | None = None
) -> None:
    """Score one item of an agreed self-evaluation; a second score replaces the first, both stay in the log.

    Raises NotAllowed, NotFound, InvalidInput.
    """
    require(actor, "hold_evaluations")
    paper = find_paper(session, actor, paper_id, kind="self_evaluation")
    held = round_of(session, paper.year or 0)
    if held is None:
        raise NotFound(f"{paper.year} 年没有评估轮次", f"There is no round for {paper.year}")
    most = next((each.most for each in held.items if each.name == item), None)
    findings = []
    if paper.approved_revision is None:
        zh, en = "该自评估尚未经省级同意，不能评分", "The self-evaluation is not agreed by its province yet"
        findings.append(Finding("paper", "not-approved", zh, en))
    if most is None:
        zh = f"没有“{item[:40]}”这个评分项；可用：{'、'.join(each.name for each in held.items)}"
        findings.append(Finding("item", "unknown-item", zh, f"There is no item {item[:40]}", item[:40]))
    elif not 0 <= score <= most:
        zh, en = f"“{item}”应在 0 至 {most:g} 分之间", f"{item} is scored from 0 to {most:g}"
        findings.append(Finding("score", "score-out-of-range", zh, en, str(score)))
    if findings:
        raise InvalidInput.of(findings)
    table = EvaluationScore
    query = select(table).where(col(table.paper_id) == paper_id, col(table.item) == item)
    row = session.execute(query).scalar_one_or_none() or EvaluationScore(
        round_id=held.id, paper_id=paper_id, revision_number=0, item=item, score=score, scored_at=audit.now()
    )
    row.score, row.remark, row.revision_number = score, remark or None, paper.approved_revision or 0
    row.scored_by, row.scored_at = actor.user_id, audit.now()
    session.add(row)
    session.flush()
    details = {"item": item, "score": score, "remark": remark, "revision": paper.approved_revision}
    audit.record(session, actor_id=actor.user_id, action="round.score", subject=f"paper:{paper_id}", details=details)


def scores_of(session: Session, actor: Actor, paper_id: int) -> list[Score]:
    """Return the scores of a self-evaluation, for those who work on it; none for others."""
    table = EvaluationScore
    columns = (col(table.item), col(table.score), col(table.remark), col(table.revision_number))
    query = visible_papers(actor, *columns).join(table, col(table.paper_id) == col(CityPaper.id))
    query = query.where(col(CityPaper.id) == paper_id, works_on(actor)).order_by(col(table.id))
    return [Score(*row) for row in session.execute(query)]


def year_on_year(session: Session, actor: Actor) -> list[YearOnYear]:
    """Return the totals of every scored city by year, for those who work on the papers."""
    table = EvaluationScore
    columns = (
        col(Organisation.name), col(Organisation.division_code), col(CityPaper.year), func.sum(col(table.score))
    )  # fmt: skip
    query = visible_papers(actor, *columns).join(table, col(table.paper_id) == col(CityPaper.id))
    query = query.where(works_on(actor)).group_by(*columns[:3]).order_by(columns[1], columns[2])
    found: dict[tuple[str, str | None], dict[int, float]] = {}
    for name, code, year, total in session.execute(query):
        found.setdefault((name, code), {})[year] = total
    return [YearOnYear(name, code, totals, _change(totals)) for (name, code), totals in found.items()]


def _change(totals: dict[int, float]) -> float | None:
    newest = max(totals)
    return None if newest - 1 not in totals else totals[newest] - totals[newest - 1]
