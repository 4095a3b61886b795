"""Stored projects given out in the template, as one list shows them: what is edited there can be uploaded again."""

from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput
from registry.intake.template import export_workbook
from registry.projects.queries import read_dossier
from registry.projects.search.filters import ProjectFilter, Sort
from registry.projects.search.queries import narrow

MOST_PROJECTS = 2000
"""Projects in one workbook; a larger choice is refused, never cut short silently."""


def export_projects(session: Session, actor: Actor, *, wanted: ProjectFilter, sort: Sort = "code") -> bytes:
    """Return the visible projects of a filter as XLSX, in the order given. Raises InvalidInput if too many."""
    require(actor, "read_projects")
    codes = narrow(session, actor, wanted).page(sort=sort, after=None, limit=MOST_PROJECTS + 1).codes
    if len(codes) > MOST_PROJECTS:
        flaw = Finding(
            "search",
            "too-many-projects",
            f"符合条件的项目超过 {MOST_PROJECTS} 个，请缩小条件后分批下载",
            f"More than {MOST_PROJECTS} projects match; narrow the filter and download them in parts",
        )
        raise InvalidInput.of([flaw])
    return export_workbook([(code, read_dossier(session, actor, code)[1]) for code in codes])
