"""Releases as jobs, and telling banks that what they hold is not the latest any more."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Engine, select, update
from sqlmodel import Session, col

from registry import audit, jobs
from registry.accounts.model import Actor
from registry.accounts.queries import actor_by_id
from registry.database import reading, writing
from registry.jobs import Handler, Work
from registry.packages.release.model import PackageRelease
from registry.packages.release.operations import check_release, release_package
from registry.packages.signature import Signer
from registry.projects.documents.store import open_store
from registry.projects.model import Project
from registry.projects.notices.operations import RELEASED_CHANGED, announce
from registry.settings import Settings, settings

RELEASE = "release-package"


def handlers(engine: Engine) -> Mapping[str, Handler]:
    """Return what a worker needs to run these jobs."""
    return {
        RELEASE: partial(_release, engine, settings()),
        RELEASED_CHANGED: lambda _work: {"told": tell_of_superseded(engine)},
    }


def enqueue_release(session: Session, actor: Actor, code: str, *, bank_id: int, reason: str, as_of: date) -> int:
    """Ask for a package to be built and released to a bank; return the number of the job.

    The job's result has the `release`. Raises NotFound, NotAllowed, InvalidInput.
    """
    check_release(session, actor, code, bank_id=bank_id, reason=reason)
    parameters = {"code": code, "bank": bank_id, "reason": reason, "as_of": as_of.isoformat()}
    return jobs.enqueue(session, kind=RELEASE, parameters=parameters, requested_by=actor.user_id)


def _release(engine: Engine, chosen: Settings, work: Work) -> dict[str, Any]:
    asked = work.parameters
    with reading(engine) as session:
        actor = actor_by_id(session, work.requested_by)
    work.report(0, 1)
    kept = release_package(
        engine,
        actor,
        asked["code"],
        bank_id=asked["bank"],
        as_of=date.fromisoformat(asked["as_of"]),
        reason=asked["reason"],
        store=open_store(chosen),
        signer=Signer.of_settings(chosen),
    )
    return {"code": asked["code"], "release": kept.id, "manifest": kept.manifest_sha256}


def tell_of_superseded(engine: Engine) -> int:
    """Tell banks, once each, that a package they were given shows an older revision; return how many were told."""
    is_due = (
        col(PackageRelease.withdrawn_at).is_(None),
        col(PackageRelease.told_superseded_at).is_(None),
        col(Project.revision_number) > col(PackageRelease.revision_number),
    )
    with writing(engine) as session:
        query = select(PackageRelease, Project).join(Project, col(Project.id) == col(PackageRelease.project_id))
        due = [(row[0], row[1]) for row in session.execute(query.where(*is_due).order_by(col(PackageRelease.id)))]
        return sum(_tell(session, release, project) for release, project in due)


def _tell(session: Session, release: PackageRelease, project: Project) -> bool:
    """Tell one bank of one package, unless another worker just did."""
    moment = audit.now()
    mine = update(PackageRelease).where(
        col(PackageRelease.id) == release.id, col(PackageRelease.told_superseded_at).is_(None)
    )
    if session.execute(mine.values(told_superseded_at=moment).returning(col(PackageRelease.id))).one_or_none() is None:
        return False
    name, latest, held = project.name or project.code, project.revision_number, release.revision_number
    announce(
        session,
        kind="package.superseded",
        project_code=project.code,
        organisation_ids=[release.organisation_id],
        text_zh=f"{name}：项目已修订至第 {latest} 版，您收到的材料包依据第 {held} 版，已被取代；可请城市重新放行。",
        text_en=f"{name} is at revision {latest}; the package you hold shows revision {held} and is superseded.",
        moment=moment,
    )
    audit.record(
        session,
        actor_id=None,
        action="package.supersede",
        subject=f"package:{release.id}",
        details={"project": project.code, "revision": held, "latest": latest},
    )
    return True
