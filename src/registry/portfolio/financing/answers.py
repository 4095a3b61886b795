"""A plan as programs and pages read it: what it started from, the mix or the ways out, the frontier."""

from decimal import Decimal
from typing import Any

import polars as pl

from registry.errors import Finding
from registry.portfolio.answers import frontier_table, mix_as_dict
from registry.portfolio.financing.model import FLOORS, Offer, Plan, Words
from registry.portfolio.mix import Mix
from registry.portfolio.table import Column, Table, count_column, money_column
from registry.quantities import FEN_PER_CNY_10K, money_text

FLOOR_NAMES: dict[str, Words] = {
    "capital_floor": ("资本金比例下限", "Least capital ratio"),
    "dscr_floor": ("偿债备付率下限", "Least debt service coverage"),
    "bond_coverage_floor": ("专项债券本息覆盖倍数下限", "Least coverage of special bonds"),
}
YOURS: Words = ("您的设定", "set by you")
OBJECTIVE_NAMES: dict[str, Words] = {
    "fiscal_cost": ("财政成本最低", "Least fiscal cost"),
    "cost_of_capital": ("资金成本最低", "Least cost of capital"),
    "capital_irr": ("资本金收益率最高", "Highest return on capital"),
}
_TERMS = ("cap", "rate", "first_repayment_year", "repayment_years", "method", "total_share_cap", "capital_share_cap")


def plan_as_dict(plan: Plan) -> dict[str, Any]:
    """Return the wire form: `mix_as_dict` with project, governing date, limits and sources with their origin."""
    answer = mix_as_dict(plan.answer)
    return {
        "project": plan.facts.code,
        "revision": plan.facts.number,
        "governing_date": plan.as_of.isoformat(),
        "objective": plan.wishes.objective,
        "fiscal_view": plan.wishes.fiscal_view,
        **answer,
        "limits": [_floor(plan, name) for name in FLOORS],
        "offered": [_offer(plan, each) for each in plan.offers.sources],
        "frontier": frontier_table(plan.frontier).as_dict()["rows"] if plan.wishes.has_frontier else None,
        "remarks": [remark.as_dict() for remark in distinct(plan.remarks)],
    }


def distinct(remarks: tuple[Finding, ...]) -> list[Finding]:
    """Return remarks without repetitions, in their order."""
    return list(dict.fromkeys(remarks))


def _floor(plan: Plan, name: str) -> dict[str, Any]:
    value, default = getattr(plan.request, name), plan.offers.floors[name]
    origin = default.origin if value == default.value else YOURS
    return {"limit": name, "value": value, "origin": origin[0], "origin_en": origin[1]}


def _offer(plan: Plan, offer: Offer) -> dict[str, Any]:
    used = next((each for each in plan.request.sources if each.key == offer.source.key), None)
    source = used or offer.source
    return {
        "source": source.key,
        "title": source.zh,
        "title_en": source.en,
        "is_used": used is not None,
        "refusal": source.refusal[0] if source.refusal else None,
        "refusal_en": source.refusal[1] if source.refusal else None,
        **{name: _plain(getattr(source, name)) for name in _TERMS},
        "yearly_caps": {str(year): money_text(amount) for year, amount in source.yearly_caps.items()},
        "secured": {str(year): money_text(amount) for year, amount in source.yearly_least.items()},
        "origins": {
            name: {"origin": zh, "origin_en": en}
            for name, (zh, en) in offer.origins.items()
            if getattr(source, name) == getattr(offer.source, name)
        },
    }


def _plain(value: Any) -> Any:
    return money_text(value) if isinstance(value, Decimal) else value


def comparison_table(plans: list[Plan]) -> Table:
    """Return mixes side by side, one row each: cost, debt service, benefit to the owners, risk."""
    columns = (
        count_column("number", "方案", "Mix", ""),
        Column("objective", "choice", "目标", "Objective", labels=dict(OBJECTIVE_NAMES)),
        money_column("fiscal_cost_fen", "财政成本", "Fiscal cost"),
        money_column("cost_of_capital_fen", "年资金成本", "Yearly cost of capital"),
        money_column("debt_fen", "债务资金", "Debt"),
        money_column("highest_service_fen", "最高年还本付息", "Highest yearly debt service"),
        Column("dscr", "number", "偿债备付率（最低年）", "Lowest debt service coverage"),
        Column("capital_ratio", "ratio", "资本金比例", "Capital ratio"),
        Column("capital_irr", "ratio", "资本金财务内部收益率", "IRR on capital", missing=("无解", "None")),
        Column("state", "text", "结果", "Result"),
    )
    rows = [_compared(number, plan) for number, plan in enumerate(plans, start=1)]
    kinds = {"money": pl.Int64, "count": pl.Int64, "choice": pl.String, "text": pl.String}
    schema = {column.name: kinds.get(column.kind, pl.Float64) for column in columns}
    return Table(
        "comparison", "方案比较", "Mixes side by side", columns, pl.DataFrame(rows, schema=schema, orient="row")
    )


def _compared(number: int, plan: Plan) -> tuple[Any, ...]:
    if not isinstance(plan.answer, Mix):
        return (number, plan.wishes.objective, None, None, None, None, None, None, None, "无可行方案 infeasible")
    mix, verified = plan.answer, plan.answer.verified
    return (
        number,
        plan.wishes.objective,
        _fen(mix.fiscal_cost),
        _fen(mix.cost_of_capital),
        _fen(Decimal(f"{verified['totals']['debt_drawn']:.6f}")),
        _fen(Decimal(f"{_highest_service(verified):.6f}")),
        mix.dscr_verified,
        mix.capital_ratio,
        verified["indicators"]["equity_irr"]["value"],
        "可行 feasible",
    )


def _highest_service(verified: dict[str, Any]) -> float:
    """Return the interest and principal of the year in which they are highest."""
    debts = verified["per_debt"]
    if not debts:
        return 0.0
    served = (each[part] for each in debts for part in ("interest", "principal"))
    return max(float(sum(year)) for year in zip(*served, strict=True))


def _fen(amount: Decimal) -> int:
    return int(amount * FEN_PER_CNY_10K)
