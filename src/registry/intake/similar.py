"""Rows of an upload that look like a project stored already, or like another row: warnings of the preview.

Only projects the uploader may see are named (decision 0060). Rows are compared a city at a time with the names and
sums of that city, and in full with the few most alike, so that ten thousand rows take seconds.
"""

from collections.abc import Iterator, Sequence

from sqlmodel import Session, col

from registry.accounts.model import Actor
from registry.intake.cells import Flaw
from registry.intake.preparing import Prepared, PreparedRow
from registry.projects.duplicates.findings import similar_finding
from registry.projects.duplicates.matching import shortlists
from registry.projects.duplicates.model import DuplicateKey
from registry.projects.duplicates.queries import RECORD_COLUMNS, record_of_dossier, records_of
from registry.projects.duplicates.scoring import CANDIDATE, Record, Score, score
from registry.projects.model import Project
from registry.projects.queries import visible_projects

_AT_ONCE = 200
_MOST_COMPARED = 5


def note_similar(session: Session, actor: Actor, prepared: Prepared) -> None:
    """Add a warning to each new row that may be a project stored already, or the same as an earlier row."""
    new = [row for row in prepared.rows if row.stored is None]
    places: dict[str | None, list[tuple[PreparedRow, Record]]] = {}
    for row in new:
        own = record_of_dossier(row.draft.dossier)
        places.setdefault(own.place, []).append((row, own))
    for place, members in places.items():
        for row, flaw in _of_place(session, actor, place, members):
            column = row.row.columns.get("name")
            if column is None:
                prepared.notes.at_row(row.row.sheet, row.row.number, flaw, None, "name")
            else:
                prepared.notes.at_cell(row.row.sheet, row.row.number, column, flaw, row.draft.dossier.name, "name")


def _of_place(
    session: Session, actor: Actor, place: str | None, members: Sequence[tuple[PreparedRow, Record]]
) -> Iterator[tuple[PreparedRow, Flaw]]:
    key = DuplicateKey
    query = visible_projects(actor, col(key.project_id), col(key.name_core), col(key.total_investment))
    query = query.join(key, col(key.project_id) == col(Project.id)).where(col(key.place).is_not_distinct_from(place))
    stored = [tuple(row) for row in session.execute(query)]
    earlier = [(own.core.text if own.core else None, own.total_investment) for _, own in members]
    for start in range(0, len(members), _AT_ONCE):
        part = members[start : start + _AT_ONCE]
        owns = [own for _, own in part]
        near_stored = shortlists(owns, [(core, total) for _, core, total in stored], most=_MOST_COMPARED)
        near_rows = shortlists(owns, earlier, most=_MOST_COMPARED + 1)
        ids = sorted({stored[index][0] for chosen in near_stored for index in chosen})
        known = _stored_records(session, actor, ids)
        for number, (row, own) in enumerate(part):
            found = _best(own, {stored[index][0]: known[stored[index][0]][1] for index in near_stored[number]})
            if found is not None:
                code, record = known[found[0]]
                yield row, _like_stored(code, record, found[1])
                continue
            rows_before = {index: members[index][1] for index in near_rows[number] if index < start + number}
            found = _best(own, rows_before)
            if found is not None:
                yield row, _like_row(members[found[0]][0], found[1])


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


def _like_row(other: PreparedRow, scored: Score) -> Flaw:
    reasons = [each for each in scored.reasons if each.points > 0][:3]
    zh, en = "；".join(each.zh for each in reasons), "; ".join(each.en for each in reasons)
    return Flaw(
        "similar-row",
        f"与第 {other.row.number} 行“{other.draft.dossier.name}”相似（{scored.points:g} 分：{zh}）；同一项目请删去其一",
        f"is like row {other.row.number} ({scored.points:g} points: {en}); if they are one project, remove one",
        "warning",
    )
