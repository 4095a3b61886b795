"""Stored projects given out in the template, as one list shows them: what is edited there can be uploaded again."""

from collections.abc import Iterable
from typing import Final, Literal

from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput
from registry.intake.template import export_csv, export_workbook
from registry.intake.text_files import Encoding
from registry.projects.model import Dossier
from registry.projects.queries import read_dossiers
from registry.projects.search.filters import ProjectFilter, Sort
from registry.projects.search.queries import narrow

ExportForm = Literal["xlsx", "csv", "csv-gb18030"]
FORMS: Final[dict[ExportForm, tuple[str, str]]] = {
    "xlsx": ("填报表（Excel，含各子表）", "Template (Excel, with every sheet)"),
    "csv": ("项目表（CSV，UTF-8）", "Table of projects (CSV, UTF-8)"),
    "csv-gb18030": ("项目表（CSV，GB 18030）", "Table of projects (CSV, GB 18030)"),
}
ENCODINGS: Final[dict[ExportForm, Encoding]] = {"csv": "utf-8", "csv-gb18030": "gb18030"}
MOST_AT_ONCE: Final = 2000
"""Projects written while somebody waits; more are a job."""


def export_projects(
    session: Session, actor: Actor, *, wanted: ProjectFilter, sort: Sort = "code", form: ExportForm = "xlsx"
) -> bytes:
    """Return the visible projects of a filter as a file, in the order given. Raises InvalidInput if too many."""
    require(actor, "read_projects")
    codes = narrow(session, actor, wanted).page(sort=sort, after=None, limit=MOST_AT_ONCE + 1).codes
    if len(codes) > MOST_AT_ONCE:
        flaw = Finding(
            "search",
            "too-many-projects",
            f"符合条件的项目超过 {MOST_AT_ONCE} 个，不能即时下载；请改为后台导出",
            f"More than {MOST_AT_ONCE} projects match; ask for them as a job instead",
        )
        raise InvalidInput.of([flaw])
    return written(read_dossiers(session, actor, codes), form)


def written(projects: Iterable[tuple[str, Dossier]], form: ExportForm) -> bytes:
    """Return projects (registry code and dossier) as a file that can be edited and imported again."""
    if form == "xlsx":
        return export_workbook(projects)
    return b"".join(export_csv(projects, ENCODINGS[form]))


def file_ending(form: ExportForm) -> str:
    """Return what the name of such a file ends in."""
    return "xlsx" if form == "xlsx" else "csv"
