"""Reads on self-evaluations: a revision beside the year before, and what keeps it from being signed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from registry.accounts.model import Actor
from registry.errors import Finding, NotFound
from registry.programme.city_plan.queries import owner_of
from registry.programme.papers.model import CityPaper
from registry.programme.papers.queries import (
    PaperStep,
    PaperSummary,
    PaperText,
    find_paper,
    list_papers,
    paper_history,
    read_paper,
)
from registry.programme.self_evaluation.document import EvaluatedIndicator, SelfEvaluationDocument
from registry.programme.self_evaluation.rounds import Score, scores_of
from registry.projects.model import Project
from registry.projects.queries import visible_projects

KIND: Final = "self_evaluation"
_DECISIONS = ("approve", "return")


@dataclass(frozen=True, slots=True)
class SelfEvaluation:
    """One revision, the actual values agreed the year before, the province's remarks and the ministry's scores."""

    paper: PaperSummary
    text: PaperText
    document: SelfEvaluationDocument
    last_year: Mapping[str, float | None]
    remarks: Sequence[PaperStep]
    scores: Sequence[Score]
    names: Mapping[str, str | None]
    findings: Sequence[Finding]


def list_self_evaluations(session: Session, actor: Actor, *, year: int | None = None) -> list[PaperSummary]:
    """Return the self-evaluations the actor may see, newest change first."""
    return list_papers(session, actor, kinds=(KIND,), year=year)


def stored_self_evaluation(
    session: Session, actor: Actor, paper_id: int, *, number: int | None = None
) -> tuple[PaperSummary, PaperText]:
    """Return a self-evaluation as it is kept. Raises NotFound, also for a paper of another kind."""
    paper = find_paper(session, actor, paper_id, kind=KIND)
    return paper, read_paper(session, actor, paper_id, number=number)


def read_self_evaluation(session: Session, actor: Actor, paper_id: int, *, number: int | None = None) -> SelfEvaluation:
    """Return a self-evaluation, of the latest revision the actor may see unless a number is given. Raises NotFound."""
    paper, text = stored_self_evaluation(session, actor, paper_id, number=number)
    document = SelfEvaluationDocument.model_validate(text.document)
    codes = [each.code for each in document.projects]
    query = visible_projects(actor, col(Project.code), col(Project.name)).where(col(Project.code).in_(codes))
    names = {row.code: row.name for row in session.execute(query)}
    if actor.group in {"bank", "public"}:
        document = document.model_copy(update={"projects": [e for e in document.projects if e.code in names]})
    try:
        steps = [step for step in paper_history(session, actor, paper_id) if step.action in _DECISIONS]
    except NotFound:
        steps = []
    return SelfEvaluation(
        paper,
        text,
        document,
        _last_year(session, actor, paper),
        steps,
        scores_of(session, actor, paper_id),
        names,
        evaluation_findings(document),
    )


def _last_year(session: Session, actor: Actor, paper: PaperSummary) -> dict[str, float | None]:
    """Return the actual values of the year before, as agreed then and as the actor may see them."""
    owner = owner_of(session, paper.id)
    query = select(col(CityPaper.id), col(CityPaper.approved_revision)).where(
        col(CityPaper.kind) == KIND, col(CityPaper.owner_id) == owner.id, col(CityPaper.year) == (paper.year or 0) - 1
    )
    row = session.execute(query).one_or_none()
    if row is None or row[1] is None:
        return {}
    try:
        text = read_paper(session, actor, row[0], number=row[1])
    except NotFound:
        return {}
    return {each.indicator: each.actual for each in SelfEvaluationDocument.model_validate(text.document).indicators}


def evaluation_findings(document: SelfEvaluationDocument) -> list[Finding]:
    """Return what a self-evaluation lacks: errors keep it from being signed."""
    found = []
    if not document.summary:
        zh, en = "请填写总体进展", "Write a summary of the year"
        found.append(Finding("summary", "missing", zh, en))
    if not document.indicators:
        zh, en = (
            "没有任何指标；请先在“指标”页填报本年目标和实际",
            "There is no indicator; state targets and actual values first",
        )
        found.append(Finding("indicators", "missing", zh, en))
    for place, line in enumerate(document.indicators):
        if line.explanation or (line.actual is not None and line.actual == line.target):
            continue
        found.append(_needs_explanation(place, line))
    return found


def _needs_explanation(place: int, line: EvaluatedIndicator) -> Finding:
    name, path = line.name or line.indicator, f"indicators[{place}].explanation"
    if line.target is None or line.actual is None:
        lacking = ("目标值", "target") if line.target is None else ("实际值", "actual value")
        zh = f"“{name}”没有{lacking[0]}，请补填或说明原因"
        return Finding(path, "needs-explanation", zh, f"{line.indicator} has no {lacking[1]}; state it or explain")
    zh = f"“{name}”目标 {line.target:g}、实际 {line.actual:g}，两者不同，请说明原因"
    en = f"{line.indicator}: target {line.target:g}, actual {line.actual:g}; explain why they differ"
    return Finding(path, "needs-explanation", zh, en, f"{line.actual:g}")
