"""Cross-subsidy and self-balance 自平衡测算 of a programme: what paying projects leave covers what others lack.

Pure: yearly surpluses in, a verdict out. Money in 万元, by calendar year.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from registry.finance.declarations.timing import ONE_FEN

Part = Literal["paying", "non_paying"]
Answer = Literal["balanced", "not_balanced", "unknown"]
ANSWERS: Mapping[Answer, tuple[str, str]] = {
    "balanced": ("平衡", "Balanced"),
    "not_balanced": ("不平衡", "Not balanced"),
    "unknown": ("无法判断", "Cannot be told"),
}


@dataclass(frozen=True, slots=True)
class ProjectFlow:
    """One project of the programme: its cash after debt service by year, or why there is none.

    `years` is the net cash flow of the plan of its assessment 财务计划净现金流量: operation, investment and
    financing, after interest, principal and tax; positive is a surplus. `part` is what the programme states, None
    where it states none.
    """

    code: str
    years: Mapping[int, float]
    part: Part | None = None
    why_unknown: tuple[str, str] | None = None

    @property
    def total(self) -> float:
        """Return the sum of all years."""
        return sum(self.years.values())

    @property
    def belongs_to(self) -> Part:
        """Return the part as stated, else by the figures: who leaves a surplus over all years pays."""
        return self.part or ("paying" if self.total > ONE_FEN else "non_paying")


@dataclass(frozen=True, slots=True)
class YearBalance:
    """One year: surpluses of the paying part, deficits of all, what was moved between them, and what is short."""

    year: int
    surplus: float
    deficit: float
    transfer: float
    from_reserve: float
    shortfall: float
    reserve: float
    """What is left for later years at the end of this one; zero where surplus is not carried."""

    @property
    def is_balanced(self) -> bool:
        """Say whether the deficits of the year are covered, to the fen."""
        return self.shortfall <= ONE_FEN


@dataclass(frozen=True, slots=True)
class SelfBalance:
    """The test over all years; `unknown` names each project without figures and why."""

    years: tuple[YearBalance, ...]
    unknown: tuple[ProjectFlow, ...]

    @property
    def short(self) -> tuple[YearBalance, ...]:
        """Return the years whose deficits are not covered."""
        return tuple(each for each in self.years if not each.is_balanced)

    @property
    def surplus(self) -> float:
        """Return the surpluses of the paying part over all years."""
        return sum(each.surplus for each in self.years)

    @property
    def deficit(self) -> float:
        """Return the deficits over all years."""
        return sum(each.deficit for each in self.years)

    @property
    def answer(self) -> Answer:
        """Return the answer over every year: balanced in each of them, not, or not to be told."""
        if self.unknown or not self.years:
            return "unknown"
        return "not_balanced" if self.short else "balanced"

    @property
    def in_total(self) -> Answer:
        """Return the answer over the sum of all years, as if money could be moved between them freely."""
        if self.unknown or not self.years:
            return "unknown"
        return "balanced" if self.surplus - self.deficit >= -ONE_FEN else "not_balanced"


def self_balance(flows: Iterable[ProjectFlow], *, years: Sequence[int], is_surplus_carried: bool) -> SelfBalance:
    """Return the test over these years. A surplus serves later years only where it is carried; none is borrowed back.

    A surplus of the non-paying part stays with its project. Projects without figures are in no sum and make the
    answer unknown.
    """
    listed = list(flows)
    known = [flow for flow in listed if flow.why_unknown is None]
    tested, reserve = [], 0.0
    for year in years:
        found = _year(known, year, reserve, is_surplus_carried=is_surplus_carried)
        tested.append(found)
        reserve = found.reserve
    return SelfBalance(tuple(tested), tuple(flow for flow in listed if flow.why_unknown is not None))


def _year(known: Sequence[ProjectFlow], year: int, reserve: float, *, is_surplus_carried: bool) -> YearBalance:
    amounts = [(flow.belongs_to, flow.years.get(year, 0.0)) for flow in known]
    surplus = sum(max(amount, 0.0) for part, amount in amounts if part == "paying")
    deficit = sum(max(-amount, 0.0) for _, amount in amounts)
    transfer = min(surplus, deficit)
    used = min(reserve, deficit - transfer)
    left = reserve - used + surplus - transfer if is_surplus_carried else 0.0
    return YearBalance(year, surplus, deficit, transfer, used, deficit - transfer - used, left)
