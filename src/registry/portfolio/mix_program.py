"""One project's financing as a linear program: what each source can give, year by year, and every limit on it.

A variable is one source in one construction year, in 万元. What a yuan drawn costs in interest and principal comes from
the finance engine itself, so that the program and the model speak of the same loan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import scipy

from registry.finance.engine import Batch
from registry.finance.loans import evaluate_loan
from registry.portfolio.program import Limit, Program, Vector
from registry.portfolio.sources import MixRequest, Objective, Source
from registry.projects.financials import Debt, Repayment

_UNIT = 1_000_000.0
"""万元 drawn to learn the terms of a source; large, so that rounding anywhere does not matter."""

_HAIR = 1e-8


@dataclass(frozen=True, slots=True)
class Terms:
    """What one yuan in each variable means. Arrays are (variables, years) or (variables,)."""

    service: Vector
    """Interest and principal by operation year."""
    paid_interest: Vector
    """Construction interest paid in cash, by construction year."""
    construction_interest: Vector
    """Construction interest in all, capitalised or paid: it enters total investment."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What the project needs and earns, from the engine; by construction or operation year, in 万元."""

    investment: Vector
    working_capital: float
    working_capital_equity: float
    working_capital_interest: Vector
    cfads: Vector
    """Cash available for debt service by operation year, after the income tax of the mix at hand."""

    @property
    def years(self) -> int:
        """Return the construction years."""
        return len(self.investment)


def needs_of(batch: Batch, years: int, cfads: Vector) -> Needs:
    """Return the needs read off an evaluated case."""
    investment = batch.by_year("construction_investment")[0][:years]
    return Needs(
        np.asarray(investment, dtype=np.float64),
        float(batch.by_year("working_capital_increase")[0].sum()),
        float(batch.by_year("working_capital_equity")[0].sum()),
        np.asarray(batch.by_year("working_capital_interest")[0][years:], dtype=np.float64),
        cfads,
    )


def debt_of(source: Source, draws: list[Decimal]) -> Debt:
    """Return a source of debt, drawn this way, as the finance model writes it."""
    return Debt(
        name=source.zh,
        kind=source.debt_kind,
        draws=draws,
        annual_rate=source.rate,
        construction_interest=source.interest_in_construction,
        repayment=Repayment(
            method=source.method,
            first_repayment_year=source.first_repayment_year,
            repayment_years=source.repayment_years,
        ),
    )


def terms_of(request: MixRequest, years: int, operation_years: int) -> Terms:
    """Return the terms of every variable, source by source and year by year."""
    count = len(request.sources) * years
    service = np.zeros((count, operation_years))
    paid, interest = np.zeros((count, years)), np.zeros(count)
    for s, source in enumerate(request.sources):
        if source.kind != "debt":
            continue
        for t in range(years):
            draws = [Decimal(int(_UNIT)) if t == year else Decimal(0) for year in range(years)]
            loan: dict[str, Any] = evaluate_loan(debt_of(source, draws))
            due = np.asarray(loan["debt_service"][:operation_years]) / _UNIT
            service[s * years + t, : len(due)] = due
            interest[s * years + t] = loan["construction_interest_total"] / _UNIT
            if source.interest_in_construction == "paid":
                paid[s * years + t] = np.asarray(loan["construction_interest"]) / _UNIT
    return Terms(service, paid, interest)


@dataclass(frozen=True, slots=True)
class MixProgram:
    """The program with what is needed to read its answer."""

    request: MixRequest
    needs: Needs
    terms: Terms
    program: Program

    def amounts(self, point: Vector) -> Vector:
        """Return the point as (sources, construction years)."""
        return point.reshape(len(self.request.sources), self.needs.years)

    def total_investment(self, point: Vector) -> float:
        """Return construction investment, construction interest and working capital."""
        return _total(self.needs) + float(self.terms.construction_interest @ point)

    def dscr_min(self, point: Vector) -> float | None:
        """Return the lowest debt service coverage the program promises; None without debt service."""
        service = point @ self.terms.service
        owed = service > 1e-6 * max(1.0, float(service.max(initial=0.0)))
        if not owed.any():
            return None
        return float(
            (self.needs.cfads / np.where(owed, service + self.needs.working_capital_interest, 1.0))[owed].min()
        )


def build_program(request: MixRequest, needs: Needs, terms: Terms) -> MixProgram:
    """Return the program of this request with the cash flow of the moment."""
    years, count = needs.years, len(request.sources)
    equal = np.tile(np.eye(years), count) - terms.paid_interest.T
    # No source can usefully give more than everything costs, with its interest.
    most = 2 * _total(needs) + 1.0
    upper = np.repeat([0.0 if source.refusal else most for source in request.sources], years)
    program = Program(
        np.zeros(count * years),
        upper,
        scipy.sparse.csr_array(equal),
        needs.investment,
        tuple(_limits(request, needs, terms)),
        scipy.sparse.csr_array((0, count * years)),
        np.zeros(0),
    )
    return MixProgram(request, needs, terms, program)


def costs_of(request: MixRequest, years: int) -> dict[Objective, Vector]:
    """Return the cost of each variable under the objectives that stand by themselves."""
    return {
        "fiscal_cost": np.repeat([source.fiscal_weight for source in request.sources], years).astype(np.float64),
        "cost_of_capital": np.repeat([source.rate for source in request.sources], years).astype(np.float64),
    }


def owners_cost(request: MixRequest, terms: Terms, years: int, rate: float) -> Vector:
    """Return what each variable costs the owners: capital paid in and debt served, discounted at this rate.

    Least at the owners' own rate of return is the mix of the highest rate.
    """
    building = (1 + rate) ** -np.arange(1, years + 1)
    running = (1 + rate) ** -np.arange(years + 1, years + 1 + terms.service.shape[1])
    paid_in = np.concatenate([building * (source.kind == "equity") for source in request.sources])
    return np.asarray(paid_in + terms.service @ running)


def _total(needs: Needs) -> float:
    return float(needs.investment.sum()) + needs.working_capital


def _limits(request: MixRequest, needs: Needs, terms: Terms) -> Iterator[Limit]:
    years = needs.years
    for s, source in enumerate(request.sources):
        of_source = np.zeros(len(request.sources) * years)
        of_source[s * years : (s + 1) * years] = 1
        yield from _source_limits(source, of_source, request, needs, terms)
        for year, cap in sorted(source.yearly_caps.items()):
            row = np.zeros_like(of_source)
            row[s * years + year - 1] = 1
            zh, en = f"{source.zh}第 {year} 年上限", f"{source.en}, cap of year {year}"
            yield _amount(f"{source.key}.{year}", zh, en, row, cap)
        for year, least in sorted(source.yearly_least.items()):
            row = np.zeros_like(of_source)
            row[s * years + year - 1] = 1
            zh, en = f"{source.zh}第 {year} 年已落实数", f"{source.en}, secured in year {year}"
            yield _least(f"{source.key}.secured.{year}", zh, en, row, least)
    for name, amounts in sorted(request.budgets.items()):
        sharing = np.array([source.budget == name for source in request.sources], dtype=np.float64)
        for year, cap in sorted(amounts.items()):
            row = np.kron(sharing, np.eye(years)[year - 1])
            if row.any():
                zh, en = f"预算“{name}”第 {year} 年", f"budget '{name}', year {year}"
                yield _amount(f"budget.{name}.{year}", zh, en, row, cap)
    if request.capital_floor is not None:
        yield _capital_floor(request.capital_floor, _capital(request, years), needs, terms)
    if request.dscr_floor is not None and terms.service.any():
        yield _dscr_floor(request.dscr_floor, needs, terms)
    yield from _bond_coverage(request, needs, terms)


def _source_limits(
    source: Source, of_source: Vector, request: MixRequest, needs: Needs, terms: Terms
) -> Iterator[Limit]:
    if source.cap is not None:
        yield _amount(f"{source.key}.cap", f"{source.zh}上限", f"{source.en}, cap", of_source, source.cap)
    if source.least is not None:
        yield _least(f"{source.key}.least", f"{source.zh}下限", f"{source.en}, least amount", of_source, source.least)
    if source.total_share_cap is not None:
        zh, en, cap = (
            f"{source.zh}占总投资比例上限",
            f"{source.en}, cap as share of total investment",
            source.total_share_cap,
        )
        whole = terms.construction_interest
        yield _share(f"{source.key}.total_share", zh, en, of_source, cap, whole, _total(needs))
    if source.capital_share_cap is not None:
        zh, en = f"{source.zh}占资本金比例上限", f"{source.en}, cap as share of capital"
        cap, whole = source.capital_share_cap, _capital(request, needs.years)
        yield _share(f"{source.key}.capital_share", zh, en, of_source, cap, whole, needs.working_capital_equity)


def _capital(request: MixRequest, years: int) -> Vector:
    return np.repeat([float(source.is_capital) for source in request.sources], years)


def _amount(key: str, zh: str, en: str, row: Vector, cap: Decimal) -> Limit:
    bound = float(cap)
    return Limit(
        key, zh, en, bound, "money", scipy.sparse.csr_array(row[np.newaxis, :]), np.array([bound]),
        lambda x: float(row @ x), lambda _: np.ones(1),
    )  # fmt: skip


def _least(key: str, zh: str, en: str, row: Vector, least: Decimal) -> Limit:
    bound = float(least)
    return Limit(
        key, zh, en, bound, "money", scipy.sparse.csr_array(-row[np.newaxis, :]), np.array([-bound]),
        lambda x: float(row @ x), lambda _: np.ones(1), is_floor=True,
    )  # fmt: skip


def _share(key: str, zh: str, en: str, part: Vector, cap: float, whole: Vector, constant: float) -> Limit:
    """Limit part / (whole + constant) from above; both depend on the point."""

    def base(x: Vector) -> float:
        return float(whole @ x) + constant

    def level(x: Vector) -> float:
        return float(part @ x) / base(x) if base(x) > 0 else 0.0

    row = scipy.sparse.csr_array((part - cap * whole)[np.newaxis, :])
    return Limit(key, zh, en, cap, "ratio", row, np.array([cap * constant]), level, lambda x: np.array([base(x)]))


def _capital_floor(floor: float, capital: Vector, needs: Needs, terms: Terms) -> Limit:
    total, constant = _total(needs), needs.working_capital_equity

    def base(x: Vector) -> float:
        return total + float(terms.construction_interest @ x)

    def level(x: Vector) -> float:
        return (float(capital @ x) + constant) / base(x)

    row = scipy.sparse.csr_array((floor * terms.construction_interest - capital)[np.newaxis, :])
    bound = np.array([constant - floor * total])
    zh, en = "资本金比例下限", "least capital ratio"
    gain: Callable[[Vector], Vector] = lambda x: np.array([base(x)])  # noqa: E731 - one line beside its limit
    return Limit("capital_floor", zh, en, floor, "ratio", row, bound, level, gain, is_floor=True)


def _dscr_floor(floor: float, needs: Needs, terms: Terms) -> Limit:
    """Keep debt service in each year within cash flow / floor; a year without cash allows no debt service."""
    years = np.flatnonzero(terms.service.any(axis=0))
    cash, fixed = needs.cfads[years], needs.working_capital_interest[years]
    rows = scipy.sparse.csr_array(terms.service[:, years].T)

    def level(x: Vector) -> float:
        service = np.asarray(rows @ x)
        owed = service > 1e-9 * max(1.0, float(service.max(initial=0.0)))
        return float((cash[owed] / (service + fixed)[owed]).min()) if owed.any() else floor

    # A hair above the floor: the model must not find 1.1999999 where 1.2 was asked.
    bound = np.maximum(cash / (floor * (1 + _HAIR)) - fixed, 0.0) if floor > 0 else np.full(len(years), 1e12)
    zh, en = "偿债备付率下限", "least debt service coverage"
    gain = np.where(bound > 0, cash / floor**2, 0.0) if floor > 0 else np.zeros(len(years))
    return Limit("dscr_floor", zh, en, floor, "times", rows, bound, level, lambda _: gain, is_floor=True)


def _bond_coverage(request: MixRequest, needs: Needs, terms: Terms) -> Iterator[Limit]:
    """Keep the income up to maturity at a multiple of the special bonds' principal and interest.

    With bonds of several maturities the income to the shortest is counted: never more than there is.
    """
    floor, years = request.bond_coverage_floor, needs.years
    bonds = [s for s, source in enumerate(request.sources) if source.debt_kind == "special_bond"]
    if floor is None or not bonds:
        return
    chosen = np.zeros(len(request.sources) * years)
    for s in bonds:
        chosen[s * years : (s + 1) * years] = 1
    last = min(
        (source.first_repayment_year or 0) + (source.repayment_years or 0) - 1 - years
        for source in (request.sources[s] for s in bonds)
    )
    income = float(needs.cfads[:last].sum())
    due = chosen * (terms.service.sum(axis=1) + terms.paid_interest.sum(axis=1))

    def level(x: Vector) -> float:
        return income / float(due @ x) if due @ x > 0 else floor

    zh, en = "专项债券本息覆盖倍数下限", "least coverage of special bonds"
    bound = np.array([max(income / floor, 0.0) if floor > 0 else 1e12])
    gain = np.array([income / floor**2 if floor > 0 and income > 0 else 0.0])
    rows = scipy.sparse.csr_array(due[np.newaxis, :])
    yield Limit("bond_coverage_floor", zh, en, floor, "times", rows, bound, level, lambda _: gain, is_floor=True)
