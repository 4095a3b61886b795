"""A project plain enough to finance in one's head, and sources for it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from registry.portfolio.sources import MixRequest, Source
from registry.projects.financials import FinancialCase


def plain_case(**changes: Any) -> FinancialCase:
    """Return a case of one building year, 1000 invested, then ten years of 100 income, no cost and no tax."""
    values: dict[str, Any] = {
        "timeline": {"construction_years": 1, "operation_years": 10},
        "discount_rate": 0.05,
        "normal_operation_year": 1,
        "investment": {
            "engineering_cost": 1000,
            "other_cost": 0,
            "basic_contingency": 0,
            "price_contingency": 0,
            "intangible_assets": 0,
            "deferred_assets": 0,
            "deductible_input_vat": 0,
            "spending_profile": [1],
        },
        "depreciation": {"fixed_asset_years": 10, "residual_rate": 0},
        "working_capital": {"full_capacity_amount": 0},
        "grants": [],
        "debts": [],
        "revenue_streams": [{"name": "服务费", "annual_amount": 100}],
        "operating_costs": [],
        "surcharges": {"urban_maintenance": 0, "education": 0, "local_education": 0},
        "income_tax": {"rate": 0},
    }
    return FinancialCase.model_validate(values | changes)


CITY = Source("city", "市级财政资金", "City money", "grant", fiscal_weight=1.0, budget="city", level="city")
LOAN = Source(
    "loan", "政策性银行贷款", "Policy bank loan", "debt",
    rate=0.0, debt_kind="policy_bank_loan", first_repayment_year=2, repayment_years=10,
)  # fmt: skip
EQUITY = Source("equity", "项目资本金", "Equity", "equity", rate=0.06, cap=Decimal(150))


def plain_request(**changes: Any) -> MixRequest:
    """Return the request with a loan free of interest: a tenth of it falls due each year."""
    budgets = {"city": {1: Decimal(400)}}
    request = MixRequest(plain_case(), (CITY, LOAN, EQUITY), capital_floor=0.1, dscr_floor=1.25, budgets=budgets)
    return replace(request, **changes)
