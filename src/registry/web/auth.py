"""Who is asking: a signed-in browser, a program with a token, or anybody.

Sessions and tokens are rows (`accounts`); a cookie or token is looked up with one query and remembered for
`REMEMBERED_SECONDS` in this process. Signing out or revoking is therefore honoured at once in the process that did it
and within that time in every other one.

Forged requests: a browser's unsafe request must carry a token derived from its own secret cookie, in a form field or a
header. Calls with a bearer token need none, because no browser sends that header by itself.
"""

import hashlib
import hmac
import secrets
import time
from asyncio import to_thread
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from threading import Lock
from typing import Any, Literal, cast

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send
from sqlalchemy import Engine

from registry.accounts.model import PUBLIC, Actor
from registry.accounts.permissions import require
from registry.accounts.queries import actor_of_token, actor_of_web_session
from registry.audit import now
from registry.database import reading
from registry.errors import NotAllowed, RegistryError

SESSION_COOKIE = "registry_session"
FORM_COOKIE = "registry_form"
"""Stands in for the session on the sign-in form, which has none yet."""
CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "_csrf"
REMEMBERED_SECONDS = 5.0
_MOST_REMEMBERED = 10_000
_LONGEST_SECRET = 200
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

Means = Literal["session", "token"]


class NotSignedIn(RegistryError):
    """The call needs somebody signed in, or the token is unknown, revoked or over."""

    code = "not-signed-in"


class ForgedRequest(RegistryError):
    """A browser's unsafe request without proof that it came from one of our own pages."""

    code = "forged-request"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is asking and how they proved it; `secret` is the browser's own cookie, from which form tokens derive."""

    actor: Actor
    means: Means | None
    secret: str | None


class Identities:
    """Finds the actor behind a secret, remembering the answer briefly."""

    def __init__(self, engine: Engine, *, is_demo: bool = False) -> None:
        self._engine = engine
        self._is_demo = is_demo
        self._known: dict[tuple[Means, str], tuple[float, Actor]] = {}
        self._lock = Lock()

    def remembered(self, means: Means, secret: str) -> Actor | None:
        """Return the actor when this process looked it up moments ago."""
        found = self._known.get((means, secret))
        return found[1] if found is not None and found[0] > time.monotonic() else None

    def look_up(self, means: Means, secret: str) -> Actor | None:
        """Ask the database, and remember a positive answer."""
        query = actor_of_token if means == "token" else actor_of_web_session
        with reading(self._engine) as session:
            actor = query(session, secret, at=now(), is_demo=self._is_demo)
        with self._lock:
            if actor is None:
                self._known.pop((means, secret), None)
            else:
                if len(self._known) >= _MOST_REMEMBERED:
                    self._known.clear()
                self._known[means, secret] = (time.monotonic() + REMEMBERED_SECONDS, actor)
        return actor

    def forget(self, means: Means, secret: str) -> None:
        """Stop remembering: the session has just ended here."""
        with self._lock:
            self._known.pop((means, secret), None)

    def forget_user(self, user_id: int | None) -> None:
        """Stop remembering all of one user's sessions and tokens: some of them have just ended here."""
        with self._lock:
            self._known = {key: found for key, found in self._known.items() if found[1].user_id != user_id}


class Authentication:
    """ASGI middleware that puts the `Identity` into `scope["auth"]` and its actor into `scope["user"]`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Identify, then pass on. Raises NotSignedIn for a token that is not in force."""
        identity = await _identify(scope)
        scope["auth"] = identity
        scope["user"] = identity.actor
        await self.app(scope, receive, send)


async def _identify(scope: Scope) -> Identity:
    identities: Identities = scope["litestar_app"].state["identities"]
    bearer, cookies = _credentials(scope)
    if bearer is not None:
        actor = await _actor(identities, "token", bearer)
        if actor is None:
            raise NotSignedIn(
                "接口令牌无效、已撤销或已过期，请换用有效的令牌",
                "The API token is unknown, revoked or expired; use one that is in force",
            )
        return Identity(actor, "token", None)
    secret = cookies.get(SESSION_COOKIE)
    actor = await _actor(identities, "session", secret) if secret else None
    if actor is not None:
        return Identity(actor, "session", secret)
    return Identity(PUBLIC, None, cookies.get(FORM_COOKIE))


async def _actor(identities: Identities, means: Means, secret: str) -> Actor | None:
    if len(secret) > _LONGEST_SECRET:
        return None
    known = identities.remembered(means, secret)
    return known if known is not None else await to_thread(identities.look_up, means, secret)


def _credentials(scope: Scope) -> tuple[str | None, dict[str, str]]:
    """Return the bearer token, and the cookies when there is none: a token call must not ride on a session."""
    cookie_header = ""
    for name, value in cast("Any", scope)["headers"]:
        if name == b"authorization":
            kind, _, secret = value.decode("latin-1").partition(" ")
            if kind.lower() == "bearer":
                return secret.strip(), {}
        elif name == b"cookie":
            cookie_header = value.decode("latin-1")
    return None, _cookies(cookie_header)


def _cookies(header: str) -> dict[str, str]:
    if not header:
        return {}
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}


def identity_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Identity:
    """Return who is asking; anybody, where the middleware did not run (an unknown address)."""
    return cast("Identity", connection.scope.get("auth") or Identity(PUBLIC, None, None))


def form_token(identity: Identity) -> str:
    """Return a token for this browser's forms to send back; empty for a browser without a secret cookie.

    It differs on every page, so that compressing pages gives nothing away about the secret.
    """
    return "" if identity.secret is None else _signed(identity.secret, secrets.token_hex(16))


def _signed(secret: str, nonce: str) -> str:
    return f"{nonce}.{hmac.new(secret.encode(), nonce.encode(), hashlib.sha256).hexdigest()}"


def _is_own(identity: Identity, token: str) -> bool:
    if identity.secret is None:
        return False
    expected = _signed(identity.secret, token.partition(".")[0])
    return hmac.compare_digest(token.encode(), expected.encode())


async def refuse_forged(request: Request[Any, Any, Any]) -> None:
    """Raise ForgedRequest for a browser's unsafe request that carries no token of its own session."""
    if request.method in _SAFE_METHODS:
        return
    identity = identity_of(request)
    if identity.means == "token":
        _refuse_read_only(identity.actor)
        return
    sent = request.headers.get(CSRF_HEADER) or await _token_in_form(request)
    if request.headers.get("sec-fetch-site") == "cross-site" or not _is_own(identity, sent):
        raise ForgedRequest(
            "页面已过期或请求来源不明，请刷新页面后重试",
            "The page is too old or the request came from elsewhere; reload it",
        )


def refuse_forms(request: Request[Any, Any, Any]) -> None:
    """Raise ForgedRequest for what a page of another site could send unasked: anything but JSON, or across sites."""
    is_json = request.content_type[0] == "application/json"
    if not is_json or request.headers.get("sec-fetch-site") == "cross-site":
        raise ForgedRequest(
            "请以 application/json 提交；网页上请使用意见表单",
            "Send application/json; on a page, use the form for comments",
        )


def _refuse_read_only(actor: Actor) -> None:
    """Keep a token without the scope to change anything from every unsafe call, whatever the call may check itself."""
    if actor.scopes is not None and not actor.scopes & {"write", "decide"}:
        raise NotAllowed(
            "此令牌只能读取，请换用带“write”或“decide”权限的令牌",
            "This token only reads; use one with the scope “write” or “decide”",
        )


async def _token_in_form(request: Request[Any, Any, Any]) -> str:
    if request.content_type[0] not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        return ""
    return str((await request.form()).get(CSRF_FIELD) or "")


async def signed_in(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Guard: somebody must be signed in. Raises NotSignedIn."""
    need_sign_in(connection)


async def may_edit(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Guard: somebody signed in whose group may edit projects. Raises NotSignedIn, NotAllowed."""
    await signed_in(connection, handler)
    require(identity_of(connection).actor, "edit_projects")


def need_sign_in(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    """Raise NotSignedIn unless somebody is signed in."""
    if identity_of(connection).means is None:
        raise NotSignedIn("请先登录，或使用有效的接口令牌", "Sign in first, or send an API token that is in force")


async def signed_in_by_browser(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Guard: a person must be signed in; a token must not change what its owner signs in with. Raises NotSignedIn."""
    means = identity_of(connection).means
    if means is None:
        raise NotSignedIn("请先登录", "Sign in first")
    if means == "token":
        raise NotAllowed("账户设置须本人登录后办理，不能使用令牌", "Sign in yourself for this; a token may not do it")
