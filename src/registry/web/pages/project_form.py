"""Entering and changing a project: form, live check, conflict with another's save, drafts and remarks beside it."""

import secrets
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, RawBody
from sqlmodel import Session

from registry.assessments.missing import what_form_lacks
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput, StaleWrite
from registry.projects.autosave.operations import NEW, drop_draft, drop_draft_of_form, find_draft
from registry.projects.catalogue import line_fields
from registry.projects.comments.operations import settle_comment
from registry.projects.differences import differences
from registry.projects.duplicates.findings import similar_findings
from registry.projects.duplicates.queries import find_candidates_of
from registry.projects.lifecycle.freeze import FrozenDossier
from registry.projects.lifecycle.remarks import Return, open_remarks
from registry.projects.model import SECTIONS, Dossier
from registry.projects.operations import create_project, document_text, save_project
from registry.projects.queries import read_document
from registry.projects.validation import validate_dossier
from registry.web.auth import may_edit
from registry.web.bodies import as_of_or_today
from registry.web.forms import (
    FormDocument,
    agrees_to_reopen,
    document_from,
    form_from,
    number_of,
    read_form,
    seen_revision,
)
from registry.web.pages import views
from registry.web.pages.comments import remarks_on, write_beside
from registry.web.pages.drafts import form_id_of, is_restoring
from registry.web.pages.missing import missing_view, next_step
from registry.web.rendering import Visit, page, visit
from registry.web.sound import sound_part

Anybody = Request[Any, Any, Any]
_NEW: dict[str, Any] = {}


@get("/projects/new", sync_to_thread=True, include_in_schema=False, guards=[may_edit])
def new_form(request: Anybody) -> Response[str]:
    """Show the empty form, or the draft of a project not entered yet."""
    here = visit(request)
    form = _restored(here, NEW)[0] if is_restoring(request) else {}
    return _show(here, code=None, seen=0, form=form, read=document_from(form, _NEW))


@post("/projects/new", sync_to_thread=True, include_in_schema=False, guards=[may_edit])
def save_new(request: Anybody, body: RawBody) -> Response[Any]:
    """Create a project from the form."""
    here = visit(request)
    form = read_form(body)
    read = document_from(form, _NEW)
    beside = _beside_saving(here, NEW, form)
    if beside is not None:
        return _show(here, code=None, seen=0, form=beside, read=read)
    try:
        dossier = validate_dossier(read.document)
    except InvalidInput as error:
        return _show(here, code=None, seen=0, form=form, read=read, error=error)
    with writing(here.engine) as session:
        outcome = create_project(session, here.actor, dossier, reason=_reason(form, "录入"))
        drop_draft_of_form(session, here.actor, NEW, form_id_of(form))
    return _to_project(outcome.code, outcome.revision_number)


@get("/projects/{code:str}/edit", sync_to_thread=True, include_in_schema=False, guards=[may_edit])
def edit_form(request: Anybody, code: FromPath[str]) -> Response[str]:
    """Show the form with the latest revision, or with the visitor's own draft."""
    here = visit(request)
    with reading(here.engine) as session:
        facts, text = read_document(session, here.actor, code)
    document = msgspec.json.decode(text)
    if not is_restoring(request):
        return _show(here, code=code, seen=facts.number, form=form_from(document), read=FormDocument(document))
    form, seen = _restored(here, code)
    with reading(here.engine) as session:
        base = msgspec.json.decode(read_document(session, here.actor, code, number=seen or facts.number)[1])
    return _show(here, code=code, seen=seen or facts.number, form=form, read=document_from(form, base))


@post("/projects/{code:str}/edit", sync_to_thread=True, include_in_schema=False, guards=[may_edit])
def save_edited(request: Anybody, code: FromPath[str], body: RawBody) -> Response[Any]:
    """Save the form as a new revision, or show what somebody else changed meanwhile."""
    here = visit(request)
    form = read_form(body)
    seen = seen_revision(form)
    with reading(here.engine) as session:
        base = msgspec.json.decode(read_document(session, here.actor, code, number=seen)[1])
    read = document_from(form, base)
    try:
        beside = _beside_saving(here, code, form)
        if beside is not None:
            return _show(here, code=code, seen=seen, form=beside, read=read)
        dossier = validate_dossier(read.document)
    except InvalidInput as error:
        return _show(here, code=code, seen=seen, form=form, read=read, error=error)
    try:
        with writing(here.engine) as session:
            reason = _reason(form, "修改")
            outcome = save_project(
                session,
                here.actor,
                code,
                dossier,
                expected_revision=seen,
                reason=reason,
                reopens_entry=agrees_to_reopen(form),
            )
            drop_draft_of_form(session, here.actor, code, form_id_of(form))
        return _to_project(code, outcome.revision_number)
    except FrozenDossier as error:
        return _show(here, code=code, seen=seen, form=form, read=read, error=error)
    except StaleWrite:
        # Whoever was faster, what this person typed is shown again over the newest revision.
        with reading(here.engine) as session:
            facts, text = read_document(session, here.actor, code)
    mine = msgspec.json.decode(document_text(dossier))
    return _conflict(here, code, facts.number, form, base=base, mine=mine, theirs=msgspec.json.decode(text))


@post("/projects/check", sync_to_thread=True, status_code=200, include_in_schema=False, guards=[may_edit])
def check(request: Anybody, body: RawBody) -> Response[str]:
    """Answer, while somebody types, what is still missing, what cannot be taken, and what the project is like."""
    here = visit(request)
    form = read_form(body)
    code = form.get("project_code") or None
    with reading(here.engine) as session:
        base = _NEW if code is None else msgspec.json.decode(read_document(session, here.actor, code)[1])
        read = document_from(form, base)
        data = _lacks(session, here, code, read) | {"similar": _similar(session, here, code, read)}
        return page("projects/_check.html", here, is_live=True, input_of=read.input_of, **data)


def _similar(session: Session, here: Visit, code: str | None, read: FormDocument) -> list[Finding]:
    """Return warnings of projects the visitor may see that are like what stands in the form."""
    dossier, _ = sound_part(read.document)
    return similar_findings(find_candidates_of(session, here.actor, dossier, besides=code))


def _lacks(session: Session, here: Visit, code: str | None, read: FormDocument) -> dict[str, Any]:
    """Return what the rail shows: parts of the form in order, the next step with what it lacks, and what is wrong."""
    dossier, findings = sound_part(read.document)
    wrong = {finding.path.partition("[")[0] for finding in findings}
    found = what_form_lacks(session, here.actor, code, dossier, as_of=as_of_or_today(None))
    step = next_step(missing_view(found, read.document, wrong=wrong))
    parts = [(key, (zh, en)) for key, (zh, en, _) in SECTIONS.items()] + list(views.LINE_TITLES.items())
    return {"parts": parts, "step": step, "findings": findings}


def _restored(here: Visit, code: str) -> tuple[dict[str, str], int | None]:
    """Return the visitor's draft as a form, and the revision it was begun on; empty where there is none any more."""
    with reading(here.engine) as session:
        draft = find_draft(session, here.actor, code)
    if draft is None:
        return {}, None
    return {**draft.document, "form_id": draft.form_id or ""}, draft.base_revision


def _beside_saving(here: Visit, code: str, form: Mapping[str, str]) -> dict[str, str] | None:
    """Do what a button other than the one that saves asks for, and return the form to show again; None for saving.

    Raises InvalidInput for a remark that cannot be taken, NotFound and NotAllowed for one that may not be settled.
    """
    if "add" in form:
        return _with_row(form, form["add"])
    if form.get("draft") == "discard":
        with writing(here.engine) as session:
            drop_draft(session, here.actor, code)
        return dict(form)
    if "comment" in form and code != NEW:
        return _remarked(here, code, form["comment"], form)
    if "settle" in form and code != NEW:
        with writing(here.engine) as session:
            settle_comment(session, here.actor, code, number_of(form["settle"]))
        return dict(form)
    return None


def _remarked(here: Visit, code: str, section: str, form: Mapping[str, str]) -> dict[str, str]:
    with writing(here.engine) as session:
        return write_beside(session, here.actor, code, section, form)


def _conflict(
    here: Visit,
    code: str,
    current: int,
    form: Mapping[str, str],
    *,
    base: Mapping[str, Any],
    mine: Mapping[str, Any],
    theirs: Mapping[str, Any],
) -> Response[str]:
    """Show the form over the newest revision: what this person changed stays, everything else is the newest."""
    merged = {**theirs}
    for name in {*base, *mine}:
        if mine.get(name) != base.get(name):
            merged[name] = mine.get(name)
    kept = {name: value for name, value in merged.items() if value is not None}
    both = views.changes(differences(theirs, mine))
    read = FormDocument(kept)
    shown = form_from(kept) | {name: form[name] for name in ("form_id", "reason") if name in form}
    return _show(here, code=code, seen=current, form=shown, read=read, conflict=both, status=412)


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
    form_id = form_id_of(form) or secrets.token_hex(12)
    with reading(here.engine) as session:
        draft = find_draft(session, here.actor, code or NEW)
        lacks = _lacks(session, here, code, read)
        remarks = None if code is None else remarks_on(session, here.actor, code)
    return page(
        "projects/form.html",
        here,
        status=422 if error else status,
        code=code,
        seen=seen,
        form=form,
        form_id=form_id,
        draft=draft if draft is not None and draft.form_id != form_id else None,
        own_draft=draft if draft is not None and draft.form_id == form_id else None,
        rows=rows,
        sections=views.sections(),
        collections=[(name, views.LINE_TITLES[name], tuple(line_fields(name).values())) for name in Dossier.LINES],
        parts=lacks["parts"],
        step=lacks["step"],
        remarks=remarks,
        document=read.document,
        findings=findings,
        beside=read.by_input(findings),
        input_of=read.input_of,
        conflict=conflict,
        asked=_asked_for(here, code),
    )


def _asked_for(here: Visit, code: str | None) -> dict[str, list[Return]]:
    """Return what open returns ask for, beside the part of the form concerned."""
    if code is None:
        return {}
    with reading(here.engine) as session:
        return open_remarks(session, here.actor, code)


def _to_project(code: str, number: int) -> Response[Any]:
    location = f"/projects/{code}?saved={number}"
    return Response(None, status_code=303, headers={"Location": location}, media_type="text/plain")


handlers = [new_form, save_new, edit_form, save_edited, check]
