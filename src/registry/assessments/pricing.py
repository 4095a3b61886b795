"""Pricing a dossier: the case evaluated, and the figures rules read of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry.assessments.case import financial_case
from registry.errors import Finding, InvalidInput
from registry.finance.cases import evaluate_case
from registry.projects.model import Dossier

FINANCE_FACTS: Mapping[str, tuple[str, str]] = {
    "finance_dscr_min": ("indicators", "dscr_min"),
    "finance_dscr_average": ("indicators", "dscr_average"),
    "finance_icr_min": ("indicators", "icr_min"),
    "finance_firr_pre_tax": ("indicators", "project_irr_pre_tax"),
    "finance_firr_post_tax": ("indicators", "project_irr_post_tax"),
    "finance_capital_irr": ("indicators", "equity_irr"),
    "finance_fnpv_pre_tax": ("indicators", "project_npv_pre_tax"),
    "finance_fnpv_post_tax": ("indicators", "project_npv_post_tax"),
    "finance_payback_years": ("indicators", "payback_static_post_tax"),
    "finance_coverage_bond": ("indicators", "special_bond_coverage"),
    "finance_coverage_all_debt": ("indicators", "total_debt_coverage"),
    "finance_cash_min": ("indicators", "cumulative_surplus_min"),
    "finance_debt_total": ("totals", "debt_drawn"),
}
"""Fact to its place in the result of the evaluation."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The money side of an assessment: the case as evaluated and its result, or why there is none."""

    case: dict[str, Any] | None
    result: dict[str, Any] | None
    findings: tuple[Finding, ...]

    def figure(self, part: str, name: str) -> float | None:
        """Return one figure of the result; None when unknown or not existing."""
        if self.result is None:
            return None
        found = self.result[part].get(name)
        value = found.get("value") if isinstance(found, Mapping) else found
        return None if value is None else float(value)

    def facts(self) -> dict[str, float | None]:
        """Return the facts rules read of the evaluation."""
        read = {fact: self.figure(*place) for fact, place in FINANCE_FACTS.items()}
        if self.case is None or self.result is None:
            return read
        series: Mapping[str, list[float | None]] = self.result["series"]
        building = int(self.case["timeline"]["construction_years"])
        return read | {
            "finance_benchmark_rate": self.case.get("discount_rate"),
            "finance_operating_income_total": sum(value or 0.0 for value in series["revenue"]),
            "finance_subsidy_total": sum(value or 0.0 for value in self.result["fiscal"]["outlay"][building:]),
            "finance_loan_term_years": self._longest_term(is_bond=False),
            "finance_bond_term_years": self._longest_term(is_bond=True),
        }

    def _longest_term(self, *, is_bond: bool) -> float | None:
        """Return the years from the first draw to the last repayment of the longest debt of a kind."""
        stated = (self.case or {}).get("debts", ())
        terms = [
            _term(series)
            for debt, series in zip(stated, (self.result or {}).get("per_debt", ()), strict=True)
            if (debt.get("kind") in ("special_bond", "green_bond")) == is_bond
        ]
        return max(terms, default=None)


def _term(series: Mapping[str, list[float]]) -> float:
    """Return the years in which a debt is owed or repaid."""
    owed, paid = series["closing_balance"], series["principal"]
    return float(sum(bool(balance) or bool(principal) for balance, principal in zip(owed, paid, strict=True)))


def evaluate(dossier: Dossier, *, is_brief: bool = False) -> Evaluation:
    """Evaluate the money of a dossier; a case that cannot be calculated gives its findings, never a traceback.

    `is_brief` leaves the sensitivity out, for who is still typing.
    """
    case, findings = financial_case(dossier)
    if case is None:
        return Evaluation(None, None, ())
    inputs = case.model_dump(mode="json", exclude_none=True)
    try:
        result = evaluate_case({"kind": "project", "inputs": inputs}, is_brief=is_brief)
    except InvalidInput as refused:
        return Evaluation(inputs, None, (*findings, *refused.findings))
    return Evaluation(inputs, result, tuple(findings))
