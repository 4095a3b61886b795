"""Random but calculable finance cases for laws that must hold whatever the figures."""

from typing import Any

from hypothesis import strategies as st

SCHEDULED = ("equal_principal", "level_payment", "bullet", "custom", "max_capacity")


def rates(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False).map(lambda value: round(value, 4))


def money(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False).map(lambda value: round(value, 2))


@st.composite
def debts(draw: st.DrawFn, build: int, run: int, room: float) -> dict[str, Any]:
    method = draw(st.sampled_from(SCHEDULED))
    first = draw(st.integers(build + 1, build + run))
    count = draw(st.integers(1, build + run - first + 1))
    repayment: dict[str, Any] = {"method": method, "first_repayment_year": first, "repayment_years": count}
    if method == "custom":
        repayment["principal_shares"] = [1 / count] * count
    return {
        "kind": draw(st.sampled_from(["bank_loan", "special_bond", "green_bond"])),
        "draws": [round(room * draw(rates(0, 1)), 2) for _ in range(build)],
        "annual_rate": draw(rates(0, 0.09)),
        "compounding_periods_per_year": draw(st.sampled_from([1, 2, 4, 12])),
        "construction_interest": draw(st.sampled_from(["capitalised", "paid"])),
        "draw_interest_fraction": draw(rates(0, 1)),
        "repayment": repayment,
    }


@st.composite
def amounts(draw: st.DrawFn, run: int, largest: float) -> dict[str, Any]:
    item: dict[str, Any] = {
        "annual_amount": draw(money(0, largest)),
        "ramp": draw(st.lists(rates(0, 1), min_size=1, max_size=3)),
        "escalation_rate": draw(rates(-0.02, 0.05)),
        "escalation_every_years": draw(st.integers(1, 4)),
        "degradation_rate": draw(rates(0, 0.02)),
        "start_operation_year": draw(st.integers(1, run)),
    }
    if draw(st.booleans()):
        item = {"schedule": draw(st.lists(money(0, largest), max_size=run))}
    return item


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    """A whole case that may lose money, run short or never repay, but can be calculated."""
    build, run = draw(st.integers(1, 4)), draw(st.integers(1, 25))
    cost = draw(money(1000, 90000))
    share = round(1 / build, 3)
    profile = [share] * (build - 1) + [1 - share * (build - 1)]
    spent = cost * min(profile)
    return {
        "timeline": {"construction_years": build, "operation_years": run},
        "discount_rate": draw(rates(0, 0.12)),
        "normal_operation_year": draw(st.integers(1, run)),
        "investment": {
            "engineering_cost": round(cost * 0.8, 2), "other_cost": round(cost * 0.2, 2),
            "basic_contingency": 0, "price_contingency": 0,
            "intangible_assets": round(cost * draw(rates(0, 0.1)), 2),
            "deferred_assets": round(cost * draw(rates(0, 0.05)), 2),
            "deductible_input_vat": round(cost * draw(rates(0, 0.09)), 2),
            "spending_profile": profile,
        },
        "depreciation": {
            "fixed_asset_years": draw(st.integers(1, 40)), "residual_rate": draw(rates(0, 0.1)),
            "intangible_years": draw(st.integers(1, 30)), "deferred_years": draw(st.integers(1, 10)),
        },
        "working_capital": {
            "full_capacity_amount": draw(money(0, 2000)), "ramp": draw(st.lists(rates(0, 1), min_size=1, max_size=3)),
            "equity_share": draw(rates(0.3, 1)), "loan_rate": draw(rates(0, 0.06)),
        },
        "grants": [{
            "amounts": [round(spent * draw(rates(0, 0.3)), 2)] * build,
            "level": draw(st.sampled_from(["central", "city"])),
            **draw(st.sampled_from([{}, {"counts_as_equity": True}, {"reduces_asset_cost": True}])),
        }],
        "debts": [draw(debts(build, run, spent * 0.25)) for _ in range(draw(st.integers(0, 2)))],
        "revenue_streams": [
            {**draw(amounts(run, cost * 0.2)), "vat_rate": draw(rates(0, 0.13)), "vat_refund_rate": draw(rates(0, 1))}
            for _ in range(draw(st.integers(0, 2)))
        ],
        "operating_costs": [
            {**draw(amounts(run, cost * 0.1)), "type": "fixed", "input_vat_rate": draw(rates(0, 0.13))}
        ],
        "operating_subsidies": [{**draw(amounts(run, cost * 0.02)), "taxable": draw(st.booleans())}],
        "maintenance_capex": [{
            "operation_year": draw(st.integers(1, run)), "amount": draw(money(0, 500)),
            "input_vat": draw(money(0, 50)), "depreciation_years": draw(st.integers(1, 15)),
        }],
        "surcharges": {"urban_maintenance": 0.07, "education": 0.03, "local_education": 0.02},
        "income_tax": {
            "rate": 0.25, "holiday": draw(st.sampled_from(["none", "three_free_three_half", "two_free_three_half"])),
            "eligible_share": draw(rates(0, 1)), "loss_carry_forward_years": draw(st.sampled_from([0, 5, 10])),
            "vat_refund_taxable": draw(st.booleans()),
        },
    }  # fmt: skip
