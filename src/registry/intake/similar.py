"""Rows of an upload that look like a project stored already, or like another row: warnings of the preview.

Only projects the uploader may see are named (decision 0060). Rows are compared a city at a time with the names and
sums of that city, and in full with the few most alike, so that ten thousand rows take seconds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from sqlmodel import Session, col

from registry.accounts.model import Actor
from registry.intake.cells import Flaw
from registry.intake.notes import Notes
from registry.intake.preparing import PreparedRow
from registry.intake.rows import Row
from registry.projects.duplicates.findings import similar_finding
from registry.projects.duplicates.matching import shortlists
from registry.projects.duplicates.model import DuplicateKey
from registry.projects.duplicates.queries import RECORD_COLUMNS, record_of_dossier, records_of
from registry.projects.duplicates.scoring import CANDIDATE, Record, Score, score
from registry.projects.model import Project
from registry.projects.queries import visible_projects

_AT_ONCE = 200
_MOST_COMPARED = 5


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row that would become a new project: what it is compared by, without the rest of its dossier."""

    row: Row
    name: str | None
    record: Record

    @classmethod
    def of(cls, prepared: PreparedRow) -> Self:
        """Return what is kept of a prepared row."""
        dossier = prepared.draft.dossier
        return cls(prepared.row, dossier.name, record_of_dossier(dossier))


def note_similar(session: Session, actor: Actor, new: Sequence[NewRow], notes: Notes) -> None:
    """Add a warning to each new row that may be a project stored already, or the same as an earlier row."""
    places: dict[str | None, list[NewRow]] = {}
    for one in new:
        places.setdefault(one.record.place, []).append(one)
    for place, members in places.items():
        for one, flaw in _of_place(session, actor, place, members):
            column = one.row.columns.get("name")
            if column is None:
                notes.at_row(one.row.sheet, one.row.number, flaw, None, "name")
            else:
                notes.at_cell(one.row.sheet, one.row.number, column, flaw, one.name, "name")


def _of_place(
    session: Session, actor: Actor, place: str | None, members: Sequence[NewRow]
) -> Iterator[tuple[NewRow, Flaw]]:
    key = DuplicateKey
    query = visible_projects(actor, col(key.project_id), col(key.name_core), col(key.total_investment))
    query = query.join(key, col(key.project_id) == col(Project.id)).where(col(key.place).is_not_distinct_from(place))
    stored = [tuple(row) for row in session.execute(query)]
    earlier = [(own.core.text if own.core else None, own.total_investment) for own in (one.record for one in members)]
    for start in range(0, len(members), _AT_ONCE):
        part = members[start : start + _AT_ONCE]
        owns = [one.record for one in part]
        near_stored = shortlists(owns, [(core, total) for _, core, total in stored], most=_MOST_COMPARED)
        near_rows = shortlists(owns, earlier, most=_MOST_COMPARED + 1)
        ids = sorted({stored[index][0] for chosen in near_stored for index in chosen})
        known = _stored_records(session, actor, ids)
        for number, one in enumerate(part):
            own = one.record
            found = _best(own, {stored[index][0]: known[stored[index][0]][1] for index in near_stored[number]})
            if found is not None:
                code, record = known[found[0]]
                yield one, _like_stored(code, record, found[1])
                continue
            rows_before = {index: members[index].record for index in near_rows[number] if index < start + number}
            found = _best(own, rows_before)
            if found is not None:
                yield one, _like_row(members[found[0]], found[1])


def _stored_records(session: Session, actor: Actor, ids: Sequence[int]) -> dict[int, tuple[str, Record]]:
    found: dict[int, tuple[str, Record]] = {}
    for start in range(0, len(ids), 500):
        query = visible_projects(actor, *RECORD_COLUMNS).where(col(Project.id).in_(ids[start : start + 500]))
        rows = list(session.execute(query))
        records = records_of(session, rows)
        found |= {row.id: (row.code, records[row.id]) for row in rows}
    return found


def _best(own: Record, others: dict[int, Record]) -> tuple[int, Score] | None:
    scores = {key: score(own, other) for key, other in others.items()}
    best = max(scores, key=lambda key: (scores[key].points, -key), default=None)
    return None if best is None or scores[best].points < CANDIDATE else (best, scores[best])


def _like_stored(code: str, record: Record, scored: Score) -> Flaw:
    finding = similar_finding(code, record.name, scored)
    return Flaw(finding.code, finding.message_zh, finding.message_en, "warning")


def _like_row(other: NewRow, scored: Score) -> Flaw:
    reasons = [each for each in scored.reasons if each.points > 0][:3]
    zh, en = "；".join(each.zh for each in reasons), "; ".join(each.en for each in reasons)
    return Flaw(
        "similar-row",
        f"与第 {other.row.number} 行“{other.name}”相似（{scored.points:g} 分：{zh}）；同一项目请删去其一",
        f"is like row {other.row.number} ({scored.points:g} points: {en}); if they are one project, remove one",
        "warning",
    )
