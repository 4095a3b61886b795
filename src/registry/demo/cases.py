"""The financial case of a demo project: the shapes of four worked cases, each in a plausible range.

A sewage network and plant (`utility`), a sponge-city bond (`bond`), rooftop solar (`solar`) and a river upkeep
(`upkeep`). Grants and draws are left out: the evaluation reads them off the funding lines.
"""

from decimal import Decimal
from typing import Any

from registry.demo.dice import Dice
from registry.demo.kinds import Kind
from registry.demo.money import MoneyPlan, PlannedDebt, cents

_TAXES: dict[str, Any] = {
    "surcharges": {"urban_maintenance": 0.07, "education": 0.03, "local_education": 0.02},
    "income_tax": {"rate": 0.25, "holiday": "none", "loss_carry_forward_years": 5},
}
_RETURN = {"utility": (0.066, 0.014), "bond": (0.055, 0.015), "solar": (0.07, 0.012)}
"""The return the author aims at (税前财务内部收益率): mean and deviation."""

_RAMP = {"utility": [0.7, 0.85, 1.0], "bond": [0.5, 0.75, 1.0], "solar": [1.0]}
_OUTPUT_VAT = {"utility": 0.06, "bond": 0.09, "solar": 0.13}
_GROWTH = {"utility": (0.06, 3), "bond": (0.02, 1), "solar": (0.0, 1)}
_GROWTH_A_YEAR = {"utility": 0.02, "bond": 0.02, "solar": -0.0055}


def draw_case(dice: Dice, kind: Kind, plan: MoneyPlan) -> dict[str, Any]:
    """Return the evaluation's input as a document, its investment consistent with the plan's total."""
    working_capital = cents(float(plan.total) * 0.012) if kind.shape == "utility" else Decimal(0)
    interest = sum((_construction_interest(debt) for debt in plan.debts), Decimal(0))
    construction = plan.total - working_capital - interest
    yearly = _yearly(dice, kind, float(construction), plan.run_years)
    return {
        "timeline": {"construction_years": plan.build_years, "operation_years": plan.run_years},
        "discount_rate": 0.04 if kind.shape == "bond" else 0.05,
        "discount_rate_equity": 0.06,
        "normal_operation_year": min(5, plan.run_years),
        "investment": _investment(dice, construction, plan.spending),
        "depreciation": {
            "fixed_asset_years": min(plan.run_years, 20),
            "residual_rate": 0.05,
            "intangible_years": 10,
            "deferred_years": 5,
        },
        "working_capital": {"full_capacity_amount": working_capital, "equity_share": 1.0, "loan_rate": 0.0},
        "debts": [_debt(dice, debt, plan) for debt in plan.debts],
        **yearly,
        **_TAXES,
    }


def _construction_interest(debt: PlannedDebt) -> Decimal:
    """Return the interest of the construction years, draws at mid-year; a bond pays it, a loan adds it to the debt."""
    owed, found = 0.0, 0.0
    for draw in debt.draws:
        interest = (owed + float(draw) / 2) * debt.rate
        found += interest
        owed += float(draw) + (0.0 if debt.source == "special_bond" else interest)
    return cents(found)


def _investment(dice: Dice, construction: Decimal, spending: tuple[float, ...]) -> dict[str, Any]:
    other = (construction * cents(dice.uniform(0.09, 0.15))).quantize(Decimal("0.01"))
    reserve = (construction * cents(dice.uniform(0.05, 0.08))).quantize(Decimal("0.01"))
    return {
        "engineering_cost": construction - other - reserve,
        "other_cost": other,
        "basic_contingency": reserve,
        "price_contingency": 0,
        "intangible_assets": 0,
        "deferred_assets": 0,
        "deductible_input_vat": (construction * Decimal("0.07")).quantize(Decimal("0.01")),
        "spending_profile": list(spending),
    }


def _bond_repayment(dice: Dice, build: int, last: int) -> dict[str, Any]:
    """Return how a bond due in project year `last` is repaid: most long ones in instalments, the others at the end."""
    first = build + 3
    if dice.chance(0.7) and last - first > 5:  # noqa: PLR2004 - shorter bonds are repaid at once
        return {"method": "equal_principal", "first_repayment_year": first, "repayment_years": last - first + 1}
    return {"method": "bullet", "first_repayment_year": last, "repayment_years": 1}


def _debt(dice: Dice, debt: PlannedDebt, plan: MoneyPlan) -> dict[str, Any]:
    years, build = plan.build_years + plan.run_years, plan.build_years
    if debt.source == "special_bond":
        last = max(min(debt.term_years, years), build + 1)
        return _terms(debt, "special_bond", "paid", _bond_repayment(dice, build, last))
    kind = "policy_bank_loan" if debt.source == "policy_bank_loan" else "commercial_bank_loan"
    repayment = {
        "method": "equal_principal",
        "first_repayment_year": build + 2,
        "repayment_years": max(1, min(debt.term_years - build - 1, plan.run_years - 1)),
    }
    return _terms(debt, kind, "capitalised", repayment)


def _terms(debt: PlannedDebt, kind: str, interest: str, repayment: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": debt.name,
        "kind": kind,
        "annual_rate": debt.rate,
        "construction_interest": interest,
        "repayment": repayment,
    }


def _yearly(dice: Dice, kind: Kind, construction: float, run_years: int) -> dict[str, Any]:
    """Return incomes, costs and subsidies of an operating year."""
    if kind.shape == "upkeep":
        upkeep = cents(construction * dice.uniform(0.01, 0.025))
        return {
            "revenue_streams": [],
            "operating_costs": [
                {"name": "日常养护", "type": "fixed", "annual_amount": upkeep, "escalation_rate": 0.02}
            ],
            "operating_subsidies": [
                {"name": "财政养护补助", "annual_amount": upkeep, "escalation_rate": 0.02, "taxable": False},
                *_compensation(kind, upkeep),
            ],
        }
    # The margin that, growing over the years of operation, pays the investment back at the return aimed at.
    wanted = max(dice.normal(*_RETURN[kind.shape]), 0.015) - _GROWTH_A_YEAR[kind.shape]
    margin = construction * wanted / (1 - (1 + wanted) ** -run_years)
    cost_share = {"utility": dice.uniform(0.35, 0.48), "bond": dice.uniform(0.22, 0.35)}.get(kind.shape, 0.18)
    revenue = margin / (1 - cost_share)
    return {"revenue_streams": _revenues(dice, kind, revenue), "operating_costs": _costs(kind, revenue * cost_share)}


def _revenues(dice: Dice, kind: Kind, revenue: float) -> list[dict[str, Any]]:
    growth, every = _GROWTH[kind.shape]
    first = dice.uniform(0.6, 0.85)
    rest = (1 - first) / max(len(kind.income) - 1, 1)
    shares = [first, *([rest] * (len(kind.income) - 1))]
    certainty = dice.pick(("contracted", "regulated", "market", "uncontracted"))
    streams = []
    for name, share in zip(kind.income, shares, strict=True):
        stream: dict[str, Any] = {
            "name": name,
            "annual_amount": cents(revenue * share),
            "ramp": _RAMP[kind.shape],
            "vat_rate": _OUTPUT_VAT[kind.shape],
            "certainty": certainty,
        }
        if kind.shape == "solar":
            stream["degradation_rate"] = 0.0055
        elif growth:
            stream |= {"escalation_rate": growth, "escalation_every_years": every}
        streams.append(stream)
    return [*streams, *_credits(kind, revenue)]


def _compensation(kind: Kind, upkeep: Decimal) -> list[dict[str, Any]]:
    """Return what a restored river is paid by those below it, where the kind restores one."""
    if kind.facts.get("green_catalogue_class") != "ecological_restoration":
        return []
    terms = {"taxable": False, "certainty": "approved", "instrument": "ecological_compensation"}
    return [{"name": "流域横向生态保护补偿", "annual_amount": cents(float(upkeep) * 0.2), **terms}]


def _credits(kind: Kind, revenue: float) -> list[dict[str, Any]]:
    """Return the credits a solar project hopes to sell: a fiftieth of its revenue."""
    if kind.shape != "solar":
        return []
    terms = {"vat_rate": 0.06, "certainty": "contracted", "instrument": "ccer"}
    return [{"name": "减排量销售（CCER）", "annual_amount": cents(revenue * 0.02), **terms}]


def _costs(kind: Kind, cost: float) -> list[dict[str, Any]]:
    power, wages, upkeep = (0.55, 0.25, 0.2) if kind.shape == "utility" else (0.3, 0.4, 0.3)
    return [
        {
            "name": "电费与药剂" if kind.shape == "utility" else "能耗与材料",
            "type": "variable",
            "category": "fuel_and_power",
            "annual_amount": cents(cost * power),
            "ramp": _RAMP[kind.shape],
            "input_vat_rate": 0.13,
        },
        {
            "name": "工资及福利",
            "type": "fixed",
            "category": "wages",
            "annual_amount": cents(cost * wages),
            "escalation_rate": 0.02,
        },
        {
            "name": "修理维护",
            "type": "fixed",
            "category": "repair",
            "annual_amount": cents(cost * upkeep),
            "input_vat_rate": 0.09,
        },
    ]
