"""Long work on assessments: screening the registry and rehearsing a change of rules, as jobs."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from registry import jobs
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.accounts.queries import actor_by_id
from registry.assessments.private_packs import load_texts, visible_packs
from registry.assessments.rehearsing import rehearse_registry
from registry.assessments.screening import assess_in_batches, screen_registry, verdict_counts
from registry.database import reading
from registry.jobs import Handler, Work

SCREEN, REHEARSE = "screen-registry", "rehearse-rules"


def handlers(engine: Engine) -> Mapping[str, Handler]:
    """Return what a worker needs to run these jobs."""
    return {SCREEN: lambda work: _screen(engine, work), REHEARSE: lambda work: _rehearse(engine, work)}


def enqueue_screening(session: Session, actor: Actor, *, as_of: date) -> int:
    """Ask for an assessment of every visible project and return the number of the job. Raises NotAllowed."""
    require(actor, "screen_projects")
    return jobs.enqueue(session, kind=SCREEN, parameters={"as_of": as_of.isoformat()}, requested_by=actor.user_id)


def enqueue_rehearsal(
    session: Session,
    actor: Actor,
    *,
    pack: str,
    old: str,
    new: str,
    as_of: date,
    draft: Mapping[str, str] | None = None,
) -> int:
    """Ask for a rehearsal and return the number of the job; `draft` maps paths within the pack to texts.

    Checked at once, so that a mistake is told before anybody waits. Raises PackError, NotFound, NotAllowed.
    """
    require(actor, "rehearse_rules")
    packs = visible_packs(session, actor)
    drafted = load_texts(draft) if draft else packs
    for where, version in ((packs, old), (drafted, new)):
        where[pack].find_version(version)
    parameters = {"pack": pack, "old": old, "new": new, "as_of": as_of.isoformat(), "draft": dict(draft or {})}
    return jobs.enqueue(session, kind=REHEARSE, parameters=parameters, requested_by=actor.user_id)


def _screen(engine: Engine, work: Work) -> Any:
    actor, as_of = _actor(engine, work), date.fromisoformat(work.parameters["as_of"])
    findings = []
    for batch in assess_in_batches(engine, actor, as_of=as_of, start=work.progress):
        findings += [finding.as_dict() for finding in batch.findings]
        work.report(batch.done, batch.total)
    found = screen_registry(engine, actor, as_of=as_of)
    projects = found["project_id"].n_unique()
    return {
        "as_of": as_of.isoformat(),
        "projects": projects,
        "verdicts": verdict_counts(found),
        "findings": findings,
    }


def _rehearse(engine: Engine, work: Work) -> Any:
    asked = work.parameters
    work.report(0, 1)
    rehearsed = rehearse_registry(
        engine,
        _actor(engine, work),
        pack=asked["pack"],
        old=asked["old"],
        new=asked["new"],
        as_of=date.fromisoformat(asked["as_of"]),
        draft=load_texts(asked["draft"]) if asked["draft"] else None,
    )
    work.report(1, 1)
    return rehearsed.as_dict()


def _actor(engine: Engine, work: Work) -> Actor:
    with reading(engine) as session:
        return actor_by_id(session, work.requested_by)
