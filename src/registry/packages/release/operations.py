"""Giving packages out: the city decides for one named bank, and every download leaves a trace."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor, Organisation
from registry.accounts.permissions import require
from registry.assessments.operations import assess_project
from registry.errors import Finding, InvalidInput, NotFound, RegistryError
from registry.packages.assemble import assemble
from registry.packages.files import is_kept, keep, kept_path
from registry.packages.operations import content_of
from registry.packages.release.model import PackageRelease
from registry.packages.release.queries import find_release
from registry.projects.operations import release_project

LONGEST_REASON = 300


class PackageDamaged(RegistryError):
    """The kept file is gone or was changed on disk; it is not handed out."""

    code = "package-damaged"


@dataclass(frozen=True, slots=True)
class KeptPackage:
    """A released file ready to be sent: the name a person sees, where it is kept, and both its digests."""

    name: str
    path: Path
    content_sha256: str
    manifest_sha256: str


def release_package(
    session: Session, actor: Actor, code: str, *, bank_id: int, as_of: date, reason: str = ""
) -> PackageRelease:
    """Build the package of the latest revision, keep it, and let one bank download it. Harmless when repeated.

    The bank may see the project from then on. Takes as long as one package. Raises NotFound, NotAllowed, InvalidInput
    when the organisation is no bank.
    """
    require(actor, "release_packages")
    bank = _bank(session, bank_id)
    if len(reason) > LONGEST_REASON:
        found = Finding(
            "reason", "too-long", f"理由最多 {LONGEST_REASON} 字", f"at most {LONGEST_REASON} characters", reason[:40]
        )
        raise InvalidInput.of([found])
    release_project(session, actor, code, organisation_id=bank.id)
    assessment = assess_project(session, actor, code, as_of=as_of)
    content = content_of(session, actor, code, assessment)
    package = assemble(content)
    # The file is there before the row that speaks of it; a transaction undone leaves a file nobody can reach.
    digest = keep(package.content)
    known = _known(session, assessment.project_id, bank_id, digest)
    if known is not None:
        return known
    release = PackageRelease(
        project_id=assessment.project_id,
        organisation_id=bank_id,
        assessment_id=assessment.id or 0,
        revision_number=assessment.revision_number,
        governing_date=as_of,
        file_name=package.name,
        size=len(package.content),
        content_sha256=digest,
        manifest_sha256=package.manifest_digest,
        reason=reason,
        released_by=actor.user_id,
        released_at=audit.now(),
    )
    session.add(release)
    session.flush()
    details = {
        "project": code,
        "bank": bank.name,
        "revision": release.revision_number,
        "content": digest,
        "manifest": package.manifest_digest,
        "reason": reason,
    }
    audit.record(
        session, actor_id=actor.user_id, action="package.release", subject=f"package:{release.id}", details=details
    )
    return release


def download_package(session: Session, actor: Actor, release_id: int) -> KeptPackage:
    """Return a released file the actor may have, and write down who took it, in the same transaction.

    Raises NotFound (also for another bank's package), NotAllowed, PackageDamaged.
    """
    found = find_release(session, actor, release_id)
    if not is_kept(found.content_sha256):
        raise PackageDamaged(
            f"材料包 {found.file_name} 的文件缺失或已被改动，未提供下载；请通知系统管理员从备份恢复",
            f"The kept file of {found.file_name} is missing or was changed and is not handed out; restore it",
        )
    details = {"project": found.code, "organisation": actor.organisation_id, "content": found.content_sha256}
    audit.record(
        session, actor_id=actor.user_id, action="package.download", subject=f"package:{release_id}", details=details
    )
    return KeptPackage(found.file_name, kept_path(found.content_sha256), found.content_sha256, found.manifest_sha256)


def _bank(session: Session, bank_id: int) -> Organisation:
    bank: Organisation | None = session.execute(
        select(Organisation).where(col(Organisation.id) == bank_id)
    ).scalar_one_or_none()
    if bank is None:
        raise NotFound(f"没有编号为 {bank_id} 的机构", f"There is no organisation {bank_id}")
    if bank.group != "bank":
        found = Finding(
            "bank_id", "not-a-bank", f"“{bank.name}”不是金融机构，材料包只能放行给金融机构",
            f"{bank.name} is no bank; packages go to banks only", str(bank_id),
        )  # fmt: skip
        raise InvalidInput.of([found])
    return bank


def _known(session: Session, project_id: int, bank_id: int, digest: str) -> PackageRelease | None:
    query = select(PackageRelease).where(
        col(PackageRelease.project_id) == project_id,
        col(PackageRelease.organisation_id) == bank_id,
        col(PackageRelease.content_sha256) == digest,
    )
    return session.execute(query).scalar_one_or_none()
