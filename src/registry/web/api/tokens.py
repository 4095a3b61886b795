"""My API tokens over the API: list and revoke with a token, create only when signed in as a person."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, RawBody

from registry.accounts.model import Scope
from registry.accounts.operations import issue_token, revoke_token
from registry.accounts.queries import tokens_of
from registry.database import reading, writing
from registry.projects.validation import MalformedJson
from registry.web.auth import identity_of, signed_in_by_browser
from registry.web.openapi import answers, problems

Anybody = Request[Any, Any, Any]


class TokenOut(msgspec.Struct):
    """One token in force or over; its secret is not kept."""

    id: int
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime


class TokenWanted(msgspec.Struct, forbid_unknown_fields=True):
    """A token to create; without scopes it only reads."""

    name: str
    days: int
    scopes: list[Scope] = []


class NewToken(msgspec.Struct):
    """The secret, told this once: send it as `Authorization: Bearer …`."""

    secret: str


@get(
    "/tokens",
    sync_to_thread=True,
    responses={**answers(list[TokenOut], "Your tokens, newest first"), **problems(400, 401)},
)
def list_tokens(request: Anybody) -> Response[bytes]:
    """List your API tokens that were not revoked."""
    with reading(request.app.state.engine) as session:
        found = [
            TokenOut(item.id or 0, item.name, item.scopes.split(), item.created_at, item.expires_at)
            for item in tokens_of(session, identity_of(request).actor.user_id)
        ]
    return Response(msgspec.json.encode(found), media_type="application/json", headers=_NO_STORE)


@post(
    "/tokens",
    sync_to_thread=True,
    status_code=201,
    guards=[signed_in_by_browser],
    responses={**answers(NewToken, "Created", 201), **problems(400, 401, 403, 422)},
)
def create_token(request: Anybody, body: RawBody) -> Response[bytes]:
    """Create an API token. A token cannot make another: what was stolen must not outlive its revocation."""
    try:
        wanted = msgspec.json.decode(body, type=TokenWanted)
    except msgspec.DecodeError as error:
        raise MalformedJson(
            "请求须为含 name、days、scopes 的 JSON 对象", f"A JSON object with name, days and scopes is needed: {error}"
        ) from None
    with writing(request.app.state.engine) as session:
        secret = issue_token(
            session,
            user_id=identity_of(request).actor.user_id or 0,
            name=wanted.name,
            scopes=wanted.scopes,
            lifetime=timedelta(days=max(0, min(wanted.days, 10_000))),
        )
    return Response(
        msgspec.json.encode(NewToken(secret)), status_code=201, media_type="application/json", headers=_NO_STORE
    )


@delete(
    "/tokens/{token_id:int}",
    sync_to_thread=True,
    status_code=204,
    responses={**problems(400, 401, 403, 404)},
)
def delete_token(request: Anybody, token_id: FromPath[int]) -> None:
    """Revoke one of your API tokens."""
    actor = identity_of(request).actor
    with writing(request.app.state.engine) as session:
        revoke_token(session, user_id=actor.user_id or 0, token_id=token_id)
    request.app.state.identities.forget_user(actor.user_id)


_NO_STORE = {"Cache-Control": "no-store"}
handlers = [list_tokens, create_token, delete_token]
