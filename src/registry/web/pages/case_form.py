"""Entering the money of a project 财务测算输入: one form, and the figures it leads to beside it while one types."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, RawBody

from registry.assessments.pricing import Evaluation, evaluate
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput, StaleWrite
from registry.packages.indicators import INDICATORS, is_shown, printed
from registry.projects.case_fields import case_fields, case_records
from registry.projects.catalogue import CatalogueField
from registry.projects.differences import differences
from registry.projects.financials import FinancialCase
from registry.projects.operations import save_project
from registry.projects.queries import read_document
from registry.projects.validation import validate_dossier
from registry.web.auth import may_edit
from registry.web.case_forms import CaseForm, case_from, form_of, form_rows, with_row
from registry.web.forms import read_form, seen_revision
from registry.web.pages import views
from registry.web.rendering import Visit, page, visit

Anybody = Request[Any, Any, Any]
_CASE = "financials"


@get("/projects/{code:str}/case", sync_to_thread=True, include_in_schema=False, guards=[may_edit])
def case_form(request: Anybody, code: FromPath[str]) -> Response[str]:
    """Show the case of the latest revision."""
    here = visit(request)
    with reading(here.engine) as session:
        facts, text = read_document(session, here.actor, code)
    document = msgspec.json.decode(text)
    form = form_of(document.get(_CASE) or {})
    return _show(here, code, document, facts.number, form, case_from(form))


@post("/projects/{code:str}/case", sync_to_thread=True, include_in_schema=False, guards=[may_edit])
def save_case(request: Anybody, code: FromPath[str], body: RawBody) -> Response[Any]:
    """Save the case as a new revision; everything else of the project stays as it is.

    Where somebody else saved meanwhile, the form is shown again over the newest revision, with what differs.
    """
    here, form = visit(request), read_form(body)
    seen = seen_revision(form)
    if "add" in form:
        form = with_row(form, form["add"])
    read = case_from(form)
    with reading(here.engine) as session:
        facts, text = read_document(session, here.actor, code)
    document = msgspec.json.decode(text)
    if "add" in form:
        return _show(here, code, document, seen, form, read)
    findings = _findings(document, read)
    if findings:
        return _show(here, code, document, seen, form, read, findings=findings, status=422)
    dossier = validate_dossier(_with_case(document, read.document))
    try:
        with writing(here.engine) as session:
            reason = form.get("reason", "").strip()[:300] or "填写财务测算输入"
            outcome = save_project(session, here.actor, code, dossier, expected_revision=seen, reason=reason)
    except StaleWrite:
        both = views.changes(differences({_CASE: document.get(_CASE)}, {_CASE: read.document}))
        return _show(here, code, document, facts.number, form, read, conflict=both, status=412)
    location = f"/projects/{code}?saved={outcome.revision_number}#finance"
    return Response(None, status_code=303, headers={"Location": location}, media_type="text/plain")


@post(
    "/projects/{code:str}/case/check", sync_to_thread=True, status_code=200, include_in_schema=False, guards=[may_edit]
)
def check_case(request: Anybody, code: FromPath[str], body: RawBody) -> Response[str]:
    """Answer, while somebody types, with the figures of the case as it stands, or what keeps it from being priced."""
    here = visit(request)
    read = case_from(read_form(body))
    with reading(here.engine) as session:
        document = msgspec.json.decode(read_document(session, here.actor, code)[1])
    return page("projects/_case_figures.html", here, input_of=read.input_of, **_figures(document, read))


def _findings(document: Mapping[str, Any], read: CaseForm) -> tuple[Finding, ...]:
    """Return every flaw of the form: what could not be read, and what the dossier refuses."""
    try:
        validate_dossier(_with_case(document, read.document))
    except InvalidInput as error:
        return (*read.flaws, *error.findings)
    return read.flaws


def _with_case(document: Mapping[str, Any], case: Mapping[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in document.items() if name != _CASE}
    return {**rest, _CASE: dict(case)} if case else rest


def _figures(document: Mapping[str, Any], read: CaseForm) -> dict[str, Any]:
    findings = _findings(document, read)
    if findings or not read.document:
        return {"figures": [], "findings": findings, "is_empty": not read.document}
    found: Evaluation = evaluate(validate_dossier(_with_case(document, read.document)))
    values = (found.result or {}).get("indicators", {})
    shown = [
        (each.zh, each.en, printed(each, values[each.key]))
        for each in INDICATORS
        if each.is_headline and is_shown(each, values)
    ]
    return {"figures": shown, "findings": found.findings, "is_empty": False}


def _show(
    here: Visit,
    code: str,
    document: Mapping[str, Any],
    seen: int,
    form: Mapping[str, str],
    read: CaseForm,
    *,
    findings: tuple[Finding, ...] = (),
    conflict: list[views.ChangeView] | None = None,
    status: int = 200,
) -> Response[str]:
    return page(
        "projects/case.html",
        here,
        status=status,
        code=code,
        name=document.get("name"),
        seen=seen,
        form=form,
        groups=list(_groups()),
        collections=[(name, (each.zh, each.en), tuple(each.fields.values())) for name, each in case_records().items()],
        rows=form_rows(form),
        input_of=read.input_of,
        beside=read.by_input(findings),
        flaws=findings,
        conflict=conflict,
        live=_figures(document, read),
    )


def _groups() -> Iterator[tuple[str, tuple[str, str], list[CatalogueField]]]:
    """Yield the single values of a case by the part they belong to, those of the case itself first."""
    parts: dict[str, list[CatalogueField]] = {"": []}
    for path, described in case_fields().items():
        parts.setdefault(path.partition(".")[0] if "." in path else "", []).append(described)
    for key, fields in parts.items():
        title = str(FinancialCase.model_fields[key].title or key) if key else "基准与取值"
        yield key or "basis", (title, key.replace("_", " ").capitalize() or "Benchmarks"), fields


handlers = [case_form, save_case, check_case]
