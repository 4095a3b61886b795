"""公开展示 of one project, as its owner decides: which fields, which documents, from which day; and taking it back."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, RawBody
from sqlmodel import Session

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.permissions import may, require
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput
from registry.programme.display.choosing import ALWAYS, PARTS, SUGGESTED
from registry.programme.display.operations import display_project, withdraw_display
from registry.programme.display.queries import release_of, sections_by_file
from registry.projects.catalogue import fields
from registry.projects.documents.operations import list_documents
from registry.projects.queries import RevisionFacts, read_dossier
from registry.web.auth import signed_in
from registry.web.bodies import as_of_or_today
from registry.web.forms import read_form, seen_revision
from registry.web.pages.panels import PROJECT_PANELS, Panel
from registry.web.pages.sign_in import redirect
from registry.web.rendering import Visit, page, visit

Anybody = Request[Any, Any, Any]


def display_panel(
    session: Session, actor: Actor, facts: RevisionFacts, _document: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Return whether the project is on display, and how; None for groups that have no say in it."""
    if not may(actor, "read_cases"):
        return None
    release = release_of(session, actor, facts.code)
    if release is None and not may(actor, "display_projects"):
        return None
    return {"code": facts.code, "number": facts.number, "release": _told(release)}


def _told(release: Any) -> dict[str, Any] | None:
    if release is None:
        return None
    names = ("revision_number", "released_at", "embargo_until", "introduction")
    return {name: getattr(release, name) for name in names} | {"fields": audit.parsed_json(release.fields)}


@get("/projects/{code:str}/display", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def display_form(request: Anybody, code: FromPath[str]) -> Response[str]:
    """Show what may be chosen, filled with what is shown now or is suggested. Raises NotFound, NotAllowed."""
    here = visit(request)
    require(here.actor, "withdraw_display")
    return _page(here, code)


def _page(
    here: Visit, code: str, findings: tuple[Finding, ...] = (), form: Mapping[str, str] | None = None
) -> Response[str]:
    with reading(here.engine) as session:
        facts, dossier = read_dossier(session, here.actor, code)
        found = release_of(session, here.actor, code)
        release = _told(found)
        papers = [(item.id or 0, item.file_name, item.sha256) for item, _ in list_documents(session, here.actor, code)]
        proving = {} if found is None else sections_by_file(session, found)
    document = dossier.model_dump(mode="json", exclude_none=True)
    parts = [
        (key, (zh, en), [name for name in names if document.get(name) not in (None, "", [])])
        for key, (zh, en, names) in PARTS.items()
    ]
    kept = {number: part for number, _, sha256 in papers if (part := proving.get(sha256))}
    return page(
        "display/releasing.html",
        here,
        status=422 if findings else 200,
        code=code,
        facts=facts,
        document=document,
        parts=[each for each in parts if each[2]],
        fields=fields(),
        always=ALWAYS,
        release=release,
        papers=papers,
        chosen=_shown_choice(release, kept) if form is None else form,
        findings=findings,
    )


def _shown_choice(release: Mapping[str, Any] | None, papers: Mapping[int, str]) -> dict[str, str]:
    """Return the form as it is filled at first: what is shown now, else what is suggested."""
    ticked = (*SUGGESTED, *ALWAYS) if release is None else release["fields"]
    found = {f"show-{name}": "on" for name in ticked} | {f"paper-{number}": part for number, part in papers.items()}
    if release is not None:
        day_shown = release["embargo_until"]
        found["introduction"] = release["introduction"] or ""
        # A day to come is kept: releasing again must not show at once what was held back.
        found["embargo_until"] = day_shown.isoformat() if day_shown and day_shown > as_of_or_today(None) else ""
    return found


@post("/projects/{code:str}/display", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def display_act(request: Anybody, code: FromPath[str], body: RawBody) -> Response[Any]:
    """Release what was ticked, or withdraw. Raises NotFound, NotAllowed, StaleWrite, InvalidInput."""
    here, form = visit(request), read_form(body)
    if form.get("take") == "withdraw":
        require(here.actor, "withdraw_display")
        with writing(here.engine) as session:
            withdraw_display(session, here.actor, code, reason=form.get("reason", ""))
        return redirect(f"/projects/{code}/display", [])
    require(here.actor, "display_projects")
    with reading(here.engine) as session:
        read_dossier(session, here.actor, code)
    try:
        with writing(here.engine) as session:
            display_project(
                session,
                here.actor,
                code,
                fields=[name.removeprefix("show-") for name in form if name.startswith("show-")],
                today=as_of_or_today(None),
                introduction=form.get("introduction", ""),
                embargo_until=day(form.get("embargo_until", ""), "embargo_until"),
                evidence=_evidence(form),
                expected_revision=seen_revision(form),
            )
    except InvalidInput as error:
        return _page(here, code, error.findings, form)
    return redirect(f"/projects/{code}/display", [])


def day(text: str, name: str) -> date | None:
    """Return the day a form names, None when empty. Raises InvalidInput."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        zh, en = "日期应如 2027-06-05", "A day is written like 2027-06-05"
        raise InvalidInput.of([Finding(name, "not-a-day", zh, en, text[:20])]) from None


def _evidence(form: Mapping[str, str]) -> dict[int, str]:
    """Return the documents ticked, each with the part it proves: the one chosen beside it."""
    found = {}
    for name, value in form.items():
        number = name.removeprefix("paper-")
        if name.startswith("paper-") and number.isascii() and number.isdigit() and len(number) < 10 and value:  # noqa: PLR2004 - digits
            found[int(number)] = value
    return found


PROJECT_PANELS.append(Panel("display/_panel.html", display_panel))
handlers = [display_form, display_act]
