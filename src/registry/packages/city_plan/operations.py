"""A plan leaves the registry: as a file, with an entry in the log of who took it."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from registry import audit
from registry.accounts.model import Actor
from registry.errors import NotFound
from registry.packages.city_plan.documents import plan_docx, plan_pdf, plan_xlsx
from registry.portfolio.table import Language
from registry.programme.financing_plan.document import PlanDocument
from registry.programme.financing_plan.queries import read_plan
from registry.programme.papers.workbook import paper_workbook

DATA = "data"
"""The document itself as a workbook that can be filled in and taken back."""

MEDIA_TYPES: dict[str, str] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_WRITERS = {"pdf": plan_pdf, "docx": plan_docx, "xlsx": plan_xlsx}


@dataclass(frozen=True, slots=True)
class PlanFile:
    """An exported plan: its name as sent, its type and bytes."""

    name: str
    media_type: str
    content: bytes


def export_plan(
    session: Session,
    actor: Actor,
    plan_id: int,
    *,
    form: str,
    today: date,
    number: int | None = None,
    language: Language = "zh",
) -> PlanFile:
    """Return a plan as a file, and leave an entry of it.

    Raises NotFound, also for a form there is none of, and TypesettingFailed.
    """
    plan = read_plan(session, actor, plan_id, today=today, number=number)
    if form == DATA:
        content, ending = paper_workbook(PlanDocument, plan.document.model_dump(mode="json", exclude_none=True)), "xlsx"
    elif form not in _WRITERS:
        raise NotFound(f"没有 {form[:20]} 格式的导出", f"There is no export as {form[:20]}")
    else:
        content, ending = _WRITERS[form](plan, language), form
    details = {"form": form, "revision": plan.text.number, "language": language, "as_of": plan.as_of.isoformat()}
    audit.record(session, actor_id=actor.user_id, action="plan.export", subject=f"paper:{plan_id}", details=details)
    mark = "_填报表" if form == DATA else ""
    return PlanFile(f"{plan.paper.title}_r{plan.text.number}{mark}.{ending}", MEDIA_TYPES[ending], content)
