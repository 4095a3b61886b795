"""Searches a bank keeps, and telling it of each new project they find, once."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor, Organisation
from registry.accounts.permissions import require
from registry.assessments.prospects.filters import ProspectFilter, filter_of_text, filter_text
from registry.assessments.prospects.model import SavedSearch, SavedSearchHit
from registry.assessments.prospects.queries import find_search, screen_prospects
from registry.errors import Finding, InvalidInput
from registry.projects.model import Project
from registry.projects.notices.operations import announce
from registry.projects.queries import visible_projects
from registry.projects.search.keys import insert_into

LONGEST_NAME = 60
MOST_SEARCHES = 50
"""Searches of one bank: each is run whenever a project is released or judged."""
_CHUNK = 500


def save_search(
    session: Session, actor: Actor, *, name: str, wanted: ProspectFilter, is_alerting: bool = True
) -> SavedSearch:
    """Keep a search for the actor's bank; what it finds now is known, and only later projects are told of.

    Raises InvalidInput for a name that is empty, too long or taken, and for one search too many; NotAllowed.
    """
    require(actor, "save_searches")
    _check_name(session, actor, name)
    search = SavedSearch(
        organisation_id=actor.organisation_id or 0,
        name=name,
        query=filter_text(wanted),
        is_alerting=is_alerting,
        created_by=actor.user_id or 0,
        created_at=audit.now(),
    )
    session.add(search)
    session.flush()
    _newly_found(session, actor, search)
    details = {"name": name, "query": search.query}
    audit.record(
        session, actor_id=actor.user_id, action="search.save", subject=f"saved-search:{search.id}", details=details
    )
    return search


def end_search(session: Session, actor: Actor, search_id: int) -> None:
    """Keep a search no longer, with what it has found. Raises NotFound, NotAllowed."""
    require(actor, "save_searches")
    search = find_search(session, actor, search_id)
    session.execute(delete(SavedSearchHit).where(col(SavedSearchHit.search_id) == search_id))
    session.delete(search)
    session.flush()
    details = {"name": search.name}
    audit.record(
        session, actor_id=actor.user_id, action="search.end", subject=f"saved-search:{search_id}", details=details
    )


def match_searches(session: Session) -> int:
    """Run every kept search and tell its bank of each project it has not found before; return how many were told."""
    query = select(SavedSearch).order_by(col(SavedSearch.id))
    return sum(_match(session, search) for search in session.execute(query).scalars().all())


def _match(session: Session, search: SavedSearch) -> int:
    # The search is the lock: of two workers the second finds what the first has told already.
    session.execute(select(col(SavedSearch.id)).where(col(SavedSearch.id) == search.id).with_for_update())
    bank = session.get_one(Organisation, search.organisation_id)
    # Without a person: a search goes on when whoever kept it has left the bank.
    reader = Actor(None, bank.id, "bank", bank.division_code, bank.name, "clerk")
    fresh = _newly_found(session, reader, search)
    for code, name in fresh if search.is_alerting else ():
        announce(
            session,
            kind="search.found",
            project_code=code,
            organisation_ids=[search.organisation_id],
            text_zh=f"筛选“{search.name}”发现新项目：{name or code}",
            text_en=f"Your search “{search.name}” found a new project: {name or code}",
            moment=audit.now(),
        )
    if fresh:
        details = {"bank": bank.name, "found": [code for code, _ in fresh[:_CHUNK]], "count": len(fresh)}
        audit.record(
            session, actor_id=None, action="search.match", subject=f"saved-search:{search.id}", details=details
        )
    return len(fresh) if search.is_alerting else 0


def _newly_found(session: Session, actor: Actor, search: SavedSearch) -> list[tuple[str, str | None]]:
    """Note what a search finds by now, and return the code and name of those it had not found before."""
    try:
        codes = screen_prospects(session, actor, filter_of_text(search.query)).codes("code")
    except InvalidInput:
        # A condition nobody knows any more finds nothing; the page of the bank shows why.
        return []
    known = set(
        session.execute(select(col(SavedSearchHit.project_id)).where(col(SavedSearchHit.search_id) == search.id))
        .scalars()
        .all()
    )
    moment = audit.now()
    fresh: list[tuple[str, str | None]] = []
    for start in range(0, len(codes), _CHUNK):
        columns = col(Project.id), col(Project.code), col(Project.name)
        query = visible_projects(actor, *columns, by_key=True).where(
            col(Project.code).in_(codes[start : start + _CHUNK])
        )
        rows = [row for row in session.execute(query.order_by(col(Project.code))) if row.id not in known]
        _note(session, search, [row.id for row in rows], moment)
        fresh += [(row.code, row.name) for row in rows]
    return fresh


def _note(session: Session, search: SavedSearch, project_ids: Sequence[int], moment: dt.datetime) -> None:
    rows = [{"search_id": search.id, "project_id": project_id, "found_at": moment} for project_id in project_ids]
    if rows:
        session.execute(insert_into(session, SavedSearchHit), rows)


def _check_name(session: Session, actor: Actor, name: str) -> None:
    if not name.strip() or len(name) > LONGEST_NAME:
        zh, en = f"请为筛选起名，最多 {LONGEST_NAME} 字", f"Give the search a name of at most {LONGEST_NAME} characters"
        raise InvalidInput.of([Finding("name", "missing" if not name.strip() else "too-long", zh, en, name[:80])])
    query = select(col(SavedSearch.name)).where(col(SavedSearch.organisation_id) == actor.organisation_id)
    names = set(session.execute(query).scalars())
    if name in names:
        zh, en = "贵机构已有同名的筛选，请换一个名称", "Your organisation has a search of that name; choose another"
        raise InvalidInput.of([Finding("name", "taken", zh, en, name)])
    if len(names) >= MOST_SEARCHES:
        zh, en = (
            f"最多保存 {MOST_SEARCHES} 个筛选，请先删除不用的",
            f"At most {MOST_SEARCHES} searches; remove one first",
        )
        raise InvalidInput.of([Finding("name", "too-many", zh, en)])
