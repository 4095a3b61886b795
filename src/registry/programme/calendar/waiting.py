"""For whom an entry of the calendar still waits 未办, from the record: papers not submitted, applications not filed."""

from collections import defaultdict
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Select, and_, func, or_, select
from sqlmodel import Session, col

from registry.accounts.model import Actor, Organisation
from registry.programme.indicators.queries import visible_cities
from registry.programme.nomination.model import Nomination
from registry.programme.nomination.queries import visible_nominations
from registry.programme.papers.model import CityPaper
from registry.programme.papers.queries import visible_papers, works_on
from registry.programme.papers.states import EDITABLE
from registry.projects.lifecycle.deadlines import months_later
from registry.projects.lifecycle.model import Application
from registry.projects.model import Project
from registry.projects.queries import visible_projects
from registry.projects.zones.queries import list_memberships

_LEADING = "leading_city"
_CENTRAL_FUND = "central-eco-fund"
_CHINA = ZoneInfo("Asia/Shanghai")


class Waiting(msgspec.Struct, frozen=True):
    """Somebody an entry waits for: what is not done, and where it is done."""

    organisation_id: int
    organisation: str
    what_zh: str
    what_en: str
    link: str


def self_evaluations(session: Session, actor: Actor, year: int, *, on: date) -> list[Waiting]:
    """Return the cities that have not signed the self-evaluation of a year.

    Those who must are the leading cities noted with their source; while that list is empty nobody can be said to be
    missing, and only a city that began and did not sign is told of.
    """
    leading = {each.division_code for each in list_memberships(session, zone=_LEADING, on=on)}
    query = select(col(Organisation.id), col(Organisation.name), col(CityPaper.id), col(CityPaper.state))
    paper = and_(
        col(CityPaper.owner_id) == col(Organisation.id),
        col(CityPaper.kind) == "self_evaluation",
        col(CityPaper.year) == year,
    )
    query = query.outerjoin(CityPaper, paper).where(visible_cities(actor))
    is_begun = col(CityPaper.state).in_(EDITABLE)
    is_missing = and_(col(CityPaper.id).is_(None), col(Organisation.division_code).in_(leading))
    found = []
    for number, name, paper_id, _ in session.execute(
        query.where(or_(is_begun, is_missing)).order_by(col(Organisation.id))
    ):
        zh, en = (
            ("尚未编制自评估", "no self-evaluation begun") if paper_id is None else ("自评估尚未签发", "not signed")
        )
        link = "/city-papers/self-evaluations" + (f"/{paper_id}" if paper_id else "")
        found.append(Waiting(number, name, zh, en, link))
    return found


def provincial_remarks(session: Session, actor: Actor, year: int) -> list[Waiting]:
    """Return the provinces with signed self-evaluations of a year they have not answered."""
    columns = (col(Organisation.division_code), func.count())
    query = visible_papers(actor, *columns).where(works_on(actor), col(CityPaper.kind) == "self_evaluation")
    query = query.where(col(CityPaper.year) == year, col(CityPaper.state) == "submitted")
    return _of_provinces(
        session,
        dict(_folded(session, query.group_by(columns[0]))),
        "自评估待省级意见",
        "self-evaluation",
        "/city-papers/self-evaluations",
    )


def nominations(session: Session, actor: Actor, round_id: int) -> list[Waiting]:
    """Return cities with an unsigned nomination of their own, and provinces with nominations that lack an opinion."""
    columns = (col(Organisation.division_code), func.count())
    query = visible_nominations(actor, *columns).where(
        col(Nomination.round_id) == round_id,
        col(Nomination.submitted_at).is_not(None),
        col(Nomination.is_recommended).is_(None),
    )
    link = f"/city-selections/{round_id}"
    found = _of_provinces(
        session, dict(_folded(session, query.group_by(columns[0]))), "申报待省级意见", "nomination", link
    )
    drafts = visible_nominations(actor, col(Organisation.id), col(Organisation.name)).where(
        col(Nomination.round_id) == round_id, col(Nomination.submitted_at).is_(None), visible_cities(actor)
    )
    return found + [
        Waiting(number, name, "申报尚未提交", "nomination not submitted", link)
        for number, name in session.execute(drafts.order_by(col(Organisation.id)))
    ]


def _counted(number: int, what: str) -> str:
    """Return a number of things in English."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _folded(session: Session, query: Select[Any]) -> list[tuple[str, int]]:
    counts: dict[str, int] = defaultdict(int)
    for code, count in session.execute(query):
        counts[(code or "??")[:2]] += count
    return sorted(counts.items())


def _of_provinces(session: Session, counts: dict[str, int], zh: str, en: str, link: str) -> list[Waiting]:
    query = select(col(Organisation.id), col(Organisation.name), col(Organisation.division_code))
    rows = session.execute(query.where(col(Organisation.group) == "province").order_by(col(Organisation.id)))
    return [
        Waiting(number, name, f"{counts[code[:2]]} 份{zh}", f"{_counted(counts[code[:2]], en)} to answer", link)
        for number, name, code in rows
        if code is not None and code[:2] in counts
    ]


def central_fund_applications(session: Session, actor: Actor, *, by: date) -> list[Waiting]:
    """Return the owners of applications to the central fund library that were begun by a day and are not filed."""
    end = datetime.combine(by, time.max, _CHINA)
    columns = (col(Organisation.id), col(Organisation.name), func.count())
    query = (
        visible_projects(actor, *columns)
        .join(Application, col(Application.project_id) == col(Project.id))
        .join(Organisation, col(Organisation.id) == col(Project.owner_id))
        .where(col(Application.library) == _CENTRAL_FUND, col(Application.state).in_(("draft", "returned")))
        .where(col(Application.opened_at) <= end)
        .group_by(*columns[:2])
        .order_by(columns[0])
    )
    return [
        Waiting(
            number, name, f"{count} 个入库申请尚未提交", f"{_counted(count, 'application')} not submitted", "/projects"
        )
        for number, name, count in session.execute(query)
    ]


def filings(session: Session, actor: Actor, *, months: int) -> dict[date, list[Waiting]]:
    """Return the projects whose central money arrived and that are not filed with the ministry yet, by due day.

    Whoever has not stated the day the money arrived cannot be told to be late, and is not.
    """
    received, filed = col(Project.central_funds_received_date), col(Project.central_funds_filing_date)
    columns = (col(Project.code), col(Project.name), received, col(Organisation.id), col(Organisation.name))
    query = visible_projects(actor, *columns).join(Organisation, col(Organisation.id) == col(Project.owner_id))
    found: dict[date, list[Waiting]] = defaultdict(list)
    for code, name, day, number, house in session.execute(
        query.where(received.is_not(None), filed.is_(None)).order_by(col(Project.id))
    ):
        due = months_later(date.fromisoformat(day), months)
        zh, en = f"{name or code} 尚未备案", f"{name or code} is not filed"
        found[due].append(Waiting(number, house, zh, en, f"/projects/{code}"))
    return dict(found)
