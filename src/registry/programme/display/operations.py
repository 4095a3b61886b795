"""Showing a project to the public and taking it back: its owner decides, each time anew, and each act is audited."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput, NotFound, StaleWrite
from registry.programme.display.choosing import PARTS, read_choice, released_document
from registry.programme.display.model import DisplayEvidence, DisplayRelease
from registry.projects.documents.operations import list_documents
from registry.projects.model import Dossier, Project
from registry.projects.queries import RevisionFacts, find_project, read_dossier, visible_projects

LONGEST_REASON = 300
LONGEST_INTRODUCTION = 2000


def display_project(
    session: Session,
    actor: Actor,
    code: str,
    *,
    fields: Sequence[str],
    today: date,
    introduction: str = "",
    embargo_until: date | None = None,
    evidence: Mapping[int, str] | None = None,
    expected_revision: int | None = None,
) -> DisplayRelease:
    """Show these fields of the latest revision to the public, in place of what was shown before.

    `evidence` names documents of the project, each with the part of the record it proves. With an embargo nothing is
    shown before that day. Raises NotFound, NotAllowed, StaleWrite, and InvalidInput for what cannot be shown.
    """
    require(actor, "display_projects")
    project = _locked(session, actor, code)
    facts, dossier = read_dossier(session, actor, code)
    if expected_revision is not None and expected_revision != facts.number:
        zh = f"项目已更新到第 {facts.number} 版，请核对后重新公开"
        raise StaleWrite(zh, f"The project is at revision {facts.number} now; look at it and release again")
    chosen = read_choice(fields)
    findings = [*_flaws(dossier, introduction, embargo_until, today)]
    papers = _papers(session, actor, code, evidence or {}, findings)
    if findings:
        raise InvalidInput.of(findings)
    _end(session, actor, project.id or 0, ending="replaced")
    release = _release(project, facts, dossier, chosen)
    release.introduction = introduction.strip() or None
    release.embargo_until, release.released_by = embargo_until, actor.user_id
    session.add(release)
    session.flush()
    for paper in papers:
        paper.release_id = release.id or 0
        session.add(paper)
    details = {
        "revision": facts.number,
        "fields": list(chosen),
        "evidence": [paper.sha256 for paper in papers],
        "embargo_until": None if embargo_until is None else embargo_until.isoformat(),
    }
    _record(session, actor, "project.display", code, details)
    return release


def _release(project: Project, facts: RevisionFacts, dossier: Dossier, chosen: Sequence[str]) -> DisplayRelease:
    document = released_document(dossier, chosen)
    return DisplayRelease(
        project_id=project.id or 0,
        code=facts.code,
        revision_number=facts.number,
        revision_hash=facts.hash,
        revision_saved_at=facts.saved_at,
        fields=audit.canonical_json(list(chosen)),
        document=audit.canonical_json(document),
        name=document["name"],
        province_name=document.get("province_name"),
        city_name=document.get("city_name"),
        city_code=document.get("city_code"),
        dimension=document.get("beautiful_city_dimension"),
        total_investment=dossier.total_investment if "total_investment" in document else None,
        is_demo=facts.is_demo,
        released_at=audit.now(),
    )


def withdraw_display(session: Session, actor: Actor, code: str, *, reason: str) -> None:
    """Take a project off the display at once. Raises NotFound when it is not shown, NotAllowed, InvalidInput."""
    require(actor, "withdraw_display")
    project = _locked(session, actor, code)
    text = reason.strip()
    if not text or len(text) > LONGEST_REASON:
        zh, en = (
            f"请写明撤回理由，最多 {LONGEST_REASON} 字",
            f"Say why it is withdrawn, at most {LONGEST_REASON} characters",
        )
        raise InvalidInput.of([Finding("reason", "missing" if not text else "too-long", zh, en)])
    if not _end(session, actor, project.id or 0, ending="withdrawn", reason=text):
        raise NotFound(f"项目 {code} 未公开展示", f"Project {code} is not on display")
    _record(session, actor, "project.display-withdraw", code, {"reason": text})


def _locked(session: Session, actor: Actor, code: str) -> Project:
    """Return the project, locked so that two decisions at once follow one another. Raises NotFound."""
    find_project(session, actor, code)
    query = visible_projects(actor, Project).where(col(Project.code) == code)
    found: Project = session.execute(query.with_for_update(of=Project)).scalar_one()
    return found


def _end(session: Session, actor: Actor, project_id: int, *, ending: str, reason: str | None = None) -> bool:
    query = select(DisplayRelease).where(
        col(DisplayRelease.project_id) == project_id, col(DisplayRelease.ended_at).is_(None)
    )
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        return False
    moment: datetime = audit.now()
    found.ended_at, found.ended_by, found.ending, found.ending_reason = moment, actor.user_id, ending, reason
    session.add(found)
    session.flush()
    return True


def _flaws(dossier: Dossier, introduction: str, embargo_until: date | None, today: date) -> list[Finding]:
    found = []
    if not dossier.name:
        zh, en = "项目未填名称，不能公开；请先填写", "The project has no name and cannot be shown; fill it in first"
        found.append(Finding("name", "missing", zh, en))
    if len(introduction) > LONGEST_INTRODUCTION:
        zh, en = f"公开简介最多 {LONGEST_INTRODUCTION} 字", f"At most {LONGEST_INTRODUCTION} characters"
        found.append(Finding("introduction", "too-long", zh, en, str(len(introduction))))
    if embargo_until is not None and embargo_until <= today:
        zh, en = "公开日期应晚于今天；今天公开请留空", "The day should be after today; leave it empty to show it today"
        found.append(Finding("embargo_until", "past-date", zh, en, embargo_until.isoformat()))
    return found


def _papers(
    session: Session, actor: Actor, code: str, evidence: Mapping[int, str], findings: list[Finding]
) -> list[DisplayEvidence]:
    known: dict[int, Any] = {item.id or 0: (item, file) for item, file in list_documents(session, actor, code)}
    papers = []
    for number, part in evidence.items():
        if number not in known or part not in PARTS:
            zh = f"资料 {number} 或部分“{part[:40]}”不存在，请重新选择"
            findings.append(
                Finding("evidence", "unknown", zh, f"There is no document {number}, or no part {part[:40]}")
            )
            continue
        item, file = known[number]
        papers.append(
            DisplayEvidence(
                release_id=0,
                sha256=file.sha256,
                file_name=item.file_name,
                media_type=file.media_type,
                size=file.size,
                section=part,
            )
        )
    return papers


def _record(session: Session, actor: Actor, action: str, code: str, details: dict[str, Any]) -> None:
    audit.record(session, actor_id=actor.user_id, action=action, subject=f"project:{code}", details=details)
