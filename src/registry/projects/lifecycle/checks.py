"""What must be true before an application moves: whose turn it is, and what the table says is needed."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from sqlalchemy import select
from sqlmodel import Session, col

from registry.accounts.model import Actor
from registry.errors import Finding, NotAllowed
from registry.projects.lifecycle.conflicts import conflict_of
from registry.projects.lifecycle.deadlines import validity
from registry.projects.lifecycle.freeze import major_changes, title_of
from registry.projects.lifecycle.model import (
    DEPARTMENTS,
    Application,
    DepartmentOpinion,
    ReviewAssignment,
)
from registry.projects.lifecycle.states import NEEDS, Need, Transition
from registry.projects.missing import SECTION_NAMES, missing_for
from registry.projects.model import Dossier, Project
from registry.projects.queries import read_document

LONGEST_REASON = 2000


class Asked(Protocol):
    """What the checks read of a move."""

    @property
    def reason(self) -> str: ...  # noqa: D102 - as in Step
    @property
    def sections(self) -> Mapping[str, str]: ...  # noqa: D102 - as in Step
    @property
    def verdict(self) -> Mapping[str, Any] | None: ...  # noqa: D102 - as in Step


def require_free_to_review(session: Session, actor: Actor, application: Application, project: Project) -> None:
    """Raise NotAllowed for a conflict of interest, or when the review was assigned to others of the same level."""
    conflict = conflict_of(session, actor, application, project)
    if conflict is not None:
        raise conflict.refusal()
    query = select(col(ReviewAssignment.reviewer_id)).where(
        col(ReviewAssignment.application_id) == application.id, col(ReviewAssignment.level) == actor.group
    )
    assigned = list(session.execute(query).scalars())
    if assigned and actor.user_id not in assigned:
        raise NotAllowed("该申请已分派给其他审核人员", "This application was assigned to other reviewers")


def unmet(
    session: Session,
    actor: Actor,
    application: Application,
    project: Project,
    row: Transition,
    asked: Asked,
    *,
    on: dt.date,
) -> Iterator[Finding]:
    """Yield everything the table asks for in this row and the move does not bring."""
    if len(asked.reason) > LONGEST_REASON:
        yield Finding(
            "reason", "too-long", f"理由最多 {LONGEST_REASON} 字", f"A reason has at most {LONGEST_REASON} characters"
        )
    yield from _unknown_sections(asked.sections)
    for need in row.needs:
        match need:
            case "reason":
                yield from _needed(need, "reason", is_met=bool(asked.reason.strip()))
            case "sections":
                yield from _needed(need, "sections", is_met=any(text.strip() for text in asked.sections.values()))
            case "complete":
                yield from _submittable(session, actor, project, asked)
            case "opinions":
                yield from _awaited_opinions(session, actor, application)
            case "unchanged":
                yield from _changed_since(session, actor, application, project)
            case "overdue":
                over = application.entered_on is not None and validity(application.entered_on, as_of=on).days_left <= 0
                yield from _needed(need, "as_of", is_met=over)
            case "major_edit":
                yield from _needed(need, "action", is_met=False)


def _needed(need: Need, path: str, *, is_met: bool) -> Iterator[Finding]:
    if not is_met:
        zh, en = NEEDS[need]
        yield Finding(path, f"needs-{need.replace('_', '-')}", f"此操作要求：{zh}", f"This action needs: {en}")


def _unknown_sections(sections: Mapping[str, str]) -> Iterator[Finding]:
    for name in sections:
        if name not in SECTION_NAMES:
            known = "、".join(f"{key}（{zh}）" for key, (zh, _) in SECTION_NAMES.items())
            yield Finding(
                f"sections.{name}",
                "unknown-section",
                f"没有名为 {name} 的部分；应为：{known}",
                f"There is no part {name}; expected one of {', '.join(SECTION_NAMES)}",
                value=name,
            )


def _submittable(session: Session, actor: Actor, project: Project, asked: Asked) -> Iterator[Finding]:
    _, document = read_document(session, actor, project.code)
    for item in missing_for(Dossier.model_validate(json.loads(document)), "submitted"):
        yield item.finding()
    if asked.verdict is not None and asked.verdict.get("verdict") == "ineligible" and not asked.reason.strip():
        yield Finding(
            "reason",
            "explain-verdict",
            "规则预审结论为“不符合”：可以提交，但须写明理由供审核人员参考",
            "The rules answer 不符合: it may be submitted, with a reason for the reviewer to read",
        )


def _awaited_opinions(session: Session, actor: Actor, application: Application) -> Iterator[Finding]:
    query = select(col(DepartmentOpinion.department)).where(
        col(DepartmentOpinion.application_id) == application.id,
        col(DepartmentOpinion.round) == application.round,
        col(DepartmentOpinion.level) == actor.group,
        col(DepartmentOpinion.given_at).is_(None),
    )
    for department in session.execute(query.order_by(col(DepartmentOpinion.id))).scalars():
        zh, en = DEPARTMENTS[department]
        yield Finding(
            f"opinions.{department}", "opinion-awaited", f"{zh}意见尚未返回", f"{en} has not given its opinion"
        )


def _changed_since(session: Session, actor: Actor, application: Application, project: Project) -> Iterator[Finding]:
    if project.revision_number == application.revision_number:
        return
    _, seen = read_document(session, actor, project.code, number=application.revision_number)
    _, latest = read_document(session, actor, project.code)
    for name in major_changes(json.loads(seen), json.loads(latest)):
        zh, en = title_of(name)
        yield Finding(
            name,
            "changed-since-submission",
            f"提交后“{zh}”已有重大变更（第 {project.revision_number} 版），请退回补正后再决定",
            f"{en} changed in revision {project.revision_number} after submission: return the application",
        )
