"""Packages over the API: given to banks, taken by them, withdrawn; and checked."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, QueryParameter, RawBody
from litestar.response import File
from msgspec import Meta
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import may, require
from registry.accounts.queries import banks
from registry.database import reading, writing
from registry.packages.checking import Checked, check_package
from registry.packages.release.operations import LONGEST_REASON, KeptPackage, download_package, withdraw_release
from registry.packages.release.queries import (
    Download,
    ReleasedPackage,
    downloads_of,
    find_release,
    list_releases,
)
from registry.packages.release.work import RELEASE, enqueue_release
from registry.web.api.assessments import JobOut, Number, job_answer
from registry.web.api.imports import Key
from registry.web.auth import identity_of
from registry.web.bodies import as_of_or_today, json_answer, read_body
from registry.web.openapi import answers, problems
from registry.web.preconditions import Answer, once

Anybody = Request[Any, Any, Any]
LARGEST_PAGE = 200
LARGEST_CHECKED = 100 * 1024 * 1024
"""Bytes of a package sent to be checked; a larger one is checked where it lies, with `registry verify`."""
Reason = Annotated[str, Meta(max_length=LONGEST_REASON)]


class BankOut(msgspec.Struct):
    """A bank a package can go to."""

    id: int
    name: str


class PackagesOut(msgspec.Struct):
    """Some packages, newest first; `next` is where to go on, null: that was all."""

    items: list[ReleasedPackage]
    next: int | None


class ReleaseIn(msgspec.Struct, forbid_unknown_fields=True):
    """To which bank, why, and under the rules of which day (today unless said)."""

    bank_id: int
    reason: Reason = ""
    as_of: date | None = None


class WithdrawalIn(msgspec.Struct, forbid_unknown_fields=True):
    """Why the package is taken back; the bank is told."""

    reason: Annotated[str, Meta(min_length=1, max_length=LONGEST_REASON)]


class FlawOut(msgspec.Struct):
    """One thing wrong with a package; `file` is `(package)` for the archive itself."""

    file: str
    code: str
    message_zh: str
    message_en: str


class CheckedOut(msgspec.Struct):
    """What a check found. `signature`: `unsigned`, `signed` or `invalid`; `digest` is null where none can be read."""

    is_intact: bool
    is_demo: bool
    signature: str
    signer: str | None
    is_trusted: bool | None
    digest: str | None
    flaws: list[FlawOut]
    known: list[ReleasedPackage]
    """Releases you may see of the package with this digest: whether it is superseded or withdrawn."""


@get(
    "/packages",
    sync_to_thread=True,
    responses={**answers(PackagesOut, "Newest first"), **problems(400, 401, 403)},
)
def list_all(
    request: Anybody,
    project: Annotated[str | None, QueryParameter(max_length=20, description="Packages of this project only")] = None,
    before: Annotated[
        int | None, QueryParameter(ge=1, le=2_000_000_000, description="`next` of the page before")
    ] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)] = 50,
) -> Response[bytes]:
    """List released packages: a bank's own, a city's of its projects, a reviewer's of all it sees."""
    with reading(request.app.state.engine) as session:
        actor = identity_of(request).actor
        found = list_releases(session, actor, code=project, before=before, limit=limit + 1)
    return json_answer(PackagesOut(found[:limit], found[limit - 1].id if len(found) > limit else None))


@get(
    "/packages/banks",
    sync_to_thread=True,
    responses={**answers(list[BankOut], "By name"), **problems(400, 401, 403)},
)
def list_banks(request: Anybody) -> Response[bytes]:
    """List the banks a package can be released to."""
    require(identity_of(request).actor, "release_packages")
    with reading(request.app.state.engine) as session:
        return json_answer([BankOut(each.id or 0, each.name) for each in banks(session)])


@get(
    "/packages/{number:int}",
    sync_to_thread=True,
    responses={**answers(ReleasedPackage, "What was released, and what became of it"), **problems(400, 401, 403, 404)},
)
def read(request: Anybody, number: Number) -> Response[bytes]:
    """Read a released package: digests to check it by, whether it is superseded or withdrawn, and why."""
    with reading(request.app.state.engine) as session:
        return json_answer(find_release(session, identity_of(request).actor, number))


@get(
    "/packages/{number:int}/file",
    sync_to_thread=True,
    media_type="application/zip",
    responses=problems(400, 401, 403, 404),
)
def download(request: Anybody, number: Number) -> File:
    """Download a released package; the download is in the audit log. A withdrawn one is 404."""
    with writing(request.app.state.engine) as session:
        return kept_file(download_package(session, identity_of(request).actor, number))


def kept_file(kept: KeptPackage) -> File:
    """Return a kept package as an attachment, with its digests."""
    headers = {
        "X-Manifest-Digest": kept.manifest_sha256,
        "X-Content-SHA256": kept.content_sha256,
        "Cache-Control": "private, no-store",
    }
    return File(kept.path, filename=kept.name, media_type="application/zip", headers=headers)


@get(
    "/packages/{number:int}/downloads",
    sync_to_thread=True,
    responses={**answers(list[Download], "Oldest first"), **problems(400, 401, 403, 404)},
)
def list_downloads(request: Anybody, number: Number) -> Response[bytes]:
    """Say who downloaded a package, and when; not for banks."""
    with reading(request.app.state.engine) as session:
        return json_answer(downloads_of(session, identity_of(request).actor, number))


@post(
    "/packages/{number:int}/withdrawal",
    sync_to_thread=True,
    status_code=200,
    responses={**answers(ReleasedPackage, "The package, withdrawn"), **problems(400, 401, 403, 404, 422)},
)
def withdraw(request: Anybody, number: Number, body: RawBody) -> Response[bytes]:
    """Take a package back: it is handed out no more, and the bank is told why. Harmless when repeated."""
    actor = identity_of(request).actor
    require(actor, "release_packages")
    asked = read_body(body, WithdrawalIn)
    with writing(request.app.state.engine) as session:
        withdraw_release(session, actor, number, reason=asked.reason.strip())
        return json_answer(find_release(session, actor, number))


@post(
    "/projects/{code:str}/packages",
    sync_to_thread=True,
    status_code=202,
    responses={
        **answers(JobOut, "The job that builds and releases the package; follow its Location", 202),
        **problems(400, 401, 403, 404, 422),
    },
)
def release(request: Anybody, code: FromPath[str], body: RawBody, idempotency_key: Key = None) -> Response[bytes]:
    """Release the package of the latest revision to one bank, as a job; releasing the same again changes nothing."""
    actor, engine = identity_of(request).actor, request.app.state.engine
    require(actor, "release_packages")
    asked = read_body(body, ReleaseIn)
    as_of, reason = as_of_or_today(asked.as_of), asked.reason.strip()

    def act(session: Session) -> Answer:
        job = enqueue_release(session, actor, code, bank_id=asked.bank_id, reason=reason, as_of=as_of)
        return Answer(202, {"Location": f"/api/v1/package-releases/{job}"}, str(job))

    told, is_repeated = once(engine, actor, key=idempotency_key, request=code.encode() + body, act=act)
    replayed = {"Idempotent-Replayed": "true"} if is_repeated else {}
    return job_answer(request, int(told.body), status=told.status, headers={**told.headers, **replayed})


@get(
    "/package-releases/{number:int}",
    sync_to_thread=True,
    responses={**answers(JobOut, "How far it is; `release` and `manifest` once done"), **problems(400, 401, 404)},
)
def follow(request: Anybody, number: Number) -> Response[bytes]:
    """Follow a release you asked for."""
    return job_answer(request, number, kind=RELEASE)


@post(
    "/packages/verification",
    sync_to_thread=True,
    status_code=200,
    request_max_body_size=LARGEST_CHECKED,
    responses={**answers(CheckedOut, "What was changed, missing or added"), **problems(400, 401, 413)},
)
def verify(
    request: Anybody,
    body: RawBody,
    digest: Annotated[str | None, QueryParameter(max_length=64, description="The manifest digest you expect")] = None,
) -> Response[bytes]:
    """Check a package sent as the body, as `registry verify` does offline. Nothing of it is kept."""
    checked = check_package(body, expected_digest=digest or None)
    with reading(request.app.state.engine) as session:
        known = known_releases(session, identity_of(request).actor, checked)
    return json_answer({**checked.as_dict(), "known": known})


def known_releases(session: Session, actor: Actor, checked: Checked) -> list[ReleasedPackage]:
    """Return the releases of this very package that the actor may see."""
    digest = checked.report.digest
    if digest is None or not may(actor, "read_packages"):
        return []
    return list_releases(session, actor, manifest=digest, limit=LARGEST_PAGE)


BODIES = {
    "/api/v1/packages/{number}/withdrawal": WithdrawalIn,
    "/api/v1/projects/{code}/packages": ReleaseIn,
}
handlers = [list_all, list_banks, read, download, list_downloads, withdraw, release, follow, verify]
