"""The audit log 操作日志, for the ministry: who did what to which project, and the hash by which to check it later."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.exceptions import ClientException
from sqlmodel import select

from registry.accounts.model import UserAccount
from registry.accounts.permissions import require
from registry.audit import EntryFilter, head_hash, known_actions, list_entries
from registry.database import reading
from registry.web.auth import signed_in
from registry.web.rendering import page, visit

PAGE = 50
NOBODY = -1
"""No account has this id: the filter for a login that does not exist finds nothing."""
_MOST_DIGITS = 18


@get("/audit", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def audit_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Show one page of the log, newest first, narrowed to a project, a person or an action. Raises NotAllowed."""
    here = visit(request)
    require(here.actor, "read_audit")
    asked = {name: (request.query_params.get(name) or "").strip()[:100] for name in ("project", "person", "action")}
    before = entry_id(request.query_params.get("before"))
    with reading(here.engine) as session:
        by_login = select(UserAccount.id).where(UserAccount.login == asked["person"])
        actor_id = (session.exec(by_login).one_or_none() or NOBODY) if asked["person"] else None
        wanted = EntryFilter(asked["project"] or None, actor_id, asked["action"] or None)
        entries = list_entries(session, wanted=wanted, before=before, limit=PAGE + 1)
        ids = {entry.actor_id for entry in entries if entry.actor_id is not None}
        who = select(UserAccount.id, UserAccount.login, UserAccount.display_name)
        names = {row[0]: (row[1], row[2]) for row in session.exec(who.where(UserAccount.id.in_(ids)))}  # type: ignore[union-attr]
        data: dict[str, Any] = {"head": head_hash(session), "actions": known_actions(session)}
    rows = [
        (item.id, item.at, names.get(item.actor_id), item.action, item.subject, item.details, item.hash)
        for item in entries[:PAGE]
    ]
    query = urlencode({name: value for name, value in asked.items() if value})
    following = entries[PAGE - 1].id if len(entries) > PAGE else None
    return page("audit.html", here, rows=rows, asked=asked, query=query, next=following, **data)


def entry_id(text: str | None) -> int | None:
    """Return the number of an entry in an address, None where there is none. Raises ClientException."""
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > _MOST_DIGITS:
        raise ClientException("`before` is the number of an entry")
    return int(text)


handlers = [audit_page]
