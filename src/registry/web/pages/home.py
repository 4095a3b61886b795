"""Home: what waits for this person first, numbers second."""

from typing import Any

from litestar import Request, Response, get

from registry.database import reading
from registry.projects.catalogue import fields
from registry.projects.notices.queries import my_notices
from registry.projects.search.queries import narrow, summaries
from registry.web.auth import signed_in
from registry.web.bodies import as_of_or_today
from registry.web.pages.todo import SHOWN, todo_of
from registry.web.rendering import page, visit


@get("/", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def home(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the home page of the visitor's group."""
    here = visit(request)
    with reading(here.engine) as session:
        found = narrow(session, here.actor)
        latest = found.page(sort="saved", after=None, limit=SHOWN).codes
        data: dict[str, Any] = {
            "todo": todo_of(session, here.actor, today=as_of_or_today(None)),
            "notices": my_notices(session, here.actor, only_unread=True, limit=SHOWN),
            "recent": summaries(session, here.actor, latest),
            "n_projects": len(found),
            "investment": found.investment(),
            "n_provinces": len(found.counts("province")),
            "by_field": list(found.counts("field").items())[:SHOWN],
        }
    return page("home.html", here, terms=fields(), **data)


handlers = [home]
