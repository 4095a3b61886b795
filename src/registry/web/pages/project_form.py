"""Entering and changing a project: form, live check, conflict with another's save."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, RawBody

from registry.accounts.permissions import require
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput, NotFound
from registry.projects.catalogue import line_fields
from registry.projects.differences import differences
from registry.projects.duplicates.findings import similar_findings
from registry.projects.duplicates.queries import find_candidates_of
from registry.projects.model import Dossier
from registry.projects.operations import create_project, document_text, save_project
from registry.projects.queries import read_document
from registry.projects.validation import validate_dossier
from registry.web.auth import identity_of, signed_in
from registry.web.forms import FormDocument, document_from, form_from, read_form
from registry.web.pages import views
from registry.web.rendering import Visit, page, visit

Anybody = Request[Any, Any, Any]
_NEW: dict[str, Any] = {}


async def may_edit(connection: Any, handler: Any) -> None:
    """Guard: somebody signed in whose group may edit projects."""
    await signed_in(connection, handler)
    require(identity_of(connection).actor, "edit_projects")


@get("/projects/new", sync_to_thread=True, include_in_schema=False, guards=[may_edit])
def new_form(request: Anybody) -> Response[str]:
    """Show the empty form."""
    return _show(visit(request), code=None, seen=0, form={}, read=FormDocument({}))


@post("/projects/new", sync_to_thread=True, include_in_schema=False, guards=[may_edit])
def save_new(request: Anybody, body: RawBody) -> Response[Any]:
    """Create a project from the form."""
    here = visit(request)
    form = read_form(body)
    read = document_from(form, _NEW)
    if "add" in form:
        return _show(here, code=None, seen=0, form=_with_row(form, form["add"]), read=read)
    try:
        dossier = validate_dossier(read.document)
    except InvalidInput as error:
        return _show(here, code=None, seen=0, form=form, read=read, error=error)
    with writing(here.engine) as session:
        outcome = create_project(session, here.actor, dossier, reason=_reason(form, "录入"))
    return _to_project(outcome.code, outcome.revision_number)


@get("/projects/{code:str}/edit", sync_to_thread=True, include_in_schema=False, guards=[may_edit])
def edit_form(request: Anybody, code: FromPath[str]) -> Response[str]:
    """Show the form with the latest revision."""
    here = visit(request)
    with reading(here.engine) as session:
        facts, text = read_document(session, here.actor, code)
    document = msgspec.json.decode(text)
    return _show(here, code=code, seen=facts.number, form=form_from(document), read=FormDocument(document))


@post("/projects/{code:str}/edit", sync_to_thread=True, include_in_schema=False, guards=[may_edit])
def save_edited(request: Anybody, code: FromPath[str], body: RawBody) -> Response[Any]:
    """Save the form as a new revision, or show what somebody else changed meanwhile."""
    here = visit(request)
    form = read_form(body)
    seen = _seen(form)
    with reading(here.engine) as session:
        base = msgspec.json.decode(read_document(session, here.actor, code, number=seen)[1])
    read = document_from(form, base)
    if "add" in form:
        return _show(here, code=code, seen=seen, form=_with_row(form, form["add"]), read=read)
    try:
        dossier = validate_dossier(read.document)
    except InvalidInput as error:
        return _show(here, code=code, seen=seen, form=form, read=read, error=error)
    with writing(here.engine) as session:
        facts, text = read_document(session, here.actor, code)
        if facts.number == seen:
            reason = _reason(form, "修改")
            outcome = save_project(session, here.actor, code, dossier, expected_revision=seen, reason=reason)
            return _to_project(code, outcome.revision_number)
    mine = msgspec.json.decode(document_text(dossier))
    return _conflict(here, code, facts.number, base=base, mine=mine, theirs=msgspec.json.decode(text))


@post("/projects/check", sync_to_thread=True, status_code=200, include_in_schema=False, guards=[may_edit])
def check(request: Anybody, body: RawBody) -> Response[str]:
    """Answer, while somebody types, what is still missing, what cannot be taken, and what the project is like."""
    here = visit(request)
    form = read_form(body)
    read = document_from(form, _NEW)
    findings: tuple[Any, ...] = ()
    similar: list[Finding] = []
    try:
        dossier = validate_dossier(read.document)
        with reading(here.engine) as session:
            besides = form.get("edited_code") or None
            similar = similar_findings(find_candidates_of(session, here.actor, dossier, besides=besides))
    except InvalidInput as error:
        findings = error.findings
    data: dict[str, Any] = {"sections": views.sections(read.document), "findings": findings, "similar": similar}
    return page("projects/_check.html", here, input_of=read.input_of, **data)


def _conflict(
    here: Visit, code: str, current: int, *, base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]
) -> Response[str]:
    """Show the form over the newest revision: what this person changed stays, everything else is the newest."""
    merged = {**theirs}
    for name in {*base, *mine}:
        if mine.get(name) != base.get(name):
            merged[name] = mine.get(name)
    kept = {name: value for name, value in merged.items() if value is not None}
    both = views.changes(differences(theirs, mine))
    read = FormDocument(kept)
    return _show(here, code=code, seen=current, form=form_from(kept), read=read, conflict=both, status=412)


def _seen(form: Mapping[str, str]) -> int:
    seen = form.get("seen_revision", "")
    if not seen.isascii() or not seen.isdigit() or len(seen) > 9:  # noqa: PLR2004 - digits of a 32-bit number
        raise NotFound("表单缺少版次，请重新打开编辑页", "The form does not say which revision it shows; open it again")
    return int(seen)


def _reason(form: Mapping[str, str], default: str) -> str:
    return form.get("reason", "").strip()[:300] or default


def _with_row(form: Mapping[str, str], collection: str) -> dict[str, str]:
    """Return the form with one more empty row in a list."""
    if collection not in Dossier.LINES:
        return dict(form)
    numbers = [int(name.split("-")[1]) for name in form if name.startswith(f"{collection}-")]
    row = max(numbers, default=-1) + 1
    return {**form, **{f"{collection}-{row}-{name}": "" for name in line_fields(collection)}}


def _show(
    here: Visit,
    *,
    code: str | None,
    seen: int,
    form: Mapping[str, str],
    read: FormDocument,
    error: InvalidInput | None = None,
    conflict: list[views.ChangeView] | None = None,
    status: int = 200,
) -> Response[str]:
    rows: dict[str, list[int]] = {name: [] for name in Dossier.LINES}
    for name in form:
        collection, _, rest = name.partition("-")
        number = rest.partition("-")[0]
        if collection in rows and number.isdigit() and int(number) not in rows[collection]:
            rows[collection].append(int(number))
    findings = error.findings if error else ()
    return page(
        "projects/form.html",
        here,
        status=422 if error else status,
        code=code,
        seen=seen,
        form=form,
        rows=rows,
        sections=views.sections(read.document),
        collections=[(name, views.LINE_TITLES[name], tuple(line_fields(name).values())) for name in Dossier.LINES],
        findings=findings,
        beside=read.by_input(findings),
        input_of=read.input_of,
        conflict=conflict,
    )


def _to_project(code: str, number: int) -> Response[Any]:
    location = f"/projects/{code}?saved={number}"
    return Response(None, status_code=303, headers={"Location": location}, media_type="text/plain")


handlers = [new_form, save_new, edit_form, save_edited, check]
