"""Rehearsals and private packs over the API."""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, RawBody
from msgspec import Meta
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.assessments.private_packs import (
    end_private_pack,
    files_of_zip,
    find_own_pack,
    keep_private_pack,
    own_packs,
)
from registry.assessments.work import enqueue_rehearsal
from registry.database import reading, writing
from registry.web.api.assessments import JobOut, Number, job_answer
from registry.web.auth import identity_of
from registry.web.bodies import as_of_or_today, json_answer, read_body
from registry.web.openapi import answers, problems

Anybody = Request[Any, Any, Any]
ZIP_START = b"PK\x03\x04"
Texts = dict[Annotated[str, Meta(max_length=200)], str]


class RehearsalIn(msgspec.Struct, forbid_unknown_fields=True):
    """Two versions of a pack; `draft` (path within the pack to text) is where the new one stands before publication."""

    pack: Annotated[str, Meta(min_length=1, max_length=80)]
    old: Annotated[str, Meta(min_length=1, max_length=40)]
    new: Annotated[str, Meta(min_length=1, max_length=40)]
    as_of: date | None = None
    draft: Texts | None = None


class PrivatePackIn(msgspec.Struct, forbid_unknown_fields=True):
    """A pack as texts: path within the pack (`pack.yaml`, `v1/rules.yaml` …) to the text of the file."""

    files: Texts


class PrivatePackOut(msgspec.Struct):
    """A pack of your organisation."""

    pack: str
    name_zh: str
    name_en: str
    versions: list[str]
    rules: int
    uploaded_at: datetime


@post(
    "/rehearsals",
    sync_to_thread=True,
    status_code=202,
    responses={**answers(JobOut, "The job that was asked for", 202), **problems(400, 401, 403, 404, 422)},
)
def rehearse(request: Anybody, body: RawBody) -> Response[bytes]:
    """Compare two versions of a pack over the projects you may see, as a job. A draft is checked before it is taken."""
    actor = identity_of(request).actor
    require(actor, "rehearse_rules")
    asked = read_body(body, RehearsalIn)
    with writing(request.app.state.engine) as session:
        number = enqueue_rehearsal(
            session,
            actor,
            pack=asked.pack,
            old=asked.old,
            new=asked.new,
            as_of=as_of_or_today(asked.as_of),
            draft=asked.draft,
        )
    return job_answer(request, number, status=202, headers={"Location": f"/api/v1/rehearsals/{number}"})


@get(
    "/rehearsals/{number:int}",
    sync_to_thread=True,
    responses={**answers(JobOut, "How far it is, and who flips once done"), **problems(400, 401, 404)},
)
def read_rehearsal(request: Anybody, number: Number) -> Response[bytes]:
    """Follow a rehearsal you asked for."""
    return job_answer(request, number)


@get(
    "/private-packs",
    sync_to_thread=True,
    responses={**answers(list[PrivatePackOut], "Those in use"), **problems(400, 401, 403)},
)
def list_private(request: Anybody) -> Response[bytes]:
    """List the rule packs of your own bank."""
    with reading(request.app.state.engine) as session:
        return json_answer(private_packs(session, identity_of(request).actor))


def private_packs(session: Session, actor: Actor) -> list[PrivatePackOut]:
    """Return the packs of the actor's bank. Raises NotAllowed."""
    return [
        PrivatePackOut(
            pack=pack.id,
            name_zh=pack.head.name_zh,
            name_en=pack.head.name_en,
            versions=list(pack.versions),
            rules=sum(len(version.rules) for version in pack.versions.values()),
            uploaded_at=row.uploaded_at,
        )
        for row, pack in own_packs(session, actor)
    ]


@post(
    "/private-packs",
    sync_to_thread=True,
    status_code=201,
    responses={**answers(PrivatePackOut, "Checked and in use", 201), **problems(400, 401, 403, 413, 422)},
)
def keep(request: Anybody, body: RawBody) -> Response[bytes]:
    """Upload a rule pack of your own bank: a ZIP of its folder, or its files as JSON. An older one of its id ends."""
    actor = identity_of(request).actor
    require(actor, "keep_private_packs")
    files = files_of_zip(body) if body.startswith(ZIP_START) else read_body(body, PrivatePackIn).files
    with writing(request.app.state.engine) as session:
        pack_id = keep_private_pack(session, actor, files).pack_id
        kept = next(each for each in private_packs(session, actor) if each.pack == pack_id)
    return json_answer(kept, status=201, headers={"Location": f"/api/v1/private-packs/{kept.pack}"})


@get(
    "/private-packs/{pack:str}",
    sync_to_thread=True,
    responses={**answers(PrivatePackIn, "Its files as uploaded"), **problems(400, 401, 403, 404)},
)
def read_private(request: Anybody, pack: FromPath[str]) -> Response[bytes]:
    """Read the files of a pack of your own bank; another bank's is not found."""
    with reading(request.app.state.engine) as session:
        row, _ = find_own_pack(session, identity_of(request).actor, pack)
    return json_answer(PrivatePackIn(msgspec.json.decode(row.files)))


@delete("/private-packs/{pack:str}", sync_to_thread=True, status_code=204, responses=problems(400, 401, 403, 404))
def end(request: Anybody, pack: FromPath[str]) -> None:
    """Stop using a pack of your own bank."""
    with writing(request.app.state.engine) as session:
        end_private_pack(session, identity_of(request).actor, pack)


BODIES: dict[str, Any] = {"/api/v1/rehearsals": RehearsalIn, "/api/v1/private-packs": PrivatePackIn}
"""Path of a call to the structure of its body."""

handlers = [rehearse, read_rehearsal, list_private, keep, read_private, end]
