"""The shape of a case: what decides which rows exist. Cases of one structure are evaluated in one batch."""

from dataclasses import dataclass
from typing import Literal

from registry.projects.financials import (
    CostCategory,
    FinancialCase,
    IncomeTax,
    Repayment,
    RepaymentMethod,
    Timeline,
    YearlyAmount,
)

Basis = Literal["quantity", "annual", "schedule"]
GrantTreatment = Literal["capital_reserve", "equity", "reduces_asset_cost"]


@dataclass(frozen=True, slots=True)
class DebtShape:
    """How a debt is served, and whether it is a bond 债券 (table 12 shows bonds and loans apart)."""

    method: RepaymentMethod
    is_bond: bool
    is_special_bond: bool

    @property
    def rank(self) -> tuple[str, bool, bool]:
        """Where debts of this shape stand when debts are added up."""
        return self.method, self.is_bond, self.is_special_bond


@dataclass(frozen=True, slots=True)
class Structure:
    """Everything that decides which rows a case has; figures are not part of it."""

    years: int
    streams: tuple[Basis, ...]
    costs: tuple[tuple[Basis, CostCategory], ...]
    subsidies: tuple[Basis, ...]
    grants: tuple[GrantTreatment, ...]
    debts: tuple[DebtShape, ...]
    maintenance: int
    loss_years: int

    @property
    def debts_in_order(self) -> list[int]:
        """The numbers of the debts in the order they are added up, which does not depend on how a case lists them."""
        return sorted(range(len(self.debts)), key=lambda i: self.debts[i].rank)

    @property
    def costs_in_order(self) -> list[int]:
        """The numbers of the costs in the order they are added up: category by category."""
        return sorted(range(len(self.costs)), key=lambda i: self.costs[i][1])

    @property
    def grants_in_order(self) -> list[int]:
        """The numbers of the grants in the order they are added up: treatment by treatment."""
        return sorted(range(len(self.grants)), key=lambda i: self.grants[i])

    def debts_by(self, *methods: RepaymentMethod) -> list[int]:
        """Return the numbers of the debts served by one of these methods."""
        return [i for i, debt in enumerate(self.debts) if debt.method in methods]

    @property
    def sculpted(self) -> int | None:
        """The number of the debt sculpted to a constant DSCR; there is at most one."""
        return next(iter(self.debts_by("sculpted_dscr")), None)


def basis_of(item: YearlyAmount) -> Basis:
    """Return how the item states its amount."""
    if item.schedule is not None:
        return "schedule"
    return "annual" if item.annual_amount is not None else "quantity"


def structure_of(case: FinancialCase) -> Structure:
    """Return the structure of a checked case (`checks_of_case` found no error)."""
    timeline, tax = case.timeline or Timeline(), case.income_tax or IncomeTax()
    loss_years = tax.loss_carry_forward_years
    return Structure(
        years=(timeline.construction_years or 0) + (timeline.operation_years or 0),
        streams=tuple(basis_of(stream) for stream in case.revenue_streams or []),
        costs=tuple((basis_of(cost), cost.category or "other") for cost in case.operating_costs or []),
        subsidies=tuple(basis_of(subsidy) for subsidy in case.operating_subsidies or []),
        grants=tuple(
            "equity"
            if grant.counts_as_equity
            else "reduces_asset_cost"
            if grant.reduces_asset_cost
            else "capital_reserve"
            for grant in case.grants or []
        ),
        debts=tuple(
            DebtShape(
                (debt.repayment or Repayment()).method or "bullet",
                (debt.kind or "bank_loan") in {"special_bond", "green_bond"},
                debt.kind == "special_bond",
            )
            for debt in case.debts or []
        ),
        maintenance=len(case.maintenance_capex or []),
        loss_years=5 if loss_years is None else loss_years,
    )
