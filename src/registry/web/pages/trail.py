"""操作记录 on the project page: who did what to this project, for its owner and the ministry."""

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import may
from registry.database import reading
from registry.packages.trail import ACTION_NAMES, project_trail
from registry.projects.lifecycle.states import ACTIONS
from registry.projects.queries import RevisionFacts
from registry.web.auth import signed_in
from registry.web.pages.audit import entry_id
from registry.web.pages.panels import PROJECT_PANELS, Panel
from registry.web.rendering import page, visit

PAGE = 30


def trail_panel(
    _session: Session, actor: Actor, facts: RevisionFacts, _document: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Return where the panel finds its entries; None for who may not read them."""
    return {"code": facts.code} if may(actor, "read_trail") else None


@get("/projects/{code:str}/trail", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def trail_page(request: Request[Any, Any, Any], code: FromPath[str]) -> Response[str]:
    """Show one page of what happened to a project, newest first. Raises NotFound, NotAllowed."""
    here = visit(request)
    before = entry_id(request.query_params.get("before"))
    with reading(here.engine) as session:
        found = project_trail(session, here.actor, code, before=before, limit=PAGE + 1)
    following = found[PAGE - 1].id if len(found) > PAGE else None
    names = {**{f"application.{name}": title for name, title in ACTIONS.items()}, **ACTION_NAMES}
    data: dict[str, Any] = {"code": code, "entries": found[:PAGE], "next": following, "names": names}
    template = "people/_trail.html" if here.is_fragment else "people/trail.html"
    return page(template, here, headers={"Vary": "HX-Request"}, **data)


PROJECT_PANELS.append(Panel("people/_trail_panel.html", trail_panel))
handlers = [trail_page]
