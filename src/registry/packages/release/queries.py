"""Which packages were given out, to whom, who took them, and which of them are no longer the latest."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from registry.accounts.model import Actor, Organisation, UserAccount
from registry.accounts.permissions import require
from registry.accounts.queries import in_line
from registry.assessments.model import Assessment
from registry.audit import AuditEntry
from registry.errors import NotFound
from registry.packages.release.model import PackageRelease
from registry.projects.model import Project
from registry.projects.queries import visible_projects


class Superseded(msgspec.Struct, frozen=True):
    """Why a released package is not the latest 已被取代: a newer revision, or a newer package to the same bank."""

    code: str
    message_zh: str
    message_en: str


class Withdrawn(msgspec.Struct, frozen=True):
    """When the city took a package back 撤回, and why; it is handed out no more."""

    at: dt.datetime
    reason: str


class ReleasedPackage(msgspec.Struct, frozen=True):
    """One line of a list of released packages. `manifest_sha256` is what a receiver checks the file by, offline."""

    id: int
    code: str
    project_name: str | None
    bank_id: int
    bank: str
    file_name: str
    size: int
    content_sha256: str
    manifest_sha256: str
    revision_number: int
    governing_date: dt.date
    assessment_hash: str
    reason: str
    released_at: dt.datetime
    is_signed: bool
    is_demo: bool
    superseded: Superseded | None
    withdrawn: Withdrawn | None


class Download(msgspec.Struct, frozen=True):
    """Who took which package, and when."""

    package: int

    at: dt.datetime
    person: str | None
    organisation: str | None


def list_releases(
    session: Session,
    actor: Actor,
    *,
    code: str | None = None,
    manifest: str | None = None,
    before: int | None = None,
    limit: int | None = None,
) -> list[ReleasedPackage]:
    """Return released packages, newest first: a bank's own, a city's of its projects, a reviewer's of all it sees.

    Narrowed to those of one project, with one digest of the manifest, or older than the release `before`.
    """
    query = _releases(actor).order_by(col(PackageRelease.id).desc())
    if code is not None:
        query = query.where(col(Project.code) == code)
    if manifest is not None:
        query = query.where(col(PackageRelease.manifest_sha256) == manifest)
    if before is not None:
        query = query.where(col(PackageRelease.id) < before)
    return [_released(row) for row in session.execute(query.limit(limit))]


def find_release(session: Session, actor: Actor, release_id: int) -> ReleasedPackage:
    """Return one released package. Raises NotFound, also when it went to another bank."""
    row = session.execute(_releases(actor).where(col(PackageRelease.id) == release_id)).one_or_none()
    if row is None:
        raise NotFound(
            f"没有编号为 {release_id} 的材料包，或未放行给贵机构",
            f"There is no package {release_id}, or it was not released to you",
        )
    return _released(row)


def superseded_releases(session: Session, actor: Actor) -> list[ReleasedPackage]:
    """Return the released packages that no longer show the latest, each with the reason; not those withdrawn."""
    found = list_releases(session, actor)
    return [each for each in found if each.superseded is not None and each.withdrawn is None]


def downloads_of(session: Session, actor: Actor, release_id: int) -> Sequence[Download]:
    """Return every download of a package, oldest first, from the audit log. Raises NotFound, NotAllowed.

    Banks are not shown who else read their file; owners and reviewers are.
    """
    require(actor, "read_downloads")
    find_release(session, actor, release_id)
    return _downloads(session, [release_id])


def downloads_of_project(session: Session, actor: Actor, code: str) -> Sequence[Download]:
    """Return every download of every package of a project, oldest first. Raises NotAllowed."""
    require(actor, "read_downloads")
    return _downloads(session, [each.id for each in list_releases(session, actor, code=code)])


def _downloads(session: Session, release_ids: Sequence[int]) -> list[Download]:
    subjects = [f"package:{number}" for number in release_ids]
    query = (
        select(col(AuditEntry.subject), col(AuditEntry.at), col(UserAccount.display_name), col(Organisation.name))
        .select_from(AuditEntry)
        .outerjoin(UserAccount, col(UserAccount.id) == col(AuditEntry.actor_id))
        .outerjoin(Organisation, col(Organisation.id) == col(UserAccount.organisation_id))
        .where(col(AuditEntry.action) == "package.download", col(AuditEntry.subject).in_(subjects))
        .order_by(col(AuditEntry.id))
    )
    return [
        Download(int(subject.removeprefix("package:")), at, person, organisation)
        for subject, at, person, organisation in session.execute(query)
    ]


def _releases(actor: Actor) -> Select[Any]:
    """Return the query for packages of visible projects; to a bank nothing exists but its own."""
    require(actor, "read_packages")
    later = aliased(PackageRelease)
    newest = (
        select(func.max(later.id))
        .where(
            later.project_id == col(PackageRelease.project_id),  # type: ignore[arg-type]
            later.organisation_id == col(PackageRelease.organisation_id),  # type: ignore[arg-type]
            col(later.withdrawn_at).is_(None),
        )
        .scalar_subquery()
    )
    query = (
        visible_projects(
            actor,
            col(Project.code),
            col(Project.name).label("project_name"),
            col(Project.revision_number).label("latest_revision"),
            col(Project.is_demo),
            col(Organisation.name).label("bank"),
            col(Assessment.hash).label("assessment_hash"),
            newest.label("newest_id"),
            PackageRelease.__table__,  # type: ignore[attr-defined]
        )
        .join(PackageRelease, col(PackageRelease.project_id) == col(Project.id))
        .join(Organisation, col(Organisation.id) == col(PackageRelease.organisation_id))
        .join(Assessment, col(Assessment.id) == col(PackageRelease.assessment_id))
    )
    if actor.group == "bank":
        query = query.where(col(PackageRelease.organisation_id).in_(in_line(actor.organisation_id)))
    return query


def _released(row: Any) -> ReleasedPackage:
    return ReleasedPackage(
        row.id,
        row.code,
        row.project_name,
        row.organisation_id,
        row.bank,
        row.file_name,
        row.size,
        row.content_sha256,
        row.manifest_sha256,
        row.revision_number,
        row.governing_date,
        row.assessment_hash,
        row.reason,
        row.released_at,
        row.is_signed,
        row.is_demo,
        _superseded(row),
        None if row.withdrawn_at is None else Withdrawn(row.withdrawn_at, row.withdrawal_reason or ""),
    )


def _superseded(row: Any) -> Superseded | None:
    if row.latest_revision > row.revision_number:
        return Superseded(
            "later-revision",
            f"项目已修订至第 {row.latest_revision} 版，本材料包依据第 {row.revision_number} 版",
            f"the project is at revision {row.latest_revision}; this package shows revision {row.revision_number}",
        )
    if (row.newest_id or 0) > row.id:
        return Superseded(
            "later-package",
            "同一修订已有更新的材料包放行给该机构（适用日期、预审结论或附件不同）",
            "a newer package of the same revision was released to this bank (other date, assessment or documents)",
        )
    return None
