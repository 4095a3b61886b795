"""Freeze on entry 入库冻结: edits of a dossier that stands in a library are graded, and a major one reopens entry.

Which parts are major is declared here as data, after 财资环〔2021〕91号: direction of spending and the money asked for
may not change without a new review. Everything else is minor: kept, with a note in the application's history.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor
from registry.errors import Finding, InvalidInput
from registry.projects.catalogue import fields
from registry.projects.lifecycle.model import Application, ApplicationEvent
from registry.projects.missing import SECTION_NAMES

MAJOR_FIELDS: frozenset[str] = frozenset(
    {
        "name",
        "approval_code",
        "implementer_name",
        "implementer_credit_code",
        "city_code",
        "content_summary",
        "construction_start",
        "construction_end",
        "total_investment",
        "project_capital",
        "special_bond_total",
        "bond_as_capital",
        "revenue_source",
        "beautiful_city_task",
        "project_nature",
        "investment_type",
        "implementation_mode",
        "main_content",
        "central_fund",
        "pollution_control_investment",
        "air_project_type",
        "water_project_type",
        "soil_project_type",
        "rural_project_type",
        "gfl_field",
        "eod_organiser",
        "climate_effect",
        "climate_mitigation_group",
        "climate_adaptation_group",
    }
)
"""What is built, by whom, where, when, for how much, and under which heading of a library."""

MAJOR_LINE_FIELDS: Mapping[str, tuple[str, ...]] = {
    "funding_lines": ("source", "year", "amount"),
    "components": ("name", "kind", "investment", "content"),
    "benefits": ("indicator", "value", "unit"),
    "performance_goals": ("indicator", "target", "unit"),
}
"""Of child records: these fields, whatever the order of the lines. That a planned source becomes secured is minor."""


class FrozenDossier(InvalidInput):
    """The edit is major and would reopen entry; `findings` name each major change. Save again saying so."""

    code = "frozen-dossier"


@dataclass(frozen=True, slots=True)
class Edit:
    """A stored dossier about to be replaced: both documents as JSON text, and whether its author agreed to a review."""

    project_id: int
    code: str
    revision_number: int
    before: str
    after: str
    reopens_entry: bool = False


@dataclass(frozen=True, slots=True)
class FrozenEdit:
    """An edit that touches an entry, and the major changes in it (none: it is minor)."""

    edit: Edit
    application: Application
    major: tuple[str, ...]


def major_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the fields and child records whose change is major, by name; empty for a minor edit."""
    scalars = sorted(name for name in MAJOR_FIELDS if before.get(name) != after.get(name))
    lines = [
        collection
        for collection, names in MAJOR_LINE_FIELDS.items()
        if _content(before, collection, names) != _content(after, collection, names)
    ]
    return scalars + lines


def _content(document: Mapping[str, Any], collection: str, names: tuple[str, ...]) -> list[str]:
    lines = document.get(collection, [])
    return sorted(audit.canonical_json({name: line.get(name) for name in names}) for line in lines)


def frozen_edits(session: Session, edits: Sequence[Edit]) -> list[FrozenEdit]:
    """Return the edits that touch an entry, graded. Raises FrozenDossier for a major one nobody agreed to."""
    by_project = {edit.project_id: edit for edit in edits}
    found: list[FrozenEdit] = []
    for application in _entries(session, list(by_project)):
        edit = by_project[application.project_id]
        major = major_changes(audit.parsed_json(edit.before), audit.parsed_json(edit.after))
        found.append(FrozenEdit(edit, application, tuple(major)))
    refused = [_refusal(each.edit.code, name) for each in found if not each.edit.reopens_entry for name in each.major]
    if refused:
        raise FrozenDossier.of(refused)
    return found


def projects_in_a_library(session: Session, project_ids: Sequence[int]) -> frozenset[int]:
    """Return those of these projects that stand in a library now; nothing is locked, so saving asks again."""
    query = select(col(Application.project_id)).where(
        col(Application.project_id).in_(project_ids), col(Application.state) == "in_library"
    )
    return frozenset(session.execute(query).scalars())


def _entries(session: Session, project_ids: Sequence[int]) -> Iterable[Application]:
    for start in range(0, len(project_ids), 500):
        chunk = project_ids[start : start + 500]
        # Every open one is locked before its state is read: an admission under way must not slip past the check.
        query = select(Application).where(col(Application.project_id).in_(chunk), col(Application.is_open))
        query = query.order_by(col(Application.id)).with_for_update().execution_options(populate_existing=True)
        yield from (each for each in session.execute(query).scalars() if each.state == "in_library")


def _refusal(code: str, name: str) -> Finding:
    zh, en = title_of(name)
    return Finding(
        name,
        "major-edit",
        f"项目 {code} 已入库，“{zh}”属重大变更，保存后须重新审核；请确认“重新审核”后再保存",
        f"Project {code} is in a library and {en} is a major change: saving reopens entry; confirm it and save again",
    )


def title_of(name: str) -> tuple[str, str]:
    """Return the names of a field or a part of the dossier."""
    if name in SECTION_NAMES:
        return SECTION_NAMES[name]
    described = fields().get(name)
    return (described.term.zh, described.term.en) if described else (name, name)


def record_edits(session: Session, actor: Actor, edits: Sequence[FrozenEdit], *, reason: str, moment: datetime) -> None:
    """Keep each edit of an entry in its history; a major one sends the application back to the first review."""
    for each in edits:
        application, number = each.application, each.edit.revision_number
        target = "submitted" if each.major else application.state
        session.add(
            ApplicationEvent(
                application_id=application.id or 0,
                at=moment,
                actor_id=actor.user_id,
                action="reopen" if each.major else "note",
                from_state=application.state,
                to_state=target,
                round=application.round + bool(each.major),
                revision_number=number,
                reason=reason,
                sections=audit.canonical_json({name: title_of(name)[0] for name in each.major}),
            )
        )
        if each.major:
            application.state, application.state_since = target, moment
            application.revision_number = number
            application.round += 1
            application.version += 1
            session.add(application)
        details = {"revision": number, "major": list(each.major)}
        audit.record(
            session,
            actor_id=actor.user_id,
            action="application.reopen" if each.major else "application.note",
            subject=f"application:{application.id}",
            details=details,
        )
    session.flush()
