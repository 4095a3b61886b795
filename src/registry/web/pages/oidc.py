"""Signing in through the identity provider of the settings; without one these addresses are not there."""

from typing import Any

from litestar import Request, Response, get
from sqlmodel import select

from registry.accounts.model import UserAccount
from registry.accounts.sessions import PENDING_LIFETIME, begin_pending, close_pending, find_pending, refuse_sign_in
from registry.database import reading, writing
from registry.errors import NotFound
from registry.web.oidc import OidcRefused, arrive, depart
from registry.web.pages.sign_in import PENDING_COOKIE, local, proceed, redirect
from registry.web.rendering import Visit, cookie, visit


def _visit(request: Request[Any, Any, Any]) -> Visit:
    here = visit(request)
    if here.settings.oidc_issuer is None:
        raise NotFound("本系统未设置统一身份认证", "No identity provider is set up here")
    return here


@get("/sign-in/oidc", sync_to_thread=True, include_in_schema=False)
def leave_for_provider(request: Request[Any, Any, Any]) -> Response[Any]:
    """Send the browser to the provider. Raises NotFound, OidcRefused."""
    here = _visit(request)
    departure = depart(here.settings)
    memo = {**departure.memo, "target": local(request.query_params.get("next", "/"))}
    with writing(here.engine) as session:
        pending = begin_pending(session, user_id=None, memo=memo)
    lifetime = int(PENDING_LIFETIME.total_seconds())
    return redirect(departure.address, [cookie(here, PENDING_COOKIE, pending, max_age=lifetime)])


@get("/sign-in/oidc/return", sync_to_thread=True, include_in_schema=False)
def return_from_provider(request: Request[Any, Any, Any]) -> Response[Any]:
    """Sign in whom the provider vouches for, if that person has an account here. Raises NotFound, OidcRefused."""
    here = _visit(request)
    secret = request.cookies.get(PENDING_COOKIE, "")
    with reading(here.engine) as session:
        pending = find_pending(session, secret)
    if pending is None or "nonce" not in pending.memo:
        raise OidcRefused("登录请求已过期，请重新登录", "The sign-in took too long; begin again")
    with writing(here.engine) as session:
        # Used once, whether it leads anywhere or not.
        close_pending(session, secret)
    subject = arrive(here.settings, pending.memo, dict(request.query_params))
    with reading(here.engine) as session:
        user = session.exec(select(UserAccount).where(UserAccount.oidc_subject == subject)).one_or_none()
    if user is None or not user.is_active or user.is_sample:
        with writing(here.engine) as session:
            refuse_sign_in(session, login=f"oidc:{subject}")
        raise OidcRefused(
            f"您的统一身份（{subject}）尚未关联本系统账户，请管理员用 registry user link 关联",
            f"Your identity ({subject}) is linked to no account here; ask for `registry user link`",
        )
    return proceed(request, here, user, str(pending.memo["target"]))


handlers = [leave_for_provider, return_from_provider]
