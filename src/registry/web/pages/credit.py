"""The bank's desk on a project: its acts in one step, and the money as pictures with their tables and sliders.

Pictures and sliders come after the page. The sliders run the engine again on the kept case; nothing of it is kept.
"""

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import may
from registry.assessments.queries import find_assessment
from registry.assessments.what_if import WIDEST, WhatIf, priced_case, what_if
from registry.database import reading
from registry.errors import Finding, InvalidInput, NotFound
from registry.finance.shocks import FACTORS
from registry.packages.drawing import draw
from registry.packages.operations import evaluation_kept
from registry.packages.pictures import PICTURES, Money, Picture
from registry.packages.release.queries import list_releases
from registry.projects.banks.model import INTEREST_STAGES
from registry.projects.banks.queries import interests
from registry.projects.queries import RevisionFacts, find_project
from registry.web.auth import signed_in
from registry.web.i18n import Language
from registry.web.pages.panels import PROJECT_PANELS, Panel
from registry.web.pages.projects import csv_line, harmless
from registry.web.rendering import money, page, visit

Anybody = Request[Any, Any, Any]
STEP = 5
"""Per cent a slider moves at a time."""
_FIGURES = (
    ("dscr_min", "偿债备付率（最低年）", "Lowest DSCR", "plain"),
    ("dscr_average", "偿债备付率（平均）", "Average DSCR", "plain"),
    ("coverage", "全部债务本息覆盖倍数", "Cover of all debt", "plain"),
    ("firr", "财务内部收益率（税后）", "FIRR after tax", "rate"),
    ("capital_irr", "资本金财务内部收益率", "Equity IRR", "rate"),
    ("npv", "财务净现值（税后，万元）", "NPV after tax (10,000 CNY)", "money"),
    ("payback_years", "静态投资回收期（税后，年）", "Static payback after tax (years)", "plain"),
)


def desk_panel(
    session: Session, actor: Actor, facts: RevisionFacts, document: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Return what the bank's desk shows; None for others."""
    if actor.group != "bank" or not may(actor, "screen_projects"):
        return None
    mine = [each for each in interests(session, actor, facts.code) if each.organisation_id == actor.organisation_id]
    held = [each for each in list_releases(session, actor, code=facts.code) if each.withdrawn is None]
    return {
        "code": facts.code,
        "stage": INTEREST_STAGES[mine[0].stage] if mine else None,
        "is_shortlisted": bool(mine) and mine[0].stage == "shortlisted",
        "package": held[0] if held else None,
        "has_case": document.get("financials") is not None,
    }


# First of the panels: what a credit officer does here, before what there is to read.
PROJECT_PANELS.insert(0, Panel("screening/_desk.html", desk_panel))


@get("/projects/{code:str}/money", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def money_page(request: Anybody, code: FromPath[str]) -> Response[str]:
    """Show the money of a project: pictures, tables, sliders. HTMX gets them without the page around."""
    here = visit(request)
    found: dict[str, dict[str, Any]] = {}
    outcome = None
    with reading(here.engine) as session:
        project = find_project(session, here.actor, code)
        title = {"code": project.code, "name": project.name, "is_demo": project.is_demo}
        try:
            kept = _money(session, here.actor, code)
            outcome = what_if(session, here.actor, code, {})
        except NotFound:
            kept = None
    for name, picture_of in PICTURES.items() if kept else ():
        picture = picture_of(kept) if kept else None
        if picture is not None:
            found[name] = _shown(picture, here.language)
    template = "screening/_money.html" if here.is_fragment else "screening/money.html"
    return page(
        template,
        here,
        headers={"Vary": "HX-Request"},
        project=title,
        pictures=found,
        **_slid(code, outcome, {}),
    )


@get("/projects/{code:str}/money/{file:str}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def picture_file(request: Anybody, code: FromPath[str], file: FromPath[str]) -> Response[str]:
    """Send one picture, `<name>.svg`, or its table, `<name>.csv`. Raises NotFound."""
    here = visit(request)
    name, _, form = file.rpartition(".")
    if name not in PICTURES or form not in {"svg", "csv"}:
        raise NotFound(f"项目 {code} 没有文件 {file}", f"Project {code} has no file {file}")
    with reading(here.engine) as session:
        kept = _money(session, here.actor, code)
    picture = PICTURES[name](kept)
    if picture is None:
        raise NotFound(f"项目 {code} 没有这张图", f"Project {code} has no such picture")
    if form == "svg":
        drawn = draw(picture.spec)
        return Response(drawn, media_type="image/svg+xml", headers={"Cache-Control": "private, max-age=60"})
    shown = _shown(picture, here.language)
    lines = [csv_line(tuple(shown["columns"]))]
    lines += [csv_line(tuple(harmless(_plain(cell)) for cell in row)) for row in shown["values"]]
    headers = {"Content-Disposition": f'attachment; filename="{code}-{name}.csv"'}
    return Response("\ufeff" + "".join(lines), media_type="text/csv", headers=headers)


@get("/projects/{code:str}/what-if", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def slide(request: Anybody, code: FromPath[str]) -> Response[str]:
    """Run the engine again with the factors as the sliders stand, in per cent. Raises NotFound, InvalidInput."""
    here = visit(request)
    changes = {name: _change(name, request.query_params.get(name) or "0") for name in FACTORS}
    with reading(here.engine) as session:
        project = find_project(session, here.actor, code)
        title = {"code": project.code, "name": project.name, "is_demo": project.is_demo}
        outcome = what_if(session, here.actor, code, changes)
    template = "screening/_what_if.html" if here.is_fragment else "screening/what_if.html"
    headers = {"Vary": "HX-Request"}
    return page(template, here, headers=headers, project=title, **_slid(code, outcome, changes))


def _change(name: str, text: str) -> float:
    try:
        return float(text) / 100
    except ValueError:
        zh, en = "应为百分数，如 -10", "should be per cent, such as -10"
        raise InvalidInput.of([Finding(name, "not-a-number", zh, en, text[:40])]) from None


def _money(session: Session, actor: Actor, code: str) -> Money:
    case, _ = priced_case(session, actor, code)
    evaluation = evaluation_kept(find_assessment(session, actor, code))
    if evaluation is None:
        raise NotFound(f"项目 {code} 还没有财务测算结果", f"The money of project {code} has not been evaluated")
    return Money(code, case, evaluation)


def _slid(code: str, outcome: WhatIf | None, changes: Mapping[str, float]) -> dict[str, Any]:
    """Return what the sliders and the figures beside them show."""
    return {
        "code": code,
        "revision": outcome.revision if outcome else None,
        "widest": round(WIDEST * 100),
        "step": STEP,
        "factors": [(name, (zh, en), round(changes.get(name, 0.0) * 100)) for name, (zh, en, _) in FACTORS.items()],
        "figures": [_figure(outcome, *term) for term in _FIGURES] if outcome else [],
        "is_moved": any(changes.values()),
    }


def _figure(outcome: WhatIf, name: str, zh: str, en: str, kind: str) -> dict[str, Any]:
    base, changed = getattr(outcome.base, name), getattr(outcome.changed, name)
    return {
        "name": name,
        "title": (zh, en),
        "base": _cell(base, kind),
        "changed": _cell(changed, kind),
        "move": None if base is None or changed is None else (changed > base) - (changed < base),
    }


def _shown(picture: Picture, language: Language) -> dict[str, Any]:
    """Return a picture as plain data: its table as texts, and as the values of the file."""
    is_english = language == "en"
    kinds = [kind for _, _, kind in picture.columns]
    values = [[cell[is_english] if isinstance(cell, tuple) else cell for cell in row] for row in picture.rows]
    return {
        "title": picture.title,
        "says": picture.says,
        "columns": [pair[is_english] for pair in picture.columns],
        "rows": [[_cell(cell, kind) for cell, kind in zip(row, kinds, strict=True)] for row in values],
        "values": values,
    }


def _cell(value: Any, kind: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    match kind:
        case "money":
            return money(f"{value:.2f}")
        case "rate":
            return f"{value:.2%}"
        case "year":
            return f"{value:.0f}"
        case _:
            return f"{value:.2f}"


def _plain(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else f"{value:.6f}".rstrip("0").rstrip(".")


handlers = [money_page, picture_file, slide]
