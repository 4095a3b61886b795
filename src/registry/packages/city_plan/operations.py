"""A plan leaves the registry: as a file, with an entry in the log of who took it."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlmodel import Session

from registry import audit
from registry.accounts.model import Actor
from registry.packages.city_plan.documents import plan_docx, plan_pdf, plan_xlsx
from registry.portfolio.table import Language
from registry.programme.financing_plan.queries import read_plan

Form = Literal["pdf", "docx", "xlsx"]

MEDIA_TYPES: dict[Form, str] = {
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
    form: Form,
    today: date,
    number: int | None = None,
    language: Language = "zh",
) -> PlanFile:
    """Return a plan as a file, and leave an entry of it. Raises NotFound, TypesettingFailed."""
    plan = read_plan(session, actor, plan_id, today=today, number=number)
    content = _WRITERS[form](plan, language)
    details = {"form": form, "revision": plan.text.number, "language": language, "as_of": plan.as_of.isoformat()}
    audit.record(session, actor_id=actor.user_id, action="plan.export", subject=f"paper:{plan_id}", details=details)
    return PlanFile(f"{plan.paper.title}_r{plan.text.number}.{form}", MEDIA_TYPES[form], content)
