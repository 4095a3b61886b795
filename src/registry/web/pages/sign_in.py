"""Signing in and out."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import RawBody

from registry.accounts.model import UserAccount
from registry.accounts.operations import (
    SESSION_LIFETIME,
    check_password,
    close_web_session,
    open_web_session,
    refuse_sign_in,
)
from registry.database import reading, writing
from registry.web.auth import FORM_COOKIE, SESSION_COOKIE, identity_of
from registry.web.forms import read_form
from registry.web.rendering import Visit, cookie, page, visit
from registry.web.throttle import Throttle

_LONGEST_PASSWORD = 1000


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """A sample login, shown on the sign-in page of a demo only."""

    login: str
    password: str
    role_zh: str
    role_en: str


@dataclass(frozen=True, slots=True)
class SignInLimits:
    """How often passwords may be tried: for one login, and from one address."""

    by_login: Throttle = field(default_factory=lambda: Throttle(limit=8, seconds=300))
    by_address: Throttle = field(default_factory=lambda: Throttle(limit=40, seconds=300))


@get("/sign-in", sync_to_thread=True, include_in_schema=False)
def sign_in_form(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the sign-in form, with a cookie from which its form token derives."""
    nonce = identity_of(request).secret or secrets.token_urlsafe(32)
    return _form(request, nonce=nonce, target=request.query_params.get("next", "/"))


@post("/sign-in", sync_to_thread=True, include_in_schema=False)
def sign_in(request: Request[Any, Any, Any], body: RawBody) -> Response[Any]:
    """Check login and password and start a new session. Raises TooManyAttempts."""
    form = read_form(body)
    login, password = form.get("login", "").strip(), form.get("password", "")
    limits: SignInLimits = request.app.state.sign_in_limits
    address = request.client.host if request.client else "?"
    limits.by_address.attempt(address)
    limits.by_login.attempt(f"{address} {login[:60]}")
    here = visit(request)
    with reading(here.engine) as session:
        user = check_password(session, login=login, password=password) if len(password) <= _LONGEST_PASSWORD else None
    if user is None:
        with writing(here.engine) as session:
            refuse_sign_in(session, login=login)
        nonce = identity_of(request).secret or ""
        return _form(request, nonce=nonce, target=form.get("next", "/"), login=login, status=422)
    limits.by_login.forgive(f"{address} {login[:60]}")
    return _start(request, here, user, form.get("next", "/"))


def _start(request: Request[Any, Any, Any], here: Visit, user: UserAccount, target: str) -> Response[Any]:
    before = request.cookies.get(SESSION_COOKIE)
    with writing(here.engine) as session:
        secret = open_web_session(session, user, replaces=before)
    if before:
        request.app.state.identities.forget("session", before)
    lifetime = int(SESSION_LIFETIME.total_seconds())
    return _redirect(
        _local(target),
        [cookie(here, SESSION_COOKIE, secret, max_age=lifetime), cookie(here, FORM_COOKIE, "", max_age=0)],
    )


@post("/sign-out", sync_to_thread=True, include_in_schema=False)
def sign_out(request: Request[Any, Any, Any]) -> Response[Any]:
    """End the session here and in the database."""
    here = visit(request)
    secret = request.cookies.get(SESSION_COOKIE)
    if secret:
        with writing(here.engine) as session:
            close_web_session(session, secret)
        request.app.state.identities.forget("session", secret)
    return _redirect("/sign-in", [cookie(here, SESSION_COOKIE, "", max_age=0)])


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
        target=_local(target),
        login=login,
        demo_logins=request.app.state.demo_logins if here.settings.is_demo else (),
    )


def _local(target: str) -> str:
    """Return a path of this site: a link must not send who has just signed in somewhere else."""
    is_local = target.startswith("/") and not target.startswith("//") and not any(c in target for c in "\\\r\n\t")
    return target if is_local else "/"


def _redirect(target: str, cookies: list[Any]) -> Response[Any]:
    return Response(None, status_code=303, headers={"Location": target}, cookies=cookies, media_type="text/plain")


handlers = [sign_in_form, sign_in, sign_out]
