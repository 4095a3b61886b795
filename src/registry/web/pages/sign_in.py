"""Signing in and out: password, then a code where the person has a second factor."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import RawBody
from sqlmodel import Session, select

from registry.accounts.model import UserAccount
from registry.accounts.operations import check_password
from registry.accounts.second_factor import has_second_factor, login_of, pass_second_factor
from registry.accounts.sessions import (
    PENDING_LIFETIME,
    SESSION_LIFETIME,
    SignInLocked,
    begin_attempt,
    begin_pending,
    close_pending,
    close_web_session,
    find_pending,
    open_web_session,
    refuse_sign_in,
)
from registry.database import reading, writing
from registry.web.auth import FORM_COOKIE, SESSION_COOKIE, identity_of
from registry.web.forms import read_form
from registry.web.rendering import Visit, cookie, page, visit
from registry.web.throttle import Throttle, TooManyAttempts, address

_LONGEST_PASSWORD = 1000
PENDING_COOKIE = "registry_pending"
"""Leads a browser from one step of a sign-in to the next; worth nothing to a page of the registry."""


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """A sample login, shown on the sign-in page of a demo only."""

    login: str
    password: str
    role_zh: str
    role_en: str


@dataclass(frozen=True, slots=True)
class SignInLimits:
    """How often passwords may be tried from one address; what is tried at one login is counted in the database."""

    by_address: Throttle = field(default_factory=lambda: Throttle(limit=40, seconds=300))


@get("/sign-in", sync_to_thread=True, include_in_schema=False)
def sign_in_form(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the sign-in form, with a cookie from which its form token derives."""
    nonce = identity_of(request).secret or secrets.token_urlsafe(32)
    return _form(request, nonce=nonce, target=request.query_params.get("next", "/"))


@post("/sign-in", sync_to_thread=True, include_in_schema=False)
def sign_in(request: Request[Any, Any, Any], body: RawBody) -> Response[Any]:
    """Check login and password and start a new session, or ask for the code. Raises TooManyAttempts."""
    form = read_form(body)
    login, password = form.get("login", "").strip(), form.get("password", "")
    here = visit(request)
    count_attempt(request, here, login)
    with reading(here.engine) as session:
        user = check_password(session, login=login, password=password) if len(password) <= _LONGEST_PASSWORD else None
    if user is not None and user.is_sample and not here.settings.is_demo:
        # A password printed in public opens nothing outside a demo; `registry user reset` gives the account its own.
        user = None
    if user is None:
        with writing(here.engine) as session:
            refuse_sign_in(session, login=login)
        nonce = identity_of(request).secret or ""
        return _form(request, nonce=nonce, target=form.get("next", "/"), login=login, status=422)
    return proceed(request, here, user, form.get("next", "/"))


def count_attempt(request: Request[Any, Any, Any], here: Visit, login: str) -> None:
    """Count an attempt before it is made, from this address and at this login. Raises TooManyAttempts."""
    limits: SignInLimits = request.app.state.sign_in_limits
    limits.by_address.attempt(address(request))
    try:
        with writing(here.engine) as session:
            begin_attempt(session, login)
    except SignInLocked as locked:
        raise TooManyAttempts(locked.retry_after) from locked


def proceed(request: Request[Any, Any, Any], here: Visit, user: UserAccount, target: str) -> Response[Any]:
    """Sign in who has proved their first factor, or ask for the second."""
    with writing(here.engine) as session:
        if has_second_factor(session, user.id):
            pending = begin_pending(session, user_id=user.id, memo={"target": local(target)})
            lifetime = int(PENDING_LIFETIME.total_seconds())
            return redirect("/sign-in/code", [cookie(here, PENDING_COOKIE, pending, max_age=lifetime)])
        return _start(request, here, session, user, target)


def _start(
    request: Request[Any, Any, Any], here: Visit, session: Session, user: UserAccount, target: str
) -> Response[Any]:
    before = request.cookies.get(SESSION_COOKIE)
    browser = request.headers.get("user-agent", "")
    secret = open_web_session(session, user, replaces=before, address=address(request), browser=browser)
    if before:
        request.app.state.identities.forget("session", before)
    lifetime = int(SESSION_LIFETIME.total_seconds())
    cookies = [
        cookie(here, SESSION_COOKIE, secret, max_age=lifetime),
        cookie(here, FORM_COOKIE, "", max_age=0),
        cookie(here, PENDING_COOKIE, "", max_age=0),
    ]
    return redirect(local(target), cookies)


@get("/sign-in/code", sync_to_thread=True, include_in_schema=False)
def code_form(request: Request[Any, Any, Any]) -> Response[Any]:
    """Ask for the code of the second factor."""
    here = visit(request)
    with reading(here.engine) as session:
        pending = find_pending(session, request.cookies.get(PENDING_COOKIE, ""))
    if pending is None or pending.user_id is None:
        return redirect("/sign-in", [])
    return page("sign_in_code.html", here, is_wrong=False)


@post("/sign-in/code", sync_to_thread=True, include_in_schema=False)
def sign_in_with_code(request: Request[Any, Any, Any], body: RawBody) -> Response[Any]:
    """Take the code, of the telephone or a recovery code, and start the session. Raises TooManyAttempts."""
    here = visit(request)
    secret = request.cookies.get(PENDING_COOKIE, "")
    with reading(here.engine) as session:
        pending = find_pending(session, secret)
        login = login_of(session, pending.user_id) if pending and pending.user_id is not None else None
    if pending is None or pending.user_id is None or login is None:
        return redirect("/sign-in", [])
    # Counted with the passwords of this login: who has stolen one must not be free to guess the other.
    count_attempt(request, here, login)
    with writing(here.engine) as session:
        if pass_second_factor(session, user_id=pending.user_id, code=read_form(body).get("code", "")):
            close_pending(session, secret)
            user = session.exec(select(UserAccount).where(UserAccount.id == pending.user_id)).one()
            if user.is_active:
                return _start(request, here, session, user, str(pending.memo["target"]))
        refuse_sign_in(session, login=login)
    return page("sign_in_code.html", here, status=422, is_wrong=True)


@post("/sign-out", sync_to_thread=True, include_in_schema=False)
def sign_out(request: Request[Any, Any, Any]) -> Response[Any]:
    """End the session here and in the database."""
    here = visit(request)
    secret = request.cookies.get(SESSION_COOKIE)
    if secret:
        with writing(here.engine) as session:
            close_web_session(session, secret)
        request.app.state.identities.forget("session", secret)
    return redirect("/sign-in", [cookie(here, SESSION_COOKIE, "", max_age=0)])


def _form(
    request: Request[Any, Any, Any], *, nonce: str, target: str, login: str | None = None, status: int = 200
) -> Response[str]:
    here = visit(request, secret=nonce)
    is_new = identity_of(request).secret is None and nonce != ""
    return page(
        "sign_in.html",
        here,
        status=status,
        cookies=[cookie(here, FORM_COOKIE, nonce)] if is_new else [],
        target=local(target),
        login=login,
        demo_logins=request.app.state.demo_logins if here.settings.is_demo else (),
    )


def local(target: str) -> str:
    """Return a path of this site: a link must not send who has just signed in somewhere else."""
    is_local = target.startswith("/") and not target.startswith("//") and not any(c in target for c in "\\\r\n\t")
    return target if is_local else "/"


def redirect(target: str, cookies: list[Any]) -> Response[Any]:
    """Return the answer that sends a browser on."""
    return Response(None, status_code=303, headers={"Location": target}, cookies=cookies, media_type="text/plain")


handlers = [sign_in_form, sign_in, code_form, sign_in_with_code, sign_out]
