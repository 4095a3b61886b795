"""疑似重复: the panel of a project, two projects side by side, and the queue of those who decide."""

from collections.abc import Mapping
from typing import Any, cast

from litestar import Request, Response, get, post
from litestar.params import FromPath, RawBody
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import may, require
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput
from registry.projects.catalogue import fields
from registry.projects.duplicates.matching import waiting
from registry.projects.duplicates.operations import mark_duplicate
from registry.projects.duplicates.pairs import DECISIONS, Comparison, Decision, compare, count_pairs, list_pairs
from registry.projects.model import SECTIONS
from registry.projects.queries import RevisionFacts
from registry.web.api.duplicates import duplicates_of
from registry.web.auth import signed_in
from registry.web.forms import read_form
from registry.web.pages import views
from registry.web.pages.panels import PROJECT_PANELS, Panel
from registry.web.rendering import page, visit

Anybody = Request[Any, Any, Any]
PAGE = 50
_MOST_OFFSET_DIGITS = 6
DECISION_NAMES: Mapping[Decision, tuple[str, str]] = {
    "undecided": ("待判断", "Undecided"),
    "same": ("是同一项目", "The same project"),
    "different": ("不是同一项目", "Different projects"),
}


def duplicate_panel(
    _session: Session, actor: Actor, facts: RevisionFacts, _document: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Return where the panel finds its list, as the search must not keep the page waiting; None for banks."""
    return {"code": facts.code} if may(actor, "read_duplicates") else None


@get("/projects/{code:str}/duplicates", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def candidate_list(request: Anybody, code: FromPath[str]) -> Response[str]:
    """Show what may be the same as a project; the panel asks for the list alone. Raises NotFound, NotAllowed."""
    here = visit(request)
    with reading(here.engine) as session:
        found = duplicates_of(session, here.actor, code)
    template = "duplicates/_candidates.html" if here.is_fragment else "duplicates/candidates.html"
    return page(template, here, headers={"Vary": "HX-Request"}, code=code, found=found)


@get("/projects/{code:str}/duplicates/{other:str}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def side_by_side(request: Anybody, code: FromPath[str], other: FromPath[str]) -> Response[str]:
    """Show two projects field by field. Raises NotFound, NotAllowed."""
    return _show_pair(request, code, other)


def _show_pair(request: Anybody, code: str, other: str, error: InvalidInput | None = None) -> Response[str]:
    here = visit(request)
    with reading(here.engine) as session:
        found = compare(session, here.actor, code, other)
    findings = error.findings if error else ()
    data: dict[str, Any] = {"found": found, "sections": _fields(found), "lines": _lines(found), "findings": findings}
    return page("duplicates/pair.html", here, status=422 if error else 200, **data)


def _fields(found: Comparison) -> list[tuple[tuple[str, str], list[dict[str, Any]]]]:
    """Return the fields filled on either side, by section, each with both values and whether they differ."""
    one, other = found.documents
    shown = []
    for key, (zh, en, _) in SECTIONS.items():
        members = [
            {"field": item, "one": one.get(name), "other": other.get(name), "differs": one.get(name) != other.get(name)}
            for name, item in fields().items()
            if item.term.section == key and (name in one or name in other)
        ]
        if members:
            shown.append(((zh, en), members))
    return shown


def _lines(found: Comparison) -> list[views.ChangeView]:
    """Return what differs in funding lines, approvals, documents and the other child records."""
    return views.changes(each for each in found.differences if each.path.split(".")[0] not in fields())


@post("/projects/{code:str}/duplicates/{other:str}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def decide(request: Anybody, code: FromPath[str], other: FromPath[str], body: RawBody) -> Response[Any]:
    """Keep a reviewer's decision on a pair. Raises NotFound, NotAllowed."""
    here, form = visit(request), read_form(body)
    require(here.actor, "record_judgements")
    try:
        if form.get("is_same") not in {"true", "false"}:
            zh, en = "请选择是或不是同一项目", "Say whether they are the same project"
            raise InvalidInput.of([Finding("is_same", "missing", zh, en)])
        reason = form.get("reason", "")[:2000]
        with writing(here.engine) as session:
            is_same = form["is_same"] == "true"
            mark_duplicate(session, here.actor, code, other, is_same=is_same, reason=reason)
    except InvalidInput as error:
        return _show_pair(request, code, other, error)
    location = f"/projects/{code}/duplicates/{other}"
    return Response(None, status_code=303, headers={"Location": location}, media_type="text/plain")


@get("/duplicates", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def queue(request: Anybody) -> Response[str]:
    """Show the pairs of the visitor's jurisdiction, highest score first. Raises NotAllowed."""
    here = visit(request)
    asked = request.query_params.get("decision")
    decision = cast("Decision", asked) if asked in DECISIONS else "undecided"
    offset = _offset(request.query_params.get("offset"))
    with reading(here.engine) as session:
        rows = list_pairs(session, here.actor, decision=decision, limit=PAGE + 1, offset=offset)
        data: dict[str, Any] = {"counts": count_pairs(session, here.actor), "waiting": waiting(session)}
    data |= {"rows": rows[:PAGE], "offset": offset, "step": PAGE, "has_more": len(rows) > PAGE}
    return page("duplicates/queue.html", here, decision=decision, names=DECISION_NAMES, **data)


def _offset(text: str | None) -> int:
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) <= _MOST_OFFSET_DIGITS
    return int(text) if text is not None and is_number else 0


PROJECT_PANELS.append(Panel("duplicates/_panel.html", duplicate_panel))
handlers = [candidate_list, side_by_side, decide, queue]
