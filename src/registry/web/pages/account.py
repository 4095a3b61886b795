"""My account: password, second factor, signed-in browsers, API tokens. For the person only, never for a token."""

from datetime import timedelta
from typing import Any, cast
from urllib.parse import parse_qs

from litestar import Request, Response, get, post
from litestar.params import FromPath, RawBody
from sqlmodel import Session, select

from registry.accounts import second_factor
from registry.accounts.model import ROLE_NAMES, SCOPE_NAMES, Scope, UserAccount
from registry.accounts.operations import change_password, is_password_of, issue_token, revoke_token
from registry.accounts.queries import actor_of, sessions_of, token_digest, tokens_of
from registry.accounts.sessions import end_other_sessions, end_own_session
from registry.audit import now
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput
from registry.projects.notices.operations import set_mail_address
from registry.projects.notices.queries import mail_address
from registry.web.auth import SESSION_COOKIE, signed_in_by_browser
from registry.web.forms import read_form
from registry.web.pages.sign_in import count_attempt, redirect
from registry.web.rendering import Visit, page, visit

Anybody = Request[Any, Any, Any]
_GUARDS = [signed_in_by_browser]
_MOST_DAYS = 365


def _show(request: Anybody, *, error: InvalidInput | None = None, **once: Any) -> Response[str]:
    """Show the page; `once` is what is told one time only, a token's secret or recovery codes."""
    here = visit(request)
    user_id = here.actor.user_id or 0
    mine = token_digest(request.cookies.get(SESSION_COOKIE, ""))
    with reading(here.engine) as session:
        user = _user(session, user_id)
        data: dict[str, Any] = {
            "login": user.login,
            "role": ROLE_NAMES[actor_of(session, user).role],
            "has_second_factor": second_factor.has_second_factor(session, user_id),
            "enrolment": second_factor.pending_enrolment(session, user_id=user_id, login=user.login),
            "mail_address": mail_address(session, here.actor),
            "n_recovery_codes": second_factor.recovery_codes_left(session, user_id),
            "sessions": [
                (item.id, item.created_at, item.expires_at, item.address, item.browser, item.id == mine)
                for item in sessions_of(session, user_id, at=now())
            ],
            "tokens": [
                (item.id, item.name, item.scopes.split(), item.created_at, item.expires_at, item.expires_at <= now())
                for item in tokens_of(session, user_id)
            ],
        }
    told = {"secret": None, "recovery_codes": None, **once}
    findings = error.findings if error else ()
    # What is shown once must not be kept by the browser for whoever presses "back" later.
    headers = {"Cache-Control": "no-store"}
    status = 422 if error else 200
    return page(
        "account.html", here, status=status, headers=headers, scopes=SCOPE_NAMES, findings=findings, **told, **data
    )


def _user(session: Session, user_id: int) -> UserAccount:
    return session.exec(select(UserAccount).where(UserAccount.id == user_id)).one()


@get("/account", sync_to_thread=True, include_in_schema=False, guards=_GUARDS)
def account(request: Anybody) -> Response[str]:
    """Show my account."""
    return _show(request)


@post("/account/password", sync_to_thread=True, include_in_schema=False, guards=_GUARDS)
def new_password(request: Anybody, body: RawBody) -> Response[Any]:
    """Change my password; my other browsers are signed out. Raises TooManyAttempts."""
    here, form = visit(request), read_form(body)
    _count_attempt(request, here)
    try:
        with writing(here.engine) as session:
            change_password(
                session,
                user_id=here.actor.user_id or 0,
                old=form.get("old", ""),
                new=form.get("new", ""),
                keep=request.cookies.get(SESSION_COOKIE),
            )
    except InvalidInput as error:
        return _show(request, error=error)
    return _done(request, here)


@post("/account/mail", sync_to_thread=True, include_in_schema=False, guards=_GUARDS)
def new_mail_address(request: Anybody, body: RawBody) -> Response[Any]:
    """Say where I want mail of notices; empty for nowhere."""
    here, address = visit(request), read_form(body).get("address", "").strip()
    try:
        with writing(here.engine) as session:
            set_mail_address(session, here.actor, address or None)
    except InvalidInput as error:
        return _show(request, error=error)
    return _done(request, here)


@post("/account/sessions/end", sync_to_thread=True, include_in_schema=False, guards=_GUARDS)
def end_session(request: Anybody, body: RawBody) -> Response[Any]:
    """End one of my sessions, or without an id all but this one. Raises NotFound."""
    here, wanted = visit(request), read_form(body).get("id", "")
    with writing(here.engine) as session:
        if wanted:
            end_own_session(session, user_id=here.actor.user_id or 0, session_id=wanted)
        else:
            end_other_sessions(session, user_id=here.actor.user_id or 0, keep=request.cookies.get(SESSION_COOKIE))
    return _done(request, here)


@post("/account/second-factor", sync_to_thread=True, include_in_schema=False, guards=_GUARDS)
def begin_second_factor(request: Anybody) -> Response[Any]:
    """Draw a secret for my telephone."""
    here = visit(request)
    user_id = here.actor.user_id or 0
    try:
        with writing(here.engine) as session:
            login = second_factor.login_of(session, user_id)
            second_factor.begin_enrolment(session, user_id=user_id, login=login)
    except InvalidInput as error:
        return _show(request, error=error)
    return _done(request, here)


@post("/account/second-factor/confirm", sync_to_thread=True, include_in_schema=False, guards=_GUARDS)
def confirm_second_factor(request: Anybody, body: RawBody) -> Response[Any]:
    """Put my second factor in force with its first code, and show the recovery codes once."""
    here, code = visit(request), read_form(body).get("code", "")
    try:
        with writing(here.engine) as session:
            codes = second_factor.confirm_enrolment(session, user_id=here.actor.user_id or 0, code=code)
    except InvalidInput as error:
        return _show(request, error=error)
    return _show(request, recovery_codes=codes)


@post("/account/second-factor/remove", sync_to_thread=True, include_in_schema=False, guards=_GUARDS)
def remove_second_factor(request: Anybody, body: RawBody) -> Response[Any]:
    """End my second factor; asks for the password, as somebody else may sit at my browser. Raises TooManyAttempts."""
    here, password = visit(request), read_form(body).get("password", "")
    user_id = here.actor.user_id or 0
    _count_attempt(request, here)
    with writing(here.engine) as session:
        is_right = is_password_of(_user(session, user_id), password)
        if is_right:
            second_factor.remove_second_factor(session, user_id=user_id, by=user_id)
    if not is_right:
        wrong = Finding("password", "wrong-password", "密码不正确", "The password is not right")
        return _show(request, error=InvalidInput.of([wrong]))
    return _done(request, here)


@post("/account/tokens", sync_to_thread=True, include_in_schema=False, guards=_GUARDS)
def new_token(request: Anybody, body: RawBody) -> Response[Any]:
    """Create an API token and show its secret once."""
    here, form = visit(request), read_form(body)
    ticked = parse_qs(body.decode("utf-8", "replace"), max_num_fields=50).get("scope", [])
    days = form.get("days", "")
    lifetime = timedelta(days=int(days) if days.isascii() and days.isdigit() and len(days) <= len("365") else 0)
    try:
        with writing(here.engine) as session:
            secret = issue_token(
                session,
                user_id=here.actor.user_id or 0,
                name=form.get("name", ""),
                scopes=cast("list[Scope]", ticked),
                lifetime=lifetime,
            )
    except InvalidInput as error:
        return _show(request, error=error)
    return _show(request, secret=secret)


@post("/account/tokens/{token_id:int}/revoke", sync_to_thread=True, include_in_schema=False, guards=_GUARDS)
def end_token(request: Anybody, token_id: FromPath[int]) -> Response[Any]:
    """Revoke one of my tokens. Raises NotFound."""
    here = visit(request)
    with writing(here.engine) as session:
        revoke_token(session, user_id=here.actor.user_id or 0, token_id=token_id)
    return _done(request, here)


def _count_attempt(request: Anybody, here: Visit) -> None:
    """Count what a borrowed browser may try at the password like attempts to sign in."""
    with reading(here.engine) as session:
        login = second_factor.login_of(session, here.actor.user_id)
    count_attempt(request, here, login)


def _done(request: Anybody, here: Visit) -> Response[Any]:
    """Go back to the page; what ended just now is not remembered by this process either."""
    request.app.state.identities.forget_user(here.actor.user_id)
    return redirect("/account", [])


handlers = [
    account,
    new_password,
    new_mail_address,
    end_session,
    begin_second_factor,
    confirm_second_factor,
    remove_second_factor,
    new_token,
    end_token,
]
