"""The rule books, rehearsals of a change, and a bank's own packs."""

from asyncio import to_thread
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, RawBody

from registry import jobs
from registry.accounts.permissions import require
from registry.assessments.private_packs import (
    end_private_pack,
    files_of_texts,
    files_of_zip,
    keep_private_pack,
    visible_packs,
)
from registry.assessments.rehearsing import VERDICT_RANK
from registry.assessments.work import REHEARSE, enqueue_rehearsal
from registry.database import reading, writing
from registry.eligibility.model import VERDICT_TERMS
from registry.eligibility.rulebook import rulebook
from registry.errors import InvalidInput, NotFound
from registry.projects.catalogue import fields
from registry.web.api.assessments import Number
from registry.web.api.libraries import libraries
from registry.web.api.rehearsals import private_packs
from registry.web.auth import signed_in
from registry.web.forms import read_form
from registry.web.pages.eligibility import governing_day, see_other
from registry.web.rendering import Visit, page, visit

Anybody = Request[Any, Any, Any]
TEXTS = ("pack", "rules", "parameters", "cases", "reading")


@get("/rules", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def library_list(request: Anybody) -> Response[str]:
    """Show every rule pack with its versions and how well it is sourced."""
    here = visit(request)
    day = governing_day(request.query_params.get("as_of", ""))
    with reading(here.engine) as session:
        found = libraries(session, here.actor, day)
    return page("eligibility/libraries.html", here, libraries=found, as_of=day)


@get("/rules/{pack:str}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def rule_book(request: Anybody, pack: FromPath[str]) -> Response[str]:
    """Show a rule book in two columns: the clause left, the rule right."""
    here = visit(request)
    day = governing_day(request.query_params.get("as_of", ""))
    with reading(here.engine) as session:
        packs = visible_packs(session, here.actor)
    book = rulebook(packs[pack], day, vocabulary=packs.vocabulary)
    return page("eligibility/rulebook.html", here, book=book, marked=request.query_params.get("rule"))


@get("/rehearsals", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def rehearsal_form(request: Anybody) -> Response[str]:
    """Show the form of a rehearsal and the ones asked for before."""
    return _rehearsals(visit(request))


def _rehearsals(here: Visit, error: InvalidInput | None = None) -> Response[str]:
    require(here.actor, "rehearse_rules")
    day = governing_day("")
    with reading(here.engine) as session:
        found = libraries(session, here.actor, day)
    asked = [job for job in jobs.latest_jobs(here.engine, requested_by=here.actor.user_id) if job.kind == REHEARSE]
    told = [(job.id, job.state, job.requested_at, msgspec.json.decode(job.parameters)) for job in asked]
    return page(
        "eligibility/rehearsals.html",
        here,
        status=422 if error else 200,
        libraries=found,
        asked=told,
        as_of=day,
        findings=error.findings if error else (),
    )


@post("/rehearsals", include_in_schema=False, guards=[signed_in])
async def rehearse(request: Anybody) -> Response[Any]:
    """Ask for a rehearsal: two versions named `pack@version`, or a draft as a ZIP."""
    form = await request.form()
    upload = form.get("draft")
    content = await upload.read() if isinstance(upload, UploadFile) else b""
    texts = {name: str(form.get(name) or "") for name in ("old", "new", "as_of")}
    return await to_thread(_start_rehearsal, visit(request), texts, content)


def _start_rehearsal(here: Visit, form: dict[str, str], draft: bytes) -> Response[Any]:
    require(here.actor, "rehearse_rules")
    pack, _, old = form["old"].partition("@")
    new = form["new"].strip().partition("@")[2] or form["new"].strip()
    try:
        files = files_of_zip(draft) if draft else None
        with writing(here.engine) as session:
            number = enqueue_rehearsal(
                session, here.actor, pack=pack, old=old, new=new, as_of=governing_day(form["as_of"]), draft=files
            )
    except InvalidInput as error:
        return _rehearsals(here, error)
    return see_other(f"/rehearsals/{number}")


@get("/rehearsals/{number:int}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def rehearsal_page(request: Anybody, number: Number) -> Response[str]:
    """Show whose verdict changes, by province, task and amount, and who is kept out by one rule alone."""
    here = visit(request)
    with reading(here.engine) as session:
        job = jobs.find_job(session, number, requested_by=here.actor.user_id)
    if job.kind != REHEARSE:
        raise NotFound(f"没有编号为 {number} 的预演", f"There is no rehearsal {number} of yours")
    found = msgspec.json.decode(job.result) if job.result else None
    return page(
        "eligibility/rehearsal.html",
        here,
        job=job,
        asked=msgspec.json.decode(job.parameters),
        found=found,
        sides=sides_of(found["flips"]) if found else (),
        provinces=provinces_of(found["by_province"]) if found else (),
        verdict_terms=VERDICT_TERMS,
        tasks=fields()["beautiful_city_task"].term,
    )


def _gain(row: Mapping[str, Any]) -> int:
    """Return whether a verdict rises (1) or falls (-1); 0 where the pack begins or ceases to concern the project."""
    if row["before"] is None or row["after"] is None:
        return 0
    step = VERDICT_RANK.index(row["after"]) - VERDICT_RANK.index(row["before"])
    return (step > 0) - (step < 0)


def sides_of(flips: Sequence[Mapping[str, Any]]) -> list[tuple[str, tuple[str, str], list[Mapping[str, Any]]]]:
    """Return the changed projects as winners, losers and the rest, by province."""
    heads = {
        1: ("winners", ("▲ 改善的项目", "▲ Projects better off")),
        -1: ("losers", ("▼ 变差的项目", "▼ Projects worse off")),
        0: ("others", ("适用与否改变的项目", "Projects the pack begins or ceases to concern")),
    }
    ordered = sorted(flips, key=lambda row: (row["province"] is None, row["province"] or "", row["code"]))
    return [(key, title, [row for row in ordered if _gain(row) == gain]) for gain, (key, title) in heads.items()]


def provinces_of(groups: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what each province wins and loses, those that lose most first."""
    found: dict[str | None, dict[str, Any]] = {}
    for row in groups:
        own = {"name": row["value"], "won": 0, "lost": 0, "won_amount": Decimal(0), "lost_amount": Decimal(0)}
        each, side = found.setdefault(row["value"], own), {1: "won", -1: "lost"}.get(_gain(row))
        if side:
            each[side] += row["projects"]
            each[f"{side}_amount"] += Decimal(row["amount"])
    told = (each for each in found.values() if each["won"] or each["lost"])
    return sorted(told, key=lambda each: (-each["lost"], -each["won"], each["name"] or ""))


@get("/private-packs", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def pack_list(request: Anybody) -> Response[str]:
    """Show the bank its own packs, and the form to upload one."""
    return _packs(visit(request), {})


def _packs(here: Visit, form: dict[str, str], error: InvalidInput | None = None) -> Response[str]:
    with reading(here.engine) as session:
        found = private_packs(session, here.actor)
    status = 422 if error else 200
    findings = error.findings if error else ()
    return page("eligibility/packs.html", here, status=status, packs=found, form=form, findings=findings)


@post("/private-packs", include_in_schema=False, guards=[signed_in])
async def upload_pack(request: Anybody) -> Response[Any]:
    """Take a pack as a ZIP or as texts; refused whole with file, line and reason."""
    form = await request.form()
    upload = form.get("file")
    content = await upload.read() if isinstance(upload, UploadFile) else b""
    texts = {name: str(form.get(name) or "") for name in TEXTS}
    return await to_thread(_keep, visit(request), texts, content)


def _keep(here: Visit, form: dict[str, str], content: bytes) -> Response[Any]:
    require(here.actor, "keep_private_packs")
    try:
        files = files_of_zip(content) if content else files_of_texts(**form)
        with writing(here.engine) as session:
            keep_private_pack(session, here.actor, files)
    except InvalidInput as error:
        return _packs(here, form, error)
    return see_other("/private-packs")


@post("/private-packs/{pack:str}/end", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def end_pack(request: Anybody, pack: FromPath[str], body: RawBody) -> Response[Any]:
    """Stop using a pack."""
    here = visit(request)
    read_form(body)
    with writing(here.engine) as session:
        end_private_pack(session, here.actor, pack)
    return see_other("/private-packs")


handlers = [
    library_list,
    rule_book,
    rehearsal_form,
    rehearse,
    rehearsal_page,
    pack_list,
    upload_pack,
    end_pack,
]
