"""Needs and sources of a plan by year 分年资金需求与来源, from the funding lines of its projects. Exact to the fen.

An amount nobody stated is counted beside the sum, never taken for zero; a line without a year stands under None.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from registry.programme.financing_plan.document import ScenarioAmount
from registry.projects.lines import FUNDING_SOURCES, FUNDING_STATUS, FundingLine
from registry.projects.model import Dossier

Place = tuple[str, int | None, str]
"""Source, year and status of a line."""


@dataclass(frozen=True, slots=True)
class Sum:
    """The known amounts in 万元, and how many are unknown beside them."""

    amount: Decimal = Decimal(0)
    unknown: int = 0

    def plus(self, amount: Decimal | None) -> "Sum":
        """Return the sum with one more amount, known or not."""
        return Sum(self.amount, self.unknown + 1) if amount is None else Sum(self.amount + amount, self.unknown)

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.amount + other.amount, self.unknown + other.unknown)


@dataclass(frozen=True, slots=True)
class Funding:
    """What the plan needs and where it comes from."""

    investment: Sum
    cells: Mapping[Place, Sum]
    without_source: Sum
    """Investment that no line accounts for; unknown for a project whose total or lines are not all known."""
    over_stated: tuple[str, ...]
    """Projects whose lines come to more than their investment."""

    def years(self) -> list[int | None]:
        """Return the years of the lines in order, None (not said) last."""
        found = {year for _, year, _ in self.cells}
        return [*sorted(year for year in found if year is not None), *([None] if None in found else [])]

    def sources(self) -> list[str]:
        """Return the sources in use, in the order of the list of sources."""
        found = {source for source, _, _ in self.cells}
        return [source for source in FUNDING_SOURCES if source in found]

    def of(self, *, source: str | None = None, status: str | None = None) -> Sum:
        """Return the sum over all years of one source or status, or of everything."""
        wanted = (
            found
            for (its_source, _, its_status), found in self.cells.items()
            if source in (None, its_source) and status in (None, its_status)
        )
        return _total(wanted)

    def in_year(self, year: int | None, *, source: str | None = None, status: str | None = None) -> Sum:
        """Return the sum of one year (None: lines without one), of one source or status where named."""
        wanted = (
            found
            for (its_source, its_year, its_status), found in self.cells.items()
            if its_year == year and source in (None, its_source) and status in (None, its_status)
        )
        return _total(wanted)


def funding_of(dossiers: Mapping[str, Dossier]) -> Funding:
    """Return the funding of these projects, by code."""
    cells: dict[Place, Sum] = {}
    investment, without, over = Sum(), Sum(), []
    for code, dossier in dossiers.items():
        investment = investment.plus(dossier.total_investment)
        for line in dossier.funding_lines:
            place = (line.source, line.year, line.status)
            cells[place] = cells.get(place, Sum()).plus(line.amount)
        rest = unaccounted(dossier)
        if rest is not None and rest < 0:
            over.append(code)
        without = without.plus(None if rest is None else max(rest, Decimal(0)))
    return Funding(investment, cells, without, tuple(over))


def unaccounted(dossier: Dossier) -> Decimal | None:
    """Return the investment no funding line accounts for; None where the total or a line's amount is unknown."""
    amounts = [line.amount for line in dossier.funding_lines]
    known = [amount for amount in amounts if amount is not None]
    if dossier.total_investment is None or len(known) < len(amounts):
        return None
    return dossier.total_investment - sum(known, Decimal(0))


def with_amounts(dossier: Dossier, amounts: Sequence[ScenarioAmount]) -> Dossier:
    """Return the project with the money of a scenario: what it names replaces the lines of that source and year."""
    if not amounts:
        return dossier
    named = {(each.source, each.year) for each in amounts}
    kept = [line for line in dossier.funding_lines if (line.source, line.year) not in named]
    told = _same_instrument(dossier.funding_lines)
    added = [
        FundingLine(
            source=each.source,
            year=each.year,
            amount=each.amount,
            status=each.status,
            instrument=told((each.source, each.year)),
        )
        for each in amounts
    ]
    return dossier.model_copy(update={"funding_lines": kept + added})


def _same_instrument(lines: Iterable[FundingLine]) -> Callable[[tuple[str, int | None]], str | None]:
    """Return the debt the replaced lines belonged to, so that the changed money is drawn on the same one."""
    named = {(line.source, line.year): line.instrument for line in lines if line.instrument}
    by_source = {line.source: line.instrument for line in lines if line.instrument}
    return lambda place: named.get(place) or by_source.get(place[0])


def _total(sums: Iterable[Sum]) -> Sum:
    total = Sum()
    for found in sums:
        total = total + found
    return total


def status_sums(funding: Funding) -> dict[str, Sum]:
    """Return secured, planned and gap over the whole plan."""
    return {status: funding.of(status=status) for status in FUNDING_STATUS}
