"""Conditional calls: ETag with If-None-Match and If-Match, and Idempotency-Key on creating calls."""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

import msgspec
from litestar.params import HeaderParameter
from sqlalchemy import Engine, delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from registry.accounts.model import Actor
from registry.audit import now
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput, RegistryError
from registry.web.model import IdempotentAnswer

IfMatch = Annotated[str | None, HeaderParameter(name="If-Match", description="ETag of the version you saw; needed")]
KEPT_FOR = timedelta(hours=24)
_KEY = re.compile(r"^[\x21-\x7e]{1,128}$")
_TAG = re.compile(r'(W/)?"([^"]*)"')


class PreconditionMissing(RegistryError):
    """A change must say which revision its author saw."""

    code = "precondition-required"


class KeyReused(RegistryError):
    """The same Idempotency-Key came with a different request."""

    code = "idempotency-key-reused"


class Answer(msgspec.Struct, frozen=True):
    """What a creating call answered: enough to say it again."""

    status: int
    headers: dict[str, str]
    body: str


def etag(revision_hash: str) -> str:
    """Return the ETag of a revision."""
    return f'"{revision_hash}"'


def is_known_already(if_none_match: str | None, revision_hash: str) -> bool:
    """Say whether the caller holds this revision; weak tags count here."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or any(tag == revision_hash for _, tag in _TAG.findall(if_none_match))


def seen_hashes(if_match: str | None) -> frozenset[str]:
    """Return the revision hashes an If-Match names. Raises PreconditionMissing when there is none to compare with.

    `*` would overwrite whatever is there, which is what the condition exists to prevent, so it counts as missing.
    """
    if if_match is None or if_match.strip() in {"", "*"}:
        raise PreconditionMissing(
            "修改项目须带 If-Match 请求头，值为读取时得到的 ETag；请先读取项目",
            "A change needs an If-Match header with the ETag of the read; read the project first",
        )
    return frozenset(tag for weak, tag in _TAG.findall(if_match) if not weak)


def once(
    engine: Engine, actor: Actor, *, key: str | None, request: bytes, act: Callable[[Session], Answer]
) -> tuple[Answer, bool]:
    """Perform a creating call in one transaction, or return what it answered before (and True).

    The answer is kept for a day, in the same transaction as the act itself. Raises KeyReused, InvalidInput.
    """
    if key is None:
        with writing(engine) as session:
            return act(session), False
    if not _KEY.match(key):
        zh, en = (
            "Idempotency-Key 应为 1–128 个可见 ASCII 字符",
            "Idempotency-Key should be 1–128 visible ASCII characters",
        )
        raise InvalidInput.of([Finding("Idempotency-Key", "invalid-header", zh, en)])
    digest = hashlib.sha256(request).hexdigest()
    before = _stored(engine, actor, key, digest)
    if before is not None:
        return before, True
    try:
        with writing(engine) as session:
            answer = act(session)
            _keep(session, actor, key, digest, answer)
            return answer, False
    except IntegrityError:
        # The same call arrived twice at once and the other one was first: ours has left nothing.
        before = _stored(engine, actor, key, digest)
        if before is None:
            raise
        return before, True


def _stored(engine: Engine, actor: Actor, key: str, digest: str) -> Answer | None:
    with reading(engine) as session:
        found = session.get(IdempotentAnswer, (actor.user_id, key))
    if found is None or found.created_at < now() - KEPT_FOR:
        return None
    if found.request_sha256 != digest:
        raise KeyReused(
            f"Idempotency-Key “{key}”已用于另一个请求，请换一个", f'Idempotency-Key "{key}" came with another request'
        )
    return Answer(found.status, msgspec.json.decode(found.headers, type=dict[str, str]), found.body)


def _keep(session: Session, actor: Actor, key: str, digest: str, answer: Answer) -> None:
    moment = now()
    session.execute(delete(IdempotentAnswer).where(col(IdempotentAnswer.created_at) < moment - KEPT_FOR))
    headers = msgspec.json.encode(answer.headers).decode()
    session.add(
        IdempotentAnswer(
            user_id=actor.user_id or 0,
            key=key,
            request_sha256=digest,
            status=answer.status,
            headers=headers,
            body=answer.body,
            created_at=moment,
        )
    )
    session.flush()
