"""Entering the money of a project 财务测算输入: one form, and the figures it leads to beside it while one types."""

import secrets
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, RawBody

from registry.assessments.pricing import Evaluation, evaluate
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput, StaleWrite
from registry.packages.indicators import INDICATORS, is_shown, printed
from registry.projects.autosave.operations import CASE_FORM, drop_draft, drop_draft_of_form, find_draft
from registry.projects.case_fields import case_fields, case_records
from registry.projects.catalogue import CatalogueField
from registry.projects.comments.operations import settle_comment
from registry.projects.differences import differences
from registry.projects.financials import FinancialCase
from registry.projects.lifecycle.remarks import open_remarks
from registry.projects.operations import save_project
from registry.projects.queries import read_document
from registry.projects.validation import validate_dossier
from registry.web.auth import may_edit
from registry.web.case_forms import CaseForm, case_from, form_of, form_rows, with_row
from registry.web.forms import number_of, read_form, seen_revision
from registry.web.pages import views
from registry.web.pages.comments import of_parts, remarks_on, write_beside
from registry.web.pages.drafts import form_id_of, is_restoring
from registry.web.rendering import Visit, page, visit

Anybody = Request[Any, Any, Any]
_CASE = "financials"


@get("/projects/{code:str}/case", sync_to_thread=True, include_in_schema=False, guards=[may_edit])
def case_form(request: Anybody, code: FromPath[str]) -> Response[str]:
    """Show the case of the latest revision, or the visitor's own draft of it."""
    here = visit(request)
    with reading(here.engine) as session:
        facts, text = read_document(session, here.actor, code)
        draft = find_draft(session, here.actor, code + CASE_FORM) if is_restoring(request) else None
    document = msgspec.json.decode(text)
    if draft is None:
        form, seen = form_of(document.get(_CASE) or {}), facts.number
    else:
        form, seen = {**draft.document, "form_id": draft.form_id or ""}, draft.base_revision or facts.number
    return _show(here, code, document, seen, form, case_from(form))


@post("/projects/{code:str}/case", sync_to_thread=True, include_in_schema=False, guards=[may_edit])
def save_case(request: Anybody, code: FromPath[str], body: RawBody) -> Response[Any]:
    """Save the case as a new revision; everything else of the project stays as it is.

    Where somebody else saved meanwhile, the form is shown again over the newest revision, with what differs.
    """
    here, form = visit(request), read_form(body)
    seen = seen_revision(form)
    with reading(here.engine) as session:
        document = msgspec.json.decode(read_document(session, here.actor, code)[1])
    try:
        beside = _beside_saving(here, code, form)
    except InvalidInput as error:
        return _show(here, code, document, seen, form, case_from(form), findings=error.findings, status=422)
    if beside is not None:
        return _show(here, code, document, seen, beside, case_from(beside))
    read = case_from(form)
    findings = _findings(document, read)
    if findings:
        return _show(here, code, document, seen, form, read, findings=findings, status=422)
    return _saved(here, code, document, seen, form, read)


def _saved(
    here: Visit, code: str, document: Mapping[str, Any], seen: int, form: Mapping[str, str], read: CaseForm
) -> Response[Any]:
    dossier = validate_dossier(_with_case(document, read.document))
    try:
        with writing(here.engine) as session:
            reason = form.get("reason", "").strip()[:300] or "填写财务测算输入"
            outcome = save_project(session, here.actor, code, dossier, expected_revision=seen, reason=reason)
            drop_draft_of_form(session, here.actor, code + CASE_FORM, form_id_of(form))
    except StaleWrite:
        with reading(here.engine) as session:
            facts, text = read_document(session, here.actor, code)
        document = msgspec.json.decode(text)
        both = views.changes(differences({_CASE: document.get(_CASE)}, {_CASE: read.document}))
        return _show(here, code, document, facts.number, form, read, conflict=both, status=412)
    location = f"/projects/{code}?saved={outcome.revision_number}#finance"
    return Response(None, status_code=303, headers={"Location": location}, media_type="text/plain")


def _beside_saving(here: Visit, code: str, form: Mapping[str, str]) -> dict[str, str] | None:
    """Do what a button other than the one that saves asks for, and return the form to show again; None for saving.

    Raises InvalidInput for a remark that cannot be taken, NotFound and NotAllowed for one that may not be settled.
    """
    if "add" in form:
        return with_row(form, form["add"])
    with writing(here.engine) as session:
        if form.get("draft") == "discard":
            drop_draft(session, here.actor, code + CASE_FORM)
        elif "comment" in form:
            return write_beside(session, here.actor, code, form["comment"], form, section=_CASE)
        elif "settle" in form:
            settle_comment(session, here.actor, code, number_of(form["settle"]))
        else:
            return None
    return dict(form)


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
    form_id = form_id_of(form) or secrets.token_hex(12)
    with reading(here.engine) as session:
        draft = find_draft(session, here.actor, code + CASE_FORM)
        remarks, asked = remarks_on(session, here.actor, code), open_remarks(session, here.actor, code)
    return page(
        "projects/case.html",
        here,
        status=status,
        code=code,
        document=document,
        form_id=form_id,
        draft=draft if draft is not None and draft.form_id != form_id else None,
        own_draft=draft if draft is not None and draft.form_id == form_id else None,
        remarks=None if remarks is None else of_parts(remarks),
        asked=asked,
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
