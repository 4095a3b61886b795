"""Commands over many projects: a choice under budgets, and scenarios."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.progress import Progress

from registry import database
from registry.cli.console import As, AsOf, Json, acting, command, err, governing_date, out, print_json, read_json
from registry.cli.mixing import print_shown
from registry.errors import Finding, InvalidInput
from registry.portfolio.choosing.model import SelectionWishes
from registry.portfolio.choosing.tables import tables_of as selection_tables
from registry.portfolio.choosing.work import choose
from registry.portfolio.scenarios.model import CHANGES, ScenarioWishes
from registry.portfolio.scenarios.summary import tables_of as scenario_tables
from registry.portfolio.scenarios.work import run_scenarios
from registry.settings import settings

Request = Annotated[Path | None, typer.Option("--request", help="JSON, as POST /api/v1/selections takes it.")]


@command("select")
def select(
    budgets: Annotated[
        list[str] | None,
        typer.Option("--budget", help="SOURCE[:YEAR]=AMOUNT in 万元, such as special_bond:2027=200000; repeatable."),
    ] = None,
    quotas: Annotated[
        list[str] | None, typer.Option("--quota", help="BY=VALUE:LEAST..MOST, such as region=east:2..10; repeatable.")
    ] = None,
    mixes: Annotated[list[str] | None, typer.Option("--mix", help="stated, fiscal_cost …; default: stated.")] = None,
    objective: Annotated[str, typer.Option(help="benefit or projects.")] = "benefit",
    benefit: Annotated[str, typer.Option(help="total_investment, or the name of an indicator.")] = "total_investment",
    seconds: Annotated[float, typer.Option(help="Time limit; the best found so far is told with its gap.")] = 30.0,
    request: Request = None,
    as_of: AsOf = None,
    login: As = None,
    is_json: Json = False,
) -> None:
    """Choose projects and their mixes under budgets and quotas (项目遴选)."""
    asked: dict[str, Any] = read_json(request) if request else {"objective": objective, "benefit": benefit}
    if not request:
        asked |= {"mixes": mixes or ["stated"], "time_limit_seconds": seconds}
        asked["quotas"] = [_quota(text) for text in quotas or ()]
    asked["budgets"] = [*asked.get("budgets", ()), *(_budget(text) for text in budgets or ())]
    wishes = _wishes(asked, SelectionWishes)
    with acting(login) as (_, actor):
        pass
    with _told(is_json) as told, solver_aside():
        result = choose(database.engine(), actor, wishes, as_of=governing_date(as_of), told=told)
    if is_json:
        print_json(result)
        return
    tables = selection_tables(result)
    for table in tables.values():
        print_shown(table)
    if tables:
        out.print(f"  目标值 {result['value']:,.2f}，上界 {result['bound']:,.2f}，差距至多 {result['gap']:.3%}")
    for each in (each for part in ("messages", "bindings", "remarks", "left_out") for each in result.get(part, ())):
        out.print(f"  · {each['message']}", markup=False)


@command("scenario")
def scenario(
    name: Annotated[str, typer.Option(help="What the scenario is called.")] = "情景",
    changes: Annotated[
        list[str] | None,
        typer.Option("--change", help=f"NAME=SHARE, such as grants=-0.3; known: {', '.join(CHANGES)}; repeatable."),
    ] = None,
    request: Annotated[Path | None, typer.Option("--request", help="JSON, as POST /api/v1/scenarios takes it.")] = None,
    floor: Annotated[float, typer.Option(help="The least coverage of debt of a bankable project.")] = 1.2,
    login: As = None,
    is_json: Json = False,
) -> None:
    """Price all visible projects under scenarios, before and after; on a cluster where one is set (情景分析)."""
    if request:
        asked = read_json(request)
    else:
        given = {key: _share(text, value) for text in changes or () for key, _, value in [text.partition("=")]}
        asked = {"scenarios": [{"name": name, **given}], "dscr_floor": floor}
    wishes = _wishes(asked, ScenarioWishes)
    with acting(login) as (_, actor):
        pass
    with _told(is_json) as told:
        result = run_scenarios(database.engine(), actor, wishes, scheduler=settings().dask_scheduler, told=told)
    if is_json:
        print_json(result)
        return
    for table in scenario_tables(result).values():
        print_shown(table)
    out.print(f"  可见 {result['n_projects']} 个项目，可测算 {result['n_priced']} 个")
    for each in result["unpriced"]:
        out.print(f"  · {each['count']} 个不能测算：{each['message']}")


def _wishes(asked: Any, shape: Any) -> Any:
    try:
        return msgspec.convert(asked, shape)
    except msgspec.ValidationError as error:
        zh, en = f"请求不合要求：{error}", f"The request cannot be taken: {error}"
        raise InvalidInput.of([Finding("request", "invalid-request", zh, en)]) from None


def _budget(text: str) -> dict[str, Any]:
    place, _, amount = text.partition("=")
    source, _, year = place.partition(":")
    if not amount or (year and not year.isdecimal()):
        raise typer.BadParameter(f"--budget {text}: expected SOURCE[:YEAR]=AMOUNT")
    return {"source": source, "amount": amount, "year": int(year) if year else None}


def _quota(text: str) -> dict[str, Any]:
    place, _, bounds = text.rpartition(":")
    by, _, value = place.partition("=")
    least, dots, most = bounds.partition("..")
    if not (by and value and dots):
        raise typer.BadParameter(f"--quota {text}: expected BY=VALUE:LEAST..MOST")
    return {"by": by, "value": value, "at_least": least or None, "at_most": most or None}


def _share(text: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise typer.BadParameter(f"--change {text}: expected NAME=SHARE") from None


@contextmanager
def _told(is_json: bool) -> Iterator[Any]:
    """Show progress on standard error."""
    with Progress(console=err, transient=True, disable=is_json) as progress:
        bar = progress.add_task("测算", total=None)
        yield lambda done, total: progress.update(bar, completed=done, total=total)


@contextmanager
def solver_aside() -> Iterator[None]:
    """Send what the solver's C++ prints of its own accord to standard error: standard output is for the answer."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
