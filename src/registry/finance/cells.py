"""From a checked case to the input cells of its book: lists unrolled by year, documented defaults filled in."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from registry.finance.book import Book
from registry.finance.structure import basis_of
from registry.projects.financials import (
    CaseConventions,
    Debt,
    Depreciation,
    FinancialCase,
    IncomeTax,
    Investment,
    Repayment,
    Surcharges,
    Timeline,
    Turnover,
    WorkingCapital,
    YearlyAmount,
)

Cell = float | list[float]
Cells = dict[str, NDArray[np.float64]]
"""Key to (years, rows) for an input row by year, (rows,) for a single cell."""

YEARS_NOT_DISCOUNTED = {"year_end": 0.0, "mid_year": 0.5, "year_zero": 1.0}
HOLIDAYS = {"none": (0.0, 0.0), "three_free_three_half": (3.0, 3.0), "two_free_three_half": (2.0, 3.0)}


def number(value: Decimal | float | None, default: float = 0.0) -> float:
    """Return the value of a field, or its documented default when it is absent."""
    return default if value is None else float(value)


def cells_of(case: FinancialCase) -> dict[str, Cell]:
    """Return every input cell of a checked case (`findings_of` found no error)."""
    timeline = case.timeline or Timeline()
    build, run = timeline.construction_years or 0, timeline.operation_years or 0
    cells: dict[str, Cell] = {"construction_years": float(build), "operation_years": float(run), "sculpted_dscr": 1.0}
    for part in (
        _rates(case),
        _investment(case, run),
        _working_capital(case, build, run),
        _grants(case, build, run),
        _debts(case, build, run),
        _operation(case, build, run),
        _tax(case),
    ):
        cells.update(part)
    return cells


def stack(book: Book, cases: Sequence[dict[str, Cell]]) -> Cells:
    """Return the cells of many cases of one book as arrays; raises KeyError when a cell was not given."""
    stacked: Cells = {}
    for row in book.givens():
        values = np.array([case[row.key] for case in cases], dtype=np.float64)
        stacked[row.key] = np.ascontiguousarray(values.T) if row.by_year else values
    return stacked


def _over_construction(values: Sequence[Decimal | float] | None, run: int, build: int) -> list[float]:
    listed = [float(value) for value in values or []]
    return listed + [0.0] * (build + run - len(listed))


def _ramp(values: Sequence[float] | None, build: int, run: int) -> list[float]:
    listed = list(values or [1.0])
    return [0.0] * build + (listed + [listed[-1]] * run)[:run]


def _rates(case: FinancialCase) -> dict[str, Cell]:
    rate = number(case.discount_rate)
    shares = [number(sponsor.share) for sponsor in case.sponsors or [] if sponsor.kind == "government"]
    chosen = case.conventions or CaseConventions()
    return {
        "years_not_discounted": YEARS_NOT_DISCOUNTED[chosen.discount_timing or "year_end"],
        "is_payback_from_operation": float(chosen.payback_start == "operation"),
        "is_normal_year_profit": float(chosen.profitability_year == "normal"),
        "is_vat_explicit": float(chosen.vat_in_cash_flow != "net"),
        "discount_rate": rate,
        "discount_rate_equity": number(case.discount_rate_equity, rate),
        "normal_operation_year": number(case.normal_operation_year),
        "government_equity_share": sum(shares),
    }


def _investment(case: FinancialCase, run: int) -> dict[str, Cell]:
    investment, depreciation = case.investment or Investment(), case.depreciation or Depreciation()
    profile = investment.spending_profile or []
    return {
        "engineering_cost": number(investment.engineering_cost),
        "other_cost": number(investment.other_cost),
        "basic_contingency": number(investment.basic_contingency),
        "price_contingency": number(investment.price_contingency),
        "annual_price_rise": number(investment.annual_price_rise),
        "years_to_start": number(investment.years_to_start),
        "intangible_assets": number(investment.intangible_assets),
        "deferred_assets": number(investment.deferred_assets),
        "deductible_input_vat": number(investment.deductible_input_vat),
        "spending_profile": _over_construction(profile, run, len(profile)),
        "fixed_asset_years": number(depreciation.fixed_asset_years, 1.0),
        "residual_rate": number(depreciation.residual_rate),
        "intangible_years": number(depreciation.intangible_years, 1.0),
        "deferred_years": number(depreciation.deferred_years, 1.0),
    }


def _working_capital(case: FinancialCase, build: int, run: int) -> dict[str, Cell]:
    working = case.working_capital or WorkingCapital()
    turnover = working.turnover or Turnover()
    turns: dict[str, Cell] = {f"turnover_{name}": number(getattr(turnover, name)) for name in Turnover.model_fields}
    return turns | {
        "working_capital_amount": number(working.full_capacity_amount),
        "working_capital_ramp": _ramp(working.ramp, build, run),
        "working_capital_equity_share": number(working.equity_share, 1.0),
        "working_capital_loan_rate": number(working.loan_rate),
    }


def _grants(case: FinancialCase, build: int, run: int) -> Iterator[tuple[str, Cell]]:
    for i, grant in enumerate(case.grants or []):
        yield f"grants.{i}.amount", _over_construction(grant.amounts, run, build)
        yield f"grants.{i}.is_central", float(grant.level == "central")


def _debts(case: FinancialCase, build: int, run: int) -> Iterator[tuple[str, Cell]]:
    for i, debt in enumerate(case.debts or []):
        repayment = debt.repayment or Repayment()
        first = repayment.first_repayment_year or 0
        shares = [0.0] * (first - 1) + list(repayment.principal_shares or [])
        yield f"debts.{i}.draw", _over_construction(debt.draws, run, build)
        yield f"debts.{i}.nominal_rate", _rate_by_year(debt, build + run)
        yield f"debts.{i}.periods", number(debt.compounding_periods_per_year, 1.0)
        yield f"debts.{i}.is_capitalised", float(debt.construction_interest != "paid")
        yield f"debts.{i}.draw_interest_fraction", number(debt.draw_interest_fraction, 0.5)
        yield f"debts.{i}.share_as_capital", number(debt.share_as_capital)
        yield f"debts.{i}.first_year", float(first)
        yield f"debts.{i}.instalments", number(repayment.repayment_years)
        yield f"debts.{i}.share", (shares + [0.0] * (build + run))[: build + run]


def _rate_by_year(debt: Debt, years: int) -> list[float]:
    rates = [number(debt.annual_rate)] * years
    for step in sorted(debt.rate_steps or [], key=lambda step: number(step.from_year)):
        start = int(number(step.from_year)) - 1
        rates[start:] = [number(step.annual_rate)] * (years - start)
    return rates


def _yearly(key: str, item: YearlyAmount, build: int, run: int) -> Iterator[tuple[str, Cell]]:
    yield f"{key}.start", number(item.start_operation_year, 1.0)
    yield f"{key}.end", number(item.end_operation_year, float(run))
    basis = basis_of(item)
    if basis == "schedule":
        listed = [float(amount) for amount in item.schedule or []]
        yield f"{key}.schedule", [0.0] * build + (listed + [0.0] * run)[:run]
        return
    if basis == "quantity":
        yield f"{key}.quantity", number(item.quantity_10k)
        yield f"{key}.price", number(item.unit_price_yuan)
    else:
        yield f"{key}.amount", number(item.annual_amount)
    yield f"{key}.ramp", _ramp(item.ramp, build, run)
    yield f"{key}.escalation", number(item.escalation_rate)
    yield f"{key}.escalation_years", number(item.escalation_every_years, 1.0)
    yield f"{key}.degradation", number(item.degradation_rate)


def _operation(case: FinancialCase, build: int, run: int) -> Iterator[tuple[str, Cell]]:
    for i, stream in enumerate(case.revenue_streams or []):
        yield from _yearly(f"streams.{i}", stream, build, run)
        yield f"streams.{i}.haircut", number(stream.haircut_rate)
        yield f"streams.{i}.vat_rate", number(stream.vat_rate)
        yield f"streams.{i}.refund_rate", number(stream.vat_refund_rate)
    for i, cost in enumerate(case.operating_costs or []):
        yield from _yearly(f"costs.{i}", cost, build, run)
        yield f"costs.{i}.vat_rate", number(cost.input_vat_rate)
        yield f"costs.{i}.is_variable", float(cost.type == "variable")
    for i, subsidy in enumerate(case.operating_subsidies or []):
        yield from _yearly(f"subsidies.{i}", subsidy, build, run)
        yield f"subsidies.{i}.is_taxable", float(subsidy.taxable is not False)
    for i, renewal in enumerate(case.maintenance_capex or []):
        yield f"maintenance.{i}.year", number(renewal.operation_year)
        yield f"maintenance.{i}.amount", number(renewal.amount)
        yield f"maintenance.{i}.input_vat", number(renewal.input_vat)
        yield f"maintenance.{i}.life", number(renewal.depreciation_years, 1.0)


def _tax(case: FinancialCase) -> dict[str, Cell]:
    tax, surcharges = case.income_tax or IncomeTax(), case.surcharges or Surcharges()
    free, half = HOLIDAYS[(tax.holiday) or "none"]
    return {
        "tax_rate": number(tax.rate),
        "tax_free_years": free,
        "tax_half_years": half,
        "eligible_share": number(tax.eligible_share, 1.0),
        "is_refund_taxable": float(tax.vat_refund_taxable is not False),
        "urban_maintenance_rate": number(surcharges.urban_maintenance),
        "education_rate": number(surcharges.education),
        "local_education_rate": number(surcharges.local_education),
    }
