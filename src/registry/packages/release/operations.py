"""Giving packages out: the city decides for one named bank, and every download leaves a trace."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Engine, select, update
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor, Organisation
from registry.accounts.permissions import require
from registry.assessments.model import Assessment
from registry.assessments.operations import assess_project
from registry.database import writing
from registry.errors import Finding, InvalidInput, NotFound, RegistryError
from registry.packages.assemble import PackageFile, assemble, is_package_of
from registry.packages.content import PackageContent
from registry.packages.files import is_kept, keep, kept_path
from registry.packages.operations import content_of
from registry.packages.release.model import PackageRelease
from registry.packages.release.queries import find_release
from registry.packages.signature import Signer
from registry.projects.documents.store import Store
from registry.projects.model import Project
from registry.projects.notices.operations import announce
from registry.projects.operations import release_project
from registry.projects.queries import find_project, visible_projects

LONGEST_REASON = 300


class PackageDamaged(RegistryError):
    """The kept file is gone or was changed on disk; it is not handed out."""

    code = "package-damaged"


class PackageWithdrawn(NotFound):
    """The city took the package back; the file is handed out no more."""

    code = "package-withdrawn"


@dataclass(frozen=True, slots=True)
class KeptPackage:
    """A released file ready to be sent: the name a person sees, where it is kept, and both its digests."""

    name: str
    path: Path
    content_sha256: str
    manifest_sha256: str


@dataclass(frozen=True, slots=True)
class _Decision:
    """What the city decided, and the package it decided on."""

    bank: Organisation
    reason: str
    assessment: Assessment
    content: PackageContent


def check_release(session: Session, actor: Actor, code: str, *, bank_id: int, reason: str) -> Organisation:
    """Return the bank a package may go to. Raises NotFound, NotAllowed, InvalidInput when it is no bank."""
    require(actor, "release_packages")
    find_project(session, actor, code)
    _check_reason(reason)
    return _bank(session, bank_id)


def release_package(
    engine: Engine,
    actor: Actor,
    code: str,
    *,
    bank_id: int,
    as_of: date,
    store: Store,
    signer: Signer | None = None,
    reason: str = "",
) -> PackageRelease:
    """Build the package of the latest revision, keep it, and let one bank download it. Harmless when repeated.

    The bank may see the project from then on, and is told. Takes as long as one package; the database waits for none
    of it. Raises NotFound, NotAllowed, InvalidInput when the organisation is no bank, StoreUnavailable, DamagedFile.
    """
    with writing(engine) as session:
        bank = check_release(session, actor, code, bank_id=bank_id, reason=reason)
        assessment = assess_project(session, actor, code, as_of=as_of)
        reader = Actor(None, bank.id, "bank", bank.division_code, bank.name, "clerk")
        content = content_of(session, actor, code, assessment, reader=reader)
        known = _latest(session, assessment.project_id, bank_id)
    decision = _Decision(bank, reason, assessment, content)
    is_signed = signer is not None
    if known is not None and is_package_of(kept_path(known.content_sha256), content, is_signed=is_signed):
        return known
    package = assemble(content, signer, store=store)
    # The file is there before the row that speaks of it; a transaction undone leaves a file nobody can reach.
    digest = keep(package.content)
    with writing(engine) as session:
        release_project(session, actor, code, organisation_id=bank.id)
        # The project's row is locked first, so that two equal decisions at once are one.
        session.execute(visible_projects(actor, Project.id).where(col(Project.code) == code).with_for_update())
        latest = _latest(session, assessment.project_id, bank_id)
        if latest is not None and latest.content_sha256 == digest:
            return latest
        return _write(session, actor, decision, package, digest, is_signed=is_signed)


def _write(
    session: Session, actor: Actor, decision: _Decision, package: PackageFile, digest: str, *, is_signed: bool
) -> PackageRelease:
    assessment, bank, moment = decision.assessment, decision.bank, audit.now()
    _mark_told(session, assessment.project_id, bank.id or 0)
    release = PackageRelease(
        project_id=assessment.project_id,
        organisation_id=bank.id or 0,
        assessment_id=assessment.id or 0,
        revision_number=assessment.revision_number,
        governing_date=assessment.governing_date,
        file_name=package.name,
        size=len(package.content),
        content_sha256=digest,
        manifest_sha256=package.manifest_digest,
        is_signed=is_signed,
        reason=decision.reason,
        released_by=actor.user_id,
        released_at=moment,
    )
    session.add(release)
    session.flush()
    code = decision.content.project_code
    details = {
        "project": code,
        "bank": bank.name,
        "revision": release.revision_number,
        "content": digest,
        "manifest": package.manifest_digest,
        "reason": decision.reason,
    }
    audit.record(
        session, actor_id=actor.user_id, action="package.release", subject=f"package:{release.id}", details=details
    )
    name = decision.content.dossier.name or code
    text_zh = f"{name}：第 {release.revision_number} 版的融资对接材料包已放行给贵机构，请到“材料包”下载。"
    text_en = f"{name}: the financing package of revision {release.revision_number} was released to you."
    announce(
        session, kind="package.release", project_code=code, organisation_ids=[release.organisation_id],
        text_zh=text_zh, text_en=text_en, moment=moment,
    )  # fmt: skip
    return release


def withdraw_release(session: Session, actor: Actor, release_id: int, *, reason: str) -> None:
    """Take a package back from its bank: it is handed out no more, and the bank is told why. Harmless when repeated.

    What the bank has downloaded it has; the log says whether it did. Raises NotFound, NotAllowed, InvalidInput without
    a reason.
    """
    require(actor, "release_packages")
    found = find_release(session, actor, release_id)
    _check_reason(reason)
    if not reason:
        raise InvalidInput.of([Finding("reason", "missing", "请写明撤回理由", "Say why it is withdrawn")])
    moment = audit.now()
    ended = (
        update(PackageRelease)
        .where(col(PackageRelease.id) == release_id, col(PackageRelease.withdrawn_at).is_(None))
        .values(withdrawn_at=moment, withdrawn_by=actor.user_id, withdrawal_reason=reason)
    )
    if session.execute(ended.returning(col(PackageRelease.id))).one_or_none() is None:
        return
    details = {"project": found.code, "bank": found.bank, "reason": reason}
    audit.record(
        session, actor_id=actor.user_id, action="package.withdraw", subject=f"package:{release_id}", details=details
    )
    name = found.project_name or found.code
    text_zh = f"{name}：第 {found.revision_number} 版的材料包已由放行方撤回，请勿再据以决策。理由：{reason}"
    text_en = f"{name}: the package of revision {found.revision_number} was withdrawn. Reason: {reason}"
    announce(
        session, kind="package.withdraw", project_code=found.code, organisation_ids=[found.bank_id],
        text_zh=text_zh, text_en=text_en, moment=moment,
    )  # fmt: skip


def download_package(session: Session, actor: Actor, release_id: int) -> KeptPackage:
    """Return a released file the actor may have, and write down who took it, in the same transaction.

    Raises NotFound (also for another bank's package), NotAllowed, PackageWithdrawn, PackageDamaged.
    """
    found = find_release(session, actor, release_id)
    if found.withdrawn is not None:
        raise PackageWithdrawn(
            f"材料包 {found.file_name} 已撤回，不再提供下载。理由：{found.withdrawn.reason}",
            f"The package {found.file_name} was withdrawn and is not handed out. Reason: {found.withdrawn.reason}",
        )
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


def _check_reason(reason: str) -> None:
    if len(reason) > LONGEST_REASON:
        found = Finding(
            "reason", "too-long", f"理由最多 {LONGEST_REASON} 字", f"at most {LONGEST_REASON} characters", reason[:40]
        )
        raise InvalidInput.of([found])


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


def _latest(session: Session, project_id: int, bank_id: int) -> PackageRelease | None:
    """Return the newest package of a project in force at a bank."""
    query = (
        select(PackageRelease)
        .where(
            col(PackageRelease.project_id) == project_id,
            col(PackageRelease.organisation_id) == bank_id,
            col(PackageRelease.withdrawn_at).is_(None),
        )
        .order_by(col(PackageRelease.id).desc())
        .limit(1)
    )
    return session.execute(query).scalar_one_or_none()


def _mark_told(session: Session, project_id: int, bank_id: int) -> None:
    """Note that the bank hears of its older packages by the notice of the new one."""
    older = update(PackageRelease).where(
        col(PackageRelease.project_id) == project_id,
        col(PackageRelease.organisation_id) == bank_id,
        col(PackageRelease.told_superseded_at).is_(None),
    )
    session.execute(older.values(told_superseded_at=audit.now()))
