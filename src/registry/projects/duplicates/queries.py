"""Find the projects that may be the same as one: a few indexed look-ups, then the full comparison of what they gave.

Every look-up starts from `visible_projects(actor)`, so nobody learns of a project that is not theirs to see; the one
exception, `candidates_for`, gives away a single yes or no (decision 0060). What a look-up gives is cut to the most
alike before documents and contents are read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from rapidfuzz.fuzz import ratio
from sqlalchemy import and_, func, or_, union
from sqlalchemy import select as core_select
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from registry.accounts.model import SYSTEM, Actor
from registry.errors import NotFound
from registry.projects.documents.model import UploadedDocument
from registry.projects.duplicates.model import DuplicateKey, DuplicateMark
from registry.projects.duplicates.names import MASK
from registry.projects.duplicates.scoring import CANDIDATE, Record, Score, record_of, score
from registry.projects.lines import CENTRAL_SOURCES
from registry.projects.model import ChecklistDocumentRow, Dossier, FundingLineRow, Project
from registry.projects.queries import visible_projects

MOST_COMPARED = 300
"""Projects compared in full; what is left out is less alike in name and not equal in any code or sum."""

_MOST_PER_LOOK_UP = 400
_SHORTEST_PIECE = 3
"""Characters of a name worth looking for anywhere in the country."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A project that may be the same, how much speaks for it, and what a reviewer decided, if anyone did."""

    project_id: int
    code: str
    name: str | None
    score: Score
    record: Record
    is_marked_same: bool | None


def same_projects(session: Session, actor: Actor) -> list[tuple[int, int]]:
    """Return the pairs of visible records reviewers hold for one project, by their numbers, in order."""
    mark = DuplicateMark
    sides = [col(mark.lower_id), col(mark.higher_id)]
    seen = [side.in_(visible_projects(actor, col(Project.id))) for side in sides]
    found = session.execute(core_select(*sides).where(col(mark.is_same), *seen).order_by(*sides))
    return [(lower, higher) for lower, higher in found]


def find_candidates(
    session: Session, actor: Actor, code: str, *, least: float = CANDIDATE, with_refused: bool = False
) -> list[Candidate]:
    """Return the visible projects that may be the same as this one, likeliest first. Raises NotFound.

    A pair marked as the same is always there; one marked as different only when asked for.
    """
    project_id, own = _own(session, actor, code)
    found = _compared(session, actor, own, marks_of(session, project_id), exclude=project_id)
    return [
        candidate
        for candidate in found
        if (candidate.is_marked_same is None and candidate.score.points >= least)
        or candidate.is_marked_same
        or (with_refused and candidate.is_marked_same is False)
    ]


def candidates_for(session: Session, actor: Actor, code: str) -> tuple[list[Candidate], bool]:
    """Return what `find_candidates` does, decided pairs included, and whether there are others the actor may not see.

    Nothing else of the others is told (decision 0060). Raises NotFound.
    """
    _own(session, actor, code)
    found = find_candidates(session, SYSTEM, code, with_refused=True)
    query = visible_projects(actor, col(Project.code)).where(col(Project.code).in_([each.code for each in found]))
    seen = set(session.execute(query).scalars()) if found else set()
    shown = [each for each in found if each.code in seen]
    return shown, any(each.code not in seen and each.is_marked_same is not False for each in found)


def find_candidates_of(
    session: Session, actor: Actor, dossier: Dossier, *, least: float = CANDIDATE, besides: str | None = None
) -> list[Candidate]:
    """Return the visible projects that may be the same as a dossier not saved yet, likeliest first.

    `besides` is the code of the project the dossier is about to change.
    """
    found = _compared(session, actor, record_of_dossier(dossier), {}, exclude=None)
    return [candidate for candidate in found if candidate.score.points >= least and candidate.code != besides]


def own_record(session: Session, actor: Actor, code: str) -> Record:
    """Return what is compared of one project. Raises NotFound."""
    return _own(session, actor, code)[1]


def _own(session: Session, actor: Actor, code: str) -> tuple[int, Record]:
    row = session.execute(visible_projects(actor, *RECORD_COLUMNS).where(col(Project.code) == code)).one_or_none()
    if row is None:
        raise NotFound(f"没有编号为 {code} 的项目，或您无权查看", f"There is no project {code} that you may see")
    return row.id, records_of(session, [row])[row.id]


def record_of_dossier(dossier: Dossier) -> Record:
    """Return what is compared of a dossier, documents and central money included."""
    central = [line.amount for line in dossier.funding_lines if line.source in CENTRAL_SOURCES and line.status != "gap"]
    return replace(
        record_of(dossier.__dict__),
        documents=frozenset(entry.sha256 for entry in dossier.documents if entry.sha256),
        central_money=sum((amount or Decimal(0) for amount in central), Decimal(0)) if central else None,
    )


RECORD_COLUMNS: tuple[Any, ...] = (
    col(Project.id),
    col(Project.code),
    col(Project.name),
    col(Project.approval_code),
    col(Project.implementer_credit_code),
    col(Project.city_code),
    col(Project.province_name),
    col(Project.city_name),
    col(Project.county_name),
    col(Project.total_investment),
    col(Project.content_summary),
    col(Project.construction_start),
    col(Project.construction_end),
)


def _compared(
    session: Session, actor: Actor, own: Record, marks: dict[int, bool], *, exclude: int | None
) -> list[Candidate]:
    ids = look_up(session, actor, own) | set(marks)
    ids.discard(exclude or 0)
    query = visible_projects(actor, *RECORD_COLUMNS).where(col(Project.id).in_(ids))
    rows = list(session.execute(query)) if ids else []
    records = records_of(session, rows)
    found = [
        Candidate(row.id, row.code, row.name, score(own, records[row.id]), records[row.id], marks.get(row.id))
        for row in rows
    ]
    return sorted(found, key=lambda candidate: (-candidate.score.points, candidate.code))


def look_up(
    session: Session, actor: Actor, own: Record, *, with_place: bool = True, most: int = MOST_COMPARED
) -> set[int]:
    """Return the ids worth comparing: equal in a code, a sum or a file, or alike in name in the same city.

    Without the place, for who has swept the city's names already, in one go for many projects.
    """
    sure: set[int] = set()
    if own.approval_code:
        sure |= _ids(session, visible_projects(actor, col(Project.id)), col(Project.approval_code) == own.approval_code)
    if own.documents:
        for held in _FILES:
            files = core_select(col(held.project_id)).where(col(held.sha256).in_(sorted(own.documents)))
            sure |= _ids(session, visible_projects(actor, col(Project.id)), col(Project.id).in_(files))
    keyed: dict[int, float] = {}
    for condition in _conditions(own if with_place else replace(own, city_code=None), has_place=own.place is not None):
        for row in _keys(session, actor, condition):
            keyed[row.project_id] = max(keyed.get(row.project_id, 0.0), _likeness(own, row))
    best = sorted(keyed, key=lambda project_id: (-keyed[project_id], project_id))
    return sure | set(best[:most])


_FILES: tuple[Any, ...] = (ChecklistDocumentRow, UploadedDocument)
"""Where a project's files are named: beside an item of the checklist, or as uploaded."""


def _ids(session: Session, query: Any, condition: ColumnElement[bool]) -> set[int]:
    return set(session.execute(query.where(condition).limit(_MOST_PER_LOOK_UP)).scalars())


def _keys(session: Session, actor: Actor, condition: tuple[ColumnElement[bool], bool]) -> Sequence[Any]:
    where, is_whole = condition
    key = DuplicateKey
    query = visible_projects(actor, col(key.project_id), col(key.name_core), col(key.total_investment)).join(
        key, col(key.project_id) == col(Project.id)
    )
    query = query.where(where)
    return session.execute(query if is_whole else query.limit(_MOST_PER_LOOK_UP)).all()


def _conditions(own: Record, *, has_place: bool) -> list[tuple[ColumnElement[bool], bool]]:
    """Return each look-up, and whether all it gives is wanted or the first few hundred."""
    key = DuplicateKey
    found: list[tuple[ColumnElement[bool], bool]] = []
    if own.place:
        found.append((col(key.place) == own.place, True))
    if own.total_investment:
        found.append((col(key.total_investment) == own.total_investment, False))
    if own.credit_code:
        found.append((col(key.credit_code) == own.credit_code, False))
    if own.core and own.core.letters:
        found.append((col(key.name_core) == own.core.text, False))
        # Where one of the two places is masked, only the name is left to look by.
        pieces = _pieces(own.core.text)
        if pieces:
            anywhere = or_(*(col(key.name_core).contains(piece, autoescape=True) for piece in pieces))
            found.append((and_(col(key.place).is_(None), anywhere) if has_place else anywhere, False))
    return found


def _pieces(core: str) -> list[str]:
    """Return parts of a name of which one survives a single change: its halves, or what is not masked."""
    if MASK in core:
        longest = max(core.split(MASK), key=len)
        return [longest] if len(longest) >= _SHORTEST_PIECE else []
    middle = len(core) // 2
    return [half for half in (core[:middle], core[middle:]) if len(half) >= _SHORTEST_PIECE]


def _likeness(own: Record, row: Any) -> float:
    """Return a quick measure by which the most alike are kept: the raw cores, and an equal sum above all."""
    alike = ratio(own.core.text, row.name_core) if own.core and row.name_core else 0.0
    if own.total_investment and row.total_investment == own.total_investment:
        alike += 60
    return alike


def records_of(session: Session, rows: Sequence[Any]) -> dict[int, Record]:
    """Return the records of project rows, with their files and central money, in two more queries."""
    ids = [row.id for row in rows]
    files: dict[int, set[str]] = {}
    money: dict[int, Decimal | None] = {}
    for chunk in _chunks(ids):
        for project_id, sha256 in session.execute(_files_of(chunk)):
            files.setdefault(project_id, set()).add(sha256)
        line = FundingLineRow
        sums = (
            core_select(col(line.project_id), func.sum(col(line.amount)))
            .where(col(line.project_id).in_(chunk), col(line.source).in_(CENTRAL_SOURCES), col(line.status) != "gap")
            .group_by(col(line.project_id))
        )
        money |= {row[0]: row[1] for row in session.execute(sums)}
    return {
        row.id: replace(
            record_of(row._asdict()), documents=frozenset(files.get(row.id, ())), central_money=money.get(row.id)
        )
        for row in rows
    }


def _files_of(ids: Sequence[int]) -> Any:
    listed, uploaded = ChecklistDocumentRow, UploadedDocument
    return union(
        core_select(col(listed.project_id), col(listed.sha256)).where(
            col(listed.project_id).in_(ids), col(listed.sha256).is_not(None)
        ),
        core_select(col(uploaded.project_id), col(uploaded.sha256)).where(
            col(uploaded.project_id).in_(ids), col(uploaded.withdrawn_at).is_(None)
        ),
    )


def marks_of(session: Session, project_id: int) -> dict[int, bool]:
    """Return what was decided about this project and each other one."""
    mark = DuplicateMark
    query = core_select(col(mark.lower_id), col(mark.higher_id), col(mark.is_same)).where(
        or_(col(mark.lower_id) == project_id, col(mark.higher_id) == project_id)
    )
    return {(higher if lower == project_id else lower): is_same for lower, higher, is_same in session.execute(query)}


def _chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + 500] for start in range(0, len(ids), 500))
