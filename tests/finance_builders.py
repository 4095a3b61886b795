"""A small case that can be calculated; a test names only what matters to it."""

import copy
from typing import Any

PLAIN: dict[str, Any] = {
    "timeline": {"construction_years": 2, "operation_years": 10},
    "discount_rate": 0.05,
    "normal_operation_year": 3,
    "investment": {
        "engineering_cost": 1000, "other_cost": 0, "basic_contingency": 0, "price_contingency": 0,
        "intangible_assets": 0, "deferred_assets": 0, "deductible_input_vat": 0, "spending_profile": [0.5, 0.5],
    },
    "depreciation": {"fixed_asset_years": 10, "residual_rate": 0.0},
    "working_capital": {"full_capacity_amount": 0},
    "grants": [],
    "debts": [],
    "revenue_streams": [{"name": "水费", "annual_amount": 300}],
    "operating_costs": [{"name": "电费", "annual_amount": 100, "type": "variable"}],
    "surcharges": {"urban_maintenance": 0.07, "education": 0.03, "local_education": 0.02},
    "income_tax": {"rate": 0.25},
}  # fmt: skip


def loan(**changes: Any) -> dict[str, Any]:
    """A loan of 400 at 5 %, interest paid in construction, repaid in five equal instalments from project year 3."""
    repayment = {"method": "equal_principal", "first_repayment_year": 3, "repayment_years": 5}
    terms = {"draws": [200, 200], "annual_rate": 0.05, "construction_interest": "paid", "repayment": repayment}
    return terms | changes


def case(**changes: Any) -> dict[str, Any]:
    """The plain case with some parts replaced; a path with `__` reaches inside (`timeline__operation_years`)."""
    document = copy.deepcopy(PLAIN)
    for path, value in changes.items():
        *parents, last = path.split("__")
        at = document
        for parent in parents:
            at = at.setdefault(parent, {})
        at[last] = value
    return document
