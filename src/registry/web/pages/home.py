"""Home: what waits for this person first, numbers second."""

from typing import Any

from litestar import Request, Response, get

from registry.accounts.permissions import may
from registry.database import reading
from registry.projects.catalogue import fields
from registry.projects.queries import incomplete_projects
from registry.projects.search.queries import narrow, summaries
from registry.web.api.banks import notices_to
from registry.web.auth import signed_in
from registry.web.rendering import page, visit

SHOWN = 10


def needed_fields() -> list[str]:
    """Return the scalar fields a project needs before it can be submitted."""
    return [name for name, item in fields().items() if item.term.needed_from in {"draft", "submitted"}]


@get("/", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def home(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the home page of the visitor's group."""
    here = visit(request)
    with reading(here.engine) as session:
        pending = (
            incomplete_projects(session, here.actor, needed_fields(), limit=SHOWN)
            if may(here.actor, "edit_projects")
            else []
        )
        found = narrow(session, here.actor)
        latest = found.page(sort="saved", after=None, limit=SHOWN).codes
        data: dict[str, Any] = {
            "pending": pending,
            "notices": notices_to(session, here.actor, only_unread=True, limit=SHOWN),
            "recent": summaries(session, here.actor, latest),
            "n_projects": len(found),
            "investment": found.investment(),
            "n_provinces": len(found.counts("province")),
            "by_field": list(found.counts("field").items())[:SHOWN],
        }
    return page("home.html", here, terms=fields(), **data)


handlers = [home]
