"""Notices over the API: read them, say where mail goes; and for the operator webhooks, deliveries and replays."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post, put
from litestar.params import QueryParameter, RawBody
from msgspec import Meta

from registry.accounts.permissions import require
from registry.database import reading, writing
from registry.projects.notices.operations import add_webhook, mark_read, replay, set_mail_address, switch_webhook
from registry.projects.notices.queries import (
    DeliveryLine,
    NoticeLine,
    WebhookLine,
    deliveries,
    mail_address,
    my_notices,
    webhooks,
)
from registry.web.api.assessments import Number
from registry.web.auth import identity_of
from registry.web.bodies import json_answer, read_body
from registry.web.openapi import answers, problems

Anybody = Request[Any, Any, Any]
Before = Annotated[int | None, QueryParameter(ge=1, le=2**31 - 1, description="Only those with a smaller number")]
Limit = Annotated[int, QueryParameter(ge=1, le=100)]


class ReadIn(msgspec.Struct, forbid_unknown_fields=True):
    """Which notices you have seen."""

    notices: Annotated[list[Annotated[int, Meta(ge=0, le=2**31 - 1)]], Meta(max_length=1000)]


class MailAddressOut(msgspec.Struct):
    """Where you want mail; null for nowhere."""

    address: str | None


class MailAddressIn(msgspec.Struct, forbid_unknown_fields=True):
    """Where you want mail; null for nowhere."""

    address: Annotated[str, Meta(max_length=254)] | None


class WebhookIn(msgspec.Struct, forbid_unknown_fields=True):
    """Which organisation's system is to be called, and where."""

    organisation: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    url: Annotated[str, Meta(min_length=1, max_length=500)]


class NewWebhookOut(msgspec.Struct):
    """A webhook and its signing secret, which is told this once."""

    id: int
    secret: str


class SwitchIn(msgspec.Struct, forbid_unknown_fields=True):
    """Whether an address is to be called."""

    is_active: bool


class ReplayOut(msgspec.Struct):
    """The job that sends a delivery again."""

    job: int


@get("/notices", sync_to_thread=True, responses={**answers(list[NoticeLine], "Newest first"), **problems(400, 401)})
def notices(
    request: Anybody,
    unread: Annotated[bool, QueryParameter(description="Only those you have not seen")] = False,
    before: Before = None,
    limit: Limit = 50,
) -> Response[bytes]:
    """List the notices to your organisation."""
    actor = identity_of(request).actor
    with reading(request.app.state.engine) as session:
        return json_answer(my_notices(session, actor, only_unread=unread, before=before, limit=limit))


@post("/notices/read", sync_to_thread=True, status_code=204, responses=problems(400, 401, 422))
def read(request: Anybody, body: RawBody) -> None:
    """Note that you have seen these notices; others' are passed over."""
    asked = read_body(body, ReadIn)
    with writing(request.app.state.engine) as session:
        mark_read(session, identity_of(request).actor, asked.notices)


@get(
    "/notices/mail-address",
    sync_to_thread=True,
    responses={**answers(MailAddressOut, "Where you want mail"), **problems(400, 401)},
)
def own_address(request: Anybody) -> Response[bytes]:
    """Show where your own mail goes."""
    with reading(request.app.state.engine) as session:
        return json_answer(MailAddressOut(mail_address(session, identity_of(request).actor)))


@put("/notices/mail-address", sync_to_thread=True, status_code=204, responses=problems(400, 401, 422))
def set_own_address(request: Anybody, body: RawBody) -> None:
    """Say where you want mail of notices to your organisation, null for nowhere."""
    asked = read_body(body, MailAddressIn)
    with writing(request.app.state.engine) as session:
        set_mail_address(session, identity_of(request).actor, asked.address)


@get(
    "/webhooks",
    sync_to_thread=True,
    responses={**answers(list[WebhookLine], "By organisation"), **problems(400, 401, 403)},
)
def list_webhooks(request: Anybody) -> Response[bytes]:
    """List where systems of organisations are called."""
    with reading(request.app.state.engine) as session:
        return json_answer(webhooks(session, identity_of(request).actor))


@post(
    "/webhooks",
    sync_to_thread=True,
    status_code=201,
    responses={
        **answers(NewWebhookOut, "Keep the secret: it is told this once", 201),
        **problems(400, 401, 403, 404, 422),
    },
)
def new_webhook(request: Anybody, body: RawBody) -> Response[bytes]:
    """Let an organisation's system be called with its notices.

    Each notice is sent by POST as JSON: `id`, `kind`, `project`, `text`, `text_en` and `at`. Check where it comes from:
    `X-Registry-Signature` is `sha256=` and the HMAC-SHA256, in hex, of the bytes `<X-Registry-Timestamp>.<body>` under
    the secret of this answer; the timestamp is in seconds since 1970, and an old one may be a repetition by somebody
    else. `X-Registry-Delivery` stays the same when a delivery is repeated. Answer 2xx within 10 seconds; anything else,
    a redirect too, is tried again after 1, 5 and 30 minutes, 3 and 12 hours, and then waits for a replay.
    """
    actor = identity_of(request).actor
    require(actor, "manage_deliveries")
    asked = read_body(body, WebhookIn)
    with writing(request.app.state.engine) as session:
        webhook, secret = add_webhook(session, actor, organisation_id=asked.organisation, url=asked.url)
        return json_answer(NewWebhookOut(webhook.id or 0, secret), status=201)


@put("/webhooks/{number:int}", sync_to_thread=True, status_code=204, responses=problems(400, 401, 403, 404, 422))
def switch(request: Anybody, number: Number, body: RawBody) -> None:
    """Call an address no more, or again."""
    actor = identity_of(request).actor
    require(actor, "manage_deliveries")
    asked = read_body(body, SwitchIn)
    with writing(request.app.state.engine) as session:
        switch_webhook(session, actor, number, is_active=asked.is_active)


@get(
    "/deliveries",
    sync_to_thread=True,
    responses={**answers(list[DeliveryLine], "Newest first"), **problems(400, 401, 403)},
)
def list_deliveries(
    request: Anybody,
    failed: Annotated[bool, QueryParameter(description="Only those that failed and have not arrived since")] = False,
    before: Before = None,
    limit: Limit = 50,
) -> Response[bytes]:
    """List what left the house, by which channel, and whether it arrived."""
    actor = identity_of(request).actor
    with reading(request.app.state.engine) as session:
        return json_answer(deliveries(session, actor, only_failed=failed, before=before, limit=limit))


@post(
    "/deliveries/{number:int}/replay",
    sync_to_thread=True,
    status_code=202,
    responses={**answers(ReplayOut, "It is sent again", 202), **problems(400, 401, 403, 404)},
)
def send_again(request: Anybody, number: Number) -> Response[bytes]:
    """Send one delivery again, also one that arrived; the receiver knows it by its number."""
    actor = identity_of(request).actor
    with writing(request.app.state.engine) as session:
        return json_answer(ReplayOut(replay(session, actor, number)), status=202)


BODIES = {
    "/api/v1/notices/read": ReadIn,
    "/api/v1/notices/mail-address": MailAddressIn,
    "/api/v1/webhooks": WebhookIn,
    "/api/v1/webhooks/{number}": SwitchIn,
}
handlers = [
    notices,
    read,
    own_address,
    set_own_address,
    list_webhooks,
    new_webhook,
    switch,
    list_deliveries,
    send_again,
]
