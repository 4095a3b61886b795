"""Papers of cities leave the registry as PDF, DOCX, XLSX or evidence pack, with an entry of who took them."""

from datetime import date

from sqlmodel import Session

from registry import audit
from registry.accounts.model import Actor
from registry.errors import NotFound
from registry.packages.city_papers.city_plan import city_plan_view
from registry.packages.city_papers.evidence import pack
from registry.packages.city_papers.regional_programme import regional_programme_view
from registry.packages.city_papers.self_evaluation import self_evaluation_view
from registry.packages.city_papers.workbook import paper_xlsx
from registry.packages.city_plan.documents import TEMPLATE, paper_docx
from registry.packages.city_plan.operations import DATA, MEDIA_TYPES, PlanFile
from registry.packages.city_plan.view import View
from registry.packages.typesetting import typeset
from registry.portfolio.table import Language
from registry.programme.city_plan.document import CityPlanDocument
from registry.programme.city_plan.queries import read_city_plan
from registry.programme.papers.queries import PaperSummary, PaperText
from registry.programme.papers.workbook import paper_workbook
from registry.programme.regional_programme.document import RegionalProgrammeDocument
from registry.programme.regional_programme.queries import read_regional_programme
from registry.programme.self_evaluation.document import SelfEvaluationDocument
from registry.programme.self_evaluation.queries import read_self_evaluation
from registry.projects.documents.store import Store

FORMS = ("pdf", "docx", "xlsx")
EVIDENCE = "zip"


def export_city_plan(
    session: Session, actor: Actor, plan_id: int, *, form: str, today: date, number: int | None, language: Language
) -> PlanFile:
    """Return a city plan as PDF, DOCX or XLSX, and leave an entry of it. Raises NotFound, TypesettingFailed."""
    plan = read_city_plan(session, actor, plan_id, today=today, number=number)
    view = city_plan_view(plan, language, day=plan.text.saved_at.date())
    content = _data(plan.document) if form == DATA else _written(view, plan.text, form)
    return _sent(session, actor, plan.paper, plan.text, form, content)


def export_self_evaluation(
    session: Session,
    actor: Actor,
    paper_id: int,
    *,
    form: str,
    number: int | None,
    language: Language,
    store: Store | None = None,
) -> PlanFile:
    """Return a self-evaluation as PDF, DOCX, XLSX or evidence pack, and leave an entry of it.

    The pack needs the `store` its files lie in. Raises NotFound, TypesettingFailed.
    """
    found = read_self_evaluation(session, actor, paper_id, number=number)
    view = self_evaluation_view(found, language, day=found.text.saved_at.date())
    if form == EVIDENCE and store is not None:
        reports = {f"report.{each}": _written(view, found.text, each) for each in ("pdf", "docx")}
        content = pack(session, actor, found, reports, store)
    else:
        content = _data(found.document) if form == DATA else _written(view, found.text, form)
    return _sent(session, actor, found.paper, found.text, form, content)


def export_regional_programme(
    session: Session, actor: Actor, programme_id: int, *, form: str, number: int | None, language: Language
) -> PlanFile:
    """Return a regional programme as PDF, DOCX or XLSX, with an entry of it. Raises NotFound, TypesettingFailed."""
    found = read_regional_programme(session, actor, programme_id, number=number)
    view = regional_programme_view(found, language, day=found.text.saved_at.date())
    content = _data(found.document) if form == DATA else _written(view, found.text, form)
    return _sent(session, actor, found.paper, found.text, form, content)


def _data(document: CityPlanDocument | SelfEvaluationDocument | RegionalProgrammeDocument) -> bytes:
    return paper_workbook(type(document), document.model_dump(mode="json", exclude_none=True))


def _written(view: View, text: PaperText, form: str) -> bytes:
    written = text.saved_at.replace(tzinfo=None, microsecond=0)
    if form == "docx":
        return paper_docx(view, written=written)
    if form == "xlsx":
        return paper_xlsx(view, written=written)
    if form == "pdf":
        return typeset([TEMPLATE], view, {})[0]
    raise NotFound(f"没有 {form[:20]} 格式的导出", f"There is no export as {form[:20]}")


def _sent(session: Session, actor: Actor, paper: PaperSummary, text: PaperText, form: str, content: bytes) -> PlanFile:
    details = {"form": form, "revision": text.number}
    audit.record(session, actor_id=actor.user_id, action="paper.export", subject=f"paper:{paper.id}", details=details)
    ending = "xlsx" if form == DATA else form
    media_type = "application/zip" if form == EVIDENCE else MEDIA_TYPES[ending]
    mark = "_填报表" if form == DATA else ""
    return PlanFile(f"{paper.title}_r{text.number}{mark}.{ending}", media_type, content)
