"""Stored projects plain enough to finance in one's head: see `mix_builders`."""

from typing import Any

from mix_builders import plain_case
from registry.projects.model import Dossier

LOAN_TERMS = {
    "name": "政策性银行贷款",
    "kind": "policy_bank_loan",
    "annual_rate": 0,
    "repayment": {"method": "equal_principal", "first_repayment_year": 2, "repayment_years": 10},
}


def financed(**changes: Any) -> Dossier:
    """Return a dossier of 1000 to invest in 2027, 100 a year to serve debt with, and 150 of equity."""
    values: dict[str, Any] = {
        "name": "可融资项目",
        "city_code": "330502",
        "province_name": "浙江省",
        "construction_start": "2027",
        "total_investment": "1000",
        "project_capital": "150",
        "capital_sector": "other_infrastructure",
        "project_nature": "operating",
        "beautiful_city_task": "sewer_coverage",
        "funding_lines": [
            {"source": "policy_bank_loan", "year": 2027, "amount": "850", "status": "planned"},
            {"source": "equity", "year": 2027, "amount": "150", "status": "planned"},
        ],
        "financials": plain_case(debts=[LOAN_TERMS], grants=None).model_dump(mode="json", exclude_none=True),
    }
    return Dossier.model_validate(values | changes)


WISHES: dict[str, Any] = {
    "dscr_floor": 1.25,
    "capital_floor": 0.1,
    "bond_coverage_floor": None,
    "as_of": "2026-11-26",
    "sources": [{"source": "special_bond", "is_used": False}],
}
"""A tenth of a loan of 800 falls due each year, 80 of 100: the city gives what loan and equity leave, 50."""
