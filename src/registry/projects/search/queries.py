"""Lists: narrowed, counted, summed, sorted and cut into pages. One sweep over the words of what the actor may see."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, True_, false, func, or_, select, true
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.database import position_of
from registry.projects.model import Project
from registry.projects.queries import SUMMARY_COLUMNS, ProjectSummary, summary, visible_projects, visible_to
from registry.projects.search.filters import EVERYTHING, ProjectFilter
from registry.projects.search.model import SearchRow, SearchValue
from registry.projects.search.narrowing import Narrowed
from registry.projects.search.spelling import terms
from registry.projects.search.words import Words
from registry.projects.zones.catalogue import reach_of
from registry.projects.zones.queries import list_memberships

_CHUNK = 500
_CHINA = ZoneInfo("Asia/Shanghai")


def narrow(session: Session, actor: Actor, wanted: ProjectFilter = EVERYTHING) -> Narrowed:
    """Return what a filter leaves of the projects the actor may see. Raises NotAllowed.

    What became of applications is for those who may read them, and so is a list narrowed by it.
    """
    if wanted.asks_of_applications:
        require(actor, "read_applications")
    terms_found = list(matches(wanted.search))
    advise(session, is_searching=bool(terms_found))
    conditions = [*terms_found, *within(session, wanted.zone)]
    seen = visible_to(actor, SearchRow)
    query = select(func.aggregate_strings(col(SearchRow.word), "")).where(seen, *conditions)
    if isinstance(seen, True_) and wanted.zone is None and not any(term.is_latin for term in terms(wanted.search)):
        # Of everything, in pieces an index holds together: many texts are made and sent sooner than one of 17 MB.
        query = query.group_by(col(SearchRow.owner_id))
    found = session.execute(query).scalars()
    columns = col(SearchValue.id), col(SearchValue.kind), col(SearchValue.text)
    values = {number: (kind, text) for number, kind, text in session.execute(select(*columns))}
    return Narrowed(Words(*found), values, wanted)


def advise(session: Session, *, is_searching: bool) -> None:
    """Tell PostgreSQL's planner, for this transaction, what its defaults do not know of this one query.

    An index is not four times as dear to read as a table, as on turning disks: else counting reads four times as many
    pages. Several processes help to look for a term, and only pass long texts around where there is none.
    """
    if session.get_bind().dialect.name == "postgresql":
        settings = [func.set_config("random_page_cost", "1.1", true())]
        if not is_searching:
            settings.append(func.set_config("max_parallel_workers_per_gather", "0", true()))
        session.execute(select(*settings))


def matches(search: str | None) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions under which a search row holds every word."""
    for term in terms(search):
        yield position_of(col(SearchRow.latin if term.is_latin else SearchRow.chinese), term.text) > 0


def within(session: Session, zone: str | None) -> Iterator[ColumnElement[bool]]:
    """Yield the condition under which a search row lies in a zone today."""
    if zone is not None:
        today = audit.now().astimezone(_CHINA).date()
        reaches = {reach_of(each.division_code) for each in list_memberships(session, zone=zone, on=today)}
        yield or_(false(), *(col(SearchRow.city_code).startswith(each, autoescape=True) for each in sorted(reaches)))


def summaries(session: Session, actor: Actor, codes: Sequence[str]) -> list[ProjectSummary]:
    """Return a line for each of these codes, in their order; without those the actor may not see."""
    found: dict[str, ProjectSummary] = {}
    for start in range(0, len(codes), _CHUNK):
        query = visible_projects(actor, *SUMMARY_COLUMNS, by_key=True)
        query = query.where(col(Project.code).in_(codes[start : start + _CHUNK]))
        found |= {row.code: summary(row) for row in session.execute(query)}
    return [found[code] for code in codes if code in found]
