"""What is on display. Every public read starts from `on_display`: released, not ended, its embargo over.

`today` is the day in China. Nothing here looks at the record of a project: the public sees the copy that was released.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Select, case, func, or_, select
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.errors import NotFound
from registry.programme.display.model import DisplayEvidence, DisplayRelease
from registry.projects.queries import find_project
from registry.quantities import money_text

_CHINA = ZoneInfo("Asia/Shanghai")


class Withdrawn(NotFound):
    """It was on display and was taken back."""

    code = "withdrawn"


class DisplayedProject(msgspec.Struct, frozen=True):
    """One line of the list: what was released of a project. `total_investment` is in 万元, None when not released."""

    id: int
    code: str
    name: str
    province_name: str | None
    city_name: str | None
    dimension: str | None
    total_investment: str | None
    revision_number: int
    revision_saved_at: datetime
    released_at: datetime
    is_demo: bool


class Evidence(msgspec.Struct, frozen=True):
    """A document released with a project; `size` in bytes."""

    id: int
    section: str
    file_name: str
    media_type: str
    size: int
    sha256: str


class Displayed(msgspec.Struct, frozen=True):
    """All that is shown of a project; `document` holds the released fields alone."""

    summary: DisplayedProject
    introduction: str | None
    revision_hash: str
    fields: list[str]
    document: dict[str, Any]
    evidence: list[Evidence]


class PlaceCount(msgspec.Struct, frozen=True):
    """How many projects of a province are shown, by the first two digits of its code."""

    province: str
    projects: int


class DisplayTotals(msgspec.Struct, frozen=True):
    """How many projects are shown; the investment of those that released it, and how many did. Money in 万元."""

    projects: int
    demo_projects: int
    investment: str | None
    with_investment: int


def on_display(today: date, *columns: Any) -> Select[Any]:
    """Return the query every public read of projects starts from: these columns of what is on display."""
    query = select(*(columns or (DisplayRelease,))).select_from(DisplayRelease)
    return query.where(
        col(DisplayRelease.ended_at).is_(None),
        or_(col(DisplayRelease.embargo_until).is_(None), col(DisplayRelease.embargo_until) <= today),
    )


def list_displayed(
    session: Session,
    *,
    today: date,
    text: str = "",
    province: str | None = None,
    dimension: str | None = None,
    before: int | None = None,
    limit: int | None = None,
) -> list[DisplayedProject]:
    """Return what is on display, released last first; `text` is sought in what was released, nowhere else."""
    query = on_display(today)
    for word in text.split()[:5]:
        columns = (DisplayRelease.name, DisplayRelease.province_name, DisplayRelease.city_name, DisplayRelease.code)
        query = query.where(or_(*(col(each).icontains(word, autoescape=True) for each in columns)))
    if province:
        query = query.where(col(DisplayRelease.city_code).startswith(province[:2], autoescape=True))
    if dimension:
        query = query.where(col(DisplayRelease.dimension) == dimension)
    if before is not None:
        query = query.where(col(DisplayRelease.id) < before)
    rows = session.execute(query.order_by(col(DisplayRelease.id).desc()).limit(limit)).scalars()
    return [_summary(row) for row in rows]


def find_displayed(session: Session, code: str, *, today: date) -> Displayed:
    """Return what is shown of one project. Raises Withdrawn when it was shown and taken back, else NotFound."""
    row = session.execute(on_display(today).where(col(DisplayRelease.code) == code)).scalar_one_or_none()
    if row is None:
        raise _absent(session, code)
    return _displayed(row, _evidence_of(session, [row.id]))


def every_displayed(session: Session, *, today: date) -> list[Displayed]:
    """Return everything on display, in order of code: what the open data is made from."""
    rows = list(session.execute(on_display(today).order_by(col(DisplayRelease.code))).scalars())
    papers = session.execute(
        on_display(today, DisplayEvidence).join(DisplayEvidence, col(DisplayEvidence.release_id) == DisplayRelease.id)
    ).scalars()
    found: dict[int, list[DisplayEvidence]] = {}
    for paper in papers:
        found.setdefault(paper.release_id, []).append(paper)
    return [_displayed(row, found.get(row.id, ())) for row in rows]


def find_evidence(session: Session, code: str, number: int, *, today: date) -> Evidence:
    """Return a document released with a project that is on display. Raises NotFound, Withdrawn."""
    displayed = find_displayed(session, code, today=today)
    found = next((each for each in displayed.evidence if each.id == number), None)
    if found is None:
        raise NotFound(f"项目 {code} 没有公开编号为 {number} 的资料", f"Project {code} released no document {number}")
    return found


def display_totals(session: Session, *, today: date) -> DisplayTotals:
    """Return how much is on display."""
    amount = col(DisplayRelease.total_investment)
    row = session.execute(
        on_display(
            today,
            func.count(),
            func.sum(case((col(DisplayRelease.is_demo), 1), else_=0)),
            func.sum(amount),
            func.count(amount),
        )
    ).one()
    total = None if row[2] is None else money_text(Decimal(row[2]))
    return DisplayTotals(row[0], row[1] or 0, total, row[3])


def count_by_province(session: Session, *, today: date) -> list[PlaceCount]:
    """Return the number of displayed projects of each province that has any, in order of code."""
    province = func.substr(col(DisplayRelease.city_code), 1, 2)
    query = on_display(today, province, func.count()).where(col(DisplayRelease.city_code).is_not(None))
    return [PlaceCount(*row) for row in session.execute(query.group_by(province).order_by(province))]


def display_version(session: Session, *, today: date) -> str:
    """Return a text that changes whenever anything shown of a project changes, an embargo that ends included."""
    row = session.execute(on_display(today, func.count(), func.max(col(DisplayRelease.id)))).one()
    ended = session.execute(select(func.count(col(DisplayRelease.ended_at)))).scalar_one()
    return f"{row[0]}.{row[1] or 0}.{ended}"


def release_of(session: Session, actor: Actor, code: str) -> DisplayRelease | None:
    """Return the release in force of a project the actor may see, shown already or not. Raises NotFound, NotAllowed."""
    require(actor, "read_cases")
    project = find_project(session, actor, code)
    query = select(DisplayRelease).where(
        col(DisplayRelease.project_id) == project.id, col(DisplayRelease.ended_at).is_(None)
    )
    found: DisplayRelease | None = session.execute(query).scalar_one_or_none()
    return found


def sections_by_file(session: Session, release: DisplayRelease) -> dict[str, str]:
    """Return which part each document released with it proves, by the SHA-256 of its content."""
    return {each.sha256: each.section for each in _evidence_of(session, [release.id or 0])}


def _absent(session: Session, code: str) -> NotFound:
    query = select(DisplayRelease).where(col(DisplayRelease.code) == code).order_by(col(DisplayRelease.id).desc())
    last: DisplayRelease | None = session.execute(query.limit(1)).scalar_one_or_none()
    if last is not None and last.ended_at is not None and last.ending == "withdrawn":
        day = last.ended_at.astimezone(_CHINA).date()
        if last.embargo_until is None or last.embargo_until <= day:
            return Withdrawn(
                f"该项目已于 {day} 撤回公开展示，页面、数据和资料均不再提供",
                f"This project was withdrawn from display on {day}; its page, data and documents are gone",
            )
    return NotFound("没有公开展示这个项目", "No such project is on display")


def _evidence_of(session: Session, releases: Sequence[int]) -> Sequence[DisplayEvidence]:
    query = select(DisplayEvidence).where(col(DisplayEvidence.release_id).in_(releases))
    return session.execute(query.order_by(col(DisplayEvidence.id))).scalars().all()


def _displayed(row: DisplayRelease, papers: Sequence[DisplayEvidence]) -> Displayed:
    return Displayed(
        summary=_summary(row),
        introduction=row.introduction,
        revision_hash=row.revision_hash,
        fields=audit.parsed_json(row.fields),
        document=audit.parsed_json(row.document),
        evidence=[
            Evidence(each.id or 0, each.section, each.file_name, each.media_type, each.size, each.sha256)
            for each in papers
        ],
    )


def _summary(row: DisplayRelease) -> DisplayedProject:
    amount = row.total_investment
    return DisplayedProject(
        row.id or 0,
        row.code,
        row.name,
        row.province_name,
        row.city_name,
        row.dimension,
        None if amount is None else money_text(amount),
        row.revision_number,
        row.revision_saved_at,
        row.released_at,
        row.is_demo,
    )
