"""Reads on what banks wrote: owner and reviewers see all of it, a bank its own and its branches'."""

import datetime as dt
from typing import Any

from sqlalchemy import Select, false, or_, select, true
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from registry.accounts.model import Actor, Organisation
from registry.accounts.queries import organisations_below
from registry.projects.banks.model import BankInterest, InformationRequest, LoanDecision
from registry.projects.model import Project
from registry.projects.queries import find_project, visible_projects


def whose(actor: Actor, organisation_id: Any) -> ColumnElement[bool]:
    """Return the condition under which the actor may see what a bank wrote on a visible project."""
    match actor.group:
        case "bank":
            return col(organisation_id).in_(organisations_below(actor.organisation_id))
        case "public":
            return false()
        case _:
            return true()


def interests(session: Session, actor: Actor, code: str) -> list[BankInterest]:
    """Return where banks stand with a project. Raises NotFound."""
    project = find_project(session, actor, code)
    query = select(BankInterest).where(
        col(BankInterest.project_id) == project.id, whose(actor, BankInterest.organisation_id)
    )
    return list(session.execute(query.order_by(col(BankInterest.id))).scalars())


def information_requests(session: Session, actor: Actor, code: str) -> list[InformationRequest]:
    """Return the questions of banks on a project, oldest first. Raises NotFound."""
    project = find_project(session, actor, code)
    query = select(InformationRequest).where(
        col(InformationRequest.project_id) == project.id, whose(actor, InformationRequest.organisation_id)
    )
    return list(session.execute(query.order_by(col(InformationRequest.id))).scalars())


def loan_decisions(session: Session, actor: Actor, code: str) -> list[LoanDecision]:
    """Return the loan decisions on a project, replaced ones too, oldest first. Raises NotFound."""
    project = find_project(session, actor, code)
    query = select(LoanDecision).where(
        col(LoanDecision.project_id) == project.id, whose(actor, LoanDecision.organisation_id)
    )
    return list(session.execute(query.order_by(col(LoanDecision.id))).scalars())


def my_shortlist(session: Session, actor: Actor, *, stage: str = "shortlisted", limit: int = 100) -> list[str]:
    """Return the codes of the projects that stand at this stage with the actor's bank, latest first."""
    query = (
        visible_projects(actor, col(Project.code))
        .join(BankInterest, col(BankInterest.project_id) == col(Project.id))
        .where(col(BankInterest.stage) == stage, col(BankInterest.organisation_id) == actor.organisation_id)
    )
    return list(session.execute(query.order_by(col(BankInterest.changed_at).desc()).limit(limit)).scalars())


def accepted_loans(actor: Actor, *columns: Any, at: dt.datetime | None = None) -> Select[Any]:
    """Return the query of the accepted loan decisions in force on visible projects: project_id, source, amount_fen.

    `columns` follow these; `at` asks for those in force before a moment.
    """
    amount: Any = col(LoanDecision.amount).label("amount_fen")
    named: tuple[Any, ...] = (col(LoanDecision.project_id), col(LoanDecision.source), amount, *columns)
    accepted, replaced = col(LoanDecision.accepted_at), col(LoanDecision.replaced_at)
    in_force = (
        (accepted.is_not(None), replaced.is_(None))
        if at is None
        else (accepted < at, or_(replaced.is_(None), replaced >= at))
    )
    return (
        visible_projects(actor, *named)
        .join(LoanDecision, col(LoanDecision.project_id) == col(Project.id))
        .where(*in_force, whose(actor, LoanDecision.organisation_id))
        .order_by(col(LoanDecision.project_id), col(LoanDecision.id))
    )


def bank_loans(actor: Actor, *, at: dt.datetime | None = None) -> Select[Any]:
    """Return the accepted loan decisions in force, each with the name of its bank as `bank`."""
    query = accepted_loans(actor, col(Organisation.name).label("bank"), at=at)
    return query.join(Organisation, col(Organisation.id) == col(LoanDecision.organisation_id))
