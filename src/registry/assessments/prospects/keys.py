"""Keep the glance of each project's newest assessment, in the transaction that keeps the assessment."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select
from sqlmodel import Session, col

from registry.assessments.model import Assessment, AssessmentVerdict
from registry.assessments.prospects.model import AssessmentGlance
from registry.assessments.prospects.words import Figure, glance_word
from registry.projects.search.keys import insert_into, value_numbers

VERDICTS = "verdicts"
"""Kind of the search value that stands for all verdicts of an assessment, as `pack:verdict` with spaces between."""
TENOR = "finance_loan_term_years"
"""The fact of the evaluation that says over how many years bank loans are owed."""
_BONDS = ("special_bond", "green_bond")
_CHUNK = 200


def write_glances(session: Session | Connection, assessments: Sequence[Assessment]) -> None:
    """Write what lists narrow by of these assessments, whose verdicts are written; each is its project's newest."""
    if not assessments:
        return
    verdicts = _verdicts(session, [each.id or 0 for each in assessments])
    numbers = value_numbers(session, {(VERDICTS, text) for text in verdicts.values()})
    rows = [
        {
            "project_id": each.project_id,
            "word": glance_word(
                each.revision_number,
                numbers.get((VERDICTS, verdicts.get(each.id or 0, "")), 0),
                _figures(each),
                bank_loans(json.loads(each.document)["finance"]),
            ),
        }
        for each in assessments
    ]
    insert = insert_into(session, AssessmentGlance)
    changed = {"word": insert.excluded["word"]}
    session.execute(insert.on_conflict_do_update(index_elements=["project_id"], set_=changed), rows)


def rebuild(session: Session | Connection) -> None:
    """Write the glance of every assessed project anew, a few hundred at a time."""
    newest = select(func.max(col(Assessment.id))).group_by(col(Assessment.project_id))
    ids = sorted(found for found in session.execute(newest).scalars() if found is not None)
    table: Any = Assessment.__table__  # type: ignore[attr-defined]
    for start in range(0, len(ids), _CHUNK):
        query = select(table).where(table.c.id.in_(ids[start : start + _CHUNK])).order_by(table.c.id)
        write_glances(session, [Assessment(**row) for row in session.execute(query).mappings()])


def bank_loans(money: Mapping[str, Any]) -> float | None:
    """Return what banks would lend over construction, in 万元; None where the money could not be evaluated."""
    if money["case"] is None or money["result"] is None:
        return None
    debts = [debt for debt in money["case"].get("debts", ()) if debt.get("kind") not in _BONDS]
    return float(sum(float(amount or 0) for debt in debts for amount in debt.get("draws") or ()))


def _figures(assessment: Assessment) -> dict[Figure, float | None]:
    return {
        "dscr": assessment.dscr_min,
        "coverage": assessment.coverage,
        "firr": assessment.firr_post_tax,
        "payback": assessment.payback_years,
        "tenor": json.loads(assessment.finance_facts).get(TENOR) or None,
    }


def _verdicts(session: Session | Connection, ids: Iterable[int]) -> dict[int, str]:
    columns = col(AssessmentVerdict.assessment_id), col(AssessmentVerdict.pack_id), col(AssessmentVerdict.verdict)
    query = select(*columns).where(col(AssessmentVerdict.assessment_id).in_(list(ids)))
    found: dict[int, list[str]] = {}
    for assessment_id, pack, verdict in session.execute(query.order_by(col(AssessmentVerdict.pack_id))):
        found.setdefault(assessment_id, []).append(f"{pack}:{verdict}")
    return {assessment_id: " ".join(parts) for assessment_id, parts in found.items()}
