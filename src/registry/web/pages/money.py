"""The finance panel of the project page and its charts: read off the newest assessment, nothing calculated here."""

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import may
from registry.assessments.model import Assessment
from registry.assessments.queries import find_assessment
from registry.audit import parsed_json
from registry.database import reading
from registry.errors import NotFound
from registry.packages.charts import charts_of
from registry.packages.drawing import draw
from registry.packages.indicators import INDICATORS, is_shown, printed
from registry.packages.operations import evaluation_kept
from registry.projects.queries import RevisionFacts
from registry.web.auth import signed_in
from registry.web.pages.panels import PROJECT_PANELS, Panel
from registry.web.rendering import visit

CHARTS = {"cash-flow.svg": "cash_flow", "debt-service.svg": "debt_service"}
"""Address to the chart of the package: page and PDF show the same picture."""


def finance_panel(
    session: Session, actor: Actor, facts: RevisionFacts, document: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Return what the panel shows; None for those who only see what was released for display."""
    if not may(actor, "screen_projects"):
        return None
    assessment = _newest(session, actor, facts.code)
    if assessment is None:
        return {"code": facts.code, "has_case": document.get("financials") is not None, "assessment": None}
    kept = parsed_json(assessment.document)
    money = kept["finance"]
    found = (money["result"] or {}).get("indicators", {})
    return {
        "code": facts.code,
        "has_case": document.get("financials") is not None,
        "assessment": {
            "governing_date": assessment.governing_date,
            "revision": assessment.revision_number,
            "is_current": assessment.revision_number == facts.number,
        },
        "indicators": [
            {"zh": each.zh, "en": each.en, "value": printed(each, found[each.key])}
            for each in INDICATORS
            if each.is_headline and is_shown(each, found)
        ],
        "findings": [*money["findings"], *(money["result"] or {}).get("findings", ())],
        # A bank has them, with more of their kind and their tables, on its desk.
        "charts": list(CHARTS) if money["result"] and actor.group != "bank" else [],
        "rights": kept.get("rights"),
    }


def _newest(session: Session, actor: Actor, code: str) -> Assessment | None:
    try:
        return find_assessment(session, actor, code)
    except NotFound:
        return None


@get("/projects/{code:str}/charts/{name:str}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def chart(request: Request[Any, Any, Any], code: FromPath[str], name: FromPath[str]) -> Response[str]:
    """Draw one chart of the newest assessment. Raises NotFound."""
    here = visit(request)
    with reading(here.engine) as session:
        evaluation = evaluation_kept(find_assessment(session, here.actor, code))
    spec = charts_of(evaluation).get(CHARTS.get(name, "")) if evaluation else None
    if spec is None:
        raise NotFound(f"项目 {code} 没有这张图", f"Project {code} has no such chart")
    return Response(draw(spec), media_type="image/svg+xml", headers={"Cache-Control": "private, max-age=60"})


PROJECT_PANELS.append(Panel("projects/_finance.html", finance_panel))
handlers = [chart]
