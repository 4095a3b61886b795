"""Keep the pairs of likely duplicates: a job compares each project that has changed with those it may be the same as.

Each project is compared in full with a few dozen others at most: those equal in a code, a sum or a file, found by
index, and the most alike of its own city, whose names are swept once for a whole batch. So the work grows with the
number of changed projects, not with its square; a save only leaves a count behind.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import cdist
from sqlalchemy import Engine, delete, insert, or_, select, update
from sqlmodel import Session, SQLModel, col

from registry import audit
from registry.accounts.model import SYSTEM
from registry.database import reading, writing
from registry.jobs import Handler, Work
from registry.projects.duplicates.keys import MATCH
from registry.projects.duplicates.model import DuplicateKey, DuplicatePair
from registry.projects.duplicates.queries import RECORD_COLUMNS, look_up, marks_of, records_of
from registry.projects.duplicates.scoring import CANDIDATE, Record, Score, score
from registry.projects.model import Project
from registry.projects.queries import visible_projects

BATCH = 200
MOST_KEPT = 30
"""Undecided pairs kept for one project: the likeliest."""
_MOST_IN_PLACE = 40
_MOST_ELSEWHERE = 40
_LEAST_ALIKE = 45.0
_EQUAL_SUM = 60.0

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Changed:
    """A project to compare, and the state in which it was read."""

    project_id: int
    place: str | None
    change_count: int
    revision_number: int


def handlers(engine: Engine) -> Mapping[str, Handler]:
    """Return what a worker needs to run this job."""
    return {MATCH: partial(_match, engine)}


def waiting(session: Session) -> int:
    """Return how many projects have changed since they were last compared; no name or place is told."""
    query = select(col(DuplicateKey.project_id)).where(col(DuplicateKey.change_count) > 0)
    return len(session.execute(query).all())


def _match(engine: Engine, work: Work) -> Any:
    done = work.progress
    while compared := match_batch(engine):
        done += compared
        work.report(done, None)
    return {"projects": done}


def match_batch(engine: Engine) -> int:
    """Compare the next changed projects, a city at a time, and keep their pairs; return how many were compared.

    Nothing is locked while it compares. A project changed meanwhile keeps its count and is compared again.
    """
    with reading(engine) as session:
        changed = _changed(session)
        found = _pairs(session, changed)
    if changed:
        with writing(engine) as session:
            _replace(session, [each.project_id for each in changed], found)
            for each in changed:
                _settle(session, each)
    return len(changed)


def _changed(session: Session) -> list[_Changed]:
    key = DuplicateKey
    columns = col(key.project_id), col(key.place), col(key.change_count), col(Project.revision_number)
    query = visible_projects(SYSTEM, *columns).join(key, col(key.project_id) == col(Project.id))
    query = query.where(col(key.change_count) > 0).order_by(col(key.place), col(key.project_id)).limit(BATCH)
    return [_Changed(*row) for row in session.execute(query)]


def _settle(session: Session, each: _Changed) -> None:
    key = DuplicateKey
    is_as_read = select(col(Project.id)).where(
        col(Project.id) == each.project_id, col(Project.revision_number) == each.revision_number
    )
    session.execute(
        update(key)
        .where(col(key.project_id) == each.project_id, col(key.change_count) == each.change_count)
        .where(is_as_read.exists())
        .values(change_count=0)
    )


def _pairs(session: Session, changed: Sequence[_Changed]) -> dict[Pair, Score]:
    """Return the pairs of these projects that are alike enough or decided, with their scores."""
    owns = _read(session, [each.project_id for each in changed])
    near = _in_place(session, changed, owns)
    wanted: dict[int, set[int]] = {}
    decided: dict[int, set[int]] = {}
    for project_id, own in owns.items():
        decided[project_id] = set(marks_of(session, project_id))
        elsewhere = look_up(session, SYSTEM, own, with_place=False, most=_MOST_ELSEWHERE)
        wanted[project_id] = (near.get(project_id, set()) | elsewhere | decided[project_id]) - {project_id}
    others = _read(session, sorted(set().union(*wanted.values()) - set(owns))) | owns
    found: dict[Pair, Score] = {}
    for project_id, ids in wanted.items():
        scores = {other: score(owns[project_id], others[other]) for other in ids if other in others}
        kept = sorted(
            (other for other in scores if scores[other].points >= CANDIDATE or other in decided[project_id]),
            key=lambda other: (other not in decided[project_id], -scores[other].points, other),
        )[: MOST_KEPT + len(decided[project_id])]
        found |= {_ordered(project_id, other): scores[other] for other in kept}
    return found


def _ordered(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)


def _read(session: Session, ids: Sequence[int]) -> dict[int, Record]:
    found: dict[int, Record] = {}
    for start in range(0, len(ids), 500):
        query = visible_projects(SYSTEM, *RECORD_COLUMNS).where(col(Project.id).in_(ids[start : start + 500]))
        found |= records_of(session, list(session.execute(query)))
    return found


def _in_place(session: Session, changed: Sequence[_Changed], owns: Mapping[int, Record]) -> dict[int, set[int]]:
    """Return for each project those of its own city that are most alike in name, or equal in the sum."""
    key = DuplicateKey
    found: dict[int, set[int]] = {}
    for place in {each.place for each in changed if each.place is not None}:
        members = [each.project_id for each in changed if each.place == place and each.project_id in owns]
        query = select(col(key.project_id), col(key.name_core), col(key.total_investment)).where(
            col(key.place) == place
        )
        rows = session.execute(query).all()
        lists = shortlists([owns[member] for member in members], [(row[1], row[2]) for row in rows])
        found |= {
            member: {rows[index].project_id for index in chosen} for member, chosen in zip(members, lists, strict=True)
        }
    return found


def shortlists(
    owns: Sequence[Record], known: Sequence[tuple[str | None, Any]], *, most: int = _MOST_IN_PLACE
) -> list[list[int]]:
    """Return for each record the positions in `known` (core of the name, total investment) worth comparing in full.

    The quick measure is that of the look-up: how alike the raw cores are, an equal sum above all.
    """
    if not owns or not known:
        return [[] for _ in owns]
    cores = [own.core.text if own.core else "" for own in owns]
    alike = cdist(
        cores, [core or "" for core, _ in known], scorer=ratio, score_cutoff=_LEAST_ALIKE, dtype=np.float32, workers=1
    )
    sums = np.array([float(total or 0) for _, total in known])
    own_sums = np.array([float(own.total_investment or 0) for own in owns])
    alike += np.where((own_sums[:, None] == sums) & (sums > 0), np.float32(_EQUAL_SUM), np.float32(0))
    taken = min(most, alike.shape[1])
    best = np.argpartition(-alike, taken - 1, axis=1)[:, :taken]
    return [[int(place) for place in row if alike[number, place] > 0] for number, row in enumerate(best)]


def _replace(session: Session, ids: Sequence[int], found: Mapping[Pair, Score]) -> None:
    pair = DuplicatePair
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        session.execute(delete(pair).where(or_(col(pair.lower_id).in_(part), col(pair.higher_id).in_(part))))
    moment = audit.now()
    rows = [pair_row(lower, higher, scored) | {"compared_at": moment} for (lower, higher), scored in found.items()]
    if rows:
        session.execute(insert(SQLModel.metadata.tables["duplicate_pair"]), rows)


def pair_row(lower: int, higher: int, scored: Score) -> dict[str, Any]:
    """Return the columns of a pair but for its time."""
    reasons = [{"code": each.code, "points": each.points, "zh": each.zh, "en": each.en} for each in scored.reasons]
    return {
        "lower_id": lower,
        "higher_id": higher,
        "points": scored.points,
        "reasons": audit.canonical_json(reasons),
    }
