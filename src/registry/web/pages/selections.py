"""Choosing projects 项目遴选 and scenarios 情景分析 over a portfolio: a form, the job, what came of it, downloads."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, RawBody

from registry import jobs
from registry.accounts.permissions import Act, require
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput, NotFound
from registry.finance.benefit_units import INDICATORS
from registry.jobs import Job
from registry.portfolio.choosing.model import INVESTMENT, MIXES, QUOTA_COLUMNS, BudgetIn, QuotaIn, SelectionWishes
from registry.portfolio.choosing.tables import tables_of as selection_tables
from registry.portfolio.choosing.work import SELECT, enqueue_selection
from registry.portfolio.frame import PROJECT_DIMENSIONS
from registry.portfolio.scenarios.model import CHANGES, EXAMPLES, ScenarioIn, ScenarioWishes
from registry.portfolio.scenarios.summary import tables_of as scenario_tables
from registry.portfolio.scenarios.work import SCENARIOS, enqueue_scenarios
from registry.projects.lines import FUNDING_SOURCES
from registry.web.api.assessments import Number
from registry.web.auth import signed_in
from registry.web.bodies import as_of_or_today
from registry.web.forms import read_form
from registry.web.pages.eligibility import see_other
from registry.web.pages.mixes import table_file
from registry.web.rendering import Visit, page, visit

Anybody = Request[Any, Any, Any]
BUDGET_ROWS, QUOTA_ROWS, SCENARIO_ROWS = 8, 5, 4
QUOTA_NAMES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    dimension.columns[-1].name: dimension.columns[-1].labels for dimension in PROJECT_DIMENSIONS.values()
}
"""What the coded values of a quota are called, by the column it is put on; provinces and cities go by their names."""


@get("/portfolio/selection", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def selection_form(request: Anybody) -> Response[str]:
    """Show the form of a choice and the ones asked for before."""
    return _selection_form(visit(request), {"mix.stated": "true", "dscr_floor": "1", "seconds": "30"})


def _selection_form(here: Visit, form: Mapping[str, str], error: InvalidInput | None = None) -> Response[str]:
    require(here.actor, "choose_projects")
    return page(
        "optimiser/selections.html",
        here,
        status=422 if error else 200,
        form=form,
        findings=error.findings if error else (),
        asked=_asked(here, SELECT),
        sources=FUNDING_SOURCES,
        groups=QUOTA_COLUMNS,
        mixes=MIXES,
        benefit_names=[(row.zh, row.en) for row in INDICATORS.values()],
        budget_rows=range(BUDGET_ROWS),
        quota_rows=range(QUOTA_ROWS),
        quota_names=[names for labels in QUOTA_NAMES.values() for names in labels.values()],
    )


def _asked(here: Visit, kind: str) -> list[tuple[int | None, str, Any]]:
    found = jobs.latest_jobs(here.engine, requested_by=here.actor.user_id)
    return [(job.id, job.state, job.requested_at) for job in found if job.kind == kind]


@post("/portfolio/selection", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def start_selection(request: Anybody, body: RawBody) -> Response[Any]:
    """Ask for a choice."""
    here = visit(request)
    require(here.actor, "choose_projects")
    form = read_form(body)
    try:
        wishes = selection_wishes(form)
        with writing(here.engine) as session:
            number = enqueue_selection(session, here.actor, wishes, as_of=as_of_or_today(None))
    except InvalidInput as error:
        return _selection_form(here, form, error)
    return see_other(f"/portfolio/selection/{number}")


def selection_wishes(form: Mapping[str, str]) -> SelectionWishes:
    """Return what the form asks for. Raises InvalidInput."""
    flaws: list[Finding] = []
    budgets = [
        BudgetIn(form.get(f"budget.{row}.source", ""), _decimal(form, f"budget.{row}.amount", flaws), year)
        for row in range(BUDGET_ROWS)
        if form.get(f"budget.{row}.amount", "").strip()
        for year in [_year(form, f"budget.{row}.year", flaws)]
    ]
    quotas = [_quota(form, row, flaws) for row in range(QUOTA_ROWS) if form.get(f"quota.{row}.value", "").strip()]
    pairs = [part.split(">") for part in _listed(form.get("depends_on", ""))]
    if any(len(pair) != 2 for pair in pairs):  # noqa: PLR2004 - a project and the one it needs
        zh, en = "依赖请写成 甲>乙", "write a dependency as A>B"
        flaws.append(Finding("depends_on", "not-a-pair", zh, en))
    floor, seconds = _decimal(form, "dscr_floor", flaws, "1"), _decimal(form, "seconds", flaws, "30")
    if flaws:
        raise InvalidInput.of(flaws)
    found: SelectionWishes = _converted(
        {
            "budgets": msgspec.to_builtins(budgets),
            "quotas": msgspec.to_builtins(quotas),
            "objective": form.get("objective", "benefit"),
            "benefit": form.get("benefit", "").strip() or INVESTMENT,
            "unit": form.get("unit", "").strip() or None,
            "dscr_floor": float(floor),
            "time_limit_seconds": float(seconds),
            "mixes": [name for name in MIXES if form.get(f"mix.{name}") == "true"],
            "required": _listed(form.get("required", "")),
            "depends_on": pairs,
            "either_or": [part.split("/") for part in _listed(form.get("either_or", ""))],
        },
        SelectionWishes,
    )
    return found


def _converted(values: Mapping[str, Any], shape: Any) -> Any:
    try:
        return msgspec.convert(values, shape)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$")
        place = path.strip("`").removeprefix(".")
        zh, en = f"填写内容不合要求：{reason}", f"This cannot be taken: {reason}"
        raise InvalidInput.of([Finding(place, "invalid-form", zh, en)]) from None


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.replace("，", ",").replace("\n", ",").split(",") if part.strip()]


def _decimal(form: Mapping[str, str], name: str, flaws: list[Finding], default: str = "0") -> Decimal:
    text = form.get(name, "").replace(",", "").replace("%", "").strip() or default
    try:
        return Decimal(text)
    except InvalidOperation:
        flaws.append(Finding(name, "not-a-number", "应为数字", "should be a number", text[:40]))
        return Decimal(default)


def _year(form: Mapping[str, str], name: str, flaws: list[Finding]) -> int | None:
    text = form.get(name, "").strip()
    if text and not (text.isascii() and text.isdigit() and len(text) <= 4):  # noqa: PLR2004 - digits of a year
        flaws.append(Finding(name, "not-a-year", "应为年份，如 2027", "should be a year, such as 2027", text[:40]))
        return None
    return int(text) if text else None


def _quota(form: Mapping[str, str], row: int, flaws: list[Finding]) -> QuotaIn:
    def bound(name: str) -> Decimal | None:
        path = f"quota.{row}.{name}"
        return _decimal(form, path, flaws) if form.get(path, "").strip() else None

    measure = "money" if form.get(f"quota.{row}.measure") == "money" else "projects"
    by, value = form.get(f"quota.{row}.by", ""), form.get(f"quota.{row}.value", "").strip()
    # People write the official name; records hold the code.
    codes = {name: code for code, names in QUOTA_NAMES.get(by, {}).items() for name in names}
    return QuotaIn(by, codes.get(value, value), bound("at_least"), bound("at_most"), measure)  # type: ignore[arg-type]


@get("/portfolio/selection/{number:int}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def selection_page(request: Anybody, number: Number) -> Response[str]:
    """Show a choice: what was chosen, the budgets used, what binds, what was left out."""
    here = visit(request)
    job, result = _job(here, number, SELECT, "choose_projects")
    tables = selection_tables(result) if result else {}
    return page("optimiser/selection.html", here, job=job, found=result, tables=tables)


@get("/portfolio/selection/{number:int}/{file:str}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def selection_file(request: Anybody, number: Number, file: FromPath[str]) -> Response[bytes]:
    """Download a table of a choice. Raises NotFound."""
    here = visit(request)
    job, result = _job(here, number, SELECT, "choose_projects")
    return _file(here, job, selection_tables(result) if result else {}, result, file)


@get("/portfolio/scenarios", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def scenario_form(request: Anybody) -> Response[str]:
    """Show the form of scenarios and the ones asked for before."""
    form = {"dscr_floor": "1.2"}
    for row, each in enumerate(EXAMPLES):
        given = {name: getattr(each, name) for name in CHANGES}
        form[f"s.{row}.name"] = each.name
        form |= {f"s.{row}.{name}": f"{100 * value:g}" for name, value in given.items() if value}
    return _scenario_form(visit(request), form)


def _scenario_form(here: Visit, form: Mapping[str, str], error: InvalidInput | None = None) -> Response[str]:
    require(here.actor, "run_scenarios")
    return page(
        "optimiser/scenarios.html",
        here,
        status=422 if error else 200,
        form=form,
        findings=error.findings if error else (),
        asked=_asked(here, SCENARIOS),
        changes=CHANGES,
        rows=range(SCENARIO_ROWS),
    )


@post("/portfolio/scenarios", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def start_scenarios(request: Anybody, body: RawBody) -> Response[Any]:
    """Ask for scenarios."""
    here = visit(request)
    require(here.actor, "run_scenarios")
    form = read_form(body)
    try:
        wishes = scenario_wishes(form)
        with writing(here.engine) as session:
            number = enqueue_scenarios(session, here.actor, wishes)
    except InvalidInput as error:
        return _scenario_form(here, form, error)
    return see_other(f"/portfolio/scenarios/{number}")


def scenario_wishes(form: Mapping[str, str]) -> ScenarioWishes:
    """Return what the form asks for: each row with a name is a scenario. Raises InvalidInput."""
    flaws: list[Finding] = []
    rows = [
        {
            "name": form[f"s.{row}.name"].strip(),
            **{name: float(_decimal(form, f"s.{row}.{name}", flaws)) / 100 for name in CHANGES},
        }
        for row in range(SCENARIO_ROWS)
        if form.get(f"s.{row}.name", "").strip()
    ]
    floor = float(_decimal(form, "dscr_floor", flaws, "1.2"))
    if flaws:
        raise InvalidInput.of(flaws)
    found: ScenarioWishes = _converted({"scenarios": rows, "dscr_floor": floor}, ScenarioWishes)
    return found


@get("/portfolio/scenarios/{number:int}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def scenario_page(request: Anybody, number: Number) -> Response[str]:
    """Show before and after: distributions, bands, who is bankable where, who could not be priced."""
    here = visit(request)
    job, result = _job(here, number, SCENARIOS, "run_scenarios")
    asked = msgspec.convert(msgspec.json.decode(job.parameters)["wishes"], ScenarioWishes)
    tables = scenario_tables(result) if result else {}
    return page(
        "optimiser/scenario.html", here, job=job, found=result, tables=tables, changes=CHANGES,
        scenarios=[_said(each) for each in asked.scenarios],
    )  # fmt: skip


def _said(scenario: ScenarioIn) -> tuple[str, list[tuple[str, float]]]:
    return scenario.name, [(name, 100 * getattr(scenario, name)) for name in CHANGES if getattr(scenario, name)]


@get("/portfolio/scenarios/{number:int}/{file:str}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def scenario_file(request: Anybody, number: Number, file: FromPath[str]) -> Response[bytes]:
    """Download a table of a scenario run. Raises NotFound."""
    here = visit(request)
    job, result = _job(here, number, SCENARIOS, "run_scenarios")
    return _file(here, job, scenario_tables(result) if result else {}, result, file)


def _job(here: Visit, number: int, kind: str, act: Act) -> tuple[Job, dict[str, Any] | None]:
    """Return a job of this person with its result. Raises NotAllowed, NotFound."""
    require(here.actor, act)
    with reading(here.engine) as session:
        job = jobs.find_job(session, number, requested_by=here.actor.user_id)
    if job.kind != kind:
        raise NotFound(f"没有编号为 {number} 的任务", f"There is no job {number} of yours")
    return job, msgspec.json.decode(job.result) if job.result else None


def _file(
    here: Visit, job: Job, tables: Mapping[str, Any], result: dict[str, Any] | None, file: str
) -> Response[bytes]:
    name, _, form = file.partition(".")
    is_demo = bool(result and result.get("has_demo_data"))
    stem = f"{job.kind}-{job.id}-{name}"
    return table_file(here, tables.get(name), form, query=job.parameters, is_demo=is_demo, stem=stem)


handlers = [
    selection_form,
    start_selection,
    selection_page,
    selection_file,
    scenario_form,
    start_scenarios,
    scenario_page,
    scenario_file,
]
