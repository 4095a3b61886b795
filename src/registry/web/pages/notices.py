"""通知: what the visitor's organisation was told; for the operator, where it is carried and whether it arrived."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import RawBody
from sqlmodel import col, select

from registry.accounts.model import Organisation
from registry.accounts.permissions import require
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput
from registry.projects.notices.operations import add_webhook, mark_read, replay, switch_webhook
from registry.projects.notices.queries import count_unread, deliveries, my_notices, webhooks
from registry.web.api.assessments import Number
from registry.web.auth import signed_in
from registry.web.forms import read_form
from registry.web.pages.applications import back
from registry.web.rendering import page, visit

Anybody = Request[Any, Any, Any]
PAGE = 50
_LONGEST_ID = 9
"""Digits of an integer column."""


@get("/notices", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def notice_list(request: Anybody) -> Response[str]:
    """Show every notice to the visitor's organisation, read and unread, newest first."""
    here = visit(request)
    before, unread = _before(request), request.query_params.get("unread") == "1"
    with reading(here.engine) as session:
        rows = my_notices(session, here.actor, only_unread=unread, before=before, limit=PAGE + 1)
        n_unread = count_unread(session, here.actor)
    more = rows[PAGE - 1].id if len(rows) > PAGE else None
    return page("desk/notices.html", here, rows=rows[:PAGE], more=more, only_unread=unread, n_unread=n_unread)


@post("/notices/read", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def read_notices(request: Anybody, body: RawBody) -> Response[Any]:
    """Note that the visitor has seen the notices shown to them."""
    here, form = visit(request), read_form(body)
    shown = [int(text) for text in form.get("shown", "").split(",") if _is_id(text)]
    with writing(here.engine) as session:
        mark_read(session, here.actor, shown)
    return back("/notices" if form.get("next") == "/notices" else "/")


@get("/deliveries", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def delivery_list(request: Anybody) -> Response[str]:
    """Show webhooks and deliveries. Raises NotAllowed for everybody but the operator."""
    return _deliveries(request)


def _deliveries(
    request: Anybody, *, told: tuple[str, str] | None = None, error: InvalidInput | None = None, url: str = ""
) -> Response[str]:
    """Show the page; `told` is the address and secret of a webhook just added, shown this once."""
    here = visit(request)
    require(here.actor, "manage_deliveries")
    before, failed = _before(request), request.query_params.get("failed") == "1"
    with reading(here.engine) as session:
        rows = deliveries(session, here.actor, only_failed=failed, before=before, limit=PAGE + 1)
        hooks = webhooks(session, here.actor)
        houses = session.execute(select(Organisation.id, Organisation.name).order_by(col(Organisation.name))).all()
    data: dict[str, Any] = {"rows": rows[:PAGE], "more": rows[PAGE - 1].id if len(rows) > PAGE else None}
    data |= {"hooks": hooks, "organisations": [tuple(row) for row in houses], "only_failed": failed}
    data |= {"told": told, "findings": error.findings if error else (), "url": url}
    # A secret shown once must not be kept by the browser for whoever presses "back" later.
    headers = {"Cache-Control": "no-store"}
    return page("desk/deliveries.html", here, status=422 if error else 200, headers=headers, **data)


@post("/webhooks", sync_to_thread=True, status_code=200, include_in_schema=False, guards=[signed_in])
def new_webhook(request: Anybody, body: RawBody) -> Response[str]:
    """Add a webhook and show its secret once. Raises NotAllowed."""
    here, form = visit(request), read_form(body)
    require(here.actor, "manage_deliveries")
    house, url = form.get("organisation", ""), form.get("url", "").strip()
    try:
        if not _is_id(house):
            zh, en = "请选择机构", "Choose an organisation"
            raise InvalidInput.of([Finding("organisation", "missing", zh, en)])
        with writing(here.engine) as session:
            _, secret = add_webhook(session, here.actor, organisation_id=int(house), url=url)
    except InvalidInput as error:
        return _deliveries(request, error=error, url=url)
    return _deliveries(request, told=(url, secret))


@post("/webhooks/{number:int}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def switch(request: Anybody, number: Number, body: RawBody) -> Response[Any]:
    """Call an address no more, or again. Raises NotAllowed, NotFound."""
    here, form = visit(request), read_form(body)
    require(here.actor, "manage_deliveries")
    with writing(here.engine) as session:
        switch_webhook(session, here.actor, number, is_active=form.get("what") == "resume")
    return back("/deliveries")


@post("/deliveries/{number:int}/replay", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def send_again(request: Anybody, number: Number) -> Response[Any]:
    """Send one delivery again. Raises NotAllowed, NotFound."""
    here = visit(request)
    with writing(here.engine) as session:
        replay(session, here.actor, number)
    return back("/deliveries")


def _before(request: Anybody) -> int | None:
    text = request.query_params.get("before") or ""
    return int(text) if _is_id(text) else None


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID


handlers = [notice_list, read_notices, delivery_list, new_webhook, switch, send_again]
