"""自动保存: what stands in the form, kept by itself for the person who types it and nobody else."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, QueryParameter, RawBody
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.audit import parsed_json
from registry.database import reading, writing
from registry.errors import InvalidInput, NotAllowed
from registry.projects.autosave.operations import (
    CASE_FORM,
    NEW,
    DraftElsewhere,
    autosave,
    drop_draft_of_form,
    find_draft,
)
from registry.projects.case_fields import SECTION as CASE
from registry.projects.operations import document_text
from registry.projects.queries import read_document
from registry.projects.validation import validate_dossier
from registry.web.auth import CSRF_FIELD, CSRF_HEADER, may_edit
from registry.web.case_forms import case_from
from registry.web.forms import document_from, read_form, seen_revision
from registry.web.rendering import page, visit

Anybody = Request[Any, Any, Any]
LONGEST_FORM_ID = 40
_NOT_TYPED = frozenset({CSRF_FIELD, "seen_revision", "form_id", "drafted_by", "add", "comment", "settle", "draft"})


@post("/projects/{code:str}/draft", sync_to_thread=True, status_code=200, include_in_schema=False, guards=[may_edit])
def keep(request: Anybody, code: FromPath[str], body: RawBody) -> Response[str]:
    """Keep the form as a draft and say when; `code` is `new` for a project not entered yet.

    Answers 409 when another form of the same person holds the draft. Raises NotFound, NotAllowed, InvalidInput.
    """
    address = "/projects/new" if code == NEW else f"/projects/{code}/edit"
    return _answered(request, code, body, address)


@post(
    "/projects/{code:str}/case/draft", sync_to_thread=True, status_code=200, include_in_schema=False, guards=[may_edit]
)
def keep_case(request: Anybody, code: FromPath[str], body: RawBody) -> Response[str]:
    """Keep the form of a financial case as a draft of its own, and say when; as `keep`."""
    return _answered(request, code + CASE_FORM, body, f"/projects/{code}/case")


def _answered(request: Anybody, code: str, body: bytes, address: str) -> Response[str]:
    here, form = visit(request), read_form(body)
    _require_same_person(here.actor, form.get("drafted_by", ""))
    try:
        with writing(here.engine) as session:
            saved_at = _kept(session, here.actor, code, form)
    except DraftElsewhere as refused:
        return page("projects/_save_state.html", here, status=409, saved_at=None, refused=refused, form_address=address)
    return page("projects/_save_state.html", here, saved_at=saved_at, refused=None)


@get("/projects/{code:str}/draft", sync_to_thread=True, include_in_schema=False, guards=[may_edit])
def form_token(
    request: Anybody, code: FromPath[str], by: Annotated[str, QueryParameter(max_length=20)]
) -> Response[Any]:
    """Give a form that was opened before its author signed in again the token of the new session.

    Raises NotAllowed when somebody else signed in: what one person typed must not be kept or saved as another's.
    """
    return _token(request, code, by)


@get("/projects/{code:str}/case/draft", sync_to_thread=True, include_in_schema=False, guards=[may_edit])
def case_form_token(
    request: Anybody, code: FromPath[str], by: Annotated[str, QueryParameter(max_length=20)]
) -> Response[Any]:
    """Give the form of a financial case the token of a new session; as `form_token`."""
    return _token(request, code + CASE_FORM, by)


def _token(request: Anybody, code: str, by: str) -> Response[Any]:
    here = visit(request)
    _require_same_person(here.actor, by)
    with reading(here.engine) as session:
        find_draft(session, here.actor, code)
    return Response(None, status_code=204, headers={CSRF_HEADER: here.form_token}, media_type="text/plain")


def _require_same_person(actor: Actor, drafted_by: str) -> None:
    if drafted_by and drafted_by != str(actor.user_id):
        raise NotAllowed("此表单由另一用户打开，请重新打开", "Another user opened this form; open it again")


def is_restoring(request: Anybody) -> bool:
    """Say whether the visitor asks for the draft instead of what is saved."""
    return request.query_params.get("draft") == "restore"


def form_id_of(form: Mapping[str, str]) -> str | None:
    """Return which open form this is, None for one that does not say."""
    return form.get("form_id", "")[:LONGEST_FORM_ID] or None


def _kept(session: Session, actor: Actor, code: str, form: Mapping[str, str]) -> datetime | None:
    """Keep the form and return when; None, and no draft is left, when it says nothing beyond what is saved already."""
    saved = None if code == NEW else read_document(session, actor, code.removesuffix(CASE_FORM))[1]
    base = None if code == NEW else seen_revision(form)
    typed = {name: text for name, text in form.items() if name not in _NOT_TYPED}
    says_nothing = _says_nothing_of_case if code.endswith(CASE_FORM) else _says_nothing_new
    if says_nothing(typed, saved):
        drop_draft_of_form(session, actor, code, form_id_of(form))
        return None
    return autosave(session, actor, code, typed, base_revision=base, form_id=form_id_of(form))


def _says_nothing_new(typed: Mapping[str, str], saved: str | None) -> bool:
    if _says_why(typed):
        return False
    document = document_from(typed, {} if saved is None else parsed_json(saved)).document
    if saved is None:
        return not document
    try:
        return document_text(validate_dossier(document)) == saved
    except InvalidInput:
        return False


def _says_nothing_of_case(typed: Mapping[str, str], saved: str | None) -> bool:
    read = case_from(typed)
    if _says_why(typed) or read.flaws:
        return False
    document = parsed_json(saved or "{}")
    rest = {name: value for name, value in document.items() if name != CASE}
    try:
        return document_text(validate_dossier({**rest, **({CASE: read.document} if read.document else {})})) == saved
    except InvalidInput:
        return False


def _says_why(typed: Mapping[str, str]) -> bool:
    return any(text.strip() for name, text in typed.items() if name == "reason" or _is_remark(name))


def _is_remark(name: str) -> bool:
    return name.startswith("remark-") and name.endswith("-text")


handlers = [keep, form_token, keep_case, case_form_token]
