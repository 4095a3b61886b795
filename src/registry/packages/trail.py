"""The trail of one project 操作记录: every entry of the log that concerns it, its applications and its packages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from registry.accounts.model import Actor, Organisation, UserAccount
from registry.accounts.permissions import may, require
from registry.audit import EntryFilter, list_entries
from registry.packages.release.model import PackageRelease
from registry.projects.lifecycle.model import Application
from registry.projects.queries import find_project

ACTION_NAMES: Mapping[str, tuple[str, str]] = {
    "project.save": ("保存项目", "Saved"),
    "project.release": ("向金融机构或公众开放", "Opened to a bank or the public"),
    "project.assess": ("预审", "Assessed"),
    "project.judge": ("人工判断", "Judged by a person"),
    "project.duplicate": ("查重判断", "Decided on a likeness"),
    "document.add": ("上传资料", "Document added"),
    "document.read": ("下载资料", "Document read"),
    "document.withdraw": ("撤下资料", "Document withdrawn"),
    "package.build": ("生成并取走材料包", "Package built and taken"),
    "package.take": ("取走批量生成的材料包", "Package of a batch taken"),
    "package.release": ("放行材料包", "Package released"),
    "package.download": ("下载材料包", "Package downloaded"),
    "package.withdraw": ("撤回材料包", "Package withdrawn"),
    "package.supersede": ("材料包已被新修订取代", "Package superseded by a later revision"),
    "comment.add": ("批注", "Comment"),
    "comment.settle": ("批注已处理", "Comment settled"),
    "application.open": ("开始申报", "Application begun"),
}
"""Acts in words; others are shown by their code."""

_FOR_OVERSEERS = frozenset({"project.duplicate"})
"""What may speak of a project the owner must not know of (decision 0060)."""


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """One act. `details` is the JSON of the log, None for who may read the trail but not the log."""

    id: int
    at: datetime
    action: str
    actor: str | None
    organisation: str | None
    details: str | None
    hash: str


def project_trail(
    session: Session, actor: Actor, code: str, *, before: int | None = None, limit: int = 50
) -> list[TrailEntry]:
    """Return one page of what happened to a project, newest first, older than the entry `before`.

    Its owner reads who did what and when; details, and decisions on likenesses, are for those who read the whole log.
    Raises NotFound, NotAllowed.
    """
    require(actor, "read_trail")
    project_id = find_project(session, actor, code).id or 0
    reads_all = may(actor, "read_audit")
    wanted = EntryFilter(project=code, subjects=_subjects(session, project_id), is_pair_told=reads_all)
    hidden = frozenset() if reads_all else _FOR_OVERSEERS
    entries = list_entries(session, wanted=wanted, before=before, limit=limit, without=hidden)
    people = _people(session, {each.actor_id for each in entries if each.actor_id is not None})
    found = []
    for each in entries:
        name, house = people.get(each.actor_id, (None, None))
        details = each.details if reads_all and each.details != "null" else None
        found.append(TrailEntry(each.id or 0, each.at, each.action, name, house, details, each.hash))
    return found


def _subjects(session: Session, project_id: int) -> tuple[str, ...]:
    applications = select(col(Application.id)).where(col(Application.project_id) == project_id)
    releases = select(col(PackageRelease.id)).where(col(PackageRelease.project_id) == project_id)
    return (
        *(f"application:{number}" for number in session.execute(applications).scalars()),
        *(f"package:{number}" for number in session.execute(releases).scalars()),
    )


def _people(session: Session, ids: set[int]) -> dict[int | None, tuple[str, str]]:
    query = select(col(UserAccount.id), col(UserAccount.display_name), col(Organisation.name)).join(
        Organisation, col(Organisation.id) == col(UserAccount.organisation_id)
    )
    return {row[0]: (row[1], row[2]) for row in session.execute(query.where(col(UserAccount.id).in_(ids)))}
