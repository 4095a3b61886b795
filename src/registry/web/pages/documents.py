"""项目资料 on the project page: upload, attach to the checklist, download, withdraw."""

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath, RawBody
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import may, require
from registry.database import writing
from registry.errors import Finding, InvalidInput
from registry.projects.documents.operations import (
    attach_to_checklist,
    download_document,
    upload_document,
    withdraw_document,
)
from registry.projects.documents.store import open_store
from registry.projects.fields.documents import CHECKLIST
from registry.projects.queries import RevisionFacts
from registry.web.api.assessments import Number
from registry.web.api.documents import attachment, documents_of
from registry.web.auth import signed_in
from registry.web.forms import read_form
from registry.web.pages.panels import PROJECT_PANELS, Panel
from registry.web.rendering import visit
from registry.web.uploads import LARGEST_UPLOAD, uploaded_file

Anybody = Request[Any, Any, Any]


def document_panel(
    session: Session, actor: Actor, facts: RevisionFacts, document: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Return what the panel shows; None for groups that read no documents."""
    if not may(actor, "read_documents"):
        return None
    found = documents_of(session, actor, facts.code)
    if not found and not may(actor, "upload_documents"):
        return None
    named = {line.get("sha256"): line["checklist_code"] for line in document.get("documents", ()) if line.get("sha256")}
    return {"code": facts.code, "number": facts.number, "documents": found, "named": named, "checklist": CHECKLIST}


@post(
    "/projects/{code:str}/documents",
    status_code=303,
    include_in_schema=False,
    guards=[signed_in],
    request_max_body_size=LARGEST_UPLOAD,
)
async def upload(request: Anybody, code: FromPath[str]) -> Response[Any]:
    """Upload a document and, where an item of the checklist was chosen, attach it. Raises what these raise."""
    here = visit(request)
    require(here.actor, "upload_documents")
    name, content = await uploaded_file(request)
    form = await request.form()
    asked = {"checklist_code": str(form.get("checklist_code") or ""), "revision": str(form.get("revision") or "")}

    def act() -> None:
        kept = upload_document(
            here.engine,
            here.actor,
            code,
            content=content,
            file_name=name,
            checklist_code=None,
            store=open_store(here.settings),
        )
        if asked["checklist_code"]:
            with writing(here.engine) as session:
                _attach(session, here.actor, code, kept.id or 0, asked)

    await sync_to_thread(act)
    return _back(code)


def _attach(session: Session, actor: Actor, code: str, number: int, form: Mapping[str, str]) -> None:
    revision = form.get("revision", "")
    if not revision.isdecimal() or len(revision) > 9:  # noqa: PLR2004 - an integer column
        zh, en = "表单不完整，请刷新页面后重试", "The form is incomplete; reload the page and try again"
        raise InvalidInput.of([Finding("revision", "invalid-form", zh, en)])
    wanted = form.get("checklist_code", "")
    attach_to_checklist(session, actor, code, number, checklist_code=wanted, expected_revision=int(revision))


@post("/projects/{code:str}/documents/{number:int}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def change(request: Anybody, code: FromPath[str], number: Number, body: RawBody) -> Response[Any]:
    """Attach a document to an item of the checklist, or withdraw it. Raises NotFound, NotAllowed, StaleWrite."""
    here, form = visit(request), read_form(body)
    require(here.actor, "upload_documents")
    with writing(here.engine) as session:
        if form.get("take") == "withdraw":
            withdraw_document(session, here.actor, code, number)
        else:
            _attach(session, here.actor, code, number, form)
    return _back(code)


@get("/projects/{code:str}/documents/{number:int}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def download(request: Anybody, code: FromPath[str], number: Number) -> Response[bytes]:
    """Download a document; the reading is in the audit log. Raises NotFound, NotAllowed."""
    here = visit(request)
    with writing(here.engine) as session:
        return attachment(download_document(session, here.actor, code, number, store=open_store(here.settings)))


def _back(code: str) -> Response[Any]:
    headers = {"Location": f"/projects/{code}#papers"}
    return Response(None, status_code=303, headers=headers, media_type="text/plain")


PROJECT_PANELS.append(Panel("desk/_documents.html", document_panel))
handlers = [upload, change, download]
