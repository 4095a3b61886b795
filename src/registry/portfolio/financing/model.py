"""What somebody may ask of the optimiser for one project, and where each value it starts from comes from."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from registry.errors import Finding
from registry.portfolio.mix import FrontierPoint, Mix, NoMix
from registry.portfolio.sources import MixRequest, Objective, Source
from registry.projects.financials import RepaymentMethod
from registry.projects.model import Dossier
from registry.projects.queries import RevisionFacts

Words = tuple[str, str]
"""Chinese and English."""
FiscalView = Literal["city", "all"]
"""Whose money counts as fiscal cost: the city's own, or that of every level of government."""
FLOORS = ("capital_floor", "dscr_floor", "bond_coverage_floor")
FRONTIER_FLOORS = (1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.75, 2.0)


class SourceWish(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What is wished of one source; what is left out keeps its default, null means without.

    Amounts in 万元, shares and rates of one; years of `yearly_caps` are construction years, 1 the first.
    """

    source: Annotated[str, Meta(max_length=40)]
    is_used: bool | UnsetType = UNSET
    cap: Decimal | UnsetType | None = UNSET
    least: Decimal | UnsetType | None = UNSET
    yearly_caps: Annotated[dict[int, Decimal], Meta(max_length=100)] | UnsetType = UNSET
    rate: float | UnsetType = UNSET
    total_share_cap: float | UnsetType | None = UNSET
    capital_share_cap: float | UnsetType | None = UNSET
    method: RepaymentMethod | UnsetType = UNSET
    first_repayment_year: int | UnsetType = UNSET
    repayment_years: int | UnsetType = UNSET
    budget: str | UnsetType = UNSET


class MixWishes(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A question to the optimiser: everything left out is read off the dossier and the rule packs of the date."""

    objective: Objective = "fiscal_cost"
    fiscal_view: FiscalView = "city"
    as_of: date | None = None
    capital_floor: float | UnsetType | None = UNSET
    dscr_floor: float | UnsetType | None = UNSET
    bond_coverage_floor: float | UnsetType | None = UNSET
    sources: Annotated[list[SourceWish], Meta(max_length=40)] = []
    budgets: Annotated[dict[str, dict[int, Decimal]], Meta(max_length=40)] = {}
    has_frontier: bool = False
    """Also find the cheapest mix at each of several floors of debt service coverage."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A source as it is offered: its terms, whether it is drawn on unless somebody says otherwise, and why so."""

    source: Source
    is_used: bool
    origins: dict[str, Words] = field(default_factory=dict)
    """Name of a value to where it comes from."""


@dataclass(frozen=True, slots=True)
class Floor:
    """A floor as the rules give it on the governing date; None where no rule gives one or nobody could verify it."""

    value: float | None
    origin: Words


@dataclass(frozen=True, slots=True)
class Offers:
    """Everything a request starts from, and what was left unknown."""

    sources: tuple[Offer, ...]
    floors: dict[str, Floor]
    remarks: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The answer for one project: what it started from, what was asked, and the mix or the ways out."""

    facts: RevisionFacts
    dossier: Dossier
    as_of: date
    wishes: MixWishes
    offers: Offers
    request: MixRequest
    answer: Mix | NoMix
    frontier: tuple[FrontierPoint, ...]
    remarks: tuple[Finding, ...]

    @property
    def first_year(self) -> int | None:
        """Return the calendar year of construction year 1, None where the dossier does not say."""
        start = self.dossier.construction_start
        return int(start[:4]) if start else None


def given(value: Any, default: Any) -> Any:
    """Return a wish, or the default where nothing was wished."""
    return default if value is UNSET else value
