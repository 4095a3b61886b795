"""Pictures of a case, kept in the document store. The public gets one with a case on display, and in no other way."""

import hashlib
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput, NotFound, shown
from registry.programme.cases.model import CasePicture
from registry.programme.cases.operations import locked_case, require_editable, touch
from registry.programme.cases.queries import CaseRecord, find_case, find_shown
from registry.projects.documents import sniffing
from registry.projects.documents.operations import DamagedFile, keep_file
from registry.projects.documents.store import Store

PICTURE_TYPES = frozenset({"image/png", "image/jpeg"})
"""What every browser shows and none runs."""
LARGEST_MB = 5
MOST_PICTURES = 12
LONGEST_CAPTION = 200


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture on its way to a browser."""

    media_type: str
    content: bytes
    sha256: str


def add_picture(
    engine: Engine, actor: Actor, number: int, *, content: bytes, file_name: str, caption: str, store: Store
) -> int:
    """Check a picture, keep it, and add it to a case; return its number. The same picture again is added once.

    Raises NotFound, NotAllowed, WrongCaseState, InvalidInput for what is no PNG or JPEG by its content.
    """
    require(actor, "edit_cases")
    findings = list(_flaws(content, file_name, caption.strip()))
    if findings:
        raise InvalidInput.of(findings)
    with reading(engine) as session:
        find_case(session, actor, number)
    sha256, kind = hashlib.sha256(content).hexdigest(), sniffing.media_type(content) or ""
    store.put(sha256, content)
    with writing(engine) as session:
        found = locked_case(session, actor, number, None)
        require_editable(found)
        here = col(CasePicture.case_id) == number, col(CasePicture.withdrawn_at).is_(None)
        known = session.execute(
            select(col(CasePicture.id)).where(*here, col(CasePicture.sha256) == sha256)
        ).scalar_one_or_none()
        if known is not None:
            return int(known)
        if session.execute(select(func.count()).select_from(CasePicture).where(*here)).scalar_one() >= MOST_PICTURES:
            zh, en = f"一个案例最多 {MOST_PICTURES} 张图片", f"At most {MOST_PICTURES} pictures a case"
            raise InvalidInput.of([Finding("file", "too-many", zh, en)])
        keep_file(session, sha256, len(content), kind)
        picture = CasePicture(
            case_id=number,
            sha256=sha256,
            media_type=kind,
            size=len(content),
            caption=caption.strip(),
            uploaded_by=actor.user_id,
            uploaded_at=audit.now(),
        )
        session.add(picture)
        touch(session, found)
        details = {"picture": picture.id, "sha256": sha256}
        audit.record(
            session, actor_id=actor.user_id, action="case.picture-add", subject=f"case:{number}", details=details
        )
        return picture.id or 0


def remove_picture(session: Session, actor: Actor, number: int, picture: int) -> None:
    """Take a picture off a case. Raises NotFound, NotAllowed, WrongCaseState."""
    require(actor, "edit_cases")
    found = locked_case(session, actor, number, None)
    require_editable(found)
    query = select(CasePicture).where(
        col(CasePicture.id) == picture, col(CasePicture.case_id) == number, col(CasePicture.withdrawn_at).is_(None)
    )
    row: CasePicture | None = session.execute(query).scalar_one_or_none()
    if row is None:
        raise _no_picture(picture)
    row.withdrawn_at = audit.now()
    session.add(row)
    touch(session, found)
    details = {"picture": picture}
    audit.record(
        session, actor_id=actor.user_id, action="case.picture-remove", subject=f"case:{number}", details=details
    )


def read_picture(session: Session, actor: Actor, number: int, picture: int, *, store: Store) -> PictureFile:
    """Return a picture to somebody who works on the case. Raises NotFound, NotAllowed, DamagedFile."""
    return _read(find_case(session, actor, number), picture, store)


def shown_picture(session: Session, number: int, picture: int, *, today: date, store: Store) -> PictureFile:
    """Return a picture of a case on display, to anybody. Raises NotFound, CaseWithdrawn, DamagedFile."""
    return _read(find_shown(session, number, today=today), picture, store)


def _read(record: CaseRecord, picture: int, store: Store) -> PictureFile:
    found = next((each for each in record.pictures if each.id == picture), None)
    if found is None:
        raise _no_picture(picture)
    content = store.read(found.sha256)
    # What lies in the store is looked at again: nothing but a picture is ever sent to be shown.
    if hashlib.sha256(content).hexdigest() != found.sha256 or sniffing.media_type(content) not in PICTURE_TYPES:
        raise DamagedFile("存储的图片与上传时不一致，请联系管理员", "The stored picture differs from what was uploaded")
    return PictureFile(found.media_type, content, found.sha256)


def _flaws(content: bytes, file_name: str, caption: str) -> list[Finding]:
    findings = list(sniffing.flaws(content, file_name, limit_mb=LARGEST_MB))
    if not findings and sniffing.media_type(content) not in PICTURE_TYPES:
        zh, en = "只接收 PNG 或 JPEG 图片，按内容识别", "Only PNG or JPEG pictures are taken, by their content"
        findings.append(Finding("file", "file-type", zh, en, shown(file_name)))
    if not caption:
        zh, en = "请填写图片说明：看不到图片的人靠它了解内容", "Say what the picture shows, for who cannot see it"
        findings.append(Finding("caption", "missing", zh, en))
    if len(caption) > LONGEST_CAPTION:
        zh, en = f"图片说明最多 {LONGEST_CAPTION} 字", f"at most {LONGEST_CAPTION} characters"
        findings.append(Finding("caption", "too-long", zh, en))
    return findings


def _no_picture(picture: int) -> NotFound:
    return NotFound(f"没有编号为 {picture} 的图片", f"There is no picture {picture}")
