"""Three years of validity 入库有效期 run by date: warnings before, 到期出库 at the end. Harmless when repeated."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput
from registry.projects.lifecycle.deadlines import china_date
from registry.projects.lifecycle.libraries import library_names
from registry.projects.lifecycle.model import Application, ValidityWarning
from registry.projects.lifecycle.operations import Step, StepOutcome, act_on_many
from registry.projects.lifecycle.queries import ApplicationSummary, ending_entries, overdue_entries
from registry.projects.model import Project
from registry.projects.notices.operations import announce, reviewers_of
from registry.projects.queries import visible_projects

WARNING_DAYS: tuple[int, ...] = (30, 90, 184)
"""Days before the end at which owner and province are told; half a year is the longest. House defaults."""


def expire_entries(
    session: Session, actor: Actor, *, as_of: dt.date, moment: dt.datetime | None = None
) -> list[StepOutcome]:
    """Take every entry whose validity was over on the date out of its library. `moment` is now, unless a test says.

    Raises NotAllowed; InvalidInput for a date to come: what will be over then may still be renewed.
    """
    require(actor, "expire_entries")
    at = moment or audit.now()
    if as_of > china_date(at):
        zh, en = f"日期 {as_of} 尚未到来，只能试算，不能办理", f"{as_of} is still to come: only a dry run is possible"
        raise InvalidInput.of([Finding("as_of", "in-the-future", zh, en, as_of.isoformat())])
    over = overdue_entries(session, actor, as_of=as_of)
    steps = [Step(each.id, "expire", each.version, f"入库有效期至 {_until(each)}") for each in over]
    return act_on_many(session, actor, steps, moment=at)


def due_warnings(session: Session, actor: Actor, *, as_of: dt.date) -> list[tuple[ApplicationSummary, int]]:
    """Return the entries whose owner is to be told that validity ends, and the threshold of days each has passed.

    Left out is who was told at this threshold or a later one already, and what is over: that is expired, not warned.
    """
    require(actor, "expire_entries")
    entries = ending_entries(session, actor, as_of=as_of, limit=None)
    told = _nearest_told(session, [each.id for each in entries])
    found: list[tuple[ApplicationSummary, int]] = []
    for each in entries:
        left = each.validity.days_left if each.validity else 0
        passed = [threshold for threshold in WARNING_DAYS if 0 < left <= threshold]
        if passed and passed[0] < told.get(each.id, passed[0] + 1):
            found.append((each, passed[0]))
    return found


def _nearest_told(session: Session, application_ids: Sequence[int]) -> dict[int, int]:
    nearest: dict[int, int] = {}
    for start in range(0, len(application_ids), 500):
        query = select(col(ValidityWarning.application_id), col(ValidityWarning.threshold_days))
        query = query.where(col(ValidityWarning.application_id).in_(application_ids[start : start + 500]))
        for application_id, threshold in session.execute(query):
            nearest[application_id] = min(threshold, nearest.get(application_id, threshold))
    return nearest


def warn_of_endings(session: Session, actor: Actor, *, as_of: dt.date) -> list[tuple[ApplicationSummary, int]]:
    """Tell owner and province of every entry that passed a threshold, once for each; return whom it concerned."""
    # Locked first and read again: of two who run this at once, the second finds nothing left to tell.
    waiting = [each.id for each, _ in due_warnings(session, actor, as_of=as_of)]
    query = visible_projects(actor, col(Application.id), Project).join(
        Application, col(Application.project_id) == col(Project.id)
    )
    projects: dict[int, Project] = {}
    for start in range(0, len(waiting), 500):
        chunk = query.where(col(Application.id).in_(waiting[start : start + 500])).order_by(col(Application.id))
        projects |= {row[0]: row[1] for row in session.execute(chunk.with_for_update(of=Application))}
    due = [(each, threshold) for each, threshold in due_warnings(session, actor, as_of=as_of) if each.id in projects]
    for each, threshold in due:
        _warn(session, actor, each, threshold, projects[each.id])
    return due


def _warn(session: Session, actor: Actor, entry: ApplicationSummary, threshold: int, project: Project) -> None:
    moment, left = audit.now(), entry.validity.days_left if entry.validity else 0
    session.add(ValidityWarning(application_id=entry.id, threshold_days=threshold, told_at=moment))
    name, (zh, en) = entry.name or entry.code, library_names(entry.library)
    announce(
        session,
        kind="application.ending",
        project_code=entry.code,
        organisation_ids={project.owner_id, *reviewers_of(session, project, "submitted")},
        text_zh=f"{name}（{zh}）：入库有效期至 {_until(entry)}，还有 {left} 天；到期未实施即出库",
        text_en=f"{name} ({en}): the entry is valid until {_until(entry)}, {left} days from now",
        moment=moment,
    )
    details = {"threshold_days": threshold, "days_left": left}
    subject = f"application:{entry.id}"
    audit.record(session, actor_id=actor.user_id, action="application.warn", subject=subject, details=details)


def _until(entry: ApplicationSummary) -> str:
    return entry.validity.valid_until.isoformat() if entry.validity else ""
