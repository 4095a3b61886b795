"""Reads on what banks wrote: owner and reviewers see all of it, a bank its own and its branches'."""

import datetime as dt
from typing import Any

import msgspec
from sqlalchemy import Select, exists, false, or_, select, true
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from registry.accounts.model import Actor, Organisation
from registry.accounts.permissions import require
from registry.accounts.queries import in_line, organisations_below
from registry.projects.banks.model import BankInterest, InformationRequest, LoanDecision
from registry.projects.model import Project, ProjectRelease
from registry.projects.queries import find_project, visible_projects


class QuestionLine(msgspec.Struct, frozen=True):
    """One question of a bank in a list of what is to be done."""

    code: str
    name: str | None
    is_demo: bool
    bank: str
    question: str
    asked_at: dt.datetime
    answer: str | None
    answered_at: dt.datetime | None


class ReleaseLine(msgspec.Struct, frozen=True):
    """One project released to a bank."""

    code: str
    name: str | None
    city_name: str | None
    is_demo: bool
    released_at: dt.datetime


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


def open_questions(session: Session, actor: Actor, *, limit: int = 50) -> list[QuestionLine]:
    """Return the questions nobody has answered yet, the longest waiting first: a bank's own, or those put to a city."""
    query = _questions(actor).where(col(InformationRequest.answered_at).is_(None))
    query = query.order_by(col(InformationRequest.asked_at), col(InformationRequest.id)).limit(limit)
    return [QuestionLine(*row) for row in session.execute(query)]


def answered_questions(session: Session, actor: Actor, *, limit: int = 50) -> list[QuestionLine]:
    """Return the answers to a bank's questions on which it has not acted since, the newest first.

    To act is to change where one stands with the project, or to write a loan decision back. Raises NotAllowed.
    """
    require(actor, "show_interest")
    asked, answered = InformationRequest, col(InformationRequest.answered_at)
    stood = exists().where(
        col(BankInterest.project_id) == col(asked.project_id),
        col(BankInterest.organisation_id) == col(asked.organisation_id),
        col(BankInterest.changed_at) > answered,
    )
    decided = exists().where(
        col(LoanDecision.project_id) == col(asked.project_id),
        col(LoanDecision.organisation_id) == col(asked.organisation_id),
        col(LoanDecision.recorded_at) > answered,
    )
    query = _questions(actor).where(answered.is_not(None), ~stood, ~decided).order_by(answered.desc()).limit(limit)
    return [QuestionLine(*row) for row in session.execute(query)]


def new_releases(session: Session, actor: Actor, *, limit: int = 20) -> list[ReleaseLine]:
    """Return the projects released to the actor's bank with which it has not said where it stands, newest first."""
    require(actor, "show_interest")
    stands = exists().where(
        col(BankInterest.project_id) == col(ProjectRelease.project_id),
        col(BankInterest.organisation_id) == actor.organisation_id,
    )
    # Which are the newest is found first, without the projects, whose rows are as wide as a dossier.
    newest = (
        select(col(ProjectRelease.project_id), col(ProjectRelease.released_at))
        .where(col(ProjectRelease.organisation_id).in_(in_line(actor.organisation_id)), ~stands)
        .order_by(col(ProjectRelease.released_at).desc(), col(ProjectRelease.id).desc())
    )
    found = session.execute(newest.limit(limit)).all()
    columns = col(Project.id), col(Project.code), col(Project.name), col(Project.city_name), col(Project.is_demo)
    query = visible_projects(actor, *columns, by_key=True).where(col(Project.id).in_([row.project_id for row in found]))
    projects = {row.id: row for row in session.execute(query)}
    seen = ((projects[row.project_id], row.released_at) for row in found if row.project_id in projects)
    return [ReleaseLine(row.code, row.name, row.city_name, row.is_demo, moment) for row, moment in seen]


def _questions(actor: Actor) -> Select[Any]:
    columns: tuple[Any, ...] = (
        col(Project.code),
        col(Project.name),
        col(Project.is_demo),
        col(Organisation.name),
        col(InformationRequest.question),
        col(InformationRequest.asked_at),
        col(InformationRequest.answer),
        col(InformationRequest.answered_at),
    )
    return (
        visible_projects(actor, *columns)
        .join(InformationRequest, col(InformationRequest.project_id) == col(Project.id))
        .join(Organisation, col(Organisation.id) == col(InformationRequest.organisation_id))
        .where(whose(actor, InformationRequest.organisation_id))
    )
