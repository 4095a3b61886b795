"""典型案例 for those who work on them: list, record, pictures, moves, and the workbook in and out."""

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import RawBody

from registry.accounts.permissions import may, require
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput
from registry.programme.cases.model import COMMUNITY_GOAL, GOAL_SOURCE, KINDS, CaseFields
from registry.programme.cases.operations import create_case, move_case, read_case, save_case
from registry.programme.cases.pictures import LARGEST_MB, add_picture, read_picture, remove_picture
from registry.programme.cases.queries import case_history, count_shown, find_case, list_cases
from registry.programme.cases.states import ACTIONS, EDITABLE, STATES, actions_for
from registry.programme.cases.workbook import FIELDS, cases_workbook, take_cases
from registry.projects.documents.store import open_store
from registry.web.api.assessments import Number
from registry.web.auth import signed_in
from registry.web.bodies import as_of_or_today, attachment
from registry.web.forms import read_form, text_of, value_of
from registry.web.pages.display import place_of
from registry.web.pages.display_release import day
from registry.web.pages.sign_in import redirect
from registry.web.rendering import Visit, page, visit
from registry.web.uploads import LARGEST_UPLOAD, XLSX, uploaded_file

Anybody = Request[Any, Any, Any]


@get("/cases", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def case_list(request: Anybody) -> Response[str]:
    """List the cases the visitor works with. Raises NotAllowed."""
    return _list(visit(request), request.query_params)


def _list(here: Visit, asked: Mapping[str, str], findings: tuple[Finding, ...] = ()) -> Response[str]:
    kind, state = asked.get("kind", ""), asked.get("state", "")
    with reading(here.engine) as session:
        rows = list_cases(
            session,
            here.actor,
            kind=kind if kind in KINDS else None,
            state=state if state in STATES else None,
        )
        counts = {each.kind: each for each in count_shown(session, today=as_of_or_today(None))}
    community = counts.get("community")
    return page(
        "cases/list.html",
        here,
        status=422 if findings else 200,
        rows=rows,
        kind=kind,
        state=state,
        kinds=KINDS,
        states=STATES,
        counts=counts,
        community=(community.cases - community.demo_cases, community.demo_cases) if community else (0, 0),
        goal=COMMUNITY_GOAL,
        goal_source=GOAL_SOURCE,
        findings=findings,
        places={each.city_code: place_of(each.city_code) for each in rows},
    )


@get("/cases.xlsx", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def case_workbook(request: Anybody) -> Response[bytes]:
    """Download the visitor's cases as a workbook to fill and take back. Raises NotAllowed."""
    here = visit(request)
    with reading(here.engine) as session:
        content = cases_workbook(session, here.actor)
    return Response(content, media_type=XLSX, headers=attachment("典型案例.xlsx"))


@post(
    "/cases/import",
    status_code=303,
    include_in_schema=False,
    guards=[signed_in],
    request_max_body_size=LARGEST_UPLOAD,
)
async def case_import(request: Anybody) -> Response[Any]:
    """Begin a case for every row of a workbook or CSV, or say which cells stop that. Raises NotAllowed."""
    here = visit(request)
    require(here.actor, "edit_cases")
    name, content = await uploaded_file(request)

    def act() -> Response[Any]:
        try:
            with writing(here.engine) as session:
                take_cases(session, here.actor, content=content, name=name)
        except InvalidInput as error:
            return _list(here, {}, error.findings)
        return redirect("/cases", [])

    return await sync_to_thread(act)


@get("/cases/new", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def case_new(request: Anybody) -> Response[str]:
    """Show an empty form. Raises NotAllowed."""
    here = visit(request)
    require(here.actor, "edit_cases")
    division = here.actor.division_code or ""
    return _form(here, {"city_code": division, "kind": "community"}, target="/cases/new", version=0)


@post("/cases/new", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def case_create(request: Anybody, body: RawBody) -> Response[Any]:
    """Begin a case, or show the form again with what is wrong. Raises NotAllowed."""
    here, form = visit(request), read_form(body)
    require(here.actor, "edit_cases")
    try:
        fields = _read(form)
        with writing(here.engine) as session:
            saved = create_case(session, here.actor, fields)
    except InvalidInput as error:
        return _form(here, form, target="/cases/new", version=0, findings=error.findings)
    return redirect(f"/cases/{saved.id}", [])


@get("/cases/{number:int}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def case_page(request: Anybody, number: Number) -> Response[str]:
    """Show a case to those who work on it, and what they may do. Raises NotFound, NotAllowed."""
    return _page(visit(request), number)


def _page(here: Visit, number: int, findings: tuple[Finding, ...] = ()) -> Response[str]:
    with reading(here.engine) as session:
        record = find_case(session, here.actor, number)
        steps = case_history(session, here.actor, number)
    state = record.summary.state
    return page(
        "cases/case.html",
        here,
        status=422 if findings else 200,
        case=record,
        fields=FIELDS,
        kinds=KINDS,
        states=STATES,
        actions=ACTIONS,
        place=place_of(record.summary.city_code),
        moves=actions_for(state, here.actor),
        is_editable=state in EDITABLE and may(here.actor, "edit_cases"),
        steps=steps,
        findings=findings,
        largest_mb=LARGEST_MB,
    )


@get("/cases/{number:int}/edit", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def case_form(request: Anybody, number: Number) -> Response[str]:
    """Show the form of a case. Raises NotFound, NotAllowed."""
    here = visit(request)
    require(here.actor, "edit_cases")
    with reading(here.engine) as session:
        record = find_case(session, here.actor, number)
    form = {name: text_of(field, record.fields.get(name)) for name, field in FIELDS.items()}
    return _form(here, form, target=f"/cases/{number}/edit", version=record.summary.version)


@post("/cases/{number:int}/edit", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def case_save(request: Anybody, number: Number, body: RawBody) -> Response[Any]:
    """Save the form, or show it again with what is wrong. Raises NotFound, NotAllowed, StaleWrite."""
    here, form = visit(request), read_form(body)
    require(here.actor, "edit_cases")
    with reading(here.engine) as session:
        find_case(session, here.actor, number)
    version = seen_version(form)
    try:
        fields = _read(form)
        with writing(here.engine) as session:
            save_case(session, here.actor, number, fields, expected_version=version)
    except InvalidInput as error:
        return _form(here, form, target=f"/cases/{number}/edit", version=version, findings=error.findings)
    return redirect(f"/cases/{number}", [])


def _read(form: Mapping[str, str]) -> CaseFields:
    values = {name: value_of(field, form.get(name, "")) for name, field in FIELDS.items()}
    return read_case({name: value for name, value in values.items() if value is not None})


def _form(
    here: Visit, form: Mapping[str, str], *, target: str, version: int, findings: tuple[Finding, ...] = ()
) -> Response[str]:
    beside: dict[str, list[Finding]] = {}
    for finding in findings:
        beside.setdefault(finding.path, []).append(finding)
    return page(
        "cases/edit.html",
        here,
        status=422 if findings else 200,
        form=form,
        fields=FIELDS,
        target=target,
        version=version,
        findings=findings,
        beside=beside,
    )


def seen_version(form: Mapping[str, str]) -> int:
    """Return the version of the case a form was opened on. Raises InvalidInput."""
    text = form.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004 - digits of a 32-bit number
        zh, en = "表单不完整，请刷新页面后重试", "The form is incomplete; reload the page and try again"
        raise InvalidInput.of([Finding("version", "invalid-form", zh, en)])
    return int(text)


@post("/cases/{number:int}/actions", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def case_act(request: Anybody, number: Number, body: RawBody) -> Response[Any]:
    """Submit, agree, return, release, withdraw or revise a case. Raises NotFound, NotAllowed, StaleWrite."""
    here, form = visit(request), read_form(body)
    require(here.actor, "read_cases")
    with reading(here.engine) as session:
        find_case(session, here.actor, number)
    try:
        with writing(here.engine) as session:
            move_case(
                session,
                here.actor,
                number,
                action=form.get("action", ""),
                expected_version=seen_version(form),
                today=as_of_or_today(None),
                reason=form.get("reason", ""),
                embargo_until=day(form.get("embargo_until", ""), "embargo_until"),
            )
    except InvalidInput as error:
        return _page(here, number, error.findings)
    return redirect(f"/cases/{number}", [])


@post(
    "/cases/{number:int}/pictures",
    status_code=303,
    include_in_schema=False,
    guards=[signed_in],
    request_max_body_size=LARGEST_UPLOAD,
)
async def picture_add(request: Anybody, number: Number) -> Response[Any]:
    """Add a picture to a case. Raises NotFound, NotAllowed."""
    here = visit(request)
    require(here.actor, "edit_cases")
    name, content = await uploaded_file(request)
    caption = str((await request.form()).get("caption") or "")

    def act() -> Response[Any]:
        store = open_store(here.settings)
        try:
            add_picture(here.engine, here.actor, number, content=content, file_name=name, caption=caption, store=store)
        except InvalidInput as error:
            return _page(here, number, error.findings)
        return redirect(f"/cases/{number}", [])

    return await sync_to_thread(act)


@get("/cases/{number:int}/pictures/{picture:int}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def picture_show(request: Anybody, number: Number, picture: Number) -> Response[bytes]:
    """Show a picture to those who work on the case. Raises NotFound, NotAllowed."""
    here = visit(request)
    with reading(here.engine) as session:
        found = read_picture(session, here.actor, number, picture, store=open_store(here.settings))
    headers = {"Cache-Control": "private, max-age=300"}
    return Response(found.content, media_type=found.media_type, headers=headers)


@post("/cases/{number:int}/pictures/{picture:int}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def picture_remove(request: Anybody, number: Number, picture: Number) -> Response[Any]:
    """Take a picture off a case. Raises NotFound, NotAllowed, WrongCaseState."""
    here = visit(request)
    with writing(here.engine) as session:
        remove_picture(session, here.actor, number, picture)
    return redirect(f"/cases/{number}", [])


handlers = [
    case_list,
    case_workbook,
    case_import,
    case_new,
    case_create,
    case_page,
    case_form,
    case_save,
    case_act,
    picture_add,
    picture_show,
    picture_remove,
]
