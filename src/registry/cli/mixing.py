"""The funding mix of one project from a terminal."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import msgspec
import typer
from msgspec import UNSET

from registry.cli.console import As, AsOf, Code, Json, acting, command, governing_date, out, print_json, print_table
from registry.portfolio.answers import frontier_table, mix_table
from registry.portfolio.financing.answers import FLOOR_NAMES, OBJECTIVE_NAMES, YOURS, distinct, plan_as_dict
from registry.portfolio.financing.model import FLOORS, MixWishes, Plan, SourceWish
from registry.portfolio.financing.operations import plan_mix
from registry.portfolio.mix import NoMix
from registry.portfolio.table import Table

Floor = Annotated[float | None, typer.Option(min=0, help="Overrides what the rule packs give.")]


@command("mix")
def mix(
    code: Code,
    objective: Annotated[str, typer.Option(help=", ".join(OBJECTIVE_NAMES))] = "fiscal_cost",
    view: Annotated[str, typer.Option(help="Whose money is fiscal cost: city or all.")] = "city",
    dscr_floor: Floor = None,
    capital_floor: Floor = None,
    bond_coverage_floor: Floor = None,
    sources: Annotated[
        list[str] | None,
        typer.Option(
            "--source", help="KEY=CAP in 万元, KEY=none for no cap, KEY=off to leave it out; may be repeated."
        ),
    ] = None,
    has_frontier: Annotated[bool, typer.Option("--frontier", help="Also what each floor of coverage costs.")] = False,
    as_of: AsOf = None,
    login: As = None,
    is_json: Json = False,
) -> None:
    """Find the best funding mix of a project under the rules of a date (资金组合优化)."""
    floors = {"dscr_floor": dscr_floor, "capital_floor": capital_floor, "bond_coverage_floor": bond_coverage_floor}
    asked: dict[str, Any] = {
        "objective": objective,
        "fiscal_view": view,
        "has_frontier": has_frontier,
        "sources": [_wish(text) for text in sources or ()],
        **{name: value for name, value in floors.items() if value is not None},
    }
    try:
        wishes = msgspec.convert(asked, MixWishes)
    except msgspec.ValidationError as error:
        raise typer.BadParameter(str(error)) from None
    with acting(login) as (session, actor):
        plan = plan_mix(session, actor, code, wishes=wishes, as_of=governing_date(as_of))
    if is_json:
        print_json(plan_as_dict(plan))
    else:
        _print_plan(plan)


def _wish(text: str) -> SourceWish:
    key, _, value = text.partition("=")
    if value in {"off", "on"}:
        return SourceWish(source=key, is_used=value == "on")
    try:
        cap = None if value == "none" else UNSET if not value else Decimal(value)
    except InvalidOperation:
        raise typer.BadParameter(f"--source {text}: expected KEY=AMOUNT, KEY=none, KEY=off or KEY=on") from None
    return SourceWish(source=key, is_used=True, cap=cap)


def _print_plan(plan: Plan) -> None:
    for name in FLOORS:
        value, default = getattr(plan.request, name), plan.offers.floors[name]
        origin = default.origin if value == default.value else YOURS
        out.print(f"  {FLOOR_NAMES[name][0]}：{'—' if value is None else f'{value:g}'}（{origin[0]}）")
    if isinstance(plan.answer, NoMix):
        out.print("没有可行方案，可任选一条放宽：no mix meets every limit; any of these helps:")
        for zh, _ in plan.answer.messages():
            out.print(f"  · {zh}", markup=False)
    else:
        print_shown(mix_table(plan.answer))
        out.print(f"  财政成本 {plan.answer.fiscal_cost:,.2f} 万元，年资金成本 {plan.answer.cost_of_capital:,.2f} 万元")
        out.print(
            f"  偿债备付率：方案 {_times(plan.answer.dscr_promised)}，模型复核 {_times(plan.answer.dscr_verified)}"
        )
        for each in plan.answer.bindings:
            out.print(f"  · {each.message_zh}", markup=False)
    if plan.frontier:
        print_shown(frontier_table(plan.frontier))
    for remark in distinct(plan.remarks):
        out.print(f"  [{remark.severity}] {remark.message_zh}", markup=False)


def _times(value: float | None) -> str:
    return "—（无还本付息）" if value is None else f"{value:.4f}"


def print_shown(table: Table) -> None:
    """Print a table as people read it: amounts with thousands, shares as percentages."""
    print_table(table.title_zh, table.headings(), [_shown(table, row) for row in table.rows()])


def _shown(table: Table, row: Sequence[Any]) -> list[str | None]:
    forms = {"money": "{:,.2f}", "ratio": "{:.1%}", "number": "{:,.4g}", "count": "{:,}"}
    return [
        None if cell is None else forms.get(column.kind, "{}").format(cell) if not isinstance(cell, str) else cell
        for column, cell in zip(table.columns, row, strict=True)
    ]
