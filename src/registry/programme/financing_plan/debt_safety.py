"""Debt safety of a plan 债务安全: what the city states of its books, and what follows for the plan.

No warning line of the state is repeated here: none was seen in an official text, so ratios are shown, not graded. What
is compared is stated by the city itself: debt with its limit, and the bonds of the plan with the room left.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from registry.errors import Finding
from registry.programme.financing_plan.document import DebtSafety
from registry.programme.financing_plan.funding import Funding
from registry.quantities import money_text

_EXPECTED = {
    "own_debt": ("政府债务余额", "government debt"),
    "debt_limit": ("政府债务限额", "the debt limit"),
    "hidden_debt": ("隐性债务余额", "hidden debt"),
    "general_revenue": ("一般公共预算收入", "general budget revenue"),
    "fund_revenue": ("政府性基金收入", "government fund revenue"),
    "debt_service": ("政府债务还本付息", "debt service"),
}


@dataclass(frozen=True, slots=True)
class DebtFigures:
    """What follows from the statement; None where a part of it is unknown."""

    room: Decimal | None
    """Limit less debt 限额余量, 万元."""
    planned_bonds: Decimal
    """Special bonds of the plan not yet secured, 万元."""
    debt_to_revenue: float | None
    """(own + hidden debt) over (general + fund revenue); unknown unless all four are known."""
    service_to_revenue: float | None


def debt_figures(stated: DebtSafety | None, funding: Funding) -> DebtFigures:
    """Return the figures of the statement beside the plan's own bonds."""
    given = stated or DebtSafety()
    room = None if given.debt_limit is None or given.own_debt is None else given.debt_limit - given.own_debt
    revenue = _sum(given.general_revenue, given.fund_revenue)
    bonds = sum(
        (each.amount for (source, _, status), each in funding.cells.items() if (source, status) in _NEW_BONDS),
        Decimal(0),
    )
    return DebtFigures(
        room,
        bonds,
        _ratio(_sum(given.own_debt, given.hidden_debt), revenue),
        _ratio(given.debt_service, revenue),
    )


_NEW_BONDS = {("special_bond", "planned"), ("special_bond", "gap")}


def debt_findings(stated: DebtSafety | None, figures: DebtFigures) -> Iterator[Finding]:
    """Yield what is missing from the statement and what does not fit together."""
    given = stated or DebtSafety()
    if given.adds_hidden_debt is None:
        zh, en = "未说明本方案是否新增隐性债务，请明确", "does not say whether the plan adds hidden debt; say so"
        yield Finding("debt_safety.adds_hidden_debt", "hidden-debt-unstated", zh, en)
    elif given.adds_hidden_debt:
        zh = "本方案将新增隐性债务：违法违规新增隐性债务一律禁止，请调整融资方式"
        en = "The plan would add hidden debt, which is forbidden; change how it is financed"
        yield Finding("debt_safety.adds_hidden_debt", "adds-hidden-debt", zh, en)
    if not given.statement:
        zh, en = "缺少隐性债务情况说明，请补充", "the statement on hidden debt is missing; write it"
        yield Finding("debt_safety.statement", "hidden-debt-statement-missing", zh, en, severity="warning")
    for name, (zh, en) in _EXPECTED.items():
        if getattr(given, name) is None:
            yield Finding(
                f"debt_safety.{name}",
                "unknown",
                f"{zh}未填：无法据此判断（未知不等于零）",
                f"{en} is not stated: nothing can be concluded (unknown is not zero)",
                severity="warning",
            )
    yield from _limits(given, figures)


def _limits(given: DebtSafety, figures: DebtFigures) -> Iterator[Finding]:
    if figures.room is None:
        return
    if figures.room < 0:
        over = money_text(-figures.room)
        zh, en = f"政府债务余额超过限额 {over} 万元，请核对", f"government debt exceeds its limit by {over}; check both"
        yield Finding("debt_safety.own_debt", "above-limit", zh, en, str(given.own_debt), "warning")
    elif figures.planned_bonds > figures.room:
        bonds, room = money_text(figures.planned_bonds), money_text(figures.room)
        yield Finding(
            "debt_safety.debt_limit",
            "bonds-above-room",
            f"方案拟发行专项债券 {bonds} 万元，超过限额余量 {room} 万元；请调整规模或申请增加限额",
            f"the plan counts on {bonds} of special bonds, the limit leaves {room}; plan fewer, or ask for more",
            bonds,
            "warning",
        )


def _sum(*amounts: Decimal | None) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None


def _ratio(above: Decimal | None, below: Decimal | None) -> float | None:
    return None if above is None or not below else float(above / below)
