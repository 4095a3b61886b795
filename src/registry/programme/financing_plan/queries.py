"""Reads on financing plans: from the papers the actor may see, with figures over the projects the actor may see.

A signed revision is read with the revisions and assessments it fixed, so that it stays what it was; a draft with the
projects as they are now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlmodel import Session

from registry import audit
from registry.accounts.model import Actor
from registry.assessments.model import Assessment
from registry.assessments.operations import public_packs
from registry.assessments.queries import find_assessment, newest_assessment
from registry.assessments.routing import situation_of
from registry.eligibility.explain import assess
from registry.errors import Finding, NotFound
from registry.programme.financing_plan.document import PlanDocument, PlanProject
from registry.programme.financing_plan.figures import PlanFigures, ProjectFacts, Verdict, figures_of
from registry.programme.financing_plan.keeping import basis_of, kept_figures
from registry.programme.financing_plan.needs import plan_findings
from registry.programme.papers.queries import PaperSummary, PaperText, find_paper, list_papers, read_paper
from registry.programme.papers.states import EDITABLE
from registry.projects.queries import read_dossier

KIND: Final = "financing_plan"


@dataclass(frozen=True, slots=True)
class Plan:
    """One revision of a plan with its figures and what there is to say of it."""

    paper: PaperSummary
    text: PaperText
    document: PlanDocument
    figures: PlanFigures
    findings: Sequence[Finding]
    as_of: date
    """The day the verdicts are of: the day it was signed, today for a draft."""

    @property
    def is_signed(self) -> bool:
        """Say whether the figures rest on revisions and assessments fixed when the plan was signed."""
        return self.document.fixed_on is not None

    @property
    def is_demo(self) -> bool:
        """Say whether the plan or any of its projects is invented."""
        return self.paper.is_demo or self.figures.is_demo


def list_plans(session: Session, actor: Actor, *, state: str | None = None) -> list[PaperSummary]:
    """Return the financing plans the actor may see, newest change first."""
    return list_papers(session, actor, kinds=(KIND,), state=state)


def read_plan(session: Session, actor: Actor, plan_id: int, *, today: date, number: int | None = None) -> Plan:
    """Return a plan with its figures, of the latest revision the actor may see unless a number is given.

    Raises NotFound. For who only sees what is published, projects not open to them are left out and counted.
    """
    paper, text = stored_plan(session, actor, plan_id, number=number)
    document = PlanDocument.model_validate(text.document)
    is_draft = paper.state in EDITABLE and text.number == paper.revision_number and number is None
    if is_draft:
        document = document.unsigned()
    figures = kept_figures(
        basis_of(session, actor, document, today=today),
        lambda: figures_of(document, facts_of_projects(session, actor, document, today=today)),
    )
    seen = {line.entry.code for line in figures.projects}
    shown = without_hidden(document, seen) if actor.group in {"bank", "public"} else document
    findings = plan_findings(shown, figures)
    return Plan(paper, text, shown, figures, findings, document.fixed_on or today)


def stored_plan(
    session: Session, actor: Actor, plan_id: int, *, number: int | None = None
) -> tuple[PaperSummary, PaperText]:
    """Return a plan as it is kept, nothing calculated. Raises NotFound, also for a paper of another kind."""
    paper = find_paper(session, actor, plan_id, kind=KIND)
    return paper, read_paper(session, actor, plan_id, number=number)


def facts_of_projects(
    session: Session, actor: Actor, document: PlanDocument, *, today: date
) -> dict[str, ProjectFacts]:
    """Return what is known of each project of the plan the actor may see."""
    found = {}
    for entry in document.projects:
        try:
            found[entry.code] = _facts(session, actor, entry, today=today)
        except NotFound:
            continue
    return found


def _facts(session: Session, actor: Actor, entry: PlanProject, *, today: date) -> ProjectFacts:
    revision, dossier = read_dossier(session, actor, entry.code, number=entry.revision)
    kept = _assessment(session, actor, entry)
    if kept is None:
        verdicts = _judged_now(session, actor, entry.code, today=today)
        return ProjectFacts(entry.code, revision.number, revision.is_demo, dossier, verdicts, today)
    verdicts = _verdicts(audit.parsed_json(kept.document)["libraries"])
    day = kept.governing_date
    return ProjectFacts(entry.code, revision.number, revision.is_demo, dossier, verdicts, day, kept.id)


def _assessment(session: Session, actor: Actor, entry: PlanProject) -> Assessment | None:
    """Return the assessment the plan was signed on; of a draft the newest one of the project as it is now."""
    if entry.assessment is None:
        return newest_assessment(session, actor, entry.code)
    return find_assessment(session, actor, entry.code, entry.assessment)


def _judged_now(session: Session, actor: Actor, code: str, *, today: date) -> tuple[Verdict, ...]:
    """Return the verdicts of the public packs: a bank's own are nobody else's business."""
    if actor.group == "public":
        return ()
    found = situation_of(session, actor, code)
    verdicts = assess(public_packs(), found.facts, as_of=today, judgements=found.judgements)
    return _verdicts([verdict.as_dict() for verdict in verdicts])


def _verdicts(libraries: Sequence[dict[str, Any]]) -> tuple[Verdict, ...]:
    return tuple(
        Verdict(
            each["pack"],
            each["name_zh"],
            each["name_en"],
            each["kind"],
            each["verdict"],
            each["verdict_zh"],
            each["verdict_en"],
        )
        for each in libraries
    )


def without_hidden(document: PlanDocument, seen: set[str]) -> PlanDocument:
    """Return the plan as outsiders read it: without what names a project that is not open to them."""
    changes: dict[str, Any] = {
        "projects": [each for each in document.projects if each.code in seen],
        "scenario_amounts": [each for each in document.scenario_amounts if each.code in seen],
        "bank_matches": [each for each in document.bank_matches if each.code is None or each.code in seen],
    }
    for name, members in (("bundles", "members"), ("scenarios", "left_out")):
        changes[name] = [
            each.model_copy(update={members: [code for code in getattr(each, members) if code in seen]})
            for each in getattr(document, name)
        ]
    return document.model_copy(update=changes)
