"""人员: the administrator's page of organisations and people, and the page on which a person sets a password."""

import secrets
from typing import Any, cast, get_args

from litestar import Request, Response, get, post
from litestar.params import FromPath, RawBody

from registry.accounts.directory import member, members, organisation_tree
from registry.accounts.managing import CHILD_GROUP, LINK_LIFETIME, add_child, find_link, invite_user, use_link
from registry.accounts.model import ROLE_NAMES, Role
from registry.accounts.operations import SHORTEST_PASSWORD
from registry.accounts.permissions import require
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput, NotFound
from registry.web.api.assessments import Number
from registry.web.api.people import SET_PASSWORD, PersonAction, PersonActionIn, acted
from registry.web.auth import FORM_COOKIE, identity_of, signed_in
from registry.web.forms import read_form
from registry.web.rendering import cookie, page, visit

Anybody = Request[Any, Any, Any]
_NO_STORE = {"Cache-Control": "no-store"}
_MOST_DIGITS = 9


@get("/people", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def people_page(request: Anybody) -> Response[str]:
    """Show the tree of organisations and the people of one of them. Raises NotAllowed."""
    return _show(request, _number(request.query_params.get("organisation")))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def _show(
    request: Anybody, organisation: int | None, *, error: InvalidInput | None = None, **more: Any
) -> Response[str]:
    """Show the page; `more` is what was typed, or a link that is told this once."""
    here = visit(request)
    require(here.actor, "manage_people")
    with reading(here.engine) as session:
        tree = organisation_tree(session, here.actor)
        chosen = organisation or here.actor.organisation_id or 0
        found = members(session, here.actor, chosen)
    shown = next((each for each in tree if each.id == chosen), None)
    if shown is None:
        raise NotFound(f"没有编号为 {chosen} 的机构", f"There is no organisation {chosen}")
    above = next((each for each in tree if each.id == shown.parent_id), None)
    data: dict[str, Any] = {"tree": tree, "house": shown, "above": above, "people": found, "roles": ROLE_NAMES}
    data |= {"child_group": CHILD_GROUP.get(shown.group), "findings": error.findings if error else ()}
    told = {"link": None, "invited": None, "form": {}, **more}
    return page("people/people.html", here, status=422 if error else 200, headers=_NO_STORE, **data, **told)


@post("/people", sync_to_thread=True, status_code=200, include_in_schema=False, guards=[signed_in])
def add_person(request: Anybody, body: RawBody) -> Response[str]:
    """Add a person and show the link by which they set their password, once. Raises NotAllowed."""
    here, form = visit(request), read_form(body)
    require(here.actor, "manage_people")
    house = _number(form.get("organisation")) or 0
    try:
        with writing(here.engine) as session:
            user, secret = invite_user(
                session,
                here.actor,
                login=form.get("login", "").strip(),
                display_name=form.get("display_name", ""),
                organisation_id=house,
                role=form.get("role", ""),
            )
    except InvalidInput as error:
        return _show(request, house, error=error, form=form)
    return _show(request, house, link=_address(request, secret), invited=user.login)


@post("/people/organisations", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def add_house(request: Anybody, body: RawBody) -> Response[Any]:
    """Add an organisation below another. Raises NotAllowed, NotFound."""
    here, form = visit(request), read_form(body)
    require(here.actor, "manage_people")
    parent = _number(form.get("parent")) or 0
    try:
        with writing(here.engine) as session:
            name, code = form.get("name", ""), form.get("division_code")
            made = add_child(session, here.actor, parent_id=parent, name=name, division_code=code)
    except InvalidInput as error:
        return _show(request, parent, error=error, form=form)
    return _back(f"/people?organisation={made.id}")


@get("/people/{number:int}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def person_page(request: Anybody, number: Number) -> Response[str]:
    """Show one person and what may be done. Raises NotFound, NotAllowed."""
    return _show_person(request, number)


def _show_person(
    request: Anybody, number: int, *, error: InvalidInput | None = None, link: str | None = None, asked: str = ""
) -> Response[str]:
    here = visit(request)
    with reading(here.engine) as session:
        found = member(session, here.actor, number)
    findings = error.findings if error else ()
    data: dict[str, Any] = {"person": found, "roles": ROLE_NAMES, "is_me": found.id == here.actor.user_id}
    data |= {"findings": findings, "needs_confirmation": any(each.path == "confirmed" for each in findings)}
    status = 422 if error else 200
    return page("people/person.html", here, status=status, headers=_NO_STORE, link=link, asked=asked, **data)


@post("/people/{number:int}", sync_to_thread=True, status_code=200, include_in_schema=False, guards=[signed_in])
def act_on_person(request: Anybody, number: Number, body: RawBody) -> Response[Any]:
    """Do one act to a person's account. Raises NotFound, NotAllowed."""
    here, form = visit(request), read_form(body)
    require(here.actor, "manage_people")
    take = form.get("take", "")
    try:
        asked = _asked(form)
        with writing(here.engine) as session:
            secret = acted(session, here.actor, number, asked)
    except InvalidInput as error:
        return _show_person(request, number, error=error, asked=take)
    request.app.state.identities.forget_user(number)
    if secret is not None:
        return _show_person(request, number, link=_address(request, secret))
    # Who has closed their own account is signed out by it.
    return _back("/sign-in" if number == here.actor.user_id else f"/people/{number}")


def _asked(form: dict[str, str]) -> PersonActionIn:
    take, role = form.get("take", ""), form.get("role") or None
    if take not in get_args(PersonAction) or role not in {None, *ROLE_NAMES}:
        zh, en = "表单不完整，请刷新页面后重试", "The form is incomplete; reload the page and try again"
        raise InvalidInput.of([Finding("take", "invalid-form", zh, en, take[:40])])
    return PersonActionIn(cast("PersonAction", take), cast("Role | None", role), form.get("confirmed") == "true")


def _address(request: Anybody, secret: str) -> str:
    return str(request.base_url).rstrip("/") + SET_PASSWORD + secret


def _back(target: str) -> Response[Any]:
    return Response(None, status_code=303, headers={"Location": target}, media_type="text/plain")


@get("/set-password/{secret:str}", sync_to_thread=True, include_in_schema=False)
def password_form(request: Anybody, secret: FromPath[str]) -> Response[str]:
    """Ask whom the link belongs to for their new password. Raises NotFound once it is used or too old."""
    return _password(request, secret)


def _password(request: Anybody, secret: str, error: InvalidInput | None = None) -> Response[str]:
    nonce = identity_of(request).secret or secrets.token_urlsafe(32)
    here = visit(request, secret=nonce)
    with reading(here.engine) as session:
        user = find_link(session, secret)
    if user is None:
        raise NotFound(
            "链接无效、已使用或已过期，请向本机构管理员要一个新链接",
            "The link is unknown, used or too old; ask your administrator for a new one",
        )
    cookies = [] if identity_of(request).secret else [cookie(here, FORM_COOKIE, nonce)]
    data: dict[str, Any] = {"login": user.login, "secret": secret, "shortest": SHORTEST_PASSWORD, "is_done": False}
    findings, hours = error.findings if error else (), int(LINK_LIFETIME.total_seconds()) // 3600
    status = 422 if error else 200
    return page(
        "people/set_password.html", here, status=status, headers=_NO_STORE, cookies=cookies, findings=findings,
        hours=hours, **data,
    )  # fmt: skip


@post("/set-password/{secret:str}", sync_to_thread=True, status_code=200, include_in_schema=False)
def set_password(request: Anybody, secret: FromPath[str], body: RawBody) -> Response[str]:
    """Take the new password; the link is used up. Raises NotFound."""
    here, form = visit(request), read_form(body)
    try:
        if form.get("new") != form.get("again"):
            zh, en = "两次填写的密码不一致，请重新填写", "The two passwords differ; enter them again"
            raise InvalidInput.of([Finding("again", "differs", zh, en)])
        with writing(here.engine) as session:
            user = use_link(session, secret, form.get("new", ""))
    except InvalidInput as error:
        return _password(request, secret, error)
    request.app.state.identities.forget_user(user.id)
    return page("people/set_password.html", here, headers=_NO_STORE, login=user.login, is_done=True)


handlers = [people_page, add_person, add_house, person_page, act_on_person, password_form, set_password]
