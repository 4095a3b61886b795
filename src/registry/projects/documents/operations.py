"""Uploading, attaching and handing out documents."""

import hashlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput, NotFound, RegistryError
from registry.projects.documents import sniffing
from registry.projects.documents.model import StoredFile, UploadedDocument
from registry.projects.documents.store import Store
from registry.projects.duplicates.keys import note_file
from registry.projects.fields.documents import CHECKLIST
from registry.projects.lines import ChecklistDocument
from registry.projects.model import Project
from registry.projects.operations import SaveOutcome, save_project
from registry.projects.queries import find_project, read_dossier, visible_projects
from registry.settings import settings


class DamagedFile(RegistryError):
    """What lies in the store is not what was uploaded."""

    code = "damaged-file"


@dataclass(frozen=True, slots=True)
class Download:
    """A document on its way to a person: always as an attachment under its media type, never run or shown as a page."""

    file_name: str
    media_type: str
    content: bytes


def upload_document(
    engine: Engine, actor: Actor, code: str, *, content: bytes, file_name: str, checklist_code: str | None, store: Store
) -> UploadedDocument:
    """Check a file, keep it, and note it under a project. The same file again is stored once and noted once.

    The file is written between two transactions, so that nobody waits for it: whoever is stopped in between leaves a
    file nobody refers to and no record. Raises NotFound, NotAllowed, InvalidInput.
    """
    require(actor, "upload_documents")
    name = PurePosixPath(file_name.replace("\\", "/")).name
    findings = [*sniffing.flaws(content, name, limit_mb=settings().document_limit_mb), *_unknown_code(checklist_code)]
    if len(name) > 200 or any(not each.isprintable() for each in name):  # noqa: PLR2004 - the column's length
        findings.append(
            Finding("file", "file-name", "文件名最多 200 字，不含控制字符", "at most 200 printable characters")
        )
    if findings:
        raise InvalidInput.of(findings)
    with reading(engine) as session:
        find_project(session, actor, code)
    sha256 = hashlib.sha256(content).hexdigest()
    store.put(sha256, content)
    with writing(engine) as session:
        # The project's row is locked first, so that two uploads of one file are noted once.
        session.execute(visible_projects(actor, Project.id).where(col(Project.code) == code).with_for_update())
        keep_file(session, sha256, len(content), sniffing.media_type(content) or "")
        return _note_document(session, actor, code, sha256=sha256, file_name=name, checklist_code=checklist_code)


def keep_file(session: Session, sha256: str, size: int, kind: str) -> None:
    """Note a file of the store, once."""
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    values = {"sha256": sha256, "size": size, "media_type": kind, "stored_at": audit.now()}
    session.execute(dialect.insert(StoredFile).values(values).on_conflict_do_nothing(index_elements=["sha256"]))


def _note_document(
    session: Session, actor: Actor, code: str, *, sha256: str, file_name: str, checklist_code: str | None
) -> UploadedDocument:
    project = find_project(session, actor, code)
    query = select(UploadedDocument).where(
        col(UploadedDocument.project_id) == project.id,
        col(UploadedDocument.sha256) == sha256,
        col(UploadedDocument.checklist_code).is_not_distinct_from(checklist_code),
        col(UploadedDocument.withdrawn_at).is_(None),
    )
    known = session.execute(query).scalars().first()
    if known is not None:
        return known  # type: ignore[no-any-return]
    document = UploadedDocument(
        project_id=project.id or 0,
        sha256=sha256,
        file_name=file_name,
        checklist_code=checklist_code,
        uploaded_by=actor.user_id,
        uploaded_at=audit.now(),
    )
    session.add(document)
    session.flush()
    note_file(session, document.project_id)
    details = {"document": document.id, "sha256": sha256, "checklist": checklist_code}
    audit.record(session, actor_id=actor.user_id, action="document.add", subject=f"project:{code}", details=details)
    return document


def attach_to_checklist(
    session: Session, actor: Actor, code: str, document_id: int, *, checklist_code: str, expected_revision: int
) -> SaveOutcome:
    """Name a document as the one of a checklist item: a new revision of the dossier, which packages and rules read.

    Raises NotFound, NotAllowed, StaleWrite, InvalidInput.
    """
    require(actor, "upload_documents")
    findings = _unknown_code(checklist_code)
    if findings:
        raise InvalidInput.of(findings)
    document, _ = _find(session, actor, code, document_id)
    _, dossier = read_dossier(session, actor, code)
    kept = [line for line in dossier.documents if line.checklist_code != checklist_code]
    old = next((line for line in dossier.documents if line.checklist_code == checklist_code), None)
    facts = {"is_available": True, "sha256": document.sha256, "title": document.file_name}
    line = ChecklistDocument.model_validate((old.model_dump() if old else {"checklist_code": checklist_code}) | facts)
    changed = dossier.model_copy(update={"documents": sorted([*kept, line], key=lambda each: each.checklist_code)})
    document.checklist_code = checklist_code
    session.add(document)
    reason = f"上传资料：{CHECKLIST[checklist_code].zh}"
    return save_project(session, actor, code, changed, expected_revision=expected_revision, reason=reason)


def list_documents(session: Session, actor: Actor, code: str) -> list[tuple[UploadedDocument, StoredFile]]:
    """Return the documents of a project with their files, oldest first. Raises NotFound, NotAllowed."""
    require(actor, "read_documents")
    query = (
        visible_projects(actor, UploadedDocument, StoredFile)
        .join(UploadedDocument, col(UploadedDocument.project_id) == col(Project.id))
        .join(StoredFile, col(StoredFile.sha256) == col(UploadedDocument.sha256))
        .where(col(Project.code) == code, col(UploadedDocument.withdrawn_at).is_(None))
    )
    find_project(session, actor, code)
    return [(row[0], row[1]) for row in session.execute(query.order_by(col(UploadedDocument.id)))]


def download_document(session: Session, actor: Actor, code: str, document_id: int, *, store: Store) -> Download:
    """Return a document's content and leave an audit entry of the reading: needs a writing session.

    Raises NotFound, NotAllowed, StoreUnavailable, DamagedFile.
    """
    require(actor, "read_documents")
    document, file = _find(session, actor, code, document_id)
    content = store.read(file.sha256)
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise DamagedFile("存储的文件与上传时不一致，请联系管理员", "The stored file differs from what was uploaded")
    details = {"document": document.id, "sha256": file.sha256}
    audit.record(session, actor_id=actor.user_id, action="document.read", subject=f"project:{code}", details=details)
    return Download(document.file_name, file.media_type, content)


def withdraw_document(session: Session, actor: Actor, code: str, document_id: int) -> None:
    """Take a document off a project's list; the file stays, for what refers to it. Raises NotFound, NotAllowed."""
    require(actor, "upload_documents")
    document, _ = _find(session, actor, code, document_id)
    document.withdrawn_at = audit.now()
    session.add(document)
    note_file(session, document.project_id)
    details = {"document": document.id}
    audit.record(
        session, actor_id=actor.user_id, action="document.withdraw", subject=f"project:{code}", details=details
    )


def _find(session: Session, actor: Actor, code: str, document_id: int) -> tuple[UploadedDocument, StoredFile]:
    query = (
        visible_projects(actor, UploadedDocument, StoredFile)
        .join(UploadedDocument, col(UploadedDocument.project_id) == col(Project.id))
        .join(StoredFile, col(StoredFile.sha256) == col(UploadedDocument.sha256))
        .where(col(Project.code) == code, col(UploadedDocument.id) == document_id)
        .where(col(UploadedDocument.withdrawn_at).is_(None))
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"项目 {code} 没有编号为 {document_id} 的资料", f"Project {code} has no document {document_id}")
    return row[0], row[1]


def _unknown_code(checklist_code: str | None) -> list[Finding]:
    if checklist_code is None or checklist_code in CHECKLIST:
        return []
    known = "、".join(CHECKLIST)
    return [
        Finding(
            "checklist_code",
            "not-in-list",
            f"资料清单没有编号 {checklist_code[:20]}；应为：{known}",
            f"The checklist has no {checklist_code[:20]}; expected one of {', '.join(CHECKLIST)}",
        )
    ]
