"""Pages of the selection of cities 申报与遴选: rounds, one round step by step, the table by code, scores, decision."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.params import RawBody

from registry.accounts.permissions import Act, may, require
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput
from registry.programme.nomination import queries
from registry.programme.nomination.choosing import class_name, mark_nomination
from registry.programme.nomination.comparison import CHOICES, compare, comparison_table
from registry.programme.nomination.operations import save_nomination
from registry.programme.nomination.panel import name_member, own_scores, score_nomination, ties
from registry.programme.nomination.proposal import propose
from registry.programme.nomination.queries import PUBLISHED, is_inside, list_rounds, membership_of
from registry.programme.nomination.registering import register_selected, registered_of
from registry.programme.nomination.rounds import StatedQuota, add_minute, advance_selection, open_selection
from registry.programme.nomination.rules import REGIONS, items, rules, sizes, steps
from registry.programme.papers.queries import list_papers
from registry.web.api.assessments import Number
from registry.web.api.city_selections import move_nomination, read_selection
from registry.web.api.selection_panel import comparison_file
from registry.web.auth import signed_in
from registry.web.bodies import as_of_or_today
from registry.web.forms import read_form
from registry.web.pages.zones import day_of
from registry.web.rendering import Visit, page, visit

Anybody = Request[Any, Any, Any]
_CHINA = ZoneInfo("Asia/Shanghai")
_CODED = ("comparison", "panel", "proposal", "decision", PUBLISHED)
_CHOSEN = ("proposal", "decision", PUBLISHED)


@get("/city-selections", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def selection_list(request: Anybody) -> Response[str]:
    """Show every round, and offer the ministry to open one."""
    here = visit(request)
    with reading(here.engine) as session:
        rounds = list_rounds(session)
    return page(
        "programme/selections.html",
        here,
        rounds=rounds,
        steps=steps(),
        today=as_of_or_today(None),
        regions=REGIONS,
        sizes=sizes(),
        rules=rules(),
    )


@post("/city-selections", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def selection_open(request: Anybody, body: RawBody) -> Response[Any]:
    """Open a round. Raises NotAllowed, InvalidInput."""
    here, form = _asked(request, body, "hold_selections")
    quotas = []
    for region in ("", *REGIONS):
        for size in ("", *sizes()):
            least, most = (_whole(form, f"{kind}-{region}-{size}") for kind in ("least", "most"))
            if (region or size) and (least is not None or most is not None):
                quotas.append(StatedQuota(region, size, least, most))
    with writing(here.engine) as session:
        held = open_selection(
            session,
            here.actor,
            title=form.get("title", ""),
            opens_on=day_of(form.get("opens_on", ""), "opens_on"),
            closes_on=day_of(form.get("closes_on", ""), "closes_on"),
            target=_whole(form, "target"),
            quotas=quotas,
        )
    return _to(held.id)


@get("/city-selections/{number:int}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def selection_page(request: Anybody, number: Number) -> Response[str]:
    """Show a round as far as the visitor may see it, with what they may do in its step. Raises NotFound."""
    here = visit(request)
    with reading(here.engine) as session:
        found = read_selection(session, here.actor, number)
        own = [each for each in found.nominations if each.owner_id == here.actor.organisation_id]
        plans = list_papers(session, here.actor, kinds=("city_plan",)) if may(here.actor, "edit_papers") else []
        inside = _inside(session, here, number, found.round.step)
        is_by_code = queries.is_by_code(session, here.actor, number)
        registered = registered_of(session, number, on=as_of_or_today(None))
    return page(
        "programme/selection.html",
        here,
        found=found,
        held=found.round,
        own=own[0] if own else None,
        plans=plans,
        steps=steps(),
        places={name: place for place, name in enumerate(steps())},
        regions=REGIONS,
        sizes=sizes(),
        choices=CHOICES,
        items=items(),
        rules=rules(),
        today=as_of_or_today(None),
        class_name=class_name,
        is_by_code=is_by_code,
        registered=registered,
        published_on=found.round.step_since.astimezone(_CHINA).date(),
        **inside,
    )


def _inside(session: Any, here: Visit, number: int, step: str) -> dict[str, Any]:
    """Return the table by code, the computed proposal and the visitor's seat; nothing for who is not inside."""
    out: dict[str, Any] = {"table": None, "lines": [], "computed": None, "seat": None, "ties": {}, "scores": {}}
    if step not in _CODED or not is_inside(session, here.actor, number):
        return out
    lines = compare(session, here.actor, number)
    table = comparison_table(lines)
    kinds = [column.kind for column in table.columns]
    out |= {"lines": lines, "table": (table.headings(here.language), list(table.rows(here.language)), kinds)}
    if step in _CHOSEN:
        out["computed"] = propose(session, here.actor, number)
    if membership_of(session, here.actor, number) is not None:
        out |= {"seat": True, "ties": ties(session, here.actor, number)}
        out["scores"] = own_scores(session, here.actor, number)
    return out


@post("/city-selections/{number:int}/nominate", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def selection_nominate(request: Anybody, number: Number, body: RawBody) -> Response[Any]:
    """Keep the city's nomination as a draft. Raises NotAllowed, NotFound, StaleWrite, InvalidInput."""
    here, form = _asked(request, body, "edit_papers")
    with writing(here.engine) as session:
        save_nomination(
            session,
            here.actor,
            number,
            statement=form.get("statement", ""),
            today=as_of_or_today(None),
            urban_population_10k=_number(form, "urban_population_10k"),
            population_source=form.get("population_source"),
            plan_id=_whole(form, "plan"),
            expected_version=_whole(form, "version"),
        )
    return _to(number)


@post("/nominations/{number:int}/actions", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def nomination_act(request: Anybody, number: Number, body: RawBody) -> Response[Any]:
    """Submit, take back, recommend, advise against, or check the form. Raises what the action raises."""
    here, form = visit(request), read_form(body)
    with writing(here.engine) as session:
        move_nomination(
            session,
            here.actor,
            number,
            action=form.get("action", ""),
            version=_whole(form, "version") or 0,
            reason=form.get("reason", ""),
        )
    return _to(_whole(form, "round") or 0)


@post("/city-selections/{number:int}/steps", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def selection_advance(request: Anybody, number: Number, body: RawBody) -> Response[Any]:
    """Close the step with its minutes, or only add to them. Raises NotAllowed, NotFound, StaleWrite, InvalidInput."""
    here, form = _asked(request, body, "hold_selections")
    with writing(here.engine) as session:
        if form.get("action") == "minute":
            add_minute(session, here.actor, number, text=form.get("minutes", ""))
        else:
            advance_selection(
                session,
                here.actor,
                number,
                minutes=form.get("minutes", ""),
                expected_version=_whole(form, "version") or 0,
                today=as_of_or_today(None),
            )
    return _to(number)


@post("/city-selections/{number:int}/panel", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def selection_seat(request: Anybody, number: Number, body: RawBody) -> Response[Any]:
    """Name a member of the panel. Raises NotAllowed, NotFound, InvalidInput."""
    here, form = _asked(request, body, "hold_selections")
    with writing(here.engine) as session:
        home = form.get("home_province") or None
        name_member(session, here.actor, number, login=form.get("login", "").strip(), home_province=home)
    return _to(number)


@post("/city-selections/{number:int}/scores", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def selection_score(request: Anybody, number: Number, body: RawBody) -> Response[Any]:
    """Score one code. Raises NotAllowed, ConflictOfInterest, NotFound, InvalidInput."""
    here, form = _asked(request, body, "score_nominations")
    stated = {item: _number(form, f"score-{place}") for place, item in enumerate(items())}
    with writing(here.engine) as session:
        score_nomination(
            session,
            here.actor,
            number,
            code=form.get("code", ""),
            scores={item: value for item, value in stated.items() if value is not None},
            remark=form.get("remark") or None,
        )
    return _to(number)


@post("/city-selections/{number:int}/marks", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def selection_mark(request: Anybody, number: Number, body: RawBody) -> Response[Any]:
    """Propose or decide on a code. Raises NotAllowed, NotFound, InvalidInput."""
    here, form = _asked(request, body, "hold_selections")
    with writing(here.engine) as session:
        mark_nomination(
            session,
            here.actor,
            number,
            code=form.get("code", ""),
            choice=form.get("choice", ""),
            reason=form.get("reason", ""),
        )
    return _to(number)


@post("/city-selections/{number:int}/memberships", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def selection_register(request: Anybody, number: Number, body: RawBody) -> Response[Any]:
    """Register the selected cities as leading cities. Raises NotAllowed, NotFound, InvalidInput."""
    here, form = _asked(request, body, "hold_selections")
    with writing(here.engine) as session:
        register_selected(
            session,
            here.actor,
            number,
            starts_on=day_of(form.get("starts_on", ""), "starts_on"),
            notice=form.get("notice", ""),
            url=form.get("url") or None,
        )
    return _to(number)


@get(
    "/city-selections/{number:int}/comparison.xlsx",
    sync_to_thread=True,
    include_in_schema=False,
    guards=[signed_in],
)
def selection_file(request: Anybody, number: Number) -> Response[bytes]:
    """Take the comparison as Excel. Raises NotFound, NotAllowed."""
    return comparison_file(request, number, visit(request).language)


def _asked(request: Anybody, body: bytes, act: Act) -> tuple[Visit, Mapping[str, str]]:
    here = visit(request)
    require(here.actor, act)
    return here, read_form(body)


def _whole(form: Mapping[str, str], name: str) -> int | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:  # noqa: PLR2004 - digits of a 32-bit number
        zh, en = "应为整数；没有请留空", "Should be a whole number, or empty"
        raise InvalidInput.of([Finding(name, "not-a-number", zh, en, text[:20])])
    return int(text)


def _number(form: Mapping[str, str], name: str) -> float | None:
    text = form.get(name, "").strip()
    try:
        return float(text) if text else None
    except ValueError:
        zh, en = "应为数字；没有请留空", "Should be a number, or empty"
        raise InvalidInput.of([Finding(name, "not-a-number", zh, en, text[:20])]) from None


def _to(number: int) -> Response[Any]:
    headers = {"Location": f"/city-selections/{number}"}
    return Response(None, status_code=303, headers=headers, media_type="text/plain")


handlers = [
    selection_list,
    selection_open,
    selection_page,
    selection_nominate,
    nomination_act,
    selection_advance,
    selection_seat,
    selection_score,
    selection_mark,
    selection_register,
    selection_file,
]
